import { and, asc, sql } from 'drizzle-orm'
import { eq, lte } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { bare, rowCount, text } from '../db/values.ts'
import type { UserId } from '../ids.ts'
import { type DayNumber, dayOf, formatDay } from '../moods/calendar.ts'

/** Practices of one step. */
const step = 1_000

/** The days on which a user practised, and what. */
export function practisedDays({ prepare, tables: { practices } }: Database) {
  const { userId, date, id } = practices
  const read = prepare(
    'practice_days',
    { userId, startDate: date, startId: text(), until: date, limit: rowCount },
    (db, values) =>
      db
        .select({ id, date, title: practices.title })
        .from(practices)
        .where(
          and(
            eq(userId, values.userId),
            sql`(${date}, ${id}) > (${bare(values.startDate)}, ${bare(values.startId)})`,
            lte(date, values.until),
          ),
        )
        .orderBy(asc(date), asc(id))
        .limit(values.limit),
  )

  /**
   * Visits them in the order of days, with a turn between any two steps.
   * @param turn waits until it is this walk's turn.
   */
  return async (
    user: UserId,
    { from, to }: { from: DayNumber; to: DayNumber },
    turn: () => Promise<void>,
    visit: (title: string, day: DayNumber) => void,
  ): Promise<void> => {
    const until = formatDay(to)
    // Before every id of the first day.
    let after = { startDate: formatDay(from), startId: '' }
    for (;;) {
      await turn()
      const rows = await read.execute({ userId: user, ...after, until, limit: step })
      for (const row of rows) visit(row.title, dayOf(row.date))
      const last = rows.at(-1)
      if (!last || rows.length < step) return
      after = { startDate: last.date, startId: last.id }
    }
  }
}
