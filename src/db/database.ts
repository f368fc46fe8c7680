import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { Tables } from './schema.ts'
import type { Declarations, ParamsOf, Values } from './values.ts'

/**
 * Builds queries. Without `transaction` (better-sqlite3's is synchronous: an async callback compiles and is not atomic)
 * and without `run`, `all`, `get`, `values`, which exist on one engine only.
 */
export type Db = Pick<BetterSQLite3Database, 'select' | 'selectDistinct' | 'insert' | 'update' | 'delete'>

/** A query builder of drizzle. */
export interface Query {
  prepare(): { execute(params?: Record<string, unknown>): { sync(): unknown } }
}

/** The rows of a query: none for a write without `returning`. */
export type Rows<Q extends Query> =
  ReturnType<ReturnType<ReturnType<Q['prepare']>['execute']>['sync']> extends infer R
    ? R extends readonly unknown[]
      ? R
      : []
    : never

/** The values of a prepared query's placeholders. */
export type Params = Readonly<Record<string, unknown>>

declare const rows: unique symbol
/** A write with its values, for `atomic`. Opaque: only the engine that made it can run it. */
export interface BoundWrite<R> {
  readonly [rows]?: R
}

/** A query prepared once and run often. */
export interface Prepared<P, R> {
  /**
   * Runs it.
   * @throws {Conflict | Unavailable}
   */
  execute(params: P): Promise<R>
  /** Binds values to it as one write of an `atomic` batch; writes nothing by itself. */
  asWrite(params: P): BoundWrite<R>
}

declare const open: unique symbol
/** An object as JSON without its closing brace, so that more can be added to it. */
export type OpenJson = string & { readonly [open]: true }

/** Rows of which an object is its JSON. */
export type JsonIn<R extends readonly unknown[], K extends string> = [K] extends [never]
  ? R
  : { [N in keyof R[number]]: N extends K ? OpenJson : R[number][N] }[]

export interface Database {
  readonly tables: Tables
  /**
   * Prepares `build`'s query when it is first run.
   * @param name unique per `Database`; PostgreSQL needs it, SQLite does not.
   * @param values its placeholders: each name with the column whose type it has.
   * @param json names an object of its rows that is wanted as JSON: what would only be decoded to be encoded again.
   */
  prepare<D extends Declarations, Q extends Query, const K extends string = never>(
    name: string,
    values: D,
    build: (db: Db, values: Values<D>) => Q,
    json?: K,
  ): Prepared<ParamsOf<D>, JsonIn<Rows<Q>, K>>
  /**
   * Runs a query that varies too much to prepare.
   * @throws {Conflict | Unavailable}
   */
  query<Q extends Query>(build: (db: Db) => Q): Promise<Rows<Q>>
  /**
   * Resolves when the database can be read.
   * @throws {Unavailable}
   */
  ping(): Promise<void>
  /**
   * The size of the database on the disk, in bytes.
   * @throws {Unavailable}
   */
  size(): Promise<number>
  /** Counts the connections to the server and the callers that wait for one; undefined where there is no server. */
  readonly poolLoad: (() => PoolLoad) | undefined
  /**
   * Runs work that deletes private data, and resolves when no file of the database contains it, or when that has to
   * wait for readers: then `wipePending` does it later, also after a crash. On PostgreSQL this is up to the server
   * (`vacuum`), and only the work is run.
   * @param wiped gets the result of wiping, if there was any.
   */
  erasing<T>(work: () => Promise<T>, wiped?: (wiping: Wiping) => void): Promise<T>
  /**
   * Wipes what earlier deletions have left in the files.
   * @returns the result, or undefined if nothing was left.
   */
  wipePending(): Promise<Wiping | undefined>
  close(): Promise<void>
}

/**
 * All of the writes or none of them, in order. Resolves with each write's rows, or with undefined (and nothing written)
 * when one marked by `must` changed no row.
 * @param relation `independent` if none of them reads or writes a row that another one writes, foreign keys aside: the
 *   engine may run them as one statement, and reports any one of several conflicts.
 * @throws {Conflict | Unavailable}
 */
export type Commit = <const W extends readonly BoundWrite<unknown>[]>(
  writes: W,
  relation?: 'independent' | undefined,
) => Promise<{ [I in keyof W]: RowsOfWrite<W[I]> } | undefined>

/**
 * A database that can also write. Stores get a `Database` without `atomic`, and a `Commit` from their callers, so that
 * no batch of a request can forget the guard of its sender (`request.commit`).
 */
export interface WritableDatabase extends Database {
  /**
   * A `Commit`.
   * @param guard a write of its own, run before the others as if marked by `must`; its rows are not in the result.
   */
  atomic<const W extends readonly BoundWrite<unknown>[]>(
    writes: W,
    relation?: 'independent' | undefined,
    guard?: BoundWrite<unknown> | undefined,
  ): Promise<{ [I in keyof W]: RowsOfWrite<W[I]> } | undefined>
}

/** The number of connections that are used and that are not, and of callers that wait for one. */
export type PoolLoad = Readonly<Record<'used' | 'idle' | 'waiting', number>>

/** The result of an attempt to wipe deleted data. */
export interface Wiping {
  /** The number of overwritten pages. */
  pages: number
  /** False if it could not be finished, because readers kept the log or for another reason: it must be tried again. */
  complete: boolean
  /** Why it failed, where it did: the code of an error, or its sentence if it has none. Names no file. */
  reason?: string
}

type RowsOfWrite<W> = W extends BoundWrite<infer R> ? R : never

const mustMark = Symbol('must')

/** Marks a write of an `atomic` batch as a guard: if it returns no row, nothing of the batch happens. */
export function must<R>(write: BoundWrite<R>): BoundWrite<R> {
  return Object.assign(write, { [mustMark]: true })
}

/** Whether a write is marked by `must`; for the engines. */
export function isMust(write: BoundWrite<unknown>): boolean {
  return mustMark in write
}

/** A row with this key exists already. Named by its table, because a table has one key. */
export class Conflict extends Error {
  readonly table: string
  constructor(table: string) {
    super(`conflict in ${table}`)
    this.name = 'Conflict'
    this.table = table
  }
}

/**
 * The database is temporarily unable: busy, full, read-only, unreachable. Carries the driver's code, never its message
 * or values.
 */
export class Unavailable extends Error {
  readonly code: string
  constructor(code: string) {
    super(`database unavailable: ${code}`)
    this.name = 'Unavailable'
    this.code = code
  }
}
