import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { webState } from '../../launch/freshness.js'

const root = resolve(import.meta.dirname, '../..')
export const webFolder = resolve(root, 'web/dist')

/** Builds the app into `web/dist` if a source of it has changed since. */
export async function builtWeb(): Promise<string> {
  if (webState(pathToFileURL(`${root}/`)) !== 'fresh') await (await import('../../web/build.ts')).buildApp()
  return webFolder
}
