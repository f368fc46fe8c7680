import { ApiError } from '../errors.ts'
import type { DateSource } from '../vocabulary.ts'
import { type DayNumber, formatDay, lastPossibleDay, localDay, todayIn, utcDay, wallClock } from './calendar.ts'
import { existing, skippedDays } from './skipped-days.ts'
import type { WrittenInstant } from './written-instant.ts'

/** A person's time zone and start of day. */
export interface DaySettings {
  /** The zone to use when none is given: the profile's; undefined where it was never set. */
  timezone: string | undefined
  /** The source of the zone, if not the profile. */
  timezoneOf?: 'entry'
  /** The hour (0-6) at which their day begins. */
  dayStartsAt: number
}

/** The submitted time of an entry; absent parts come from the clock and the settings. */
export interface When {
  day?: DayNumber | undefined
  /** Null where it is said to be unknown. */
  occurredAt?: WrittenInstant | null | undefined
  /** The zone the entry names, or else the person's current one; validated. */
  timezone?: string | undefined
}

/** The stored form. */
export interface Dated {
  day: DayNumber
  dateSource: DateSource
  /** Null where the instant is unknown. */
  occurredAt: Date | null
  timezone: string
}

export const defaultTimezone = 'UTC'

/**
 * Fixes an entry's local day; it is never recomputed. The first of these that is present decides (docs/streaks.md):
 * 1. the date given; 2. the local time of `occurredAt` in its own offset; 3. the instant in the zone given; 4. in that
 * of the settings; 5. in UTC. Rules 2-5 let the day begin at the person's hour.
 * With a date alone the entry happened now if that is the person's today; else nobody knows when.
 * @param now epoch milliseconds.
 */
export function dateEntry(
  { day: given, occurredAt: written, ...when }: When,
  settings: DaySettings,
  now: number,
): Dated {
  const ms = written?.ms ?? now
  const timezone = when.timezone ?? written?.offset ?? settings.timezone ?? defaultTimezone
  if (given !== undefined) {
    const today = () => existing(todayIn(timezone, settings.dayStartsAt, now), timezone)
    const known = written ?? (written === undefined && given === today())
    return { day: given, dateSource: 'date', occurredAt: known ? new Date(ms) : null, timezone }
  }
  const occurredAt = new Date(ms)
  const day = existing(localDay(written?.wall ?? wallClock(ms, timezone), settings.dayStartsAt), timezone)
  if (written?.wall) return { day, dateSource: 'offset', occurredAt, timezone }
  if (when.timezone !== undefined) return { day, dateSource: 'timezone', occurredAt, timezone }
  const dateSource = settings.timezone === undefined ? 'default' : (settings.timezoneOf ?? 'profile')
  return { day, dateSource, occurredAt, timezone }
}

/**
 * What was dated, unless it is later than any correct clock on earth: that is never counted.
 * @param now epoch ms.
 * @throws {ApiError} `date_in_future`, with a sentence for each of `date` and `occurred_at` that is late.
 */
export function notInFuture<D extends Pick<Dated, 'day' | 'dateSource' | 'occurredAt'>>(dated: D, now: number): D {
  const last = lastPossibleDay(now)
  const { day, dateSource, occurredAt } = dated
  const dateIsLate = day > last && dateSource === 'date'
  const instantIsLate = (day > last && !dateIsLate) || (occurredAt !== null && utcDay(occurredAt.getTime()) > last)
  const late = [...(dateIsLate ? ['date'] : []), ...(instantIsLate ? ['occurred_at'] : [])]
  if (late.length === 0) return dated
  const latest = formatDay(last)
  throw new ApiError(
    'date_in_future',
    late.map(field => `${field} must not be after ${latest}, the latest current date in any time zone`),
  )
}

/**
 * What was dated, on a day that existed for the person: an early hour of the day after one that their zone skipped belongs
 * to the day before it.
 * @param timezone the person's own, of their settings.
 * @throws {ApiError} `invalid_request` for a date that was given and did not exist.
 */
export function onExistingDay<D extends Pick<Dated, 'day' | 'dateSource'>>(dated: D, timezone: string | undefined): D {
  const { day, dateSource } = dated
  if (timezone === undefined || !skippedDays(timezone).includes(day)) return dated
  if (dateSource !== 'date') return { ...dated, day: existing(day, timezone) }
  throw new ApiError('invalid_request', `date must be a day that existed: ${timezone} skipped ${formatDay(day)}`)
}

/** A date and an instant that contradict each other by more than this are a mistake; a night owl's day reaches far. */
const maxDaysApart = 2

/** Whether an instant can have been felt on a day: it falls on it in its zone, or at most two days from it. */
export function isNear(day: DayNumber, instant: Date, timezone: string): boolean {
  return Math.abs(wallClock(instant.getTime(), timezone).day - day) <= maxDaysApart
}

/**
 * The person's current day: in their current zone, else the profile's, else UTC.
 * @param zone validated.
 */
export function todayFor(zone: string | undefined, settings: DaySettings, now: number) {
  const timezone = zone ?? settings.timezone ?? defaultTimezone
  return { timezone, today: existing(todayIn(timezone, settings.dayStartsAt, now), timezone) }
}
