import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { getTableColumns, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Database } from './database.ts'
import { factsOf } from './described.ts'
import { fileOf, isPostgres } from './open.ts'
import { keyOf } from './primary-key.ts'
import { allTables, type TableName } from './schema.ts'

type Row = Record<string, unknown>

/** Rows that are read, and written by one statement, at a time: 500 of the widest table are 10 000 of SQLite's 32 766 values. */
const pageSize = 500

/** The same where a row holds a picture, of 200 KiB at most. */
const pageSizeOfPictures = 50

/** Rows between two lines of progress. */
const progress = 20_000

/**
 * The content of a table. The digest is SHA-256 over its rows in the order of their keys, and the same on every engine.
 */
export interface Sum {
  rows: number
  digest: string
}

/**
 * Copies a whole installation into an empty database of either engine and compares the two. Opening migrates both; no
 * other process may write to either meanwhile.
 * @param open opens a database, schema and data brought up to date.
 * @param say gets the progress, without any URL.
 * @throws {Error} when the source does not exist or is empty, the target is not empty, or the two differ afterwards.
 */
export async function copyInstallation(
  fromUrl: string,
  toUrl: string,
  open: (url: string) => Promise<Database>,
  say: (line: string) => void,
): Promise<void> {
  // Opening would create one.
  if (!isPostgres(fromUrl) && !existsSync(fileOf(fromUrl))) throw new Error('the source does not exist')
  const from = await opened(open, fromUrl, 'source')
  try {
    if (await isEmpty(from)) throw new Error('the source is empty')
    const to = await opened(open, toUrl, 'target')
    try {
      if (!(await isEmpty(to))) throw new Error('the target is not empty; nothing was copied')
      say('Both databases are open and their schemas up to date.')
      await copyAndCompare(from, to, say)
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}

/** Counts and digests every table, a page at a time. */
export async function sumsOf(database: Database): Promise<Record<TableName, Sum>> {
  const sums: Partial<Record<TableName, Sum>> = {}
  for (const name of namesOf(database)) sums[name] = await sumOf(database, name)
  return sums as Record<TableName, Sum>
}

/** The tables that are copied, each after those that it refers to. */
function namesOf({ tables }: Database): TableName[] {
  return allTables(tables).flatMap(([name, table]) => (factsOf(table).copied ? [name] : []))
}

async function opened(open: (url: string) => Promise<Database>, url: string, side: string): Promise<Database> {
  try {
    return await open(url)
  } catch (error) {
    throw new Error(`cannot open the ${side}: ${(error as Error).message}`, { cause: error })
  }
}

async function isEmpty(database: Database): Promise<boolean> {
  for (const name of namesOf(database)) if ((await page(database, name, undefined, 1)).length > 0) return false
  return true
}

async function copyAndCompare(from: Database, to: Database, say: (line: string) => void) {
  const names = namesOf(from)
  try {
    for (const name of names) say(`${name}: ${await copyTable(from, to, name, say)} rows copied`)
    say('Verifying: reading both again and comparing them.')
    const [source, target] = await Promise.all([sumsOf(from), sumsOf(to)])
    for (const name of names) {
      const [{ rows, digest }, there] = [source[name], target[name]]
      if (rows !== there.rows) throw new Error(`${name} has ${rows} rows, its copy ${there.rows}`)
      if (digest !== there.digest) throw new Error(`${name} differs from its copy`)
      say(`${name}: ${rows} rows on both sides, SHA-256 ${digest}`)
    }
    say('The copy is complete.')
  } catch (error) {
    const { message } = error as Error
    throw new Error(`${message}; the target is not usable: empty it and copy again`, { cause: error })
  }
}

/** @returns the number of rows. */
async function copyTable(from: Database, to: Database, name: TableName, say: (line: string) => void): Promise<number> {
  let copied = 0
  for await (const rows of pages(from, name)) {
    await to.query(db => db.insert(to.tables[name] as SQLiteTable).values(rows))
    copied += rows.length
    if (copied % progress === 0) say(`${name}: ${copied} rows so far`)
  }
  return copied
}

async function sumOf(database: Database, name: TableName): Promise<Sum> {
  const hash = createHash('sha256')
  const columns = Object.keys(getTableColumns(database.tables[name]))
  let count = 0
  for await (const rows of pages(database, name)) {
    for (const row of rows) hash.update(`${JSON.stringify(columns.map(column => canonical(row[column])))}\n`)
    count += rows.length
  }
  return { rows: count, digest: hash.digest('hex') }
}

/** A value as the same JSON on every engine: instants as epoch ms, bytes as base64, and keys sorted, because `jsonb` has an order of its own. */
function canonical(value: unknown): unknown {
  if (value instanceof Date) return value.getTime()
  if (Buffer.isBuffer(value)) return value.toString('base64')
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const object = value as Row
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map(key => [key, canonical(object[key])]),
  )
}

/** A table's rows by ascending primary key; text is ordered by its UTF-8 bytes on both engines. */
async function* pages(database: Database, name: TableName): AsyncGenerator<Row[]> {
  const columns = Object.values(getTableColumns(database.tables[name]))
  const size = columns.some(column => /^(blob|bytea)$/.test(column.getSQLType())) ? pageSizeOfPictures : pageSize
  let rows: Row[] | undefined
  do {
    rows = await page(database, name, rows?.at(-1), size)
    if (rows.length > 0) yield rows
  } while (rows.length === size)
}

/** The first rows whose key is greater than that of `after`. */
async function page(database: Database, name: TableName, after: Row | undefined, size: number): Promise<Row[]> {
  const table = database.tables[name] as SQLiteTable
  const key = keyOf(table)
  const values = key.map(([name, column]) => sql.param(after?.[name], column))
  const columns = key.map(([, column]) => column)
  const tuple = (parts: unknown[]) => sql`(${sql.join(parts as never[], sql`, `)})`
  const later = after && sql`${tuple(columns)} > ${tuple(values)}`
  return database.query(db =>
    db
      .select()
      .from(table)
      .where(later)
      .orderBy(...columns)
      .limit(size),
  )
}
