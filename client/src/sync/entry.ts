import { dayOf, formatDay, isTimezone, parseDay } from '../../../src/moods/calendar.ts'
import { type Dated, dateEntry, isNear, notInFuture, onExistingDay } from '../../../src/moods/dating.ts'
import { isOnScale, moodValue, valenceOf } from '../../../src/moods/mood-value.ts'
import { parseInstant, type WrittenInstant, writtenInstant } from '../../../src/moods/written-instant.ts'
import { distinctTidied } from '../../../src/short-text.ts'
import { ownProblem } from '../problem.ts'
import type { Fields, Settings, Values } from './records.ts'

/**
 * Mood entries made on the device, by the server's own rules: the day is fixed when the person writes it, and sent, so that
 * neither a later upload nor settings changed meanwhile move it.
 */

/** What the person enters. */
export interface MoodInput {
  mood: number | string
  note?: string | null
  tags?: readonly string[] | null
  /** `YYYY-MM-DD`. */
  date?: string
  /** RFC 3339, RFC 9557 or a `Date`; null where it is unknown. */
  occurred_at?: string | Date | null
  /** IANA name. */
  timezone?: string
}

/** Where and when it is entered. */
export interface Here {
  settings: Settings
  /** The zone of the device. */
  zone: string | undefined
  /** Epoch ms, as the server would tell it. */
  now: number
}

/** The fields to send, and those that the device computes to show it. */
export interface Written {
  value: Fields
  shown: Fields
}

/** @throws {ApiError} `mood_off_scale`, `date_in_future`, `invalid_request`. */
export function newEntry(input: MoodInput, here: Here): Written {
  const { settings, now } = here
  const when = whenOf(input, input.timezone ?? here.zone)
  if (when.occurredAt === null && when.day === undefined)
    throw ownProblem('invalid_request', ['occurred_at must not be null without date'])
  const own = { timezone: settings.timezone, dayStartsAt: settings.day_starts_at }
  const dated = onExistingDay(notInFuture(dateEntry(when, own, now), now), settings.timezone)
  const { value, shown } = felt(input.mood, settings)
  return {
    value: { ...value, note: input.note ?? null, tags: tagsOf(input.tags), ...inWire(near(dated, when)) },
    shown,
  }
}

/**
 * The fields of a change that differ from what there is.
 * @throws {ApiError} as `newEntry`.
 */
export function changedEntry(entry: Values['mood'], change: Partial<MoodInput>, here: Here): Written {
  const { mood, note, tags } = change
  const { value, shown } =
    mood === undefined || mood === entry.mood ? { value: {}, shown: {} } : felt(mood, here.settings)
  return {
    value: {
      ...value,
      ...(note !== undefined && { note }),
      ...(tags !== undefined && { tags: tagsOf(tags) }),
      ...redated(entry, change, here),
    },
    shown,
  }
}

/** Of an instant without a date the day follows; a date far from the instant makes it unknown. */
function redated(entry: Values['mood'], change: Partial<MoodInput>, { settings, now }: Here): Fields {
  const { timezone } = change
  const when = whenOf(change, timezone ?? entry.timezone)
  const { day, occurredAt } = when
  if (occurredAt && occurredAt.ms !== Date.parse(entry.occurred_at ?? '')) {
    const own = { timezone: entry.timezone, timezoneOf: 'entry', dayStartsAt: settings.day_starts_at } as const
    return inWire(near(onExistingDay(notInFuture(dateEntry(when, own, now), now), settings.timezone), when))
  }
  const zone = timezone === undefined ? {} : { timezone }
  const instant = occurredAt === null ? { occurred_at: null } : {}
  if (day === undefined || day === dayOf(entry.date)) return { ...zone, ...instant }
  const dated = { day, dateSource: 'date', occurredAt: null } as const
  onExistingDay(notInFuture(dated, now), settings.timezone)
  const kept = occurredAt === null || entry.occurred_at === null ? undefined : new Date(entry.occurred_at)
  const isKept = kept !== undefined && isNear(day, kept, timezone ?? entry.timezone)
  return { date: formatDay(day), ...zone, ...(!isKept && { occurred_at: null }) }
}

function whenOf({ date, occurred_at: said, timezone }: Partial<MoodInput>, zone: string | undefined) {
  const day = date === undefined ? undefined : parseDay(date)
  if (date !== undefined && day === undefined)
    throw ownProblem('invalid_request', [`date must be a day like 2026-03-05`])
  if (timezone !== undefined && !isTimezone(timezone))
    throw ownProblem('invalid_request', ['timezone must be a time zone such as Europe/Berlin'])
  const occurredAt = said === undefined || said === null ? said : instantOf(said, timezone)
  return { day, occurredAt, timezone: timezone ?? occurredAt?.timezone ?? zone }
}

function instantOf(said: string | Date, timezone: string | undefined): WrittenInstant {
  const instant = said instanceof Date ? writtenInstant(said.getTime()) : parseInstant(said, timezone)
  if (instant === undefined || Number.isNaN(instant.ms))
    throw ownProblem('invalid_request', ['occurred_at must be an instant like 2026-03-05T21:15:00+01:00'])
  return instant
}

function near(dated: Dated, { day, occurredAt }: ReturnType<typeof whenOf>): Dated {
  if (day === undefined || !occurredAt || !dated.occurredAt) return dated
  if (isNear(day, dated.occurredAt, occurredAt.offset ?? dated.timezone)) return dated
  throw ownProblem('invalid_request', ['date and occurred_at must be at most two days apart'])
}

function inWire({ day, occurredAt, timezone }: Dated) {
  return { date: formatDay(day), occurred_at: occurredAt?.toISOString() ?? null, timezone }
}

/** A mood as it is stored, with its valence. */
export function felt(submitted: number | string, { mood_scale: scale }: Settings): Written {
  const mood = moodValue(submitted)
  if (!isOnScale(mood, scale))
    throw ownProblem('mood_off_scale', [`mood must be between ${scale.min} and ${scale.max}, or a label`])
  return { value: { mood }, shown: { valence: valenceOf(mood, scale) } }
}

const tagsOf = (tags: readonly string[] | null | undefined) => distinctTidied(tags ?? [])
