import type { MoodStats } from '../../../../client/src/wire.ts'
import { inOwnPoints, onOwnScale } from '../../days.ts'
import { number } from '../../format.ts'
import { insights as texts } from '../../texts.ts'

/** Sentences that claim no more than their intervals do. */

type Association = MoodStats['associations'][number]

const onScale = (valence: number) => number(onOwnScale(valence), { maximumFractionDigits: 1 })
const inPoints = (difference: number) => number(Math.abs(inOwnPoints(difference)), { maximumFractionDigits: 1 })

/** What is different with something; where it was not found, that it may be chance. */
export function differenceIn({ kind, name, with: those, without, difference, interval, found }: Association): string {
  const what = texts.with_[kind](name)
  const counts = texts.counts(those.n, without.n)
  if (!found) return texts.maybe(what, counts)
  const [near, far] = [...interval].sort((a, b) => Math.abs(a) - Math.abs(b)) as [number, number]
  return texts.differs(what, inPoints(difference), difference > 0, inPoints(near), inPoints(far), counts)
}

export function trendIn({ trend, days }: Pick<MoodStats, 'trend' | 'days'>): string {
  if (!trend) return texts.noTrend
  const [low, high] = trend.interval as [number, number]
  if (low <= 0 && high >= 0) return texts.steady(days)
  return texts.trend(
    trend.per_month > 0,
    inPoints(trend.per_month),
    inPoints(trend.per_month > 0 ? low : high),
    inPoints(trend.per_month > 0 ? high : low),
  )
}

/** Whether parts of the week differ: only where the best one's interval lies above that of the worst one. */
export function comparedIn(
  parts: readonly { name: string; mean: number; interval: readonly number[] | null }[],
): string {
  const sure = parts.filter(({ interval }) => interval !== null).toSorted((a, b) => b.mean - a.mean)
  const [best, worst] = [sure[0], sure.at(-1)]
  if (!best?.interval || !worst?.interval || best === worst) return texts.tooFewToCompare
  if ((best.interval[0] as number) <= (worst.interval[1] as number)) return texts.overlapping
  return texts.apart(best.name, onScale(best.mean), worst.name, onScale(worst.mean))
}
