import type { Statement } from 'better-sqlite3'
import { Column, is } from 'drizzle-orm'
import * as drizzleUtils from 'drizzle-orm/utils'
import { sqliteJson } from './columns.sqlite.ts'
import type { Params, Query } from './database.ts'
import { decoderOf, type Field, rowMapper, valueReader } from './row-mapper.ts'

/** drizzle's prepared queries. Not in its types; see test/db/statement.test.ts. */
interface Prepared {
  stmt: Statement
  query: { params: readonly unknown[] }
  /** Undefined for a write without `returning`. */
  fields?: readonly Field[]
  joinsNotNullableMap?: Readonly<Record<string, boolean>>
}

const { mapResultRow } = drizzleUtils as unknown as {
  mapResultRow(fields: readonly Field[], row: readonly unknown[], joins: Prepared['joinsNotNullableMap']): unknown
}

/**
 * A drizzle query that is run without drizzle's session: its values and rows as drizzle's own columns encode and decode
 * them. The session works all of that out again for each row, which took as long as the rest of a page.
 * @param json names an object of the rows that is wanted as JSON.
 * @returns what runs it; a write without `returning` has no rows.
 */
export function statement(query: Query, json?: string): (params: Params) => readonly unknown[] {
  const { stmt, query: text, fields, joinsNotNullableMap: joins = {} } = query.prepare() as unknown as Prepared
  const readers = text.params.map(valueReader)
  const values = (params: Params) => readers.map(read => read(params))
  if (fields === undefined) {
    return params => {
      stmt.run(...values(params))
      return []
    }
  }
  stmt.raw(true)
  // In an outer join an object whose columns are all null becomes null: drizzle decides that.
  const isOuter = Object.values(joins).includes(false) && fields.some(({ path }) => path.length > 1)
  const map = isOuter ? (row: readonly unknown[]) => mapResultRow(fields, row, joins) : rowMapper(cellsOf(fields), json)
  return params => (stmt.all(...values(params)) as unknown[][]).map(row => map(row))
}

function cellsOf(fields: readonly Field[]) {
  return fields.map(({ path, field }) => {
    const decoder = decoderOf(field)
    const asItIs = decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue
    return {
      path,
      decode: asItIs ? undefined : (value: never) => decoder.mapFromDriverValue(value),
      json: is(field, Column)
        ? sqliteJson(field)
        : (value: never) => JSON.stringify(decoder.mapFromDriverValue(value)) as string,
    }
  })
}
