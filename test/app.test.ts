import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'

/**
 * The app in a browser, and its pure modules: in processes whose coverage is not counted (children.ts). The server's code is
 * covered by others, and what runs in the browser is not counted at all. One process after the other, each with some of the
 * files, so that none grows: beside a browser and PostgreSQL a small machine has no memory to spare.
 */
const root = resolve(import.meta.dirname, '..')
const filesOfProcess = 6
const files = globSync('test/app/*.test.ts', { cwd: root }).toSorted()
for (let first = 0; first < files.length; first += filesOfProcess) {
  const some = files.slice(first, first + filesOfProcess)
  void t.spawn(
    process.execPath,
    [...process.execArgv, resolve(import.meta.dirname, 'in-one-process.ts'), ...some],
    { cwd: root },
    some.join(' '),
  )
}
