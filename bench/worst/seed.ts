import { closeSync, fsyncSync, openSync } from 'node:fs'
import Client from 'better-sqlite3'
import { v7 as uuidv7 } from 'uuid'

/** Rows put into a database file past the server, which must not run meanwhile: a gigabyte by way of the API takes an hour. */
export interface Seeding {
  /**
   * Copies a user's only row of a table, so that what the server wrote there is all that has to be known of it.
   *
   * @param overrides SQL expressions by column; `i` counts from 1.
   */
  clone(table: string, userId: string, copies: number, overrides?: Record<string, string>): void
}

export function seed(file: string, work: (seeding: Seeding) => void) {
  const client = new Client(file)
  try {
    client.pragma('synchronous = OFF')
    client.pragma('foreign_keys = OFF')
    client.function('new_id', { deterministic: false }, () => uuidv7())
    work({
      clone(table, userId, copies, overrides = {}) {
        const columns = (client.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
        const values = columns.map(name => ({ id: 'new_id()', ...overrides })[name] ?? `one.${name}`)
        const statement = client.prepare(`
          with recursive counting(i) as (select 1 union all select i + 1 from counting where i < ?),
            one as materialized (select * from ${table} where user_id = ? limit 1)
          insert into ${table} (${columns.join(', ')})
          select ${values.join(', ')} from counting, one`)
        // What the server keeps of the user's moods is then of another version, and ignored.
        const raise = client.prepare('update users set mood_version = mood_version + 1 where id = ?')
        client.transaction(() => [statement.run(copies, userId), raise.run(userId)])()
      },
    })
    client.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    client.close()
  }
  // Otherwise the server's first sync would have to write all of this.
  const written = openSync(file, 'r+')
  fsyncSync(written)
  closeSync(written)
}
