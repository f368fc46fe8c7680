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

/**
 * The persistence of what is left of some days when what is known of them is subtracted.
 * @param days ascending and distinct; days may be missing.
 * @param residuals one a day, whose mean is about 0.
 */
export function persistenceOf(days: readonly DayNumber[], residuals: Float64Array): Persistence {
  const lags = correlations(days, residuals)
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
function correlations(days: readonly DayNumber[], residuals: Float64Array): Lag[] {
  const n = days.length
  let square = 0
  for (let i = 0; i < n; i++) square += (residuals[i] as number) ** 2
  if (square === 0) return []
  const sums = new Float64Array(maxLag + 1)
  const pairs = new Uint32Array(maxLag + 1)
  for (let i = 0; i < n; i++) {
    for (let j = i - 1; j >= 0; j--) {
      const lag = (days[i] as number) - (days[j] as number)
      if (lag > maxLag) break
      sums[lag] = (sums[lag] as number) + (residuals[i] as number) * (residuals[j] as number)
      pairs[lag] = (pairs[lag] as number) + 1
    }
  }
  const raw = [...pairs.keys()]
    .filter(lag => lag > 0 && (pairs[lag] as number) >= minPairs)
    .map(lag => {
      const count = pairs[lag] as number
      return { lag, pairs: count, correlation: (sums[lag] as number) / count / (square / n) }
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
