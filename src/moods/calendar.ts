import { recentCache } from '../recent-cache.ts'

/**
 * Calendar days and local time. A day is a number here (days since 1970-01-01, which belongs to no time zone), so that
 * "the next day" is `+ 1` whatever the clocks do; an instant is epoch milliseconds (UTC).
 */
export type DayNumber = number

export const msPerDay = 86_400_000
/** Where nobody who logs a mood was alive before. */
export const firstYear = 1900

/**
 * The day that `YYYY-MM-DD` names, or undefined when there is no such day (`2023-02-29`) or it is before 1900. Checked
 * by round trip: the runtime reads 29 February 2023 as 1 March.
 */
export function parseDay(text: string): DayNumber | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!match || Number(match[1]) < firstYear) return undefined
  const day = dayNumber(Number(match[1]), Number(match[2]), Number(match[3]))
  return formatDay(day) === text ? day : undefined
}

/** The day of a date that the database or `parseDay` has validated, without checking it again. */
export function dayOf(date: string): DayNumber {
  return dayNumber(Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10)))
}

const formatted = recentCache<DayNumber, string>(2_000)

/** `YYYY-MM-DD`. */
export function formatDay(day: DayNumber): string {
  const known = formatted.get(day)
  if (known !== undefined) return known
  const text = new Date(day * msPerDay).toISOString().slice(0, 10)
  formatted.set(day, text)
  return text
}

/** The UTC day of an instant. */
export function utcDay(instant: number): DayNumber {
  return Math.floor(instant / msPerDay)
}

function dayNumber(year: number, month: number, dayOfMonth: number): DayNumber {
  return Date.UTC(year, month - 1, dayOfMonth) / msPerDay
}

/** Local time: a day and the hour in it (0-23). */
export interface WallClock {
  day: DayNumber
  hour: number
}

/**
 * The day that a local time belongs to when days start at `dayStartsAt` o'clock: before that hour it is the day before.
 */
export function localDay({ day, hour }: WallClock, dayStartsAt: number): DayNumber {
  return hour < dayStartsAt ? day - 1 : day
}

/** No place on earth is further from UTC than 14 hours. */
const maxOffsetMinutes = 14 * 60

/** Making a formatter costs a thousand times as much as using it; bounded, because the names come from requests. */
const formatters = recentCache<string, Intl.DateTimeFormat>(500)

function formatterFor(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
  })
  formatters.set(timezone, made)
  return made
}

/**
 * Whether the runtime knows the zone: an IANA name (`Europe/Berlin`, `UTC`) or an offset (`+05:30`) that exists on
 * earth.
 */
export function isTimezone(name: string): boolean {
  const [, hours, minutes = 0] = /^[+-](\d\d):?(\d\d)?$/.exec(name) ?? []
  if (name.length > 64 || Number(hours ?? 0) * 60 + Number(minutes) > maxOffsetMinutes) return false
  try {
    formatterFor(name)
    return true
  } catch {
    return false
  }
}

/** The last local time of each zone, cached for a second. */
const lastSeen = recentCache<string, { second: number; wall: WallClock }>(500)

/**
 * The local time in a time zone at an instant.
 * @throws {RangeError} for a zone that `isTimezone` refuses.
 */
export function wallClock(instant: number, timezone: string): WallClock {
  const second = Math.floor(instant / 1000)
  const known = lastSeen.get(timezone)
  if (known?.second === second) return known.wall
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
  for (const { type, value } of formatterFor(timezone).formatToParts(instant)) fields[type] = Number(value)
  const { year = 0, month = 0, day = 0, hour = 0 } = fields
  const wall = { day: dayNumber(year, month, day), hour }
  lastSeen.set(timezone, { second, wall })
  return wall
}

/** The current local day of a person whose days start at `dayStartsAt` o'clock. */
export function todayIn(timezone: string, dayStartsAt: number, now: number): DayNumber {
  return localDay(wallClock(now, timezone), dayStartsAt)
}

/** The current date at UTC+14, the latest on earth: no correct clock shows a later one. */
export function lastPossibleDay(now: number): DayNumber {
  return utcDay(now + 14 * 3_600_000)
}

const dayStarts = recentCache<string, number>(2_000)

/** Days begin on quarters of an hour of UTC, in every zone. */
const quarter = 15 * 60_000

/**
 * The first instant of a local day. Searched, not computed, because on some days the clock never shows the
 * starting hour (spring, at midnight, in Santiago), some days do not exist at all (30 December 2011 in Samoa), and some
 * begin twice (autumn 2010, at one past midnight, in St John's).
 */
export function startOfDay(day: DayNumber, timezone: string, dayStartsAt: number): number {
  const key = `${timezone} ${dayStartsAt} ${day}`
  const known = dayStarts.get(key)
  if (known !== undefined) return known
  const hasBegun = (instant: number) => localDay(wallClock(instant, timezone), dayStartsAt) >= day
  let after = day * msPerDay + dayStartsAt * 3_600_000 - msPerDay
  while (!hasBegun(after)) after += quarter
  // Before 1972 some offsets had seconds: there the quarter only brackets it.
  let before = after - quarter
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (hasBegun(middle)) after = middle
    else before = middle
  }
  dayStarts.set(key, after)
  return after
}
