import { and, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { BoundWrite, Database } from '../db/database.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import type { UserId } from '../ids.ts'
import { dayOf } from '../moods/calendar.ts'
import type { ReminderKind } from '../vocabulary.ts'
import { nextDue, type PersonDays } from './schedule.ts'

/** What is changed of a person's reminders; null turns one off. */
export type ReminderTimes = Partial<Record<ReminderKind, string | null>>

/** The times at which people want to be reminded (docs/decisions/reminders.md). */
export function reminderSettings({ prepare, tables: { reminders } }: Database) {
  const owned = prepare('reminders_of_user', { userId: reminders.userId }, (db, { userId }) =>
    db.select().from(reminders).where(eq(reminders.userId, userId)),
  )
  const set = prepare('reminder_set', columnsOf(reminders), (db, row) =>
    insertInto(db, reminders, row).onConflictDoUpdate({
      target: [reminders.userId, reminders.kind],
      set: { at: sql`excluded.at`, dueAt: sql`excluded.due_at`, attempts: sql`excluded.attempts` },
    }),
  )
  const turnOff = prepare(
    'reminder_turn_off',
    { userId: reminders.userId, kind: reminders.kind },
    (db, { userId, kind }) =>
      updateOf(db, reminders, { at: sql`null`, dueAt: sql`null` }).where(
        and(eq(reminders.userId, userId), eq(reminders.kind, kind)),
      ),
  )

  return {
    /** A person's reminders, also those that are off. */
    of: (userId: UserId) => owned.execute({ userId }),

    /**
     * The writes that store new times, and compute anew when the others are due where the person's days change.
     * @param known as `of` read them.
     * @param now epoch ms.
     */
    settingWrites(
      userId: UserId,
      known: Awaited<ReturnType<typeof owned.execute>>,
      times: ReminderTimes,
      { days, moved }: { days: PersonDays; moved: boolean },
      now: number,
    ): BoundWrite<unknown>[] {
      const before = new Map(known.map(row => [row.kind, row]))
      const wanted = new Map(known.map(({ kind, at }) => [kind, at]))
      for (const [kind, at] of Object.entries(times)) wanted.set(kind as ReminderKind, at)
      return [...wanted].flatMap(([kind, at]) => {
        const row = before.get(kind)
        if (at === null) return row?.at ? [turnOff.asWrite({ userId, kind })] : []
        if (row?.at === at && !moved) return []
        const schedule = { kind, at, doneFor: row?.doneFor ? dayOf(row.doneFor) : undefined }
        // One that is due already is looked at again, in the person's new days.
        const overdue = row?.at === at && Number(row.dueAt) <= now
        const dueAt = new Date(overdue ? now : nextDue(schedule, days, now))
        return [set.asWrite({ userId, kind, at, dueAt, doneFor: null, attempts: 0, claim: null })]
      })
    },

    /** The write that turns one off. */
    turnOffWrite: (userId: UserId, kind: ReminderKind) => turnOff.asWrite({ userId, kind }),
  }
}
