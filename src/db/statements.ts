import { type Column, type GetColumnData, getTableColumns, type SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Db } from './database.ts'
import { bare, type Value } from './values.ts'

/**
 * Inserts and updates made from a table's own columns, so that no column is forgotten: when one is added to a table,
 * every insert must name it.
 */

type Columns<T extends SQLiteTable> = T['_']['columns']

/** The columns of a table except some, as placeholders of a statement. */
export function columnsOf<T extends SQLiteTable, const K extends keyof Columns<T> = never>(
  table: T,
  ...except: readonly K[]
): Omit<Columns<T>, K> {
  const columns = Object.entries(getTableColumns(table)).filter(([key]) => !except.includes(key as K))
  return Object.fromEntries(columns) as Omit<Columns<T>, K>
}

/** All columns of a new row: placeholders or expressions. */
export type NewRow<T extends SQLiteTable> = Required<Changes<T>>

/** An insert of whole rows. */
export function insertInto<T extends SQLiteTable>(db: Db, table: T, ...rows: readonly NewRow<T>[]) {
  const keys = Object.keys(getTableColumns(table))
  const values = rows.map(row =>
    Object.fromEntries(keys.map(key => [key, bare(row[key as keyof NewRow<T>] as Value<unknown> | SQL)])),
  )
  return db.insert(table).values(values as never[])
}

/** The assignments of an update: placeholders or expressions. */
export type Changes<T extends SQLiteTable> = {
  readonly [K in keyof Columns<T>]?: Value<GetColumnData<Columns<T>[K]>> | SQL
}

/** An update of the given columns. */
export function updateOf<T extends SQLiteTable>(db: Db, table: T, changes: Changes<T>) {
  return db.update(table).set(assigned<T>(changes) as never)
}

/** The assignments of an update, for `onConflictDoUpdate`. */
export function assigned<T extends SQLiteTable>(changes: Changes<T>): { [K in keyof Columns<T>]?: SQL } {
  const entries = Object.entries(changes as Record<string, Value<unknown> | SQL>)
  return Object.fromEntries(entries.map(([key, value]) => [key, bare(value)])) as { [K in keyof Columns<T>]?: SQL }
}

/** The values with the names of some columns. */
export function only<V, K extends keyof V>(values: V, columns: Readonly<Record<K, Column>>): Pick<V, K> {
  return Object.fromEntries(Object.keys(columns).map(key => [key, values[key as K]])) as Pick<V, K>
}

/** Columns of one table by their names in answers. */
type Selection = Readonly<Record<string, Column>>

/**
 * The result of reading columns of a row, made from the row that is written: an answer made this way cannot differ from
 * what is stored. Both engines return a row as it was written.
 */
export function shownBy<T extends SQLiteTable, const S extends Selection>(table: T, selection: S) {
  const keys = new Map(Object.entries(getTableColumns(table)).map(([key, column]) => [column as Column, key]))
  const shown = Object.entries(selection).map(([name, column]) => [name, keys.get(column) as string] as const)
  // The version is what the database alone knows (`raised-version.ts`).
  return (row: Omit<T['$inferSelect'], 'version'>): { [N in keyof S]: GetColumnData<S[N]> } => {
    const result: Record<string, unknown> = {}
    for (const [name, key] of shown) result[name] = row[key as keyof typeof row]
    return result as { [N in keyof S]: GetColumnData<S[N]> }
  }
}
