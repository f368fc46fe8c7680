import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The app for people (`web/`), as its build left it on disk. */
export interface BuiltApp {
  /** Absolute path of its folder. */
  readonly folder: string
  /** Whether it is built now: a build needs no restart of the server. */
  exists(): boolean
}

/** Where `npm ci` and `npm run bundle` build it. */
const defaultFolder = fileURLToPath(new URL('../../web/dist', import.meta.url))

/** The address of the app's start page; all its addresses begin so. */
export const appPath = '/app/'

/** @param folder absolute path. */
export function builtApp(folder = defaultFolder): BuiltApp {
  const shell = join(folder, 'index.html')
  return { folder, exists: () => existsSync(shell) }
}
