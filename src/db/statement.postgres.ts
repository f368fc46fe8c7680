import { type Column, type DriverValueDecoder, is, Param, Placeholder, SQL } from 'drizzle-orm'
import * as drizzleUtils from 'drizzle-orm/utils'
import pg from 'pg'
import type { Params } from './database.ts'

/** A value as the protocol takes it. */
export type Encoded = string | Buffer | null
/** A row as the protocol gives it: every value a text. */
export type RawRow = readonly (string | null)[]

/** How the server describes a column of an answer. */
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

/** What drizzle knows of the rows of a query that it has prepared. Not in its types; a test compares what comes of it. */
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

/** Not in the types: how `pg` encodes a value, and how drizzle makes an object of a row. */
const { utils } = pg as unknown as { utils: { prepareValue(value: unknown): Encoded } }
const { mapResultRow } = drizzleUtils as unknown as {
  mapResultRow(fields: readonly Field[], row: readonly unknown[], joins: Answering['joinsNotNullableMap']): unknown
}

/**
 * A query of drizzle's that is run without drizzle: its text, and its values and rows as drizzle's own columns encode and
 * decode them. drizzle's session and `pg.Query` find all of that out anew at each execution, which took more time than
 * everything else that a `POST /mood` does.
 */
export class Statement {
  readonly text: string
  /** Connections keep it prepared under this name; the empty one is prepared again whenever it runs. */
  readonly name: string
  private readonly query: Sql
  private readonly answering: Answering | undefined
  private readonly encoders: readonly ((params: Params) => Encoded)[]
  private decode: ((row: RawRow) => unknown) | undefined
  private guard: Statement | undefined

  constructor(name: string, query: Sql, answering?: Answering) {
    this.name = name
    this.text = query.sql
    this.query = query
    this.answering = answering
    this.encoders = query.params.map(encoderOf)
  }

  /** @throws {Error} for a value that is missing, or that cannot be encoded. */
  with(params: Params): Bound {
    return { statement: this, values: this.encoders.map(encode => encode(params)) }
  }

  /** The same statement, that fails with the code `noRow` where it would answer with no row. */
  get guarded(): Statement {
    this.guard ??= this.rewritten(this.name && `${this.name}_must`, guardedText(this.text))
    return this.guard
  }

  /** Another statement with the same rows and the same parameters, which others may follow. */
  rewritten(name: string, text: string): Statement {
    return new Statement(name, { ...this.query, sql: text }, this.answering)
  }

  /** How many values it takes. */
  get parameters(): number {
    return this.encoders.length
  }

  /** Whether it answers with rows. */
  get hasRows(): boolean {
    return this.answering?.fields !== undefined
  }

  /** Whether it only reads. */
  get isRead(): boolean {
    return this.text.startsWith('select ')
  }

  /** Whether the server has yet to tell the types of its columns, which stay the same. */
  get isUndescribed(): boolean {
    return this.hasRows && this.decode === undefined
  }

  describe(columns: readonly ColumnDescription[]) {
    const { fields, joinsNotNullableMap: joins = {}, queryConfig } = this.answering as Required<Answering>
    const parsers = columns.map(({ dataTypeID }) => queryConfig.types.getTypeParser(dataTypeID, 'text'))
    const parsed = (row: RawRow) => row.map((value, i) => (value === null ? null : (parsers[i] as Parser)(value)))
    // An object of columns of an outer join is null when all of them are: that is drizzle's own to find out.
    const isOuter = Object.values(joins).includes(false) && fields.some(({ path }) => path.length > 1)
    this.decode = isOuter ? row => mapResultRow(fields, parsed(row), joins) : decoderOf(fields, parsers)
  }

  rows(rows: readonly RawRow[]): readonly unknown[] {
    const { decode } = this
    return decode === undefined ? [] : rows.map(decode)
  }
}

/** The SQLSTATE of a logarithm of zero, which nothing else here takes. */
export const noRow = '2201E'

const guardedText = (text: string) =>
  `with "must" as (${text}) select "must".* from (select count(*)::float8 as "rows" from "must") as "counted" left join "must" on true where ln("rows") >= 0`

/** The same as drizzle's `fillPlaceholders` and then `pg`'s encoding, with what they ask at each execution asked once. */
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

/** The same as drizzle's `mapResultRow`. */
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
  // drizzle reads it from there too, but calls it internal.
  return is(field, SQL) ? (field as unknown as { decoder: DriverValueDecoder<unknown, unknown> }).decoder : field
}
