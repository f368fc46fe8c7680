import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { Tables } from './schema.ts'
import type { Declarations, ParamsOf, Values } from './values.ts'

/**
 * What builds queries. Without `transaction` (better-sqlite3's is synchronous: an async callback compiles
 * and is not atomic) and without `run`, `all`, `get`, `values`, which exist on one engine only.
 */
export type Db = Pick<BetterSQLite3Database, 'select' | 'selectDistinct' | 'insert' | 'update' | 'delete'>

/** A query under construction, as drizzle's builders return it. */
export interface Query {
  prepare(): { execute(params?: Record<string, unknown>): { sync(): unknown } }
}

/** The rows a query answers with: none for a write without `returning`. */
export type Rows<Q extends Query> =
  ReturnType<ReturnType<ReturnType<Q['prepare']>['execute']>['sync']> extends infer R
    ? R extends readonly unknown[]
      ? R
      : []
    : never

/** The values of a prepared query's placeholders. */
export type Params = Readonly<Record<string, unknown>>

declare const rows: unique symbol
/** A write with its values, to be handed to `atomic`. Opaque: only the engine that made it can run it. */
export interface BoundWrite<R> {
  readonly [rows]?: R
}

/** A query prepared once and run often. */
export interface Prepared<P, R> {
  /** Runs it. @throws {Conflict | Unavailable} */
  execute(params: P): Promise<R>
  /** The same as one write of an `atomic` batch: nothing is written before that. */
  asWrite(params: P): BoundWrite<R>
}

export interface Database {
  readonly tables: Tables
  /**
   * Prepares `build`'s query when it is first run.
   * @param name unique per `Database`; PostgreSQL needs it, SQLite does not.
   * @param values what it is given whenever it is run: each by its name and the column whose type it has.
   */
  prepare<D extends Declarations, Q extends Query>(
    name: string,
    values: D,
    build: (db: Db, values: Values<D>) => Q,
  ): Prepared<ParamsOf<D>, Rows<Q>>
  /** Runs a query that is too variable to prepare. @throws {Conflict | Unavailable} */
  query<Q extends Query>(build: (db: Db) => Q): Promise<Rows<Q>>
  /**
   * All of the writes or none of them, in order. Resolves with each write's rows, or with undefined (and nothing written) when one marked by `must` changed no row.
   * @param relation `independent` where none of them reads or writes a row that another one writes, foreign keys aside:
   * then the engine may run them as one statement, and tells any of several conflicts. @throws {Conflict | Unavailable}
   */
  atomic<const W extends readonly BoundWrite<unknown>[]>(
    writes: W,
    relation?: 'independent' | undefined,
  ): Promise<{ [I in keyof W]: RowsOfWrite<W[I]> } | undefined>
  /** Answers when the database can be read. @throws {Unavailable} */
  ping(): Promise<void>
  /** How much the database holds on the disk, in bytes. @throws {Unavailable} */
  size(): Promise<number>
  /**
   * Runs work that deletes what must not remain, and resolves when no file of the database holds it any more, or when
   * that has to wait for readers: then `wipePending` does it later, also after a crash. On PostgreSQL this is the server's
   * own matter (`vacuum`), and only the work is run.
   * @param wiped is told how wiping went, where there was any.
   */
  erasing<T>(work: () => Promise<T>, wiped?: (wiping: Wiping) => void): Promise<T>
  /** Wipes what earlier deletions have left in the files. @returns how it went, or undefined where nothing was left. */
  wipePending(): Promise<Wiping | undefined>
  close(): Promise<void>
}

/** What became of an attempt to wipe what was deleted. */
export interface Wiping {
  /** Pages whose remains were overwritten. */
  pages: number
  /** False where it could not be finished, because of readers that held on to the log: it is to be tried again. */
  complete: boolean
}

type RowsOfWrite<W> = W extends BoundWrite<infer R> ? R : never

const mustMark = Symbol('must')

/** Marks a write of an `atomic` batch as a guard: if it answers with no row, nothing of the batch happens. */
export function must<R>(write: BoundWrite<R>): BoundWrite<R> {
  return Object.assign(write, { [mustMark]: true })
}

/** Whether `must` marked it; for the engines. */
export function isMust(write: BoundWrite<unknown>): boolean {
  return mustMark in write
}

/** A row with this key is there already. Named by its table, because a table has one key. */
export class Conflict extends Error {
  readonly table: string
  constructor(table: string) {
    super(`conflict in ${table}`)
    this.name = 'Conflict'
    this.table = table
  }
}

/** The database cannot do it now: busy, full, read-only, gone. Carries the driver's code, never its message or values. */
export class Unavailable extends Error {
  readonly code: string
  constructor(code: string) {
    super(`database unavailable: ${code}`)
    this.name = 'Unavailable'
    this.code = code
  }
}
