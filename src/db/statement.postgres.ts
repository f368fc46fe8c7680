import { Column, is } from 'drizzle-orm'
import * as drizzleUtils from 'drizzle-orm/utils'
import pg from 'pg'
import { postgresJson } from './columns.postgres.ts'
import type { Params } from './database.ts'
import { decoderOf, type Field, rowMapper, valueReader } from './row-mapper.ts'

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
  /** Names an object of the rows that is wanted as JSON. */
  json?: string | undefined
  /** Undefined for a write without `returning`. */
  fields?: readonly Field[]
  joinsNotNullableMap?: Readonly<Record<string, boolean>>
  queryConfig: { types: { getTypeParser(oid: number, format: 'text'): Parser } }
}

type Described = Answering & Required<Pick<Answering, 'fields'>>
type Parser = (text: string) => unknown

/** Not in the types either: how `pg` encodes a value, and how drizzle turns a row into an object. */
const { utils } = pg as unknown as { utils: { prepareValue(value: unknown): Encoded } }
const { mapResultRow } = drizzleUtils as unknown as {
  mapResultRow(fields: readonly Field[], row: readonly unknown[], joins: Answering['joinsNotNullableMap']): unknown
}

/** The number of statements so far. */
let made = 0

/**
 * A drizzle query that is run without drizzle's session: its text, and its values and rows as drizzle's own columns encode
 * and decode them. The session and `pg.Query` work all of that out again at each execution, which took more processor time
 * than the rest of a `POST /mood`.
 */
export class Statement {
  /** Tells it from others in this process by less than its text. */
  readonly id = ++made
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
    const { fields, joinsNotNullableMap: joins = {}, queryConfig, json } = this.answering as Described
    const parsers = columns.map(({ dataTypeID }) => queryConfig.types.getTypeParser(dataTypeID, 'text'))
    const parsed = (row: RawRow) => row.map((value, i) => (value === null ? null : (parsers[i] as Parser)(value)))
    // In an outer join an object whose columns are all null becomes null: drizzle decides that.
    const isOuter = Object.values(joins).includes(false) && fields.some(({ path }) => path.length > 1)
    this.decode = isOuter ? row => mapResultRow(fields, parsed(row), joins) : rowMapper(cellsOf(fields, parsers), json)
  }

  rows(rows: readonly RawRow[]): readonly unknown[] {
    const { decode } = this
    return decode === undefined ? [] : rows.map(decode)
  }
}

/** `division_by_zero`, by which a guarded statement reports that it has no row. No other statement here divides. */
export const noRow = '22012'

/** The end of a guarded statement's own expression. */
export const afterMust = ') select "must".*'

const guardedText = (text: string) =>
  `with "must" as (${text}${afterMust} from (select count(*) as "rows" from "must") as "counted" left join "must" on true where 1 / "rows" >= 0`

/** Does what drizzle does with a value, and then `pg`. */
function encoderOf(param: unknown): (params: Params) => Encoded {
  const read = valueReader(param)
  return params => utils.prepareValue(read(params))
}

/** Does what drizzle's `mapResultRow` does, for rows without outer joins. */
function cellsOf(fields: readonly Field[], parsers: readonly Parser[]) {
  return fields.map(({ path, field }, i) => {
    const decoder = decoderOf(field)
    const parse = parsers[i] as Parser
    return {
      path,
      decode: (text: string) => decoder.mapFromDriverValue(parse(text)),
      json: is(field, Column)
        ? postgresJson(field)
        : (text: string) => JSON.stringify(decoder.mapFromDriverValue(parse(text))),
    }
  })
}
