import { dayOf, formatDay, isTimezone } from '../../../src/moods/calendar.ts'
import { explain } from '../../../src/moods/explain.ts'
import { skippedDays } from '../../../src/moods/skipped-days.ts'
import { lengthOf, runsOf } from '../../../src/moods/streak.ts'
import { describeStreak, viewpoint } from '../../../src/moods/streak-details.ts'
import type { Streak } from '../wire.ts'
import type { Settings } from './records.ts'

/** What a device can tell of a streak: all of it but which entries were logged in time, which the server fixes. */
export type DeviceStreak = Pick<Streak, 'streak'> & { streak_details: Omit<Streak['streak_details'], 'on_time'> }

/**
 * The streak over entries, by the server's own code.
 * @param dates of the living entries.
 * @param zone of the device; one that nobody knows is ignored.
 * @param now epoch ms.
 */
export function streakOf(
  dates: Iterable<string>,
  settings: Settings,
  zone: string | undefined,
  now: number,
): DeviceStreak {
  const { runs, view } = runsSeen(dates, settings, zone, now)
  const { streak, streak_details } = describeStreak({ runs, onTimeRuns: runs }, view)
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
export function explanationOf(...seen: Parameters<typeof streakOf>): DeviceExplanation {
  const { runs, view } = runsSeen(...seen)
  const { gap, healed } = explain(runs, view)
  return { gap: gap ? { from: formatDay(gap.from), to: formatDay(gap.to), length: lengthOf(gap) } : null, healed }
}

function runsSeen(...[dates, settings, zone, now]: Parameters<typeof streakOf>) {
  const days = Array.from(new Set(dates), dayOf).sort((a, b) => a - b)
  const own = { timezone: settings.timezone, dayStartsAt: settings.day_starts_at }
  return {
    runs: runsOf(days, skippedDays(settings.timezone)),
    view: viewpoint(knownZone(zone), own, undefined, now),
  }
}

export function knownZone(zone: string | undefined): string | undefined {
  return zone !== undefined && isTimezone(zone) ? zone : undefined
}
