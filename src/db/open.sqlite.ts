import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Client from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import {
  type BoundWrite,
  Conflict,
  type Database,
  isMust,
  type JsonIn,
  must,
  type Params,
  type Query,
  type Rows,
  Unavailable,
  type WritableDatabase,
} from './database.ts'
import { examineSqlite, openToRead, sqliteMigrations } from './examine.sqlite.ts'
import { flag, hasFlag, unwiped } from './flags.sqlite.ts'
import { groupCommit } from './group-commit.sqlite.ts'
import { merged } from './merged.ts'
import { migrateSqlite } from './migrate.sqlite.ts'
import { sqliteTables } from './schema.sqlite.ts'
import { statement } from './statement.sqlite.ts'
import { type Declarations, type Values, valuesOf } from './values.ts'
import { wipeInProcess } from './wipe.sqlite.ts'

/**
 * Opens (or creates) a SQLite file for durable, private use and migrates it.
 * @throws {Error} when the file cannot be opened, is not a sound database of ours, or durability cannot be had.
 */
export function openSqlite(path: string, migrationsFolder = sqliteMigrations): WritableDatabase {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // A new file is readable by its owner only; SQLite gives the files beside it the same mode.
  closeSync(openSync(path, 'a', 0o600))
  if (statSync(path).size > 0) examineSqlite(path, false, migrationsFolder)
  const client = new Client(path)
  try {
    configure(client)
    migrateSqlite(client, migrationsFolder)
  } catch (error) {
    client.close()
    throw error
  }
  return sqliteDatabase(client, path)
}

/** Opens a sound file of this version for reading: nothing in it, nor beside it, is changed. */
export function openSqliteToRead(path: string): Pick<Database, 'query' | 'tables' | 'close'> {
  return sqliteDatabase(openToRead(path), path)
}

/**
 * better-sqlite3 leaves `synchronous` at NORMAL in WAL mode, which loses acknowledged commits in a
 * power cut; so FULL is set and read back, because a pragma that fails says nothing.
 */
function configure(client: Client.Database) {
  client.pragma('busy_timeout = 5000')
  client.pragma('journal_mode = WAL')
  client.pragma('synchronous = FULL')
  client.pragma('foreign_keys = ON')
  client.pragma('secure_delete = ON')
  client.pragma('trusted_schema = OFF')
  const wanted = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1, secure_delete: 1, trusted_schema: 0 }
  for (const [pragma, value] of Object.entries(wanted)) {
    const actual = client.pragma(pragma, { simple: true })
    if (actual !== value) throw new Error(`SQLite did not accept ${pragma} = ${value}: it is ${actual}`)
  }
}

/** The pages of the file, whether they are in it already or still in the log beside it. */
function sizeOf(client: Client.Database): number {
  const pragma = (name: string) => client.pragma(name, { simple: true }) as number
  return pragma('page_count') * pragma('page_size')
}

interface SqliteWrite<R extends readonly unknown[] = readonly unknown[]> extends BoundWrite<R> {
  run(): R
}

function sqliteDatabase(client: Client.Database, path: string): WritableDatabase {
  const db = drizzle(client)
  const commits = groupCommit(client)
  const wipe = merged(() => wipeInProcess(path))

  return {
    tables: sqliteTables,
    prepare<D extends Declarations, Q extends Query, const K extends string = never>(
      _name: string,
      values: D,
      build: (d: typeof db, values: Values<D>) => Q,
      json?: K,
    ) {
      // When it is first run: a start has better things to do than to compile what is rarely asked for.
      let prepared: ((params: Params) => JsonIn<Rows<Q>, K>) | undefined
      const run = (params: Params) => {
        prepared ??= statement(build(db, valuesOf(values)), json) as typeof prepared & {}
        return prepared(params)
      }
      return {
        execute: async (params: Params) => translated(() => run(params)),
        asWrite: (params: Params): SqliteWrite<JsonIn<Rows<Q>, K>> => ({ run: () => run(params) }),
      }
    },
    query: async <Q extends Query>(build: (d: typeof db) => Q) => translated(() => rowsOf(build(db))),
    async atomic(writes, _relation, guard) {
      try {
        return (await commits.add(() => {
          if (guard) runGuarded(must(guard) as SqliteWrite)
          return (writes as readonly unknown[] as SqliteWrite[]).map(runGuarded)
        })) as never
      } catch (error) {
        if (error === guardFailed) return undefined
        throw translate(error)
      }
    },
    ping: async () => translated(() => void client.prepare('select 1 from users limit 1').get()),
    size: async () => translated(() => sizeOf(client)),
    poolLoad: undefined,
    async erasing(work, wiped) {
      // First, so that a crash between the two is no reason to forget it.
      await commits.add(() => flag(client, unwiped))
      const result = await work()
      // Where it fails the flag stands, and it is tried again later.
      const wiping = await wipe()
      wiped?.(wiping)
      return result
    },
    wipePending: async () => (translated(() => hasFlag(client, unwiped)) ? wipe() : undefined),
    async close() {
      commits.flush()
      client.close()
    },
  }
}

const guardFailed = new Error('a guarded write changed no row')

function runGuarded(write: SqliteWrite): readonly unknown[] {
  const rows = write.run()
  if (isMust(write) && rows.length === 0) throw guardFailed
  return rows
}

/** Runs a query synchronously for its rows; a write without `returning` answers with counters, which is no row. */
function rowsOf<Q extends Query>(query: Q): Rows<Q> {
  const outcome = query.prepare().execute({}).sync()
  return (Array.isArray(outcome) ? outcome : []) as Rows<Q>
}

/** Runs it, and replaces a driver's error, whose message may carry values, by one of ours. */
function translated<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw translate(error)
  }
}

/** Conditions of the machine, not of the program: they pass, and the same request may succeed later. */
const passing = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM|PROTOCOL)/

function translate(error: unknown): unknown {
  if (!(error instanceof Client.SqliteError)) return error
  if (passing.test(error.code)) return new Unavailable(error.code)
  const key = /^UNIQUE constraint failed: (\w+)\./.exec(error.message)
  return key?.[1] ? new Conflict(key[1]) : new Error(`the database failed: ${error.code}`)
}
