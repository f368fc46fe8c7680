import { and, asc, type SQL, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'

/** Entries of all users that one step reads. */
const stepSize = 200

/** The entries of all users after a position, some at a time, with all that upgrades of entries look at. */
export async function entriesAfter({ query, tables }: Database, after: string, filter?: SQL) {
  const { moods, users } = tables
  const [user = '', id = ''] = after.split(' ')
  const rows = await query(db =>
    db
      .select({
        userId: moods.userId,
        id: moods.id,
        date: moods.date,
        occurredAt: moods.occurredAt,
        sortAt: moods.sortAt,
        timezone: moods.timezone,
        tags: moods.tags,
        revision: moods.revision,
        createdAt: moods.createdAt,
        dayStartsAt: users.dayStartsAt,
      })
      .from(moods)
      .innerJoin(users, eq(users.id, moods.userId))
      .where(and(sql`(${moods.userId}, ${moods.id}) > (${user}, ${id})`, filter))
      .orderBy(asc(moods.userId), asc(moods.id))
      .limit(stepSize),
  )
  const last = rows.length < stepSize ? undefined : rows.at(-1)
  return { rows, position: last && `${last.userId} ${last.id}` }
}

export type EntryToUpgrade = Awaited<ReturnType<typeof entriesAfter>>['rows'][number]

/** The write that tells every cache that a user's entries have changed. */
export function raisingVersion({ prepare, tables: { users } }: Database, name: string) {
  const raise = prepare(name, { userId: users.id }, (db, { userId }) =>
    db
      .update(users)
      .set({ moodVersion: sql`${users.moodVersion} + 1` })
      .where(eq(users.id, userId)),
  )
  return (rows: readonly Pick<EntryToUpgrade, 'userId'>[]) =>
    [...new Set(rows.map(({ userId }) => userId))].map(userId => raise.asWrite({ userId }))
}
