import type { Database as Client } from 'better-sqlite3'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import { flag, hasFlag, unchecked, unflag } from './flags.sqlite.ts'

/**
 * Brings a SQLite file up to this version.
 *
 * A migration that rebuilds a parent table would delete its children under `foreign_keys = ON`, and drizzle's own
 * `PRAGMA foreign_keys=OFF` stands inside a transaction, where it does nothing. So it is switched off out here.
 * The check reads every row, so it runs only when there was something to migrate.
 * @throws {Error} when a migration fails, or leaves rows that refer to nothing.
 */
export function migrateSqlite(client: Client, migrationsFolder: string): void {
  const migrations = readMigrationFiles({ migrationsFolder })
  if (appliedMigrations(client) === migrations.length && !hasFlag(client, unchecked)) return
  flag(client, unchecked)
  client.pragma('foreign_keys = OFF')
  client.transaction(apply).immediate(client, migrations)
  const broken = client.pragma('foreign_key_check') as unknown[]
  if (broken.length > 0) throw new Error(`the migration left ${broken.length} dangling foreign keys`)
  client.pragma('foreign_keys = ON')
  unflag(client, unchecked)
}

/**
 * As drizzle's own migrator, in its table, which it reads before its transaction: of two processes that open a file at once
 * both would then migrate it. Here the second waits for the first to end, and finds nothing left to do.
 */
function apply(client: Client, migrations: readonly MigrationMeta[]) {
  client.exec(
    'CREATE TABLE IF NOT EXISTS __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)',
  )
  const last = client.prepare('SELECT max(created_at) FROM __drizzle_migrations').pluck().get() as number | null
  const insert = client.prepare('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)')
  for (const { sql, hash, folderMillis } of migrations) {
    if (last !== null && folderMillis <= last) continue
    for (const statement of sql) client.exec(statement)
    insert.run(hash, folderMillis)
  }
}

/** How many migrations the file has seen; 0 when it is new. */
function appliedMigrations(client: Client): number {
  const table = client.prepare("select 1 from sqlite_master where name = '__drizzle_migrations'").get()
  return table ? (client.prepare('select count(*) from __drizzle_migrations').pluck().get() as number) : 0
}
