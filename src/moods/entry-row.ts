import { type GetColumnData, sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import type { Deleted } from '../deletions/deletions.ts'
import type { EntryId } from '../ids.ts'
import { rowBytes } from '../quotas/row-bytes.ts'
import { keyOf } from '../short-text.ts'
import { type DayNumber, dayOf, formatDay } from './calendar.ts'
import type { Placed } from './outline.ts'

/** An entry in its row, on the wire, and in the trash. */

type Row = Database['tables']['moods']['$inferSelect']

type Bookkeeping =
  | 'userId'
  | 'id'
  | 'digest'
  | 'revision'
  | 'sortAt'
  | 'loggedAt'
  | 'createdAt'
  | 'updatedAt'
  | 'bytes'
  | 'version'

/** The stored fields of an entry, apart from keys and bookkeeping, with a day number in place of the date. */
export interface EntryFields extends Omit<Row, Bookkeeping | 'date'> {
  day: DayNumber
}

export interface NewEntry extends EntryFields, Pick<Row, 'id' | 'digest'> {
  /** Undefined where that is when it is created. */
  loggedAt?: Date | undefined
}

/** An entry in wire names; the caller that knows the history adds its streak. */
export const wireEntry = ({ moods }: Pick<Database['tables'], 'moods'>) => ({
  id: moods.id,
  mood: moods.mood,
  valence: moods.valence,
  note: moods.note,
  tags: moods.tags,
  date: moods.date,
  occurred_at: moods.occurredAt,
  timezone: moods.timezone,
  revision: moods.revision,
  logged_at: moods.loggedAt,
  created_at: moods.createdAt,
  updated_at: moods.updatedAt,
})

/** The number of entries of a group that were logged on their day. */
export const countOnTime = ({ moods }: Pick<Database['tables'], 'moods'>) =>
  sql`count(*) filter (where ${moods.onTime})`.mapWith(Number)

/** Fields as their columns have them. */
export function stored<F extends EntryFields>({ day, ...fields }: F, createdAt: Date) {
  return { ...fields, date: formatDay(day), sortAt: sortAtOf(fields.occurredAt, createdAt), bytes: bytesOf(fields) }
}

/** About 7 000 years, in ms: later than any instant that anybody logs, and within four digits of years. */
const unknownFromMs = 7_000 * 365 * 86_400_000

/**
 * Where an entry stands within its day: at its instant; without one after all that have one, in the order of creation. A
 * column of its own and never null, because engines disagree about where null sorts, and no row comparison finds it.
 */
export function sortAtOf(occurredAt: Date | null, createdAt: Date): Date {
  return occurredAt ?? new Date(createdAt.getTime() + unknownFromMs)
}

/** With its tags, which are rows of their own. */
function bytesOf({ note, tags }: Pick<Row, 'note' | 'tags'>): number {
  return keysOf(tags).reduce((sum, tag) => sum + rowBytes(tag), rowBytes(note))
}

/** Tags as they are looked for, each once. */
export const keysOf = (tags: readonly string[]) => [...new Set(tags.map(keyOf))]

export type Entry = { [N in keyof ReturnType<typeof wireEntry>]: GetColumnData<ReturnType<typeof wireEntry>[N]> }

/** An entry by its id, with the data that an edit needs. */
export interface FoundEntry extends Pick<Row, 'revision' | 'dateSource' | 'onTime' | 'digest' | 'bytes'> {
  entry: Entry
  /** Of the user's moods. */
  version: number
}

/** What is kept of a deleted entry: as it is shown, and what decided its date. Instants are text, as JSON has them. */
export interface Content extends Omit<Entry, 'occurred_at' | 'logged_at' | 'created_at' | 'updated_at'> {
  date_source: Row['dateSource']
  on_time: boolean
  occurred_at: string | null
  logged_at: string
  created_at: string
}

/** The place of an entry in its user's history. */
export const placedAt = ({ entry, onTime }: Pick<FoundEntry, 'entry' | 'onTime'>): Placed => ({
  day: dayOf(entry.date),
  onTime,
})

/** What a revision keeps of an entry: what an edit can change. */
export function revisedPart({ id: _, revision: __, logged_at: ___, created_at: ____, ...part }: Entry) {
  return part
}

/**
 * The stored fields of an entry that is shown. Only what is called differently there is named, so that no new field is
 * forgotten.
 */
export function fieldsOf(entry: Entry, { dateSource, onTime }: Pick<Row, 'dateSource' | 'onTime'>): EntryFields {
  const { id: _, revision: __, logged_at: ___, created_at: ____, updated_at: _____, ...shown } = entry
  const { date, occurred_at: occurredAt, ...fields } = shown
  return { ...fields, day: dayOf(date), dateSource, onTime, occurredAt }
}

/** A deleted entry as it was shown. */
export function shownOf({ date_source: _, on_time: __, ...content }: Content, updatedAt: Date): Entry {
  return {
    ...content,
    occurred_at: content.occurred_at === null ? null : new Date(content.occurred_at),
    logged_at: new Date(content.logged_at),
    created_at: new Date(content.created_at),
    updated_at: updatedAt,
  }
}

export function deletedOf({ entry, dateSource, onTime, digest, revision, bytes }: FoundEntry): Deleted<EntryId> {
  return { id: entry.id, revision, bytes, digest, content: { ...entry, date_source: dateSource, on_time: onTime } }
}
