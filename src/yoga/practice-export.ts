import { and, asc, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { bare, text } from '../db/values.ts'
import type { UserId } from '../ids.ts'
import { inChunks } from '../streaming/in-chunks.ts'
import { wirePractice } from './practice.ts'

/** Practices that are read at once. */
const chunkSize = 100

/** Practices as they leave: by day, oldest first, with all that an import needs to make them again. */
export function practiceExport({ prepare, tables }: Database) {
  const { practices } = tables
  const { revision: _, ...shown } = wirePractice(tables)
  const after = { userId: practices.userId, date: text(), id: text() }
  const chunk = prepare('practice_export', after, (db, values) =>
    db
      .select(shown)
      .from(practices)
      .where(
        and(
          eq(practices.userId, values.userId),
          sql`(${practices.date}, ${practices.id}) > (${bare(values.date)}, ${bare(values.id)})`,
        ),
      )
      .orderBy(asc(practices.date), asc(practices.id))
      .limit(chunkSize),
  )

  /** The user's practices, some at a time. */
  return (userId: UserId) =>
    inChunks(
      chunkSize,
      { date: '', id: '' },
      place => chunk.execute({ userId, ...place }),
      ({ date, id }) => ({ date, id }),
    )
}
