import { type DayNumber, formatDay } from './calendar.ts'
import { lengthOf, type Run, runsUpTo, standingOn } from './streak.ts'
import type { Viewpoint } from './streak-details.ts'

/** The explanation of a streak. */
export interface Explanation {
  /** The run that is explained: the current one, or the last one; undefined when nothing was ever logged. */
  run: Run | undefined
  /** The days without an entry next to it: between it and today when it is broken, else right before it. */
  gap: Run | undefined
  /** The days the current streak would have if the gap were filled. */
  healed: number
  message: string
}

/** The gap that ended a streak, or that it began after, and the streak if it were filled. */
export function explain(runs: readonly Run[], { today, limit }: Viewpoint): Explanation {
  const counted = runsUpTo(runs, limit)
  const current = standingOn(runs, today, limit).run
  const run = current ?? counted.at(-1)
  if (!run)
    return { run, gap: undefined, healed: 0, message: 'Nothing has been logged yet. The first entry begins a streak.' }
  const before = counted[counted.findIndex(({ from }) => from === run.from) - 1]
  // Today is not missing yet: it can still be logged.
  if (!current)
    return parted(run, { from: run.to + 1, to: today - 1 }, { from: run.from, to: today - 1 }, 'ended on', run.to)
  if (before)
    return parted(
      run,
      { from: before.to + 1, to: run.from - 1 },
      { from: before.from, to: run.to },
      'begins on',
      run.from,
    )
  return {
    run,
    gap: undefined,
    healed: lengthOf(run),
    message: `Every day since the first entry, on ${formatDay(run.from)}, has one.`,
  }
}

function parted(run: Run, gap: Run, healed: Run, verb: string, day: number): Explanation {
  const one = lengthOf(gap) === 1
  const when = one ? `on ${formatDay(gap.from)}` : `from ${formatDay(gap.from)} to ${formatDay(gap.to)}`
  const message = `Nothing was logged ${when}, so the streak ${verb} ${formatDay(day)}. Logging ${one ? 'that day' : 'those days'} would make it ${lengthOf(healed)} days.`
  return { run, gap, healed: lengthOf(healed), message }
}

/** A day of a run, with its entries by source. */
export interface ExplainedDay<S> {
  date: string
  streak: number
  entries: number
  decided_by: S[]
}

/** Sums rows of (day, source, entries), ascending by day, up to one element per day. */
export function explainDays<S>(rows: readonly { day: DayNumber; source: S; entries: number }[]): ExplainedDay<S>[] {
  return [...Map.groupBy(rows, row => row.day)].map(([day, ofDay], i) => ({
    date: formatDay(day),
    streak: i + 1,
    entries: ofDay.reduce((sum, { entries }) => sum + entries, 0),
    decided_by: ofDay.map(({ source }) => source),
  }))
}

/** The days of a run as dates, at most `limit` of them. */
export function datesOf(run: Run, limit: number): string[] {
  return Array.from({ length: Math.min(limit, lengthOf(run)) }, (_, i) => formatDay(run.from + i))
}
