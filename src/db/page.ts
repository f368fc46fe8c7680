import { count, type SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Database, Db, Query, Rows } from './database.ts'

/** A part of a list: so many rows, after so many others. */
export interface Page {
  limit: number
  offset: number
}

/** A query without its limit. */
interface Unlimited<Q extends Query> {
  limit(rows: number): { offset(rows: number): Q }
}

/**
 * Reads a page of a list, and the length of the list. The two are read one after the other: a list whose page must agree
 * with its length reads both in one statement instead (tasks, moods).
 * @param table the table whose rows are counted, under the same condition as `build` reads them.
 * @throws {Unavailable}
 */
export async function readPage<Q extends Query>(
  { query }: Pick<Database, 'query'>,
  table: SQLiteTable,
  condition: (db: Db) => SQL | undefined,
  { limit, offset }: Page,
  build: (db: Db, condition: SQL | undefined) => Unlimited<Q>,
): Promise<{ rows: Rows<Q>; total: number }> {
  const rows = await query(db => build(db, condition(db)).limit(limit).offset(offset))
  const [counted] = await query(db => db.select({ total: count() }).from(table).where(condition(db)))
  return { rows, total: (counted as { total: number }).total }
}
