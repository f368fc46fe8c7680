import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'

/**
 * The test files of some folders, one after the other in this process: starting a process for each of them, and building
 * its first app there, takes longer than most of them do. Each of them still runs by itself, too.
 */
export function runFolders(...folders: string[]) {
  runFiles(globSync(folders.map(folder => `test/${folder}/*.test.ts`)).toSorted())
}

/** @param files relative to the root of the project. */
export function runFiles(files: readonly string[]) {
  if (files.length === 0) throw new Error('there is nothing to test')
  runEach(files)
}

/**
 * A file is loaded within a test, behind all tests of the files before it. So it finds the process as they have left it,
 * and tap, which ends when nothing is left to do, has always something to do.
 */
function runEach([file, ...others]: readonly string[]) {
  if (file === undefined) return
  void t.test(file, async () => {
    await import(resolve(import.meta.dirname, '..', file))
    runEach(others)
  })
}

// Started as a process of its own: `node test/in-one-process.ts test/routes/mood-list.test.ts ...`
if (import.meta.main) runFiles(process.argv.slice(2))
