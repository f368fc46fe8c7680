import { globSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
export const webFolder = join(root, 'web/dist')

/** Builds the app into `web/dist` if a source of it is newer than what is there. */
export async function builtWeb(): Promise<string> {
  const sources = globSync('{web/{src,public}/**/*,web/*.{ts,html},client/src/**/*,src/moods/*}', { cwd: root })
  const newest = Math.max(...sources.map(file => statSync(join(root, file)).mtimeMs))
  const built = statSync(join(webFolder, 'index.html'), { throwIfNoEntry: false })
  if (built && built.mtimeMs >= newest) return webFolder
  const { buildApp } = await import('../../web/build.ts')
  // Others may serve from it meanwhile.
  const own = `${webFolder}.${process.pid}`
  await buildApp(own)
  const old = `${own}.old`
  mkdirSync(webFolder, { recursive: true })
  renameSync(webFolder, old)
  renameSync(own, webFolder)
  rmSync(old, { recursive: true, force: true })
  return webFolder
}
