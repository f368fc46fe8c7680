import { type Column, sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
} from 'drizzle-orm/pg-core'
import type { Columns } from './columns.ts'
import { quoted, quotedInstant } from './json-values.ts'

/** Sorted and compared byte by byte, as SQLite does; the database's own locale would order lists differently. */
const textC = customType<{ data: string }>({ dataType: () => 'text collate "C"' })

let lastWritten = { ms: Number.NaN, text: '' }

/** `toISOString`, which was a tenth of what a `POST /mood` takes here, once for the several columns that say "now". */
function isoText(at: Date): string {
  const ms = at.getTime()
  if (ms !== lastWritten.ms) lastWritten = { ms, text: at.toISOString() }
  return lastWritten.text
}

/** `2026-03-01 21:15:00.12+00`: as the server writes instants where its zone is UTC, which it mostly is. */
const isUtc = (text: string) => text.endsWith('+00') && text[10] === ' '

/** The same as RFC 3339. */
const rfc3339 = (text: string) => `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0')}Z`

/**
 * An instant in the server's format and zone. `Date` cannot parse it where the zone had an offset with seconds, as
 * Paris before 1911; and takes three times as long for this format as for RFC 3339.
 */
function readInstant(text: string): Date {
  if (isUtc(text)) return new Date(rfc3339(text))
  if (text.at(-3) !== ':' || text.at(-6) !== ':') return new Date(text)
  const seconds = Number(`${text.at(-9)}${text.slice(-2)}`)
  return new Date(new Date(text.slice(0, -3)).getTime() - seconds * 1000)
}

/** Millisecond precision, as on SQLite; and null-safe, as there. */
const instant = customType<{ data: Date; driverData: string | null }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (value: Date | null) => (value === null ? null : isoText(value)),
  fromDriver: text => readInstant(text as string),
})

/** drizzle's own jsonb parses again what the driver has parsed: the label "1e1" would come back as the number 10. */
const json = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: value => JSON.stringify(value),
})

/** The driver takes and gives a `Buffer`, as SQLite's does. */
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

const text = (name: string) => textC(name)

/**
 * The schema's column types on PostgreSQL. Cast to SQLite's types, which are the ones the program sees: both use
 * string, number, Date and Buffer for the same columns, and stores use nothing else of a column.
 */
export const postgresColumns = {
  table: pgTable,
  primaryKey,
  foreignKey,
  index,
  id: text,
  str: text,
  int: (name: string) => integer(name),
  long: (name: string) => bigint(name, { mode: 'number' }),
  bool: (name: string) => boolean(name),
  float: (name: string) => doublePrecision(name),
  instant: (name: string) => instant(name),
  epoch: sql`'epoch'`,
  day: text,
  json: (name: string) => json(name),
  blob: (name: string) => bytea(name),
  // Text, not a database enum: an enum sorts by declaration, text the same on both engines.
  oneOf: text,
} as unknown as Columns

/** The last instant, as the server wrote it and as JSON: those of an entry are mostly the same. */
let last = { text: '', json: '' }

function instantAsJson(text: string): string {
  if (text !== last.text) last = { text, json: jsonOfInstant(text) }
  return last.json
}

function jsonOfInstant(text: string): string {
  return isUtc(text) ? `"${rfc3339(text)}"` : quotedInstant(readInstant(text).getTime())
}

/**
 * Whether the server's text of a JSON value may not be that of `JSON.stringify`: it puts a space behind each comma, and
 * writes `1e-7`, which is the shortest number with an exponent, as `0.0000001`.
 */
const isOtherwise = (text: string) => text.includes(', ') || (text.length > 8 && /^[-\d]/.test(text))

/** The server's text of a column as JSON. */
export function postgresJson(column: Column): (text: string) => string {
  const type = column.getSQLType()
  if (type.startsWith('text')) return quoted
  if (type.startsWith('timestamp')) return instantAsJson
  if (type === 'jsonb') return text => (isOtherwise(text) ? JSON.stringify(JSON.parse(text)) : text)
  if (type === 'boolean') return text => (text === 't' ? 'true' : 'false')
  return text => text
}
