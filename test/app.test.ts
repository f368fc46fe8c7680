import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'

/**
 * The app in a browser, and its pure modules: in a process whose coverage is not counted (children.ts). The server's code is
 * covered by others, and what runs in the browser is not counted at all.
 */
const root = resolve(import.meta.dirname, '..')
const files = globSync('test/app/*.test.ts', { cwd: root }).toSorted()
void t.spawn(
  process.execPath,
  [...process.execArgv, resolve(import.meta.dirname, 'in-one-process.ts'), ...files],
  { cwd: root },
  'the app',
)
