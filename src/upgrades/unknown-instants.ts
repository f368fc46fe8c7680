import { and, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type Database, must } from '../db/database.ts'
import { updateOf } from '../db/statements.ts'
import { dayOf, isTimezone, localDay, wallClock } from '../moods/calendar.ts'
import { defaultTimezone, isNear } from '../moods/dating.ts'
import { sortAtOf } from '../moods/entry-row.ts'
import { type EntryToUpgrade, entriesAfter, raisingVersion } from './entries.ts'
import type { Upgrade } from './upgrade.ts'

/** Version 0.1 took the time of the request for the time of an entry. They may differ by what the request took. */
const requestMs = 60_000

/**
 * Whether the instant of an entry whose day was given is nobody's: it falls on another day, and is when the entry was
 * logged, or far from its day. One that a person gave (after midnight, say, for the day before) stays.
 */
export function isMadeUp({ date, occurredAt, timezone, createdAt, dayStartsAt }: EntryToUpgrade): boolean {
  if (occurredAt === null) return false
  // A zone may have left the runtime's data since.
  const zone = isTimezone(timezone) ? timezone : defaultTimezone
  const day = dayOf(date)
  if (localDay(wallClock(occurredAt.getTime(), zone), dayStartsAt) === day) return false
  return Math.abs(occurredAt.getTime() - createdAt.getTime()) < requestMs || !isNear(day, occurredAt, zone)
}

/** Field case 6: entries logged for another day by their date alone do not claim any longer to have been felt right then. */
export const unknownInstants: Upgrade = {
  name: 'unknown-instants',
  steps(database: Database) {
    const { prepare, tables } = database
    const { moods, moodTags } = tables
    const raise = raisingVersion(database, 'unknown_instants_raise')
    const key = { userId: moods.userId, id: moods.id, revision: moods.revision }
    const forget = prepare(
      'unknown_instants_forget',
      { ...key, sortAt: moods.sortAt },
      (db, { userId, id, revision, sortAt }) =>
        updateOf(db, moods, { occurredAt: sql`null`, sortAt, revision: sql`${moods.revision} + 1` })
          .where(and(eq(moods.userId, userId), eq(moods.id, id), eq(moods.revision, revision)))
          .returning({ id: moods.id }),
    )
    const moveTags = prepare(
      'unknown_instants_move_tags',
      { userId: moodTags.userId, id: moodTags.moodId, sortAt: moodTags.sortAt },
      (db, { userId, id, sortAt }) =>
        updateOf(db, moodTags, { sortAt }).where(and(eq(moodTags.userId, userId), eq(moodTags.moodId, id))),
    )
    return async after => {
      const { rows, position } = await entriesAfter(database, after, eq(moods.dateSource, 'date'))
      const wrong = rows.filter(isMadeUp)
      const writes = wrong.flatMap(({ userId, id, revision, createdAt }) => {
        const sortAt = sortAtOf(null, createdAt)
        return [must(forget.asWrite({ userId, id, revision, sortAt })), moveTags.asWrite({ userId, id, sortAt })]
      })
      return { writes: [...writes, ...raise(wrong)], position }
    }
  },
}
