import { and, asc, count, isNull } from 'drizzle-orm'
import { eq, gte, lte } from '../db/conditions.ts'
import type { Commit, Database } from '../db/database.ts'
import { updateOf } from '../db/statements.ts'
import type { UserId } from '../ids.ts'
import { type DayNumber, dayOf, formatDay } from './calendar.ts'
import { countOnTime } from './entry-row.ts'
import type { VersionedHistory } from './outline.ts'
import { skippedDays } from './skipped-days.ts'
import { historyOf } from './streak.ts'

/** The days of a user's entries: their history, its snapshot, and where the dates are from. */
export function entryDays({ prepare, tables }: Database) {
  const { moods, users } = tables
  const version = users.moodVersion

  /**
   * The version and the days in one statement: read separately, a write between them would pair one with the other's
   * version.
   */
  const days = prepare('mood_days', { userId: users.id }, (db, { userId }) =>
    db
      .select({
        version,
        timezone: users.timezone,
        date: moods.date,
        entries: count(moods.id),
        onTime: countOnTime(tables),
      })
      .from(users)
      .leftJoin(moods, eq(moods.userId, users.id))
      .where(eq(users.id, userId))
      .groupBy(version, users.timezone, moods.date)
      .orderBy(asc(moods.date)),
  )
  const kept = { userId: users.id, version: users.moodVersion, snapshot: users.moodHistory }
  const keep = prepare('mood_history_keep', kept, (db, values) =>
    updateOf(db, users, { moodHistory: values.snapshot }).where(
      and(eq(users.id, values.userId), eq(version, values.version), isNull(users.deletedAt)),
    ),
  )
  const sources = prepare(
    'mood_date_sources',
    { userId: users.id, from: moods.date, to: moods.date },
    (db, { userId, from, to }) =>
      db
        .select({ date: moods.date, source: moods.dateSource, entries: count(), version })
        .from(moods)
        .innerJoin(users, eq(users.id, moods.userId))
        .where(and(eq(moods.userId, userId), gte(moods.date, from), lte(moods.date, to)))
        .groupBy(version, moods.date, moods.dateSource)
        .orderBy(asc(moods.date), asc(moods.dateSource)),
  )

  return {
    /** The history of the user's entries and its version; undefined when the user is gone. */
    async history(userId: UserId): Promise<VersionedHistory | undefined> {
      const rows = await days.execute({ userId })
      if (!rows[0]) return undefined
      const dated = rows.filter(row => row.entries > 0)
      const history = historyOf(
        dated.map(row => dayOf(row.date as string)),
        dated.map(row => row.entries),
        skippedDays(rows[0].timezone ?? undefined),
        dated.map(row => row.onTime),
      )
      return { ...history, version: rows[0].version }
    },

    /**
     * Writes the snapshot of a version, unless the user's moods have changed since. A failure is nobody's: a full disk can
     * still be read.
     */
    async keepSnapshot(commit: Commit, userId: UserId, version: number, snapshot: string): Promise<void> {
      await commit([keep.asWrite({ userId, version, snapshot })]).catch(() => {})
    },

    /** The sources of the dates of the user's entries between two days (inclusive), by day. */
    async dateSources(userId: UserId, from: DayNumber, to: DayNumber) {
      const rows = await sources.execute({ userId, from: formatDay(from), to: formatDay(to) })
      return rows.map(({ date, ...row }) => ({ ...row, day: dayOf(date) }))
    },
  }
}
