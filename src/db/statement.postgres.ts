import { type Column, type DriverValueDecoder, is, Param, Placeholder, SQL } from 'drizzle-orm'
import * as drizzleUtils from 'drizzle-orm/utils'
import pg from 'pg'
import type { Params } from './database.ts'

/** A value in the protocol's format. */
export type Encoded = string | Buffer | null
/** A row in the protocol's text format. */
export type RawRow = readonly (string | null)[]

/** The server's description of a column. */
export interface ColumnDescription {
  dataTypeID: number
}

/** A statement with its values. */
export interface Bound {
  statement: Statement
  values: readonly Encoded[]
}

interface Sql {
  sql: string
  params: readonly unknown[]
}

/** The row information of drizzle's prepared queries. Not in its types; see test/db/undocumented.postgres.test.ts. */
export interface Answering {
  /** Undefined for a write without `returning`. */
  fields?: readonly Field[]
  joinsNotNullableMap?: Readonly<Record<string, boolean>>
  queryConfig: { types: { getTypeParser(oid: number, format: 'text'): Parser } }
}

interface Field {
  path: readonly string[]
  field: Column | SQL | SQL.Aliased
}

type Parser = (text: string) => unknown

/** Not in the types either: how `pg` encodes a value, and how drizzle turns a row into an object. */
const { utils } = pg as unknown as { utils: { prepareValue(value: unknown): Encoded } }
const { mapResultRow } = drizzleUtils as unknown as {
  mapResultRow(fields: readonly Field[], row: readonly unknown[], joins: Answering['joinsNotNullableMap']): unknown
}

/**
 * A drizzle query that is run without drizzle's session: its text, and its values and rows as drizzle's own columns encode
 * and decode them. The session and `pg.Query` work all of that out again at each execution, which took more processor time
 * than the rest of a `POST /mood`.
 */
export class Statement {
  readonly text: string
  /** Connections keep it prepared under this name; with an empty one it is prepared again at each execution. */
  readonly name: string
  /** Whether it fails with `noRow` if it would return no row. */
  readonly isGuarded: boolean
  private readonly query: Sql
  private readonly answering: Answering | undefined
  private readonly encoders: readonly ((params: Params) => Encoded)[]
  private decode: ((row: RawRow) => unknown) | undefined
  private guard: Statement | undefined

  constructor(name: string, query: Sql, answering?: Answering, isGuarded = false) {
    this.name = name
    this.isGuarded = isGuarded
    this.text = query.sql
    this.query = query
    this.answering = answering
    this.encoders = query.params.map(encoderOf)
  }

  /**
   * @throws {Error} for a missing value, or one that cannot be encoded.
   */
  with(params: Params): Bound {
    return { statement: this, values: this.encoders.map(encode => encode(params)) }
  }

  /** The same statement, but failing with `noRow` if it would return no row. */
  get guarded(): Statement {
    this.guard ??= this.rewritten(this.name && `${this.name}_must`, guardedText(this.text), true)
    return this.guard
  }

  /** Another statement with the same rows and the same leading parameters. */
  rewritten(name: string, text: string, isGuarded = this.isGuarded): Statement {
    return new Statement(name, { ...this.query, sql: text }, this.answering, isGuarded)
  }

  get parameterCount(): number {
    return this.encoders.length
  }

  /** Whether it returns rows. */
  get hasRows(): boolean {
    return this.answering?.fields !== undefined
  }

  /** Whether it only reads. */
  get isRead(): boolean {
    return this.text.startsWith('select ')
  }

  /** Whether the server has yet to describe its columns, which never change. */
  get isUndescribed(): boolean {
    return this.hasRows && this.decode === undefined
  }

  describe(columns: readonly ColumnDescription[]) {
    const { fields, joinsNotNullableMap: joins = {}, queryConfig } = this.answering as Required<Answering>
    const parsers = columns.map(({ dataTypeID }) => queryConfig.types.getTypeParser(dataTypeID, 'text'))
    const parsed = (row: RawRow) => row.map((value, i) => (value === null ? null : (parsers[i] as Parser)(value)))
    // In an outer join an object whose columns are all null becomes null: drizzle decides that.
    const isOuter = Object.values(joins).includes(false) && fields.some(({ path }) => path.length > 1)
    this.decode = isOuter ? row => mapResultRow(fields, parsed(row), joins) : decoderOf(fields, parsers)
  }

  rows(rows: readonly RawRow[]): readonly unknown[] {
    const { decode } = this
    return decode === undefined ? [] : rows.map(decode)
  }
}

/** `division_by_zero`, by which a guarded statement reports that it has no row. No other statement here divides. */
export const noRow = '22012'

const guardedText = (text: string) =>
  `with "must" as (${text}) select "must".* from (select count(*) as "rows" from "must") as "counted" left join "must" on true where 1 / "rows" >= 0`

/** Does what drizzle's `fillPlaceholders` and then `pg`'s encoding do, but looks things up once instead of at each execution. */
function encoderOf(param: unknown): (params: Params) => Encoded {
  if (is(param, Placeholder)) return params => utils.prepareValue(valueIn(params, param.name))
  if (is(param, Param) && is(param.value, Placeholder)) {
    const { encoder, value } = param
    return params => utils.prepareValue(encoder.mapToDriverValue(valueIn(params, value.name)))
  }
  const constant = utils.prepareValue(param)
  return () => constant
}

function valueIn(params: Params, name: string): unknown {
  const value = params[name]
  if (value === undefined && !(name in params)) throw new Error(`No value for placeholder "${name}" was provided`)
  return value
}

/** Does what drizzle's `mapResultRow` does, for rows without outer joins. */
function decoderOf(fields: readonly Field[], parsers: readonly Parser[]): (row: RawRow) => unknown {
  const columns = fields.map(({ path, field }, i) => {
    const decoder = decoderOfField(field)
    const parse = parsers[i] as Parser
    return { path, last: path.at(-1) as string, decode: (text: string) => decoder.mapFromDriverValue(parse(text)) }
  })
  return row => {
    const result: Record<string, unknown> = {}
    for (let i = 0; i < columns.length; i++) {
      const { path, last, decode } = columns[i] as (typeof columns)[number]
      let node = result
      for (let depth = 0; depth < path.length - 1; depth++) {
        const step = path[depth] as string
        node[step] ??= {}
        node = node[step] as Record<string, unknown>
      }
      const value = row[i] as string | null
      node[last] = value === null ? null : decode(value)
    }
    return result
  }
}

function decoderOfField(field: Field['field']): DriverValueDecoder<unknown, unknown> {
  if (is(field, SQL.Aliased)) return decoderOfField(field.sql)
  // Marked as internal by drizzle.
  return is(field, SQL) ? (field as unknown as { decoder: DriverValueDecoder<unknown, unknown> }).decoder : field
}
