import { type Column, type SQL, sql } from 'drizzle-orm'

/**
 * A named value of a prepared query, encoded as the column wants it. drizzle's bare `sql.placeholder` is encoded in
 * `values()` only: in a `where` a date would reach the driver as it is, and `set()` does not accept one at all.
 */
export function valueFor(name: string, column: Column): SQL {
  return sql`${sql.param(sql.placeholder(name), column)}`
}
