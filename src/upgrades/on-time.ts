import { and, asc, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type Database, must } from '../db/database.ts'
import { updateOf } from '../db/statements.ts'
import { dayOf, isTimezone } from '../moods/calendar.ts'
import { defaultTimezone } from '../moods/dating.ts'
import { isOnTime } from '../moods/on-time.ts'
import { raisingVersion } from './entries.ts'
import type { Upgrade } from './upgrade.ts'

/** Entries of all users that one step reads; it writes only those that were logged on another day than theirs. */
const stepSize = 1_000

/** Which entries of before were logged on their day: by when they were created, and when the person's days begin now. */
export const onTime: Upgrade = {
  name: 'on-time',
  steps(database: Database) {
    const { prepare, query, tables } = database
    const { moods, users } = tables
    const raise = raisingVersion(database, 'on_time_raise')
    const key = { userId: moods.userId, id: moods.id, date: moods.date }
    const late = prepare('on_time_late', key, (db, { userId, id, date }) =>
      updateOf(db, moods, { onTime: sql`false` })
        .where(and(eq(moods.userId, userId), eq(moods.id, id), eq(moods.date, date)))
        .returning({ id: moods.id }),
    )
    return async after => {
      const [user = '', id = ''] = after.split(' ')
      const rows = await query(db =>
        db
          .select({
            ...key,
            timezone: moods.timezone,
            createdAt: moods.createdAt,
            settings: { timezone: users.timezone, dayStartsAt: users.dayStartsAt },
          })
          .from(moods)
          .innerJoin(users, eq(users.id, moods.userId))
          .where(sql`(${moods.userId}, ${moods.id}) > (${user}, ${id})`)
          .orderBy(asc(moods.userId), asc(moods.id))
          .limit(stepSize),
      )
      const others = rows.filter(({ date, timezone, createdAt, settings }) => {
        // A zone may have left the runtime's data since.
        const zone = isTimezone(timezone) ? timezone : defaultTimezone
        const own = { ...settings, timezone: settings.timezone ?? undefined }
        return !isOnTime(dayOf(date), createdAt.getTime(), zone, own)
      })
      const last = rows.length < stepSize ? undefined : rows.at(-1)
      const writes = [...others.map(row => must(late.asWrite(row))), ...raise(rows)]
      return { writes, position: last && `${last.userId} ${last.id}` }
    }
  },
}
