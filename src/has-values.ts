import { isDeepStrictEqual } from 'node:util'

/**
 * Whether a thing has some values already, so that an edit changes nothing. Instants and JSON count by value: `jsonb` keeps
 * keys in an order of its own.
 */
export function hasValues<T extends object>(before: T, values: T): boolean {
  const names = Object.keys(values) as (keyof T)[]
  return names.every(name => isDeepStrictEqual(before[name], values[name]))
}
