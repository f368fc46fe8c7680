import * as drizzle from 'drizzle-orm'
import { type Column, type SQL, sql } from 'drizzle-orm'
import type { Value } from './values.ts'

/** The operand of a comparison: a value, or another column, of the same type. Ids of different kinds are not. */
type Comparable<C extends Column> =
  | Value<C['_']['data']>
  | C['_']['data']
  | (Column & { _: { data: C['_']['data'] } })
  | SQL

type Comparison = <C extends Column>(column: C, other: Comparable<C>) => SQL

/** drizzle's comparisons, with stricter types and also for values. */
export const eq = drizzle.eq as Comparison
export const ne = drizzle.ne as Comparison
export const gt = drizzle.gt as Comparison
export const gte = drizzle.gte as Comparison
export const lt = drizzle.lt as Comparison
export const lte = drizzle.lte as Comparison

/**
 * Whether a column holds a text somewhere. Both must be folded, so that it does not matter that LIKE is case-sensitive on
 * one engine only.
 */
export function contains(column: Column, text: string): SQL {
  return sql`${column} like ${`%${text.replaceAll(/[!%_]/g, '!$&')}%`} escape '!'`
}
