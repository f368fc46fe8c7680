import { ApiError } from '../errors.ts'
import { hasValues } from '../has-values.ts'
import { distinctTidied } from '../short-text.ts'
import type { MoodValue } from '../vocabulary.ts'
import { dayOf } from './calendar.ts'
import { type Dated, type DaySettings, dateEntry, isNear, notInFuture, onExistingDay, type When } from './dating.ts'
import { type EntryFields, type FoundEntry, fieldsOf, type NewEntry } from './entry-row.ts'
import { isOnScale, moodValue, readMood, type Scale, valenceOf } from './mood-value.ts'
import { isOnTime } from './on-time.ts'
import { newTimezone } from './zones.ts'

/** Checks a submitted entry against the rules for days and scales, for every caller: routes, the seed, imports. */

/** The submitted fields of an entry, parsed: days are day numbers. */
export interface Submission extends When {
  mood: MoodValue
  note?: string | null | undefined
  tags?: readonly string[] | null | undefined
  /** When the person logged it, if that was not now; only for new entries. */
  loggedAt?: Date | undefined
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
 * @throws {ApiError} `mood_off_scale`, `date_in_future`, `invalid_request`.
 */
export function newEntry(submission: Submission, { settings, zone, now }: Submitter) {
  const { mood, note, tags, loggedAt, ...when } = submission
  if (when.occurredAt === null && when.day === undefined)
    throw new ApiError('invalid_request', 'occurred_at must not be null without date')
  const said = { ...when, timezone: newTimezone(when.timezone) }
  const dated = onExistingDay(notInFuture(dateEntry(inZone(said, zone), settings, now), now), settings.timezone)
  const fields: EntryFields & Pick<NewEntry, 'loggedAt'> = {
    ...felt(mood, settings.scale),
    ...notApart(dated, said),
    onTime: isOnTime(dated.day, loggedAt?.getTime() ?? now, dated.timezone, settings),
    loggedAt,
    note: note ?? null,
    tags: distinctTidied(tags ?? []),
  }
  return fields
}

/** The mood and the tags of a submission in the one spelling that tells a retry from a clash. */
export function spelled<S extends Pick<Submission, 'mood' | 'tags'>>(said: S): S {
  const { mood, tags } = said
  return { ...said, mood: readMood(mood) ?? mood, ...(tags && { tags: distinctTidied(tags) }) }
}

/** Whether fields are those that an entry has already. Whether it was logged on its day follows from them. */
export function changesNothing(found: FoundEntry, fields: EntryFields): boolean {
  const { onTime: _, ...before } = fieldsOf(found.entry, found)
  const { onTime: __, ...after } = fields
  return hasValues(before, after)
}

/**
 * The fields of an entry after a change: absent fields stay, null clears. The rules judge what changes and nothing else:
 * an equal value is no change, and what could not be logged today can still be corrected.
 * @throws {ApiError} `mood_off_scale`, `date_in_future`, `invalid_request`.
 */
export function changedEntry(found: FoundEntry, change: Partial<Submission>, submitter: Submitter): EntryFields {
  const { entry } = found
  const { mood, note, tags } = change
  const dated = redated(found, change, submitter)
  const staysOnDay = dated.day === dayOf(entry.date) && dated.timezone === entry.timezone
  return {
    ...(mood === undefined || isSame(mood, entry.mood)
      ? { mood: entry.mood, valence: entry.valence }
      : felt(mood, submitter.settings.scale)),
    ...dated,
    onTime: staysOnDay
      ? found.onTime
      : isOnTime(dated.day, entry.logged_at.getTime(), dated.timezone, submitter.settings),
    note: note === undefined ? entry.note : note,
    tags: tags === undefined ? entry.tags : distinctTidied(tags ?? []),
  }
}

function isSame(mood: MoodValue, stored: MoodValue): boolean {
  return mood === stored || readMood(mood) === stored
}

/** Never late. */
const longAgo = 0

/** When a changed entry belongs. An instant without a zone is converted in the entry's zone. */
function redated(found: FoundEntry, change: When, { settings, zone, now }: Submitter): Dated {
  const { entry, dateSource } = found
  const { dayStartsAt } = settings
  const kept = { day: dayOf(entry.date), dateSource, occurredAt: entry.occurred_at, timezone: entry.timezone }
  const timezone = newTimezone(change.timezone, entry.timezone)
  const { occurredAt } = change
  if (occurredAt && occurredAt.ms !== entry.occurred_at?.getTime()) {
    const said = { ...change, timezone }
    const then = { dayStartsAt, timezone: entry.timezone, timezoneOf: 'entry' } as const
    const dated = dateEntry(inZone(said, zone), then, now)
    // A date that comes along and is the one there was is not judged again.
    if (change.day === kept.day) notInFuture({ ...dated, day: longAgo }, now)
    else return notApart(onExistingDay(notInFuture(dated, now), settings.timezone), said)
    return notApart(dated, said)
  }
  const day = change.day ?? kept.day
  const at = { ...kept, timezone: timezone ?? kept.timezone, ...(occurredAt === null && { occurredAt: null }) }
  if (day === kept.day) return at
  notInFuture({ day, dateSource: 'date', occurredAt: null }, now)
  const moved = onExistingDay({ ...at, day, dateSource: 'date' as const }, settings.timezone)
  // Far from the new day the instant says nothing of it any more.
  return moved.occurredAt && isNear(day, moved.occurredAt, moved.timezone) ? moved : { ...moved, occurredAt: null }
}

/** The zone that was said first: by the entry, in its instant, by the device. */
function inZone({ day, occurredAt, timezone }: When, zone: string | undefined): When {
  return { day, occurredAt, timezone: timezone ?? occurredAt?.timezone ?? zone }
}

/** @throws {ApiError} `invalid_request` when a date and an instant were given that cannot both be true. */
function notApart(dated: Dated, { day, occurredAt }: When): Dated {
  if (day === undefined || !dated.occurredAt || !occurredAt) return dated
  if (isNear(day, dated.occurredAt, occurredAt.offset ?? dated.timezone)) return dated
  throw new ApiError('invalid_request', 'date and occurred_at must be at most two days apart')
}

function felt(submitted: MoodValue, scale: Scale) {
  const mood = moodValue(submitted)
  if (!isOnScale(mood, scale))
    throw new ApiError('mood_off_scale', `mood must be between ${scale.min} and ${scale.max}, or a label`)
  return { mood, valence: valenceOf(mood, scale) }
}
