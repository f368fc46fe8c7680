import { type Days, type Interval, meanOf, medianOfSorted } from './estimates.ts'
import { pairsOf, persistenceOf } from './persistence.ts'

/** Days between the first and the last, and days with a value, that a trend needs. */
const minSpan = 28
const minDays = 10
/** Spans are divided into at most so many parts of equal length, since each pair of parts has a slope. */
const maxParts = 360

/** Half of a 95 % interval of the normal distribution, in standard deviations. */
const z = 1.959964

/** The change of valence a day, and its 95 % interval. */
export interface Trend {
  perDay: number
  interval: Interval
}

/**
 * The slope over all days: the median slope of all pairs (Theil 1950), which a few extreme days cannot turn, with Sen's
 * interval (1968), widened for persisting days as Hamed and Rao (1998) do.
 * @returns undefined for too few days.
 */
export function trendOf(all: Days): Trend | undefined {
  const first = all.days[0]
  const last = all.days.at(-1)
  if (first === undefined || last === undefined || all.days.length < minDays || last - first < minSpan) return undefined
  const length = Math.ceil((last - first + 1) / maxParts)
  const { days, values } = parts(all, length)
  const n = days.length

  const slopes = new Float64Array((n * (n - 1)) / 2)
  let k = 0
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) {
      slopes[k++] = ((values[i] as number) - (values[j] as number)) / ((days[i] as number) - (days[j] as number))
    }
  }
  slopes.sort()
  const perDay = medianOfSorted(slopes)
  const half = (z * Math.sqrt(varianceOfKendallsS({ days, values }, perDay, length))) / 2
  const at = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, rank))] as number
  return {
    perDay,
    interval: [at(Math.floor(slopes.length / 2 - half)), at(Math.ceil(slopes.length / 2 + half) - 1)],
  }
}

/** The mean of each part of the span that has a day, at the mean of its days. */
function parts({ days, values }: Days, length: number): Days {
  if (length === 1) return { days, values }
  const first = days[0] as number
  const byPart = Map.groupBy(days.keys(), i => Math.floor(((days[i] as number) - first) / length))
  const meanOver = (list: readonly number[]) => [...byPart.values()].map(at => meanOf(at.map(i => list[i] as number)))
  return { days: meanOver(days), values: meanOver(values) }
}

/** The variance of Kendall's S of a series without trend, as far as its days persist. */
function varianceOfKendallsS({ days, values }: Days, slope: number, length: number): number {
  const n = days.length
  const residuals = values.map((value, i) => value - slope * (days[i] as number))
  const mean = meanOf(residuals)
  const places = days.map(day => Math.floor((day - (days[0] as number)) / length))
  const { share, decay } = persistenceOf(
    pairsOf(places),
    Float64Array.from(residuals, residual => residual - mean),
  )
  let sum = 0
  for (let i = 1; i < n - 2; i++) sum += (n - i) * (n - i - 1) * (n - i - 2) * share * decay ** i
  return ((n * (n - 1) * (2 * n + 5)) / 18) * (1 + (2 / (n * (n - 1) * (n - 2))) * sum)
}
