import { ApiError } from '../errors.ts'
import { distinctFolded } from '../fold.ts'
import type { MoodValue } from '../vocabulary.ts'
import { dayOf } from './calendar.ts'
import { type Dated, type DaySettings, dateEntry, notInFuture, type When } from './dating.ts'
import type { EntryFields, FoundEntry } from './entry-store.ts'
import { isOnScale, moodValue, type Scale, valenceOf } from './mood-value.ts'

/** Checks a submitted entry against the rules for days and scales, for every caller: routes, the seed, imports. */

/** The submitted fields of an entry, parsed: days are day numbers. */
export interface Submission extends When {
  mood: MoodValue
  note?: string | null | undefined
  tags?: readonly string[] | null | undefined
}

/** The context of a submission: everything else that the rules depend on. */
export interface Submitter {
  settings: DaySettings & { scale: Scale }
  /** The person's current zone, validated; undefined when unknown. */
  zone?: string | undefined
  /** Epoch ms. */
  now: number
}

/**
 * The fields of a new entry.
 * @throws {ApiError} `mood_off_scale`, `date_in_future`.
 */
export function newEntry(submission: Submission, { settings, zone, now }: Submitter): EntryFields {
  const { mood, note, tags } = submission
  return {
    ...felt(mood, settings.scale),
    ...notInFuture(dateEntry(inZone(submission, zone), settings, now), now),
    note: note ?? null,
    tags: distinctFolded(tags ?? []),
  }
}

/**
 * The fields of an entry after a change: absent fields stay, null clears.
 * @throws {ApiError} `mood_off_scale`, `date_in_future`.
 */
export function changedEntry(found: FoundEntry, change: Partial<Submission>, submitter: Submitter): EntryFields {
  const { entry } = found
  const { mood, note, tags } = change
  return {
    ...(mood === undefined ? { mood: entry.mood, valence: entry.valence } : felt(mood, submitter.settings.scale)),
    ...notInFuture(redated(found, change, submitter), submitter.now),
    note: note === undefined ? entry.note : note,
    tags: tags === undefined ? entry.tags : distinctFolded(tags ?? []),
  }
}

/** The date of a changed entry. An instant without a zone is converted in the entry's zone. */
function redated({ entry, dateSource }: FoundEntry, change: When, { settings, zone, now }: Submitter): Dated {
  const { day, occurredAt, timezone } = change
  if (occurredAt !== undefined) {
    const then = { dayStartsAt: settings.dayStartsAt, timezone: entry.timezone, timezoneOf: 'entry' } as const
    return dateEntry(inZone(change, zone), then, now)
  }
  return {
    day: day ?? dayOf(entry.date),
    dateSource: day === undefined ? dateSource : 'date',
    occurredAt: entry.occurred_at,
    timezone: timezone ?? entry.timezone,
  }
}

function inZone({ day, occurredAt, timezone }: When, zone: string | undefined): When {
  return { day, occurredAt, timezone: timezone ?? zone }
}

function felt(submitted: MoodValue, scale: Scale) {
  const mood = moodValue(submitted)
  if (!isOnScale(mood, scale))
    throw new ApiError('mood_off_scale', `mood must be between ${scale.min} and ${scale.max}, or a label`)
  return { mood, valence: valenceOf(mood, scale) }
}
