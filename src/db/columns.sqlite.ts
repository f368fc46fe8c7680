import { type Column, sql } from 'drizzle-orm'
import {
  blob,
  customType,
  foreignKey,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
} from 'drizzle-orm/sqlite-core'
import { quoted, quotedInstant } from './json-values.ts'

/** Epoch milliseconds. Not drizzle's `timestamp_ms`: that one throws when a placeholder is filled with null (and reading, drizzle keeps null to itself). */
const epochMs = customType<{ data: Date; driverData: number | null }>({
  dataType: () => 'integer',
  toDriver: (instant: Date | null) => (instant === null ? null : instant.getTime()),
  fromDriver: ms => new Date(ms as number),
})

/** The schema's column types on SQLite. */
export const sqliteColumns = {
  table: sqliteTable,
  primaryKey,
  foreignKey,
  index,
  /** An app-made UUIDv7, or a name. */
  id: <T extends string = string>(name: string) => text(name).$type<T>(),
  str: (name: string) => text(name),
  int: (name: string) => integer(name),
  /** A whole number that may pass 2^31: up to 2^53. */
  long: (name: string) => integer(name),
  bool: (name: string) => integer(name, { mode: 'boolean' }),
  /** 64 bits. */
  float: (name: string) => real(name),
  /** A point in time with millisecond precision. */
  instant: (name: string) => epochMs(name),
  /** 1970, for what a migration fills in. */
  epoch: sql`0`,
  /** A calendar day, `YYYY-MM-DD`, which belongs to no time zone. */
  day: (name: string) => text(name),
  json: <T>(name: string) => text(name, { mode: 'json' }).$type<T>(),
  /** Bytes, as a `Buffer`. */
  blob: (name: string) => blob(name, { mode: 'buffer' }),
  oneOf: <const T extends [string, ...string[]]>(name: string, values: T) => text(name, { enum: values }),
}

/** The driver's value of a column as JSON. */
export function sqliteJson(column: Column): (value: never) => string {
  const { dataType } = column
  if (dataType === 'json') return (text: string) => text
  if (dataType === 'number') return String
  if (dataType === 'string') return quoted
  if (dataType === 'custom') return quotedInstant
  return value => JSON.stringify(column.mapFromDriverValue(value))
}
