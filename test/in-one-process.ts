import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'

/**
 * Runs the test files of some folders one after the other in this process: starting a process for each, and building
 * its first app, takes longer than most of them. Each can still run by itself.
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
 * A file is loaded within a test, after all tests of the files before it, so that tap, which ends when there is nothing
 * left to do, does not end early.
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
