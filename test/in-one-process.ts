import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'

/**
 * The test files of some folders, one after the other in this process: starting a process for each of them, and building
 * its first app there, takes longer than most of them do. Each of them still runs by itself, too.
 */
export async function runFolders(...folders: string[]) {
  await runFiles(globSync(folders.map(folder => `test/${folder}/*.test.ts`)).toSorted())
}

/** @param files relative to the root of the project. */
export async function runFiles(files: readonly string[]) {
  // Their own time, and not that of one file.
  t.setTimeout(900_000)
  if (files.length === 0) throw new Error('there is nothing to test')
  for (const file of files) {
    await import(resolve(import.meta.dirname, '..', file))
    // Its tests have only been lined up by then; behind them this one is.
    await t.test(`${file} has ended`, async () => {})
  }
}

// Started as a process of its own: `node test/in-one-process.ts test/routes/mood-list.test.ts ...`
if (import.meta.main) await runFiles(process.argv.slice(2))
