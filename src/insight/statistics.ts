import type { DayNumber } from '../moods/calendar.ts'
import {
  type Days,
  type Interval,
  meanInterval,
  meanOf,
  medianOfSorted,
  persistenceOfDays,
  standardDeviationOf,
} from './estimates.ts'
import { associationsOf, type Factor, weekdayFactors, weekdayOf } from './findings.ts'
import { method } from './texts.ts'
import { trendOf } from './trend.ts'

/** What the days of a period say, in numbers with four places. Days in, numbers out: no database, no clock. */

/** The mean length of a month, in days. */
const daysPerMonth = 30.4375

/**
 * @param days with a valence.
 * @param hours the same by the hour (0-23) of the entries whose instant is known.
 * @param factors but weekdays.
 * @param monthOf the month of a day, `YYYY-MM`.
 */
export function* statisticsOf(
  days: Days,
  hours: readonly Days[],
  factors: readonly Factor[],
  monthOf: (day: DayNumber) => string,
) {
  const persistence = persistenceOfDays(days)
  const summary = (some: Days) => {
    const interval = meanInterval(some, persistence)
    return { n: some.days.length, mean: round(meanOf(some.values)), interval: interval ? rounded(interval) : null }
  }
  const groups = <K>(keyOf: (day: DayNumber) => K) =>
    [...Map.groupBy(days.days.keys(), i => keyOf(days.days[i] as DayNumber))].map(
      ([key, at]) =>
        [key, { days: at.map(i => days.days[i] as DayNumber), values: at.map(i => days.values[i] as number) }] as const,
    )
  yield
  const associations = yield* associationsOf(days, [...factors, ...weekdayFactors(days.days)])
  const trend = trendOf(days)
  yield
  return {
    valence: valenceOf(days.values),
    by_weekday: groups(weekdayOf)
      .sort(([a], [b]) => a - b)
      .map(([weekday, some]) => ({ weekday, ...summary(some) })),
    by_hour: hours.flatMap((some, hour) => (some.days.length === 0 ? [] : [{ hour, ...summary(some) }])),
    months: groups(monthOf).map(([month, { values }]) => ({ month, n: values.length, mean: round(meanOf(values)) })),
    trend: trend
      ? { per_month: round(trend.perDay * daysPerMonth), interval: rounded(scaled(trend.interval, daysPerMonth)) }
      : null,
    associations: associations.map(({ kind, name, found, ...a }) => {
      const [low, high] = rounded(a.interval)
      return {
        kind,
        name,
        with: { n: a.with.n, mean: round(a.with.mean) },
        without: { n: a.without.n, mean: round(a.without.mean) },
        difference: round(a.difference),
        interval: [low, high],
        // As it is shown: nothing that is found has 0 in its interval.
        found: found && (low > 0 || high < 0),
      }
    }),
    compared: associations.length,
    method,
  }
}

/** Null where there is nothing to compute it from. */
function valenceOf(values: readonly number[]) {
  const n = values.length
  if (n === 0) return { n, mean: null, median: null, sd: null, min: null, max: null }
  const sorted = values.toSorted((a, b) => a - b)
  const sd = standardDeviationOf(values)
  return {
    n,
    mean: round(meanOf(values)),
    median: round(medianOfSorted(sorted)),
    sd: sd === undefined ? null : round(sd),
    min: round(sorted[0] as number),
    max: round(sorted.at(-1) as number),
  }
}

/** To four places, and never -0. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000 + 0
}
const rounded = ([low, high]: Interval): [number, number] => [round(low), round(high)]
const scaled = ([low, high]: Interval, factor: number): Interval => [low * factor, high * factor]
