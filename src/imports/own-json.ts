import { ApiError } from '../errors.ts'
import { parseDay } from '../moods/calendar.ts'
import { readZone } from '../moods/zones.ts'
import { ByteReader, utf8 } from './bytes.ts'
import { readValence } from './decimals.ts'
import { jsonItems } from './json-items.ts'
import { isRecord, textsIn } from './json-values.ts'
import { ownFields, readOwnInstant } from './own.ts'
import { type Fields, type ReadRows, type Refusal, RefusedRow, type Row, rowOf, type Source } from './row.ts'
import { exactly } from './texts.ts'

/** The newest version of our JSON. */
export const ownVersion = 1

/**
 * Our own JSON: `{"format": "moodstreak", "version": 1, "moods": [...]}`. Entries that were written by hand or by a script
 * need `mood` and one of `date` and `occurred_at` only. A trash and revisions in it are not read.
 */
export const ownJson: ReadRows = source => ownItems(source, 'moods', entryOf)

/**
 * The elements of one list of our JSON as rows.
 * @param read throws `RefusedRow`.
 */
export async function* ownItems<F extends object>(
  { bytes }: Source,
  list: string,
  read: (value: unknown) => F,
): AsyncGenerator<Row<F> | Refusal, void, undefined> {
  const text = utf8(new ByteReader(bytes))
  const items = jsonItems(text, path => path === list || path === 'version', list)
  for await (const { path, number, value, broken } of items) {
    if (path !== 'version')
      yield broken === undefined ? rowOf(number, () => read(value)) : { line: number, reason: broken }
    else if (typeof value !== 'number' || value > ownVersion)
      throw new ApiError('unreadable_file', 'The file has an unsupported version.')
  }
}

/** @throws {RefusedRow} */
function entryOf(value: unknown): Fields {
  if (!isRecord(value)) throw new RefusedRow('the entry is not an object')
  const { mood, note = null, valence } = value
  if ((typeof mood !== 'string' || mood.trim() === '') && typeof mood !== 'number')
    throw new RefusedRow('the mood is empty')
  if (typeof note !== 'string' && note !== null) throw new RefusedRow('note is not a string')
  if (valence !== undefined && valence !== null && typeof valence !== 'number')
    throw new RefusedRow('valence is not a number')
  const fields = {
    ...whenOf(value),
    mood: typeof mood === 'string' ? exactly(mood) : mood,
    note: note === null ? null : exactly(note),
    tags: textsIn(value, 'tags', exactly),
    ...(valence !== undefined && { valence: valence === null ? null : readValence(valence) }),
  }
  const isOwn = value.id !== undefined && value.created_at !== undefined && valence !== undefined
  const text = (name: string) => (['string', 'boolean'].includes(typeof value[name]) ? String(value[name]) : '')
  return isOwn ? { ...fields, own: ownFields(text) } : fields
}

/** @throws {RefusedRow} */
function whenOf({ date, occurred_at: occurredAt, timezone }: Record<string, unknown>) {
  const zone = typeof timezone === 'string' ? readZone(timezone) : undefined
  if (timezone !== undefined && timezone !== null && zone === undefined)
    throw new RefusedRow('timezone is not a time zone')
  const day = typeof date === 'string' ? parseDay(date) : undefined
  if (date !== undefined && date !== null && day === undefined)
    throw new RefusedRow('date is not a date such as 2021-09-27')
  const instant = typeof occurredAt === 'string' ? readOwnInstant(occurredAt, zone) : undefined
  if (occurredAt !== undefined && occurredAt !== null && instant === undefined)
    throw new RefusedRow('occurred_at is not an instant with its UTC offset')
  if (day === undefined && instant === undefined) throw new RefusedRow('the entry has neither date nor occurred_at')
  return { day, instant, timezone: zone }
}
