import { recentCache } from '../recent-cache.ts'
import { type DayNumber, msPerDay, parseDay, wallClock } from './calendar.ts'

const [firstDay, lastDay] = [parseDay('1900-01-01') as DayNumber, parseDay('2100-01-01') as DayNumber]
/** No zone crosses the date line twice within this. */
const stepDays = 365
/** In days. Clocks that go forward in spring add an hour or two, those that cross the date line a whole day. */
const leap = 0.7

const known = recentCache<string, readonly DayNumber[]>(1_000)
const none: readonly DayNumber[] = []

/**
 * The calendar days that a time zone skipped when it moved across the date line, ascending: 30 December 2011 in
 * Pacific/Apia. On none of them could anybody there log anything.
 * @param timezone validated; undefined for UTC.
 */
export function skippedDays(timezone: string | undefined): readonly DayNumber[] {
  if (timezone === undefined || /^[+-]/.test(timezone)) return none
  const found = known.get(timezone) ?? search(timezone)
  known.set(timezone, found)
  return found
}

/** The local day a person's clock shows, or the day before where that one did not exist (an early hour of the next). */
export function existing(day: DayNumber, timezone: string): DayNumber {
  const skipped = skippedDays(timezone)
  let existing = day
  while (skipped.includes(existing)) existing--
  return existing
}

/** How far the local date is ahead of the UTC time, in days: crossing the line eastwards adds a whole one. */
function ahead(day: DayNumber, timezone: string): number {
  const { day: localDay, hour } = wallClock(day * msPerDay, timezone)
  return localDay + hour / 24 - day
}

function search(timezone: string): readonly DayNumber[] {
  const days: DayNumber[] = []
  let before = ahead(firstDay, timezone)
  for (let day = firstDay + stepDays; day < lastDay; day += stepDays) {
    const now = ahead(day, timezone)
    if (now - before > leap) days.push(...skippedBetween((day - stepDays) * msPerDay, day * msPerDay, timezone))
    before = now
  }
  return days.length === 0 ? none : days
}

/** The days that the clock never shows between two instants, where it leaps once. */
function skippedBetween(before: number, after: number, timezone: string): DayNumber[] {
  const shift = (ms: number) => ahead(ms / msPerDay, timezone)
  const start = shift(before)
  let [low, high] = [before, after]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (shift(middle) - start < leap) low = middle
    else high = middle
  }
  const [last, next] = [wallClock(low, timezone).day, wallClock(high, timezone).day]
  return Array.from({ length: next - last - 1 }, (_, i) => last + 1 + i)
}
