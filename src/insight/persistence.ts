import type { DayNumber } from '../moods/calendar.ts'

/**
 * Moods persist: a good day is more often followed by a good one. Ten days in a row therefore say less than ten days
 * apart, and whoever counts them as ten finds patterns in noise. Here the correlation of two days that are k days apart
 * is taken to be `share` * `decay`^k: a mood that fades (`share` 1), or one that fades slowly under what is different every
 * day. docs/decisions/honest-insight.md says why, and what a simulation gave.
 */
export interface Persistence {
  /** 0 to 1: the part of the spread that lasts longer than a day. */
  share: number
  /** 0 to 1: what is left of that part a day later. */
  decay: number
}

export const independent: Persistence = { share: 0, decay: 0 }

/** Correlations of days up to so many days apart are looked at. */
const maxLag = 10
/** Fewer pairs of days say nothing of their correlation. */
const minPairs = 20
const decays = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98]

/** Pairs of days that are `lag` days apart, by the indices of the later and the earlier ones. */
export interface Pairs {
  lag: number
  later: Uint32Array
  earlier: Uint32Array
}

/**
 * The pairs of days up to ten days apart. They are the same for everything that is computed of the days.
 * @param days ascending; days may be missing, or be there twice.
 */
export function pairsOf(days: readonly DayNumber[]): Pairs[] {
  const all: Pairs[] = []
  for (let lag = 1; lag <= maxLag; lag++) {
    const later: number[] = []
    const earlier: number[] = []
    let first = 0
    for (let i = 0; i < days.length; i++) {
      const wanted = (days[i] as number) - lag
      while ((days[first] as number) < wanted) first++
      for (let j = first; days[j] === wanted; j++) {
        later.push(i)
        earlier.push(j)
      }
    }
    if (later.length >= minPairs) all.push({ lag, later: Uint32Array.from(later), earlier: Uint32Array.from(earlier) })
  }
  return all
}

/**
 * The persistence of what is left of some days when what is known of them is subtracted.
 * @param pairs of the days.
 * @param residuals one a day, whose mean is about 0.
 */
export function persistenceOf(pairs: readonly Pairs[], residuals: Float64Array): Persistence {
  const lags = correlations(pairs, residuals)
  let best = { ...independent, error: Number.POSITIVE_INFINITY }
  for (const decay of decays) {
    let [product, square] = [0, 0]
    for (const { lag, correlation, pairs } of lags) {
      product += pairs * correlation * decay ** lag
      square += pairs * decay ** (2 * lag)
    }
    const share = square === 0 ? 0 : Math.min(1, Math.max(0, product / square))
    const error = lags.reduce((sum, l) => sum + l.pairs * (l.correlation - share * decay ** l.lag) ** 2, 0)
    if (error < best.error) best = { share, decay, error }
  }
  return { share: best.share, decay: best.decay }
}

interface Lag {
  lag: number
  correlation: number
  pairs: number
}

/** The correlation of days by how many days they are apart, without the bias that the subtracted mean leaves. */
function correlations(pairs: readonly Pairs[], residuals: Float64Array): Lag[] {
  const n = residuals.length
  let square = 0
  for (let i = 0; i < n; i++) square += (residuals[i] as number) ** 2
  if (square === 0) return []
  const raw = pairs.map(({ lag, later, earlier }) => {
    let sum = 0
    for (let k = 0; k < later.length; k++)
      sum += (residuals[later[k] as number] as number) * (residuals[earlier[k] as number] as number)
    return { lag, pairs: later.length, correlation: sum / later.length / (square / n) }
  })
  // Kendall 1954: subtracting the mean lowers each of them by about the variance of that mean.
  const first = Math.min(0.9, Math.max(0, raw[0]?.correlation ?? 0))
  const bias = (1 + first) / (1 - first) / n
  return raw.map(lag => ({ ...lag, correlation: lag.correlation + bias }))
}

/**
 * How many times larger the variance of a weighted sum of days is than if days were independent; at least 1.
 * @param days ascending.
 * @param weights one a day.
 */
export function inflation(days: readonly DayNumber[], weights: Float64Array, { share, decay }: Persistence): number {
  if (share === 0 || decay === 0) return 1
  let carried = 0
  let total = 0
  let square = 0
  let before = days[0] as number
  for (let i = 0; i < days.length; i++) {
    const day = days[i] as number
    const weight = weights[i] as number
    carried *= day - before === 1 ? decay : decay ** (day - before)
    total += weight * (2 * carried + weight)
    square += weight * weight
    carried += weight
    before = day
  }
  return Math.max(1, 1 + share * (total / square - 1))
}

/** How many of `df` degrees of freedom an estimated variance keeps (Bartlett 1946). */
export function keptFreedom(df: number, { share, decay }: Persistence): number {
  const squares = (share * decay) ** 2 / (1 - decay ** 2)
  return Math.max(1, df / (1 + 2 * squares))
}
