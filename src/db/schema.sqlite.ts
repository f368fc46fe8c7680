import { sqliteColumns } from './columns.sqlite.ts'
import { defineSchema } from './schema.ts'

/** SQLite's tables. */
export const sqliteTables = defineSchema(sqliteColumns)
