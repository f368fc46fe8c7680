import { hash } from 'node:crypto'
import { ApiError } from '../errors.ts'
import { formatDay } from '../moods/calendar.ts'
import { defaultTimezone } from '../moods/dating.ts'
import type { EntryFields } from '../moods/entry-row.ts'
import { readMood, type Scale, valenceOf } from '../moods/mood-value.ts'
import { isOnTime } from '../moods/on-time.ts'
import { newEntry, type Submitter } from '../moods/submission.ts'
import { parseInstant } from '../moods/written-instant.ts'
import { isBlank, keyOf, tidy } from '../short-text.ts'
import type { MoodValue } from '../vocabulary.ts'
import { type Fields, RefusedRow } from './row.ts'

/** A row as an entry: by the rules of every entry, in the person's zone and scale, with the words that they explained. */

/** As of every entry that is written by hand. */
const maxLabel = 64
const maxNote = 10_000
/** Of a row; more than twenty are kept. */
const maxTags = 1_000

export interface Context {
  submitter: Submitter
  /** Where the file names no zone; the profile's, if undefined. */
  timezone: string | undefined
  /** Valences of labels, by their folded text. */
  map: ReadonlyMap<string, number>
}

/** An entry, and the label if nobody knows its valence. */
export interface Read {
  fields: EntryFields
  unknownLabel?: string
}

/**
 * @throws {RefusedRow}
 */
export function entryOf(row: Fields, context: Context): Read {
  const { submitter, map } = context
  const { scale } = submitter.settings
  const timezone =
    row.timezone ??
    (row.instant?.timezone || row.instant?.offset ? undefined : (context.timezone ?? submitter.settings.timezone))
  if (typeof row.mood === 'string' && isBlank(row.mood)) throw new RefusedRow('the mood is empty')
  const said = cut(row)
  const mood = row.mood === undefined ? onScale(row.valence as number, scale) : (said.mood as MoodValue)
  const { loggedAt: _, ...fields } = judged(() =>
    newEntry(
      { mood, note: said.note, tags: said.tags, day: row.day, occurredAt: instantOf(row, timezone), timezone },
      // What was on the scale when it was logged is kept whatever the scale is now.
      row.own ? { ...submitter, settings: { ...submitter.settings, scale: anyScale } } : submitter,
    ),
  )
  if ((fields.note?.length ?? 0) > maxNote)
    throw new RefusedRow(`the note has ${fields.note?.length} characters; at most ${maxNote} are allowed`)
  if (fields.tags.length > maxTags) throw new RefusedRow(`the row has more than ${maxTags} tags`)
  if (row.own) {
    const {
      dateSource,
      loggedAt,
      onTime = isOnTime(fields.day, loggedAt, fields.timezone, submitter.settings),
    } = row.own
    return { fields: { ...fields, valence: row.valence as number | null, dateSource, onTime } }
  }
  const mapped = typeof fields.mood === 'string' ? map.get(keyOf(String(row.mood))) : undefined
  const valence = mapped ?? (row.valence === undefined ? fields.valence : row.valence)
  const isUnknown = valence === null && typeof fields.mood === 'string'
  // What was logged elsewhere is not known to have been logged in time.
  return { fields: { ...fields, valence, onTime: false }, ...(isUnknown && { unknownLabel: fields.mood as string }) }
}

/** Wide enough for every number that was ever on a scale. */
const anyScale: Scale = { min: -Number.MAX_VALUE / 4, max: Number.MAX_VALUE / 4 }

function judged<T>(judge: () => T): T {
  try {
    return judge()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw new RefusedRow(error.errors.join('; '))
  }
}

/** The instant; null where nothing tells it. */
function instantOf({ day, time, instant }: Fields, timezone = defaultTimezone) {
  if (instant || day === undefined || time === undefined) return instant ?? null
  return parseInstant(`${formatDay(day)}T${time}`, timezone) ?? null
}

/** A valence as a number of a scale, to one decimal. */
function onScale(valence: number, { min, max }: Scale): number {
  const exact = min + ((valence + 1) / 2) * (max - min)
  return Math.min(max, Math.max(min, Math.round(exact * 10) / 10))
}

/** Labels and tags that are too long are cut, and stand whole at the head of the note. */
function cut({ mood, note, tags, own }: Fields): {
  mood: MoodValue | undefined
  note: string | null
  tags: readonly string[]
} {
  if (own) return { mood, note, tags }
  const whole: string[] = []
  const shortened = (text: string) => {
    const tidied = tidy(text)
    const characters = [...tidied]
    if (characters.length <= maxLabel) return tidied
    whole.push(tidied)
    return characters.slice(0, maxLabel).join('').trim()
  }
  const short = { mood: typeof mood === 'string' ? shortened(mood) : mood, tags: tags.map(shortened) }
  return { ...short, note: whole.length === 0 ? note : [...whole, ...(note === null ? [] : [note])].join('\n\n') }
}

/** Where a row is told by what it says, before any zone, scale or map: its identity. */
export function digestOf(
  format: string,
  { day, time, instant, timezone, mood, valence, note, tags, own }: Fields,
): Buffer {
  const said = [format, day, time, instant?.ms, timezone, mood, valence, note, tags, own !== undefined]
  // Not by an object, which V8 would keep until it collects all of the heap.
  return hash('sha256', JSON.stringify(said), 'buffer')
}

/**
 * What the words of a file mean, from a form: an object of labels and moods.
 * @throws {ApiError} `invalid_request`.
 */
export function readMap(text: string | undefined, scale: Scale): Map<string, number> {
  if (text === undefined || text.trim() === '') return new Map()
  const wrong = (sentence: string) => new ApiError('invalid_request', `map ${sentence}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw wrong('must be a JSON object from labels to moods, such as {"rad": 10}')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong('must be a JSON object from labels to moods, such as {"rad": 10}')
  const entries = Object.entries(value)
  if (entries.length > maxMapped) throw wrong(`must have at most ${maxMapped} labels`)
  return new Map(
    entries.map(([label, mood]) => {
      const read = typeof mood === 'number' || typeof mood === 'string' ? readMood(mood) : undefined
      const isOnScale = typeof read !== 'number' || (read >= scale.min && read <= scale.max)
      const valence = read === undefined || !isOnScale ? null : valenceOf(read, scale)
      if (valence === null)
        throw wrong(`must give each label a number from ${scale.min} to ${scale.max}, or a label of GET /mood/labels`)
      return [keyOf(label), valence]
    }),
  )
}

const maxMapped = 500
