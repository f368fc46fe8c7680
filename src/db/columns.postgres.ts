import {
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

/** Sorted and compared byte by byte, as SQLite does; the database's own locale would order lists differently. */
const textC = customType<{ data: string }>({ dataType: () => 'text collate "C"' })

let lastWritten = { ms: Number.NaN, text: '' }

/** `toISOString`, which was a tenth of what a `POST /mood` takes here, once for the several columns that say "now". */
function isoText(at: Date): string {
  const ms = at.getTime()
  if (ms !== lastWritten.ms) lastWritten = { ms, text: at.toISOString() }
  return lastWritten.text
}

/**
 * A moment as the server writes it, in the zone it is set to. Where that had an offset with seconds, as Paris before 1911,
 * no `Date` understands it.
 */
function readInstant(text: string): Date {
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

/** drizzle's own jsonb parses what the driver has parsed already: the label "1e1" would come back as the number 10. */
const json = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: value => JSON.stringify(value),
})

/** The driver takes and gives a `Buffer`, as SQLite's does. */
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

const text = (name: string) => textC(name)

/**
 * What each word of the schema means on PostgreSQL. Cast to SQLite's types, which are the ones the program sees: both say
 * string, number, Date, Buffer for the same words, and stores use nothing else of a column.
 */
export const postgresColumns = {
  table: pgTable,
  primaryKey,
  foreignKey,
  index,
  id: text,
  str: text,
  int: (name: string) => integer(name),
  bool: (name: string) => boolean(name),
  float: (name: string) => doublePrecision(name),
  instant: (name: string) => instant(name),
  day: text,
  json: (name: string) => json(name),
  blob: (name: string) => bytea(name),
  // Text and no enum of the database's: an enum sorts by declaration, text the same on both engines.
  oneOf: text,
} as unknown as Columns
