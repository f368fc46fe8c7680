import { weekdayOf } from '../insight/findings.ts'
import { type DayNumber, startOfDay, todayIn } from '../moods/calendar.ts'
import type { ReminderKind } from '../vocabulary.ts'

/**
 * When reminders are due. Local times in, instants out: no database, no clock. The day of a reminder is the person's local
 * day, which begins at their hour; that of a digest is its Monday, and it can be sent all week.
 */

/** A person's zone and the hour at which their day begins. */
export interface PersonDays {
  timezone: string
  dayStartsAt: number
}

export interface Schedule {
  kind: ReminderKind
  /** Local time, `HH:MM`. */
  at: string
  /** The day that one was last sent for; none is sent again for that day or an earlier one. */
  doneFor: DayNumber | undefined
}

/** When the weekly digest is sent, on Mondays. */
export const digestTime = '08:00'

const lengths: Record<ReminderKind, number> = { digest: 7, streak_at_risk: 1 }

/** The day of the reminder that a local day belongs to. */
function periodOf(kind: ReminderKind, today: DayNumber): DayNumber {
  return kind === 'digest' ? today - weekdayOf(today) + 1 : today
}

/**
 * The instant (epoch ms) at which the clock shows a local time on a person's day. A time that a change of the clocks skips is
 * as much later, and of one that comes twice it is the first.
 */
export function instantOf(day: DayNumber, at: string, { timezone, dayStartsAt }: PersonDays): number {
  const [hour, minute] = [Number(at.slice(0, 2)), Number(at.slice(3))]
  return startOfDay(hour < dayStartsAt ? day + 1 : day, timezone, hour) + minute * 60_000
}

/** The day of the reminder that may be sent now; undefined when none may. */
export function dueDay({ kind, at, doneFor }: Schedule, days: PersonDays, now: number): DayNumber | undefined {
  const day = periodOf(kind, todayIn(days.timezone, days.dayStartsAt, now))
  return isDone(day, doneFor) || instantOf(day, at, days) > now ? undefined : day
}

/** When the next one is due: epoch ms, later than `now`. */
export function nextDue({ kind, at, doneFor }: Schedule, days: PersonDays, now: number): number {
  let day = periodOf(kind, todayIn(days.timezone, days.dayStartsAt, now))
  while (isDone(day, doneFor) || instantOf(day, at, days) <= now) day += lengths[kind]
  return instantOf(day, at, days)
}

/** When it is too late for the reminder of a day: epoch ms. */
export function endOf(kind: ReminderKind, day: DayNumber, { timezone, dayStartsAt }: PersonDays): number {
  return startOfDay(day + lengths[kind], timezone, dayStartsAt)
}

function isDone(day: DayNumber, doneFor: DayNumber | undefined): boolean {
  return doneFor !== undefined && day <= doneFor
}
