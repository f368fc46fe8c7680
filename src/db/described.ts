import { getTableColumns } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'

/** What is true of a table besides its columns: said once, where the table is defined, and followed everywhere. */
interface Facts<Column extends string> {
  /** The column that holds the user whose rows they are; null where they are nobody's, or found without knowing the user. */
  owner: Column | null
  /** The column by which Citus spreads the rows over machines; null where each machine has a copy of them all. */
  spreadBy: Column | null
  /** False where the rows are of the installation that has them, and not copied to another one. */
  copied: boolean
  exported: Exported<Column>
  erased: Erased<Column>
}

/** The name by which a person's export lists the rows, and the columns that it leaves out; or why it lists none. */
type Exported<Column extends string> = { as: string; without?: readonly Column[] } | { not: string }

/** How rows go with an account: they refer to its user, they name it in a column, or what else becomes of them. */
type Erased<Column extends string> = 'with its user' | { by: Column } | { otherwise: string }

type ColumnOf<T extends SQLiteTable> = keyof T['_']['columns'] & string

export type TableFacts = Facts<string>

declare const described: unique symbol
/** A table of which everything is said. */
export type Described<T extends SQLiteTable = SQLiteTable> = T & { readonly [described]: true }

const known = new WeakMap<object, TableFacts>()

function describe<T extends SQLiteTable>(table: T, facts: TableFacts): Described<T> {
  known.set(table, facts)
  return table as Described<T>
}

/** A table of what users have, each row with its user's: it lies beside the user's other rows, and goes with the user. */
export function ownedTable<T extends SQLiteTable>(table: T, exported: Exported<ColumnOf<T>>): Described<T> {
  return describe(table, { owner: 'userId', spreadBy: 'userId', copied: true, exported, erased: 'with its user' })
}

/** A table whose rows are found without knowing the user, or are nobody's. */
export function sharedTable<T extends SQLiteTable>(
  table: T,
  facts: { spreadBy?: ColumnOf<T>; copied?: false; exported: { not: string }; erased: Erased<ColumnOf<T>> },
): Described<T> {
  return describe(table, { owner: null, spreadBy: null, copied: true, ...facts })
}

/** The table of the users themselves. */
export function userTable<T extends SQLiteTable>(table: T, exported: { not: string }): Described<T> {
  return describe(table, { owner: 'id', spreadBy: 'id', copied: true, exported, erased: 'with its user' })
}

export function factsOf(table: Described): TableFacts {
  return known.get(table) as TableFacts
}

/** A column of a table, of which facts know the name only. */
export function columnOf(table: SQLiteTable, name: string): SQLiteColumn {
  return (getTableColumns(table) as Record<string, SQLiteColumn>)[name] as SQLiteColumn
}
