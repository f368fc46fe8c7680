import { and, asc, isNotNull, isNull, sql } from 'drizzle-orm'
import { eq, lte } from '../db/conditions.ts'
import { type Commit, type Database, must } from '../db/database.ts'
import { updateOf } from '../db/statements.ts'
import { given, rowCount, text } from '../db/values.ts'
import { newId, type UserId } from '../ids.ts'
import { type DayNumber, dayOf, formatDay } from '../moods/calendar.ts'
import { defaultTimezone } from '../moods/dating.ts'
import type { ReminderKind } from '../vocabulary.ts'
import type { PersonDays, Schedule } from './schedule.ts'

/** Reminders that are read at once. */
const batchSize = 100

/** A reminder that is due, with its person as read. */
export interface DueReminder extends PersonDays {
  userId: UserId
  kind: ReminderKind
  /** Local time, `HH:MM`. */
  at: string
  dueAt: Date
  doneFor: DayNumber | undefined
  /** To send it, that failed. */
  attempts: number
  /** Only if it is verified. */
  email: string | null
  disabledAt: Date | null
  /** As it is stored: null where it was never set. */
  ownTimezone: string | null
  moodVersion: number
  moodHistory: string | null
}

/** A reminder that nobody else sends. */
export interface Claim {
  id: string
  reminder: DueReminder
}

/** The reminders that are due, each of which one process claims before it sends it (docs/decisions/reminders.md). */
export function dueReminders({ prepare, tables: { reminders, users } }: Database) {
  const key = { userId: reminders.userId, kind: reminders.kind }
  const place = { now: given(reminders.dueAt), afterDue: given(reminders.dueAt), afterUser: text(), limit: rowCount }
  const due = prepare('reminders_due', { ...place, afterKind: text() }, (db, values) =>
    db
      .select({
        userId: reminders.userId,
        kind: reminders.kind,
        at: reminders.at,
        dueAt: reminders.dueAt,
        doneFor: reminders.doneFor,
        attempts: reminders.attempts,
        email: users.email,
        emailVerifiedAt: users.emailVerifiedAt,
        disabledAt: users.disabledAt,
        timezone: users.timezone,
        dayStartsAt: users.dayStartsAt,
        moodVersion: users.moodVersion,
        moodHistory: users.moodHistory,
      })
      .from(reminders)
      .innerJoin(users, eq(users.id, reminders.userId))
      .where(
        and(
          lte(reminders.dueAt, values.now),
          sql`(${reminders.dueAt}, ${reminders.userId}, ${reminders.kind}) > (${values.afterDue}, ${values.afterUser}, ${values.afterKind})`,
        ),
      )
      .orderBy(asc(reminders.dueAt), asc(reminders.userId), asc(reminders.kind))
      .limit(values.limit),
  )
  const seen = { ...key, seenDue: given(reminders.dueAt), dueAt: reminders.dueAt }
  const move = prepare('reminder_move', seen, (db, { userId, kind, seenDue, dueAt }) =>
    updateOf(db, reminders, { dueAt, attempts: sql`0` }).where(
      and(eq(reminders.userId, userId), eq(reminders.kind, kind), eq(reminders.dueAt, seenDue)),
    ),
  )
  const put = { ...seen, doneFor: reminders.doneFor, claim: reminders.claim }
  /** Compare-and-set: of simultaneous claims, one finds the time that it has seen. */
  const claim = prepare('reminder_claim', put, (db, { userId, kind, seenDue, ...changes }) =>
    updateOf(db, reminders, changes)
      .where(and(eq(reminders.userId, userId), eq(reminders.kind, kind), eq(reminders.dueAt, seenDue)))
      .returning({ claim: reminders.claim }),
  )
  const released = { ...key, claim: given(reminders.claim), dueAt: reminders.dueAt, doneFor: reminders.doneFor }
  const release = prepare(
    'reminder_release',
    { ...released, attempts: reminders.attempts },
    (db, { userId, kind, claim, ...changes }) =>
      updateOf(db, reminders, changes).where(
        and(
          eq(reminders.userId, userId),
          eq(reminders.kind, kind),
          eq(reminders.claim, claim),
          isNotNull(reminders.at),
        ),
      ),
  )
  const settle = prepare('reminder_settle', { ...key, claim: given(reminders.claim) }, (db, { userId, kind, claim }) =>
    updateOf(db, reminders, { attempts: sql`0` }).where(
      and(eq(reminders.userId, userId), eq(reminders.kind, kind), eq(reminders.claim, claim)),
    ),
  )
  const standing = { userId: users.id, version: users.moodVersion }
  /** An update, so that a mood that is being written is either seen or comes after the claim. */
  const stand = prepare('reminder_person', standing, (db, { userId, version }) =>
    updateOf(db, users, { updatedAt: sql`${users.updatedAt}` })
      .where(and(eq(users.id, userId), eq(users.moodVersion, version), isNull(users.disabledAt)))
      .returning({ id: users.id }),
  )
  const address = prepare('reminder_address', { userId: users.id, email: given(users.email) }, (db, values) =>
    updateOf(db, users, { updatedAt: sql`${users.updatedAt}` })
      .where(and(eq(users.id, values.userId), eq(users.email, values.email), isNotNull(users.emailVerifiedAt)))
      .returning({ id: users.id }),
  )

  return {
    /**
     * Some of the reminders that are due, the longest due first.
     * @param now epoch ms.
     * @param after the last one read so far.
     */
    async due(now: number, after?: DueReminder): Promise<DueReminder[]> {
      const from = {
        afterDue: after?.dueAt ?? new Date(0),
        afterUser: after?.userId ?? '',
        afterKind: after?.kind ?? '',
      }
      const rows = await due.execute({ now: new Date(now), ...from, limit: batchSize })
      return rows.map(({ at, dueAt, doneFor, timezone, email, emailVerifiedAt, ...row }) => ({
        ...row,
        email: emailVerifiedAt && email,
        // They are null in rows that are off, which are never due.
        at: at as string,
        dueAt: dueAt as Date,
        doneFor: doneFor === null ? undefined : dayOf(doneFor),
        timezone: timezone ?? defaultTimezone,
        ownTimezone: timezone,
      }))
    },

    /** Moves one to another time (epoch ms), unless it has moved already. */
    async move({ userId, kind, dueAt: seenDue }: DueReminder, dueAt: number): Promise<void> {
      await move.execute({ userId, kind, seenDue, dueAt: new Date(dueAt) })
    },

    /**
     * Claims the reminder of a day, if nobody else has, the person's moods are still of a version and the account is
     * enabled.
     * @param day that it is for.
     * @param version of the moods that it was decided by.
     * @param email the address that it may go to, which must still be the account's and verified.
     * @param next when the following one is due, epoch ms.
     */
    async claim(
      commit: Commit,
      reminder: DueReminder,
      { day, version, email, next }: { day: DayNumber; version: number; email: string | null; next: number },
    ): Promise<Claim | undefined> {
      const { userId, kind, dueAt: seenDue } = reminder
      const id = newId<never>() as string
      const row = { userId, kind, seenDue, dueAt: new Date(next), doneFor: formatDay(day), claim: id }
      const claimed = await commit([
        must(stand.asWrite({ userId, version })),
        ...(email === null ? [] : [must(address.asWrite({ userId, email }))]),
        must(claim.asWrite(row)),
      ])
      return claimed && { id, reminder }
    },

    /**
     * Gives a claim back after a failure that sent nothing: it is due again.
     * @param dueAt epoch ms.
     */
    async release({ id, reminder }: Claim, dueAt: number, attempts: number): Promise<void> {
      const { userId, kind, doneFor } = reminder
      const before = doneFor === undefined ? null : formatDay(doneFor)
      await release.execute({ userId, kind, claim: id, dueAt: new Date(dueAt), doneFor: before, attempts })
    },

    /** Forgets the failures before a claim that was sent, or given up. */
    async settle({ id, reminder: { userId, kind } }: Claim): Promise<void> {
      await settle.execute({ userId, kind, claim: id })
    },
  }
}

export const scheduleOf = ({ kind, at, doneFor }: DueReminder): Schedule => ({ kind, at, doneFor })
