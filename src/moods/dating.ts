import type { DateSource } from '../vocabulary.ts'
import { formatDay, lastPossibleDay, localDay, parseInstant, todayIn, utcDay, wallClock } from './calendar.ts'

/** Where and how a person's days run. */
export interface DaySettings {
  /** The zone that decides when the request says nothing: the profile's; undefined where the person never set one. */
  timezone: string | undefined
  /** Whose zone it is, if not the profile's. */
  timezoneOf?: 'entry'
  /** The hour (0-6) at which their day begins. */
  dayStartsAt: number
}

/** What a request says about when an entry belongs. */
export interface When {
  /** `YYYY-MM-DD`, validated. */
  date?: string | undefined
  /** RFC 3339, validated. */
  occurredAt?: string | undefined
  /** The body's zone, or the `X-Timezone` header. */
  timezone?: string | undefined
}

/** What is kept of it. */
export interface Dated {
  date: string
  dateSource: DateSource
  occurredAt: Date
  timezone: string
}

export const defaultTimezone = 'UTC'

/**
 * Fixes an entry's local day; it is never recomputed. The first of these that is present decides (docs/streaks.md):
 * 1. the date given; 2. the wall clock of `occurredAt` in the offset written in it; 3. the instant seen in the
 * request's zone; 4. in that of the settings; 5. in UTC. Rules 2-5 let the day begin at the person's hour.
 * @param now epoch milliseconds.
 */
export function dateEntry(when: When, settings: DaySettings, now: number): Dated {
  const written = when.occurredAt === undefined ? undefined : parseInstant(when.occurredAt)
  const ms = written?.ms ?? now
  const occurredAt = new Date(ms)
  const timezone = when.timezone ?? written?.offset ?? settings.timezone ?? defaultTimezone
  if (when.date !== undefined) return { date: when.date, dateSource: 'date', occurredAt, timezone }
  const date = formatDay(localDay(written?.wall ?? wallClock(ms, timezone), settings.dayStartsAt))
  if (written?.wall) return { date, dateSource: 'offset', occurredAt, timezone }
  if (when.timezone !== undefined) return { date, dateSource: 'timezone', occurredAt, timezone }
  const dateSource = settings.timezone === undefined ? 'default' : (settings.timezoneOf ?? 'profile')
  return { date, dateSource, occurredAt, timezone }
}

/** Whether an entry lies later than any honest clock on earth can show: refused on write, never counted. */
export function isInFuture({ date, occurredAt }: Pick<Dated, 'date' | 'occurredAt'>, now: number): boolean {
  const last = lastPossibleDay(now)
  return date > formatDay(last) || utcDay(occurredAt.getTime()) > last
}

/** The person's today: in the request's zone, else the profile's, else UTC. */
export function todayFor(requestZone: string | undefined, settings: DaySettings, now: number) {
  const timezone = requestZone ?? settings.timezone ?? defaultTimezone
  return { timezone, today: todayIn(timezone, settings.dayStartsAt, now) }
}
