import { and, asc, sql } from 'drizzle-orm'
import { eq, lte } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { bare, rowCount, text } from '../db/values.ts'
import type { UserId } from '../ids.ts'
import { type DayNumber, formatDay } from './calendar.ts'
import { beforeDay } from './entry-list.ts'

/** Entries of one step: about 2 ms, during which nobody else is served. */
const step = 500

/** What statistics take of an entry. */
export type WalkedEntry = Pick<
  Database['tables']['moods']['$inferSelect'],
  'date' | 'sortAt' | 'id' | 'mood' | 'valence' | 'tags' | 'occurredAt' | 'timezone'
>

/** A user's entries of some days, oldest first, step by step. */
export function entryWalk({ prepare, tables: { moods } }: Database) {
  const { userId, date, sortAt, id } = moods
  const values = { userId, startDate: date, startAt: sortAt, startId: text(), until: date, limit: rowCount }
  const walk = prepare('mood_walk', values, (db, { startDate, startAt, startId, ...of }) =>
    db
      .select({
        date,
        sortAt,
        id,
        mood: moods.mood,
        valence: moods.valence,
        tags: moods.tags,
        occurredAt: moods.occurredAt,
        timezone: moods.timezone,
      })
      .from(moods)
      .where(
        and(
          eq(userId, of.userId),
          sql`(${date}, ${sortAt}, ${id}) > (${bare(startDate)}, ${bare(startAt)}, ${bare(startId)})`,
          lte(date, of.until),
        ),
      )
      .orderBy(asc(date), asc(sortAt), asc(id))
      .limit(of.limit),
  )

  /**
   * Visits the user's entries between two days (inclusive), with a turn between any two steps.
   * @param turn waits until it is this walk's turn.
   */
  return async (
    user: UserId,
    { from, to }: { from: DayNumber; to: DayNumber },
    turn: () => Promise<void>,
    visit: (entry: WalkedEntry) => void,
  ): Promise<void> => {
    const until = formatDay(to)
    let { date: startDate, at: startAt, id: startId } = beforeDay(from)
    for (;;) {
      await turn()
      const rows: readonly WalkedEntry[] = await walk.execute({
        userId: user,
        startDate,
        startAt,
        startId,
        until,
        limit: step,
      })
      for (const row of rows) visit(row)
      const last = rows.at(-1)
      if (!last || rows.length < step) return
      startDate = last.date
      startAt = last.sortAt
      startId = last.id
    }
  }
}
