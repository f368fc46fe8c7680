import { RefusedRow } from './row.ts'
import { storable, textOrNull } from './texts.ts'

/** Values of JSON that nobody has checked. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A text of an object; null where there is none.
 * @throws {RefusedRow} for a text that cannot be stored.
 */
export function textIn(object: Record<string, unknown>, key: string): string | null {
  const value = object[key]
  return typeof value === 'string' ? textOrNull(storable(value)) : null
}

/**
 * A list of texts of an object; empty where there is none.
 * @param kept what is kept of each: composed, if absent.
 * @throws {RefusedRow} for a list of something else.
 */
export function textsIn(object: Record<string, unknown>, key: string, kept = storable): string[] {
  const value = object[key] ?? []
  if (!Array.isArray(value) || value.some(text => typeof text !== 'string'))
    throw new RefusedRow(`${key} is not a list of strings`)
  return value.map(text => kept(text))
}
