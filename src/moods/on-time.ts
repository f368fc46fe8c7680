import { ApiError } from '../errors.ts'
import { type DayNumber, localDay, wallClock } from './calendar.ts'
import { type DaySettings, onExistingDay } from './dating.ts'
import { existing } from './skipped-days.ts'

/** Entries that were logged on their own day, by a device that was perhaps offline then (docs/streaks.md). */

/** How long a device may have been offline: 14 days, in ms. */
const maxOfflineMs = 14 * 86_400_000

/**
 * Whether the instant of logging falls on the day of an entry.
 * @param loggedAt epoch ms.
 * @param timezone of the entry, validated.
 * @param settings of the person, as they are when the entry is written.
 */
export function isOnTime(day: DayNumber, loggedAt: number, timezone: string, settings: DaySettings): boolean {
  const seen = existing(localDay(wallClock(loggedAt, timezone), settings.dayStartsAt), timezone)
  return onExistingDay({ day: seen, dateSource: 'default' }, settings.timezone).day === day
}

/**
 * The instant at which a device says that an entry was logged.
 * @param now epoch ms.
 * @throws {ApiError} `invalid_request` when it is later than now, or longer ago than a device may be offline.
 */
export function instantOfLogging(loggedAt: Date, now: number): Date {
  const ago = now - loggedAt.getTime()
  if (ago >= 0 && ago <= maxOfflineMs) return loggedAt
  throw new ApiError('invalid_request', 'logged_at must be within the last 14 days, and not in the future')
}
