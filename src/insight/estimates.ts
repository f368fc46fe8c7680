import type { DayNumber } from '../moods/calendar.ts'
import { inflation, keptFreedom, type Pairs, type Persistence, pairsOf, persistenceOf } from './persistence.ts'
import { criticalT, twoSidedP } from './student-t.ts'

/** Means and differences with their 95 % intervals, as wide as persisting moods demand. */

/** A person's days, ascending, each with the mean valence (-1 to 1) of its entries. */
export interface Days {
  days: readonly DayNumber[]
  values: readonly number[]
}

/** [low, high]. */
export type Interval = readonly [number, number]

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The median of values that are sorted ascending. */
export function medianOfSorted(values: ArrayLike<number>): number {
  const { length } = values
  const middle = Math.floor(length / 2)
  const upper = values[middle] as number
  return length % 2 === 1 ? upper : ((values[middle - 1] as number) + upper) / 2
}

/** The persistence of the days as they are. */
export function persistenceOfDays({ days, values }: Days): Persistence {
  const mean = meanOf(values)
  return persistenceOf(
    pairsOf(days),
    Float64Array.from(values, value => value - mean),
  )
}

/** @returns undefined below two days. */
export function standardDeviationOf(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined
  const mean = meanOf(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}

/**
 * The interval of the mean of some days: Student's, for as many days as they are worth.
 * @param persistence of all of the person's days.
 * @returns undefined below two days.
 */
export function meanInterval({ days, values }: Days, persistence: Persistence): Interval | undefined {
  const n = values.length
  const sd = standardDeviationOf(values)
  if (sd === undefined) return undefined
  const factor = inflation(days, new Float64Array(n).fill(1 / n), persistence)
  const variance = ((sd ** 2 * (n - 1)) / worth(n, factor)) * factor
  return around(meanOf(values), Math.sqrt(variance / n), keptFreedom(n - 1, persistence))
}

/** A sum of squares around estimated means is too small: persisting days bend the means towards themselves. */
function worth(n: number, used: number): number {
  return Math.max(n - used, n / 4)
}

function around(middle: number, error: number, df: number): Interval {
  const half = criticalT(df) * error
  return [middle - half, middle + half]
}

/** How days with something differ from the days without it. */
export interface Difference {
  with: { n: number; mean: number }
  without: { n: number; mean: number }
  /** The mean with less the mean without. */
  difference: number
  interval: Interval
  /** How probable a difference at least as large would be if there were none. */
  p: number
}

/** Days that each side must have. */
export const minDays = 10

/**
 * Compares the days with something and the days without.
 * @param isWith by the index of a day.
 * @param pairs of the days; computed if missing.
 * @returns undefined when one side has fewer than 10 days.
 */
export function differenceOf(
  { days, values }: Days,
  isWith: ArrayLike<number | boolean>,
  pairs: readonly Pairs[] = pairsOf(days),
): Difference | undefined {
  const n = values.length
  let [withN, withSum, sum] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    sum += values[i] as number
    if (!isWith[i]) continue
    withN++
    withSum += values[i] as number
  }
  const withoutN = n - withN
  if (withN < minDays || withoutN < minDays) return undefined
  const withMean = withSum / withN
  const withoutMean = (sum - withSum) / withoutN

  const residuals = new Float64Array(n)
  const weights = new Float64Array(n)
  const sides = [new Float64Array(n), new Float64Array(n)] as const
  let squares = 0
  for (let i = 0; i < n; i++) {
    const residual = (values[i] as number) - (isWith[i] ? withMean : withoutMean)
    residuals[i] = residual
    squares += residual ** 2
    weights[i] = isWith[i] ? 1 / withN : -1 / withoutN
    sides[isWith[i] ? 0 : 1][i] = 1
  }
  const persistence = persistenceOf(pairs, residuals)
  const used = inflation(days, sides[0], persistence) + inflation(days, sides[1], persistence)
  const variance = (squares / worth(n, used)) * (1 / withN + 1 / withoutN) * inflation(days, weights, persistence)
  const error = Math.sqrt(variance)
  const difference = withMean - withoutMean
  const df = keptFreedom(n - 2, persistence)
  return {
    with: { n: withN, mean: withMean },
    without: { n: withoutN, mean: withoutMean },
    difference,
    interval: around(difference, error, df),
    p: error === 0 ? Number(difference === 0) : twoSidedP(difference / error, df),
  }
}
