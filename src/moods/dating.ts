import type { DateSource } from '../db/schema.ts'
import {
  formatDay,
  lastPossibleDay,
  localDay,
  parseInstant,
  todayIn,
  type WrittenInstant,
  wallClock,
} from './calendar.ts'

/** Where and how a person's days run: the profile's settings. */
export interface DaySettings {
  /** The profile's zone; undefined where the person never set one. */
  timezone: string | undefined
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
 * request's zone; 4. in the profile's; 5. in UTC. Rules 2-5 let the day begin at the person's hour.
 * @param now epoch milliseconds.
 */
export function dateEntry(when: When, settings: DaySettings, now: number): Dated {
  const written = when.occurredAt === undefined ? undefined : parseInstant(when.occurredAt)
  const ms = written?.ms ?? now
  const timezone = when.timezone ?? written?.offset ?? settings.timezone ?? defaultTimezone
  const given =
    when.date === undefined
      ? byClock(written, ms, timezone, when, settings)
      : { date: when.date, dateSource: 'date' as const }
  return { ...given, occurredAt: new Date(ms), timezone }
}

function byClock(written: WrittenInstant | undefined, ms: number, timezone: string, when: When, settings: DaySettings) {
  const date = formatDay(localDay(written?.wall ?? wallClock(ms, timezone), settings.dayStartsAt))
  if (written?.wall) return { date, dateSource: 'offset' as const }
  if (when.timezone !== undefined) return { date, dateSource: 'timezone' as const }
  return { date, dateSource: settings.timezone === undefined ? ('default' as const) : ('profile' as const) }
}

/** Whether an entry lies later than any honest clock on earth can show: refused on write, never counted. */
export function isInFuture({ date, occurredAt }: Pick<Dated, 'date' | 'occurredAt'>, now: number): boolean {
  const last = formatDay(lastPossibleDay(now))
  return date > last || occurredAt.toISOString().slice(0, 10) > last
}

/** The person's today: in the request's zone, else the profile's, else UTC. */
export function todayFor(requestZone: string | undefined, settings: DaySettings, now: number) {
  const timezone = requestZone ?? settings.timezone ?? defaultTimezone
  return { timezone, today: todayIn(timezone, settings.dayStartsAt, now) }
}
