import { parseInstant, type WrittenInstant } from '../moods/written-instant.ts'
import { type DateSource, dateSources } from '../vocabulary.ts'
import { type OwnFields, type OwnThing, quoted, RefusedRow } from './row.ts'

/** What only our own files have. */

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

/**
 * @param text a field, or an empty text where there is none.
 * @throws {RefusedRow}
 */
export function ownFields(text: (name: string) => string): OwnFields {
  const made = ownThing(text)
  const source = text('decided_by').trim()
  return {
    ...made,
    loggedAt: text('logged_at').trim() === '' ? made.createdAt : instantOf(text, 'logged_at'),
    onTime: text('on_time').trim() === '' ? undefined : text('on_time').trim().toLowerCase() === 'true',
    dateSource: dateSources.find((known): known is DateSource => known === source) ?? 'date',
  }
}

/**
 * What a thing of any kind has.
 * @throws {RefusedRow}
 */
export function ownThing(text: (name: string) => string): OwnThing {
  const id = readUuid(text('id').trim())
  const createdAt = instantOf(text, 'created_at')
  return {
    id,
    createdAt,
    updatedAt: text('updated_at').trim() === '' ? createdAt : instantOf(text, 'updated_at'),
  }
}

/** Whether a CSV with these columns is our own, of any kind but moods. */
export const isOwnHeader = (columns: readonly string[]) => columns.includes('id') && columns.includes('created_at')

/**
 * A UUID in its stored spelling.
 * @throws {RefusedRow}
 */
export function readUuid(text: string): string {
  const id = text.toLowerCase()
  if (!uuid.test(id)) throw new RefusedRow(`${quoted(id)} is not an id`)
  return id
}

/** @throws {RefusedRow} */
export function instantOf(text: (name: string) => string, name: string): number {
  const instant = parseInstant(text(name).trim())
  if (!instant) throw new RefusedRow(`${name} is not an instant`)
  return instant.ms
}

/** An instant as we write it, or with a space for the `T`; a local time in a zone. Undefined for anything else. */
export function readOwnInstant(text: string, timezone: string | undefined): WrittenInstant | undefined {
  const written = text.replace(/^(\d{4}-\d\d-\d\d) (\S+) ([+-]\d\d):?(\d\d)$/, '$1T$2$3:$4')
  const hasOffset = /(?:[Zz]|[+-]\d\d:\d\d|\])$/.test(written)
  return hasOffset ? parseInstant(written, timezone) : undefined
}
