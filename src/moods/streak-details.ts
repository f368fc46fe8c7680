import { type DayNumber, formatDay, lastPossibleDay, startOfDay } from './calendar.ts'
import { type DaySettings, todayFor } from './dating.ts'
import type { Outline } from './outline.ts'
import { skippedDays } from './skipped-days.ts'
import { lengthOf, type Run, type StreakState, type StreakStatus, streakStateOn } from './streak.ts'

/** The day and zone that a streak is computed for. */
export interface Viewpoint {
  timezone: string
  dayStartsAt: number
  /** The person's current day, or the day looked back from. */
  today: DayNumber
  /** The last day that counts. */
  limit: DayNumber
  /** The days that the person's own zone skipped, ascending. */
  skipped: readonly DayNumber[]
}

/**
 * The viewpoint of a person on their streak.
 * @param zone the current one, validated; undefined for the one of the settings.
 * @param asOf a day to look back from: it replaces today, and nothing after it counts.
 * @param now epoch ms.
 */
export function viewpoint(
  zone: string | undefined,
  settings: DaySettings,
  asOf: DayNumber | undefined,
  now: number,
): Viewpoint {
  const { timezone, today } = todayFor(zone, settings, now)
  return {
    timezone,
    dayStartsAt: settings.dayStartsAt,
    today: asOf ?? today,
    limit: asOf ?? lastPossibleDay(now),
    skipped: skippedDays(settings.timezone),
  }
}

export interface StretchOfDays {
  length: number
  from: string | null
  to: string | null
}

/** A streak in wire names; dates are null where there are none. */
export interface StreakDetails {
  current: number
  status: StreakStatus
  started_on: string | null
  last_logged_on: string | null
  expires_at: Date | null
  longest: StretchOfDays
  last_run: StretchOfDays
  /** In days: the same over the days that were logged on the day itself. */
  on_time: { current: number; longest: number }
  today: string
  timezone: string
}

/** A user's streak from a viewpoint: the `streak` and `streak_details` of every mood answer. */
export function describeStreak(
  { runs, onTimeRuns }: Pick<Outline, 'runs' | 'onTimeRuns'>,
  view: Viewpoint,
): { streak: number; streak_details: StreakDetails } {
  const state = streakStateOn(runs, view.today, view.limit, view.skipped)
  const onTime = onTimeRuns === runs ? state : streakStateOn(onTimeRuns, view.today, view.limit, view.skipped)
  return {
    streak: state.current,
    streak_details: {
      current: state.current,
      status: state.status,
      started_on: state.run ? formatDay(state.run.from) : null,
      last_logged_on: state.lastRun ? formatDay(state.lastRun.to) : null,
      expires_at: expiryOf(state, view),
      longest: describeRun(state.longest),
      last_run: describeRun(state.lastRun),
      on_time: { current: onTime.current, longest: onTime.longest ? lengthOf(onTime.longest) : 0 },
      today: formatDay(view.today),
      timezone: view.timezone,
    },
  }
}

/** The instant at which the current streak becomes 0 if nothing is logged: when the day after its last alive one begins. */
function expiryOf({ lastAliveDay }: StreakState, { timezone, dayStartsAt }: Viewpoint): Date | null {
  return lastAliveDay === undefined ? null : new Date(startOfDay(lastAliveDay + 1, timezone, dayStartsAt))
}

export function describeRun(run: Run | undefined): StretchOfDays {
  return run
    ? { length: lengthOf(run), from: formatDay(run.from), to: formatDay(run.to) }
    : { length: 0, from: null, to: null }
}
