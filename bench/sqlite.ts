import { closeSync, copyFileSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import Client from 'better-sqlite3'
import { openDatabase } from '../src/db/open.ts'
import { fillCrowd } from './crowd/data.ts'
import type { Connection } from './crowd/multiply.ts'
import type { Size } from './crowd/scenarios.ts'
import { addPeople } from './people.ts'
import { once, type Prepared } from './prepared.ts'
import { temporaryFolder } from './processes.ts'

/**
 * A SQLite file with all users, made by the project's migrations.
 * @param now epoch ms.
 * @param size of the crowd.
 */
export async function prepareSqlite(now: number, size: Size): Promise<Prepared> {
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
      copySynced(original, copy)
      return `file:${copy}`
    },
    crowd: once(async () => {
      const files = { server: join(folder, 'crowd.db'), bare: join(folder, 'crowd-bare.db') }
      copyFileSync(original, files.server)
      const originals = await fillCrowd(`file:${files.server}`, size, async () => connectSqlite(files.server))
      copySynced(files.server, files.bare)
      return { size, originals, url: { server: `file:${files.server}`, bare: `file:${files.bare}` } }
    }),
    close: async () => {},
  }
}

/** Copies a database; otherwise the disk would still be busy with it during the measurement. */
function copySynced(from: string, to: string) {
  copyFileSync(from, to)
  const file = openSync(to, 'r+')
  fsyncSync(file)
  closeSync(file)
}

/** A connection that is in no hurry to have written. */
export function connectSqlite(path: string): Connection {
  const client = new Client(path)
  client.pragma('synchronous = OFF')
  client.pragma('cache_size = -1000000')
  return {
    dialect: {
      columns: `
        select m.name, c.name from sqlite_schema m join pragma_table_info(m.name) c
        where m.type = 'table' and m.name not like 'sqlite%' order by m.rowid, c.cid`,
      unchecked: 'pragma foreign_keys = off',
      place: 'rowid',
      instant: String,
    },
    async run(text: string) {
      const statement = client.prepare(text)
      if (statement.reader) return statement.raw().all() as unknown[][]
      statement.run()
      return []
    },
    async close() {
      client.pragma('wal_checkpoint(TRUNCATE)')
      client.close()
    },
  }
}
