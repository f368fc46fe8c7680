import type { DayNumber } from './calendar.ts'

/**
 * Streaks, and nothing else: days in, runs out. No database, no clock, no time zone.
 * The rules are those of docs/streaks.md; a day is a day number. Two days are consecutive when no day lies between them
 * on which anything could be logged: days that the person's zone skipped are given as `skipped`, ascending.
 */

/** A maximal set of consecutive days that each hold at least one entry; both ends included. */
export interface Run {
  readonly from: DayNumber
  readonly to: DayNumber
  /** The days between that have no entry because they did not exist, ascending; absent where there are none. */
  readonly skipped?: readonly DayNumber[]
}

/** The days of a user's entries. Never changed in place: a reader may hold it while a writer makes the next. */
export interface History {
  /** The distinct days with an entry, ascending. */
  readonly days: readonly DayNumber[]
  /** The number of entries on each of `days`. */
  readonly counts: readonly number[]
  /** The number of those that were logged on the day itself. */
  readonly onTimeCounts: readonly number[]
  /** The runs `days` form, ascending. */
  readonly runs: readonly Run[]
  /** The runs of the days with an entry that was logged on the day itself; the same array where those are all days. */
  readonly onTimeRuns: readonly Run[]
  /** The total number of entries. */
  readonly total: number
  /** The days that never existed for this person, ascending. */
  readonly skipped: readonly DayNumber[]
}

/**
 * The history of days and their entry counts, given ascending and distinct.
 * @param onTimeCounts how many of the entries of each day were logged on the day itself; by default all of them.
 */
export function historyOf(
  days: readonly DayNumber[],
  counts: readonly number[],
  skipped: readonly DayNumber[] = [],
  onTimeCounts = counts,
): History {
  const runs = runsOf(days, skipped)
  const total = counts.reduce((sum, count) => sum + count, 0)
  return withOnTimeRuns({ days, counts, onTimeCounts, runs, onTimeRuns: runs, total, skipped })
}

function withOnTimeRuns(history: History): History {
  const { days, onTimeCounts, runs, skipped } = history
  if (!onTimeCounts.includes(0)) return { ...history, onTimeRuns: runs }
  const onTime = days.filter((_, i) => onTimeCounts[i] !== 0)
  return { ...history, onTimeRuns: runsOf(onTime, skipped) }
}

/** The runs that ascending distinct days form. */
export function runsOf(days: readonly DayNumber[], skipped: readonly DayNumber[] = []): Run[] {
  const runs: Run[] = []
  let from = days[0]
  let passed: DayNumber[] = []
  for (const [i, day] of days.entries()) {
    const next = days[i + 1]
    if (next === day + 1) continue
    if (next !== undefined && nextDay(day, skipped) >= next) {
      passed.push(...skipped.filter(between => day < between && between < next))
      continue
    }
    runs.push(runOf(from as DayNumber, day, passed))
    from = next
    passed = []
  }
  return runs
}

function runOf(from: DayNumber, to: DayNumber, skipped: readonly DayNumber[] = []): Run {
  return skipped.length === 0 ? { from, to } : { from, to, skipped }
}

/** The first day after `day` that existed. */
export function nextDay(day: DayNumber, skipped: readonly DayNumber[]): DayNumber {
  let next = day + 1
  while (skipped.includes(next)) next++
  return next
}

/** The last day before `day` that existed. */
export function dayBefore(day: DayNumber, skipped: readonly DayNumber[]): DayNumber {
  let before = day - 1
  while (skipped.includes(before)) before--
  return before
}

/**
 * The history after one more entry on `day`.
 * @param onTime whether it was logged on the day itself.
 */
export function withEntry(history: History, day: DayNumber, onTime = true): History {
  const { days, counts, onTimeCounts, skipped } = history
  const at = firstAtOrAfter(days, day)
  if (days[at] === day) return recounted(history, at, 1, onTime)
  const inserted = (numbers: readonly number[], number: number) => numbers.toSpliced(at, 0, number)
  return historyOf(inserted(days, day), inserted(counts, 1), skipped, inserted(onTimeCounts, onTime ? 1 : 0))
}

/**
 * The history after one entry less on `day`; unchanged when there is none.
 * @param onTime whether that one was logged on the day itself.
 */
export function withoutEntry(history: History, day: DayNumber, onTime = true): History {
  const { days, counts, onTimeCounts, skipped } = history
  const at = firstAtOrAfter(days, day)
  if (days[at] !== day) return history
  if ((counts[at] as number) > 1) return recounted(history, at, -1, onTime)
  const shortened = (numbers: readonly number[]) => numbers.toSpliced(at, 1)
  return historyOf(shortened(days), shortened(counts), skipped, shortened(onTimeCounts))
}

/** Whether a day has other entries beside one of it, also among those logged on the day itself if that one was. */
export function hasOthers(
  { days, counts, onTimeCounts }: History,
  { day, onTime }: { day: DayNumber; onTime: boolean },
) {
  const at = firstAtOrAfter(days, day)
  return days[at] === day && (counts[at] as number) > 1 && (!onTime || (onTimeCounts[at] as number) > 1)
}

/** The history with an entry more or less on a day that has others. */
function recounted(history: History, at: number, by: 1 | -1, onTime: boolean): History {
  const { counts, onTimeCounts, total } = history
  const changed = { ...history, counts: counts.with(at, (counts[at] as number) + by), total: total + by }
  if (!onTime) return changed
  const before = onTimeCounts[at] as number
  const counted = { ...changed, onTimeCounts: onTimeCounts.with(at, before + by) }
  return before === 0 || before + by === 0 ? withOnTimeRuns(counted) : counted
}

/** The streak of an entry: the position of its day in its run (1 for the first); 0 for a day without entries. */
export function streakOn(runs: readonly Run[], day: DayNumber): number {
  const run = runAt(runs, day)
  if (!run || run.skipped?.includes(day)) return 0
  return day - run.from + 1 - passedBefore(run, day).length
}

/** The days of a run before `day` that did not exist. */
function passedBefore({ skipped = [] }: Run, day: DayNumber): readonly DayNumber[] {
  return skipped.filter(passed => passed < day)
}

/** The run that contains a day. */
export function runAt(runs: readonly Run[], day: DayNumber): Run | undefined {
  const run = runs[firstEndingAtOrAfter(runs, day)]
  return run && run.from <= day ? run : undefined
}

/** `active`: logged today or later. `at_risk`: yesterday, not yet today. `broken`: a day was missed. `none`: no entry. */
export const streakStatuses = ['active', 'at_risk', 'broken', 'none'] as const
export type StreakStatus = (typeof streakStatuses)[number]

/** The state of a streak on a day. */
export interface StreakState {
  /** Its length in days. */
  current: number
  status: StreakStatus
  /** The run it is the length of; undefined when it is 0. */
  run: Run | undefined
  /** The last day on which the current streak is not yet 0 if nothing more is logged; undefined when it is 0. */
  lastAliveDay: DayNumber | undefined
  longest: Run | undefined
  /** The latest run, alive or not. */
  lastRun: Run | undefined
}

/**
 * The state of the streak.
 * @param today the person's current day.
 * @param limit the last day that counts: the last possible day on earth, or the day looked back from.
 * @param skipped as the runs were made with.
 */
export function streakStateOn(
  runs: readonly Run[],
  today: DayNumber,
  limit: DayNumber,
  skipped: readonly DayNumber[] = [],
): StreakState {
  const counted = runsUpTo(runs, limit)
  const lastRun = counted.at(-1)
  // The earliest run that is still alive, so that a stray entry dated tomorrow never lowers the streak of today.
  const run = counted[firstEndingAtOrAfter(counted, dayBefore(today, skipped))]
  return {
    current: run ? lengthOf(run) : 0,
    status: run ? (run.to >= today ? 'active' : 'at_risk') : lastRun ? 'broken' : 'none',
    run,
    lastAliveDay: run && lastRun && nextDay(lastRun.to, skipped),
    longest: longestOf(counted),
    lastRun,
  }
}

/** The number of days in a run. */
export function lengthOf(run: Run): number {
  return run.to - run.from + 1 - (run.skipped?.length ?? 0)
}

/** The longest run, of equally long ones the latest. */
function longestOf(runs: readonly Run[]): Run | undefined {
  return runs.reduce<Run | undefined>((best, run) => (best && lengthOf(best) > lengthOf(run) ? best : run), undefined)
}

/** The runs that the days up to `limit` form. */
export function runsUpTo(runs: readonly Run[], limit: DayNumber): readonly Run[] {
  const last = runs.at(-1)
  if (!last || last.to <= limit) return runs
  const cut = firstEndingAtOrAfter(runs, limit)
  const crossing = runs[cut] as Run
  const whole = runs.slice(0, cut)
  if (crossing.from > limit) return whole
  const to = dayBefore(limit + 1, crossing.skipped ?? [])
  return [...whole, runOf(crossing.from, to, passedBefore(crossing, to))]
}

/** The directions of a list of entries, by day. */
export const orders = ['desc', 'asc'] as const
export type Order = (typeof orders)[number]

/** A stretch of days and a direction, as requested for a list of entries. */
export interface Span {
  /** First and last day, both included; unbounded where undefined. */
  from?: DayNumber | undefined
  to?: DayNumber | undefined
  order: Order
}

/** The number of entries in a span. */
export function countIn(history: History, { from, to }: Span): number {
  if (from === undefined && to === undefined) return history.total
  const [first, end] = indexesOf(history, from, to)
  let count = 0
  for (let i = first; i < end; i++) count += history.counts[i] as number
  return count
}

/**
 * The position of the entry at `offset` of a span: its day, and the number of entries of that day before it. Undefined
 * past the end. Walks over days in memory, so that no page has to walk over entries in the database.
 */
export function locate(
  history: History,
  { from, to, order }: Span,
  offset: number,
): { day: DayNumber; skip: number } | undefined {
  const [first, end] = indexesOf(history, from, to)
  let skip = offset
  for (let n = 0; n < end - first; n++) {
    const i = order === 'asc' ? first + n : end - 1 - n
    const count = history.counts[i] as number
    if (skip < count) return { day: history.days[i] as DayNumber, skip }
    skip -= count
  }
  return undefined
}

function indexesOf({ days }: History, from: DayNumber | undefined, to: DayNumber | undefined): [number, number] {
  return [
    from === undefined ? 0 : firstAtOrAfter(days, from),
    to === undefined ? days.length : firstAtOrAfter(days, to + 1),
  ]
}

function firstAtOrAfter(days: readonly DayNumber[], day: DayNumber): number {
  return firstIndex(days.length, i => (days[i] as DayNumber) >= day)
}

function firstEndingAtOrAfter(runs: readonly Run[], day: DayNumber): number {
  return firstIndex(runs.length, i => (runs[i] as Run).to >= day)
}

/** The first index for which a condition holds that, once true, stays true; `length` when it never does. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
