import { dayOf, formatDay, isTimezone } from '../../../src/moods/calendar.ts'
import { explain } from '../../../src/moods/explain.ts'
import { skippedDays } from '../../../src/moods/skipped-days.ts'
import { lengthOf, type Run, runsOf } from '../../../src/moods/streak.ts'
import { describeStreak, viewpoint } from '../../../src/moods/streak-details.ts'
import type { Streak } from '../wire.ts'
import type { Settings } from './records.ts'

/** What a device can tell of a streak: all of it but which entries were logged in time, which the server fixes. */
export type DeviceStreak = Pick<Streak, 'streak'> & { streak_details: Omit<Streak['streak_details'], 'on_time'> }

/**
 * The runs that entries form: what streaks follow from, at whatever moment.
 * @param dates of the living entries.
 */
export function runsOfDates(dates: Iterable<string>, { timezone }: Settings): readonly Run[] {
  const days = Array.from(new Set(dates), dayOf).sort((a, b) => a - b)
  return runsOf(days, skippedDays(timezone))
}

/**
 * The streak over entries, by the server's own code.
 * @param runs of `runsOfDates`, with the same settings.
 * @param zone of the device; one that nobody knows is ignored.
 * @param now epoch ms.
 */
export function streakOf(
  runs: readonly Run[],
  settings: Settings,
  zone: string | undefined,
  now: number,
): DeviceStreak {
  const { streak, streak_details } = describeStreak({ runs, onTimeRuns: runs }, viewOf(settings, zone, now))
  const { on_time: _, expires_at, ...details } = streak_details
  return { streak, streak_details: { ...details, expires_at: expires_at?.toISOString() ?? null } }
}

/** Why a streak is what it is: the days without an entry next to it, and what filling them would make it. */
export interface DeviceExplanation {
  gap: { from: string; to: string; length: number } | null
  /** The days of the streak if the gap were filled. */
  healed: number
}

/** The explanation of a streak, by the server's own code; parameters as of `streakOf`. */
export function explanationOf(...[runs, settings, zone, now]: Parameters<typeof streakOf>): DeviceExplanation {
  const { gap, healed } = explain(runs, viewOf(settings, zone, now))
  return { gap: gap ? { from: formatDay(gap.from), to: formatDay(gap.to), length: lengthOf(gap) } : null, healed }
}

function viewOf(settings: Settings, zone: string | undefined, now: number) {
  const own = { timezone: settings.timezone, dayStartsAt: settings.day_starts_at }
  return viewpoint(knownZone(zone), own, undefined, now)
}

export function knownZone(zone: string | undefined): string | undefined {
  return zone !== undefined && isTimezone(zone) ? zone : undefined
}
