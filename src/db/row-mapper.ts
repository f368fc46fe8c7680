import { type Column, type DriverValueDecoder, is, Param, Placeholder, SQL } from 'drizzle-orm'
import type { Params } from './database.ts'

/** Rows and values of prepared statements, by functions that are made once for each statement instead of worked out for each row. */

/** What drizzle knows of a column of a result: where it goes, and what decodes it. Not in its types. */
export interface Field {
  path: readonly string[]
  field: Column | SQL | SQL.Aliased
}

/** A column of a result. Its functions get the driver's value, which is never null. */
export interface Cell {
  path: readonly string[]
  /** Absent where the driver's value is taken as it is. */
  decode?: ((value: never) => unknown) | undefined
  /** The value as JSON. */
  json(value: never): string
}

/**
 * A function that makes an object of a row. It is generated code, because then V8 knows the shape of the objects: twice as
 * fast as setting properties by names that it looks up.
 * @param jsonKey names an object of the rows that becomes the text of its JSON, without the closing brace.
 */
export function rowMapper(cells: readonly Cell[], jsonKey?: string): (row: readonly unknown[]) => unknown {
  const decoders = cells.map(({ decode }) => decode)
  const encoders = cells.map(({ json }) => json)
  const orNull = (value: string, code: string, absent: string) => `${value} === null ? ${absent} : ${code}(${value})`
  const valueAt = (i: number) => (decoders[i] ? orNull(`row[${i}]`, `decoders[${i}]`, 'null') : `row[${i}]`)
  const jsonAt = (i: number) => orNull(`row[${i}]`, `encoders[${i}]`, "'null'")

  const parts = new Map<string, string>()
  const objects = Map.groupBy(
    cells.map(({ path }, i) => ({ path, i })),
    ({ path }) => path[0] as string,
  )
  for (const [key, members] of objects) {
    const names = members.map(({ path, i }) => [JSON.stringify(path[1]), i] as const)
    if (key === jsonKey) {
      const texts = names.map(([name, i], n) => `${JSON.stringify(`${n === 0 ? '{' : ','}${name}:`)} + (${jsonAt(i)})`)
      parts.set(key, texts.join(' + '))
    } else if (members.some(({ path }) => path.length > 1)) {
      parts.set(key, `{ ${names.map(([name, i]) => `${name}: ${valueAt(i)}`).join(', ')} }`)
    } else parts.set(key, valueAt((members[0] as { i: number }).i))
  }
  const object = [...parts].map(([key, code]) => `${JSON.stringify(key)}: ${code}`).join(', ')
  return new Function('decoders', 'encoders', `return row => ({ ${object} })`)(decoders, encoders)
}

/** What decodes the values of a field. */
export function decoderOf(field: Field['field']): DriverValueDecoder<unknown, unknown> {
  if (is(field, SQL.Aliased)) return decoderOf(field.sql)
  // Marked as internal by drizzle.
  return is(field, SQL) ? (field as unknown as { decoder: DriverValueDecoder<unknown, unknown> }).decoder : field
}

/** Does what drizzle's `fillPlaceholders` does, but looks things up once instead of at each execution. */
export function valueReader(param: unknown): (params: Params) => unknown {
  if (is(param, Placeholder)) return params => valueIn(params, param.name)
  if (is(param, Param) && is(param.value, Placeholder)) {
    const { encoder, value } = param
    return params => encoder.mapToDriverValue(valueIn(params, value.name))
  }
  return () => param
}

function valueIn(params: Params, name: string): unknown {
  const value = params[name]
  if (value === undefined && !(name in params)) throw new Error(`No value for placeholder "${name}" was provided`)
  return value
}
