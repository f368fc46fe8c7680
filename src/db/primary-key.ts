import { getTableColumns } from 'drizzle-orm'
import { PgTable, getTableConfig as postgresConfig } from 'drizzle-orm/pg-core'
import { type SQLiteColumn, type SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core'

/** The columns of a table's primary key, in its order and by their names in the program; on either engine. */
export function keyOf(table: SQLiteTable): [string, SQLiteColumn][] {
  // What has SQLite's type may be PostgreSQL's table.
  const config = (table as unknown) instanceof PgTable ? postgresConfig(table as never) : sqliteConfig(table)
  const key = config.primaryKeys[0]?.columns ?? config.columns.filter(({ primary }) => primary)
  // By name: on PostgreSQL a key of several columns has copies of them.
  const columns = new Map(Object.entries(getTableColumns(table)).map(entry => [entry[1].name, entry]))
  return key.map(({ name }) => columns.get(name) as [string, SQLiteColumn])
}
