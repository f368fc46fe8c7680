import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Client from 'better-sqlite3'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { findDamage } from './sample.sqlite.ts'

export const sqliteMigrations = fileURLToPath(new URL('../../migrations/sqlite', import.meta.url))

/** All pages of a file up to this size (bytes) are examined at each start: a tenth of a second. */
const smallFileBytes = 64 * 1024 * 1024

/**
 * Examines a file before anything in it is changed: it must be a SQLite database, ours, not of a newer version, and not
 * damaged. Changes neither the file nor those beside it. The decision is docs/decisions/examined-at-start.md.
 * @param thorough compares indexes with their tables too and checks foreign keys; takes several times as long. Otherwise all
 * pages of a large file are looked at only when it will be migrated.
 * @throws {Error} whose message names the file and the fault.
 */
export function examineSqlite(
  path: string,
  thorough = false,
  migrationsFolder = sqliteMigrations,
  smallFile = smallFileBytes,
) {
  if (!hasHeader(path)) throw new Error(`${path} is not an SQLite database; it was left unchanged`)
  try {
    return reading(path, client => {
      const { tables, migrations } = examineJournal(client, path, migrationsFolder)
      if (!thorough && statSync(path).size > smallFile && migrations.applied === migrations.known) {
        examineSample(client, path, tables)
      } else examinePages(client, path, thorough ? 'integrity_check' : 'quick_check')
      if (thorough) {
        examineReferences(client, path)
        examineCounters(client, path)
      }
      return { migrations, rows: rowsOf(client, thorough ? tables : []) }
    })
  } catch (error) {
    throw damaged(error, path)
  }
}

function reading<T>(path: string, examine: (client: Client.Database) => T): T {
  const client = openToRead(path)
  try {
    return examine(client)
  } finally {
    client.close()
  }
}

/**
 * Opens a file for reading, without a trace. A read-only connection leaves an empty `-wal` and a `-shm` behind; a
 * writable one removes them, but would also move what a killed server left in the `-wal` into the file.
 */
export function openToRead(path: string): Client.Database {
  const client = new Client(path, { fileMustExist: true, readonly: hasLog(path) })
  client.pragma('query_only = ON')
  client.pragma('trusted_schema = OFF')
  return client
}

/** Whether a killed server has left writes beside the file. */
function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

function hasHeader(path: string): boolean {
  const header = Buffer.alloc(16)
  const file = openSync(path, 'r')
  try {
    readSync(file, header)
  } finally {
    closeSync(file)
  }
  return header.toString('latin1') === 'SQLite format 3\0'
}

const journal = '__drizzle_migrations'

/**
 * Checks that the database is ours. Migrations are identified by their time, not by their hash, which depends on git's
 * line endings. A file without tables is new: an interrupted start leaves one.
 */
function examineJournal(client: Client.Database, path: string, migrationsFolder: string) {
  const known = readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis)
  const names = client.prepare("select name from sqlite_schema where type = 'table' order by name").pluck().all()
  const tables = (names as string[]).filter(name => !name.startsWith('sqlite_') && name !== journal)
  const applied = names.includes(journal)
    ? (client.prepare(`select created_at from ${journal} order by created_at`).pluck().all() as number[])
    : []
  if (applied[0] !== known[0] && tables.length + applied.length > 0) {
    throw new Error(`${path} belongs to another program (it has no moodstreak migrations); it was left unchanged`)
  }
  if (applied.some(time => !known.includes(time))) {
    throw new Error(`${path} was created by a newer version of moodstreak; it was left unchanged`)
  }
  return { tables, migrations: { applied: applied.length, known: known.length } }
}

function examinePages(client: Client.Database, path: string, check: 'quick_check' | 'integrity_check') {
  const finding = client.pragma(`${check}(1)`, { simple: true })
  if (finding !== 'ok') throw new Error(damage(path, String(finding)))
}

/** Some pages, and the ways from the root of each table and index to its first and last row: SQLite reports what it meets. */
function examineSample(client: Client.Database, path: string, tables: readonly string[]) {
  for (const table of tables) {
    walk(client, `select * from ${quoted(table)} order by rowid`)
    const indexes = client.pragma(`index_list(${quoted(table)})`) as { name: string; partial: number }[]
    for (const { name } of indexes.filter(({ partial }) => partial === 0)) {
      const [first] = client.pragma(`index_info(${quoted(name)})`) as { name: string }[]
      const column = quoted(first?.name as string)
      walk(client, `select ${column} from ${quoted(table)} indexed by ${quoted(name)} order by ${column}`)
    }
  }
  // What a log has not yet written to the file may be half there.
  if (hasLog(path)) return
  const finding = findDamage(path)
  if (finding !== undefined) throw new Error(damage(path, finding))
}

function walk(client: Client.Database, query: string) {
  for (const order of ['asc', 'desc']) client.prepare(`${query} ${order} limit 1`).get()
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

function examineReferences(client: Client.Database, path: string) {
  const broken = client.pragma('foreign_key_check') as { table: string }[]
  if (broken.length === 0) return
  const tables = [...new Set(broken.map(({ table }) => table))].join(', ')
  throw new Error(`${path} has dangling foreign keys: ${broken.length} in ${tables}`)
}

/** The counters of `users`, and what they count. */
const counters = {
  mood_count: 'count(*) from moods',
  task_count: 'count(*) from tasks',
  practice_count: 'count(*) from practices',
  sequence_count: 'count(*) from sequences',
  published_count: 'count(*) from published_sequences',
  pose_count: 'count(*) from poses',
  stored_bytes: `total(bytes) from (
    select user_id, bytes from moods union all select user_id, bytes from tasks
    union all select user_id, bytes from practices union all select user_id, bytes from sequences
    union all select user_id, bytes from deletions union all select user_id, bytes from revisions)`,
}

/** Counts everybody's rows again. A backup of a version without counters has none to compare; a deletion under way goes on. */
function examineCounters(client: Client.Database, path: string) {
  const columns = (client.pragma('table_info(users)') as { name: string }[]).map(({ name }) => name)
  for (const [column, counted] of Object.entries(counters)) {
    if (!columns.includes(column)) continue
    const different = client.prepare(
      `select count(*) from users where deleted_at is null and ${column} <> (select ${counted} where user_id = users.id)`,
    )
    const wrong = different.pluck().get() as number
    if (wrong > 0) throw new Error(`${path} has ${wrong} users whose ${column} is not what their rows are`)
  }
}

function rowsOf(client: Client.Database, tables: readonly string[]) {
  return tables.map(table => {
    const count = client.prepare(`select count(*) from ${quoted(table)}`).pluck()
    return { table, count: count.get() as number }
  })
}

function damaged(error: unknown, path: string): unknown {
  if (!(error instanceof Client.SqliteError) || !/^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) return error
  return new Error(damage(path, error.message))
}

function damage(path: string, finding: string): string {
  // SQLite's findings have several lines, the first of which may only name the database.
  const what = finding.replace(/^\*\*\*.*\*\*\*\n/, '').replaceAll('\n', '; ')
  return `${path} is damaged (${what}); it was left unchanged`
}
