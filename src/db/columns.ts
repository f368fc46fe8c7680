import type { sqliteColumns } from './columns.sqlite.ts'

/**
 * The column types of the schema. SQLite's types are the ones the program sees; another engine's columns are cast to
 * this in its own file, so that stores are written and type-checked once.
 */
export type Columns = typeof sqliteColumns
