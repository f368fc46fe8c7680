import { closeSync, copyFileSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../src/db/open.ts'
import { addPeople } from './people.ts'
import { temporaryFolder } from './processes.ts'

/** A database with everyone in it, as an engine offers it to the servers that are measured. */
export interface Prepared {
  /** For both servers: `DATABASE_URL`. A place for writing is a copy of its own, the same for each. */
  url(writes: boolean): string
  /** The program of this engine's bare baseline. */
  baseline: string
  /** The users' ids by name. */
  ids: ReadonlyMap<string, string>
}

/** A SQLite file with everyone in it, made through the project's own migrations. @param now epoch ms. */
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
    url(writes) {
      if (!writes) return `file:${original}`
      const copy = join(folder, `copy-${++copies}.db`)
      copyFileSync(original, copy)
      // Otherwise the disk would still be busy with the copy while the writes to it are measured.
      const file = openSync(copy, 'r+')
      fsyncSync(file)
      closeSync(file)
      return `file:${copy}`
    },
  }
}
