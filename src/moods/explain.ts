import { type DayNumber, formatDay } from './calendar.ts'
import { dayBefore, lengthOf, nextDay, type Run, runsUpTo, streakStateOn } from './streak.ts'
import type { Viewpoint } from './streak-details.ts'

/** The explanation of a streak. */
export interface Explanation {
  /** The run that is explained: the current one, or the last one; undefined when nothing was ever logged. */
  run: Run | undefined
  /** The days without an entry next to it: between it and today when it is broken, else right before it. */
  gap: Run | undefined
  /** The days the current streak would have if the gap were filled. */
  healed: number
  /** The days in these two, or next to the gap, that did not exist for the person: they break nothing. */
  skipped: DayNumber[]
  message: string
}

/** The gap that ended a streak, or that it began after, and the streak if it were filled. */
export function explain(runs: readonly Run[], { today, limit, skipped }: Viewpoint): Explanation {
  const counted = runsUpTo(runs, limit)
  const current = streakStateOn(runs, today, limit, skipped).run
  const run = current ?? counted.at(-1)
  if (!run) {
    const message = 'Nothing logged yet. The first entry starts a streak.'
    return { run, gap: undefined, healed: 0, skipped: [], message }
  }
  const before = counted[counted.findIndex(({ from }) => from === run.from) - 1]
  // Today is not missing yet: it can still be logged.
  if (!current)
    return parted({ run, after: run.to, until: today, around: [run], verb: 'ended on', day: run.to, skipped })
  if (before) {
    const around = [before, run]
    return parted({ run, after: before.to, until: run.from, around, verb: 'starts on', day: run.from, skipped })
  }
  const passed = [...(run.skipped ?? [])]
  const message = `Every day since the first entry (${formatDay(run.from)}) has one.${didNotExist(passed)}`
  return { run, gap: undefined, healed: lengthOf(run), skipped: passed, message }
}

interface Parted extends Pick<Viewpoint, 'skipped'> {
  run: Run
  /** The days between which nothing was logged, both exclusive. */
  after: DayNumber
  until: DayNumber
  /** The runs that filling the gap joins. */
  around: readonly Run[]
  verb: string
  day: DayNumber
}

function parted({ run, after, until, around, verb, day, skipped }: Parted): Explanation {
  const gap = stretch(nextDay(after, skipped), dayBefore(until, skipped), skipped)
  const passed = [...around.flatMap(({ skipped = [] }) => skipped), ...skipped.filter(d => after < d && d < until)]
  const healed = [...around, gap].reduce((sum, part) => sum + lengthOf(part), 0)
  const one = lengthOf(gap) === 1
  const when = one ? `on ${formatDay(gap.from)}` : `from ${formatDay(gap.from)} to ${formatDay(gap.to)}`
  const message = `Nothing was logged ${when}, so the streak ${verb} ${formatDay(day)}. Logging ${one ? 'that day' : 'those days'} would make it ${healed} days.${didNotExist(passed)}`
  return { run, gap, healed, skipped: passed.sort((a, b) => a - b), message }
}

/** Some days in a row, of which those that did not exist do not count. */
function stretch(from: DayNumber, to: DayNumber, skipped: readonly DayNumber[]): Run {
  const within = skipped.filter(day => from < day && day < to)
  return within.length === 0 ? { from, to } : { from, to, skipped: within }
}

function didNotExist(days: readonly DayNumber[]): string {
  if (days.length === 0) return ''
  return ` ${days.map(formatDay).join(', ')} did not exist in your profile's time zone and ${days.length === 1 ? 'breaks' : 'break'} no streak.`
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
  const dates: string[] = []
  for (let day = run.from; day <= run.to && dates.length < limit; day = nextDay(day, run.skipped ?? [])) {
    dates.push(formatDay(day))
  }
  return dates
}
