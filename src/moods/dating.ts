import { ApiError } from '../errors.ts'
import type { DateSource } from '../vocabulary.ts'
import {
  type DayNumber,
  formatDay,
  lastPossibleDay,
  localDay,
  todayIn,
  utcDay,
  type WrittenInstant,
  wallClock,
} from './calendar.ts'

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
  occurredAt?: WrittenInstant | undefined
  /** The zone the entry names, or else the person's current one; validated. */
  timezone?: string | undefined
}

/** The stored form. */
export interface Dated {
  day: DayNumber
  dateSource: DateSource
  occurredAt: Date
  timezone: string
}

export const defaultTimezone = 'UTC'

/**
 * Fixes an entry's local day; it is never recomputed. The first of these that is present decides (docs/streaks.md):
 * 1. the date given; 2. the local time of `occurredAt` in its own offset; 3. the instant in the zone given; 4. in that
 * of the settings; 5. in UTC. Rules 2-5 let the day begin at the person's hour.
 * @param now epoch milliseconds.
 */
export function dateEntry(when: When, settings: DaySettings, now: number): Dated {
  const written = when.occurredAt
  const ms = written?.ms ?? now
  const occurredAt = new Date(ms)
  const timezone = when.timezone ?? written?.offset ?? settings.timezone ?? defaultTimezone
  if (when.day !== undefined) return { day: when.day, dateSource: 'date', occurredAt, timezone }
  const day = localDay(written?.wall ?? wallClock(ms, timezone), settings.dayStartsAt)
  if (written?.wall) return { day, dateSource: 'offset', occurredAt, timezone }
  if (when.timezone !== undefined) return { day, dateSource: 'timezone', occurredAt, timezone }
  const dateSource = settings.timezone === undefined ? 'default' : (settings.timezoneOf ?? 'profile')
  return { day, dateSource, occurredAt, timezone }
}

/** Whether an entry is later than any correct clock on earth: refused on write, never counted. */
export function isInFuture({ day, occurredAt }: Pick<Dated, 'day' | 'occurredAt'>, now: number): boolean {
  const last = lastPossibleDay(now)
  return day > last || utcDay(occurredAt.getTime()) > last
}

/**
 * The dated entry, unless it is in the future.
 * @param now epoch ms.
 * @throws {ApiError} `date_in_future`.
 */
export function notInFuture(dated: Dated, now: number): Dated {
  if (!isInFuture(dated, now)) return dated
  const latest = formatDay(lastPossibleDay(now))
  throw new ApiError('date_in_future', `The date must not be after ${latest}, the latest date anywhere on earth now.`)
}

/**
 * The person's current day: in their current zone, else the profile's, else UTC.
 * @param zone validated.
 */
export function todayFor(zone: string | undefined, settings: DaySettings, now: number) {
  const timezone = zone ?? settings.timezone ?? defaultTimezone
  return { timezone, today: todayIn(timezone, settings.dayStartsAt, now) }
}
