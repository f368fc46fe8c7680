import type { MoodStats } from '../../../../client/src/wire.ts'
import { inOwnPoints } from '../../days.ts'
import { number } from '../../format.ts'
import { insights as texts } from '../../texts.ts'

/** Sentences that claim no more than their intervals do. */

type Association = MoodStats['associations'][number]

/** One digit after the point; more where it would say 0 of what is not. */
function inPoints(difference: number): string {
  const points = Math.abs(inOwnPoints(difference))
  return number(points, { maximumFractionDigits: points < 0.1 ? 2 : 1 })
}

/** What is different with something; where it was not found, that it may be chance. */
export function differenceIn({ kind, name, with: those, without, difference, interval, found }: Association): string {
  const what = (texts.with_[kind] ?? texts.with_.other)(name)
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

/** Which weekdays differ from the others: only those that the server found to. */
export function weekdaysIn(associations: readonly Association[]): string {
  const compared = associations.filter(({ kind }) => kind === 'weekday')
  if (compared.length === 0) return texts.tooFewToCompare
  const found = compared.filter(one => one.found)
  if (found.length === 0) return texts.noWeekday
  const named = (isBetter: boolean) =>
    found.filter(({ difference }) => difference > 0 === isBetter).map(({ name }) => texts.with_.weekday(name))
  return texts.weekdaysDiffer(named(true), named(false))
}
