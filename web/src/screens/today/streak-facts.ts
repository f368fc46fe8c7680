import type { DeviceExplanation, DeviceStreak } from '../../../../client/src/sync/device-streak.ts'
import { dayAndMonth, time } from '../../format.ts'
import { today as texts } from '../../texts.ts'

/** A streak in words that a glance takes in. */
export interface StreakFacts {
  days: number
  status: DeviceStreak['streak_details']['status']
  /** Why it is what it is, or what keeps it. */
  reason: string
  /** What filling the gap beside it would do; absent where that is too much to ask. */
  healing?: string
  /** The one day that is missing. */
  missing?: string
}

/** Nobody fills more days than these from memory. */
const maxHealedDays = 7

export function streakFacts({ streak, streak_details: details }: DeviceStreak, { gap, healed }: DeviceExplanation) {
  const { status, expires_at, timezone } = details
  const facts: StreakFacts = { days: streak, status, reason: reasonOf() }
  // A gap before a streak that goes on is worth a word only when it is a slip.
  const maxDays = status === 'broken' ? maxHealedDays : 1
  if (gap && gap.length <= maxDays && healed > streak) {
    const { from, to } = gap
    const missing = from === to ? dayAndMonth(from) : texts.streak.range(dayAndMonth(from), dayAndMonth(to))
    facts.healing = texts.streak.healing(missing, healed)
    if (from === to) facts.missing = from
  }
  return facts

  function reasonOf(): string {
    const { reason, midnight } = texts.streak
    if (status !== 'at_risk') return reason[status]
    const until = expires_at ?? ''
    return reason.at_risk(isMidnight(until, timezone) ? midnight : time(until, timezone), streak + 1)
  }
}

function isMidnight(instant: string, timeZone: string): boolean {
  const format = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone })
  return format.format(new Date(instant)) === '00:00'
}
