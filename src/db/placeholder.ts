import { type Column, type Placeholder, type SQL, sql } from 'drizzle-orm'

/**
 * A named value of a prepared query, encoded as the column wants it. drizzle's bare `sql.placeholder` is encoded in
 * `values()` only: in a `where` a date would reach the driver as it is, and `set()` does not accept one at all.
 */
export function valueFor(name: string, column: Column): SQL {
  return sql`${sql.param(sql.placeholder(name), column)}`
}

/**
 * A named text to look something up by. The cast says nothing new, and keeps SQLite from planning the statement again
 * at every run: with the statistics it is compiled with, it peeks at a bare parameter that is compared with an
 * indexed column. Measured: 3 instead of 13 microseconds for reading a session.
 */
export function textFor(name: string): SQL<string> {
  return sql<string>`cast(${sql.placeholder(name)} as text)`
}

/** A named number of rows to take or to skip; cast for the same reason. */
export function rowsFor(name: string): Placeholder {
  // drizzle puts any SQL there, but its types know numbers and bare placeholders only.
  return sql`cast(${sql.placeholder(name)} as integer)` as unknown as Placeholder
}
