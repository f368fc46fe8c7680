import { closeSync, copyFileSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../src/db/open.ts'
import { addPeople } from './people.ts'
import type { Prepared } from './prepared.ts'
import { temporaryFolder } from './processes.ts'

/**
 * A SQLite file with all users, made by the project's migrations.
 * @param now epoch ms.
 */
export async function prepareSqlite(now: number): Promise<Prepared> {
  const folder = temporaryFolder()
  const original = join(folder, 'original.db')
  const database = await openDatabase(`file:${original}`)
  const ids = await addPeople(database, now)
  await database.close()

  let copies = 0
  return {
    ids,
    baseline: './baseline.ts',
    async url(writes) {
      if (!writes) return `file:${original}`
      const copy = join(folder, `copy-${++copies}.db`)
      copyFileSync(original, copy)
      // Otherwise the disk would still be busy with the copy during the measurement.
      const file = openSync(copy, 'r+')
      fsyncSync(file)
      closeSync(file)
      return `file:${copy}`
    },
    close: async () => {},
  }
}
