import { and, asc, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { bare, text } from '../db/values.ts'
import type { UserId } from '../ids.ts'
import { inChunks } from '../streaming/in-chunks.ts'
import { dayOf } from './calendar.ts'
import { beforeDay, type Cursor } from './entry-list.ts'
import { wireEntry } from './entry-row.ts'

/** Entries that are read at once. */
const chunkSize = 100

/** Entries as they leave: in list order, oldest first, with all that an import needs to make them again. */
export function entryExport({ prepare, tables: { moods } }: Database) {
  const {
    revision: _,
    id,
    date,
    occurred_at,
    timezone,
    logged_at,
    created_at,
    updated_at,
    ...said
  } = wireEntry({ moods })
  const shown = {
    ...{ id, date, occurred_at, timezone },
    ...said,
    decided_by: moods.dateSource,
    logged_at,
    on_time: moods.onTime,
    created_at,
    updated_at,
  }
  const after = { userId: moods.userId, date: moods.date, at: moods.sortAt, id: text() }
  const chunk = prepare('mood_export', after, (db, values) =>
    db
      .select({ ...shown, sortAt: moods.sortAt })
      .from(moods)
      .where(
        and(
          eq(moods.userId, values.userId),
          sql`(${moods.date}, ${moods.sortAt}, ${moods.id}) > (${bare(values.date)}, ${bare(values.at)}, ${bare(values.id)})`,
        ),
      )
      .orderBy(asc(moods.date), asc(moods.sortAt), asc(moods.id))
      .limit(chunkSize),
  )

  /** The user's entries, some at a time. */
  return async function* rows(userId: UserId) {
    const chunks = inChunks(
      chunkSize,
      beforeDay(firstDay) as Cursor,
      place => chunk.execute({ userId, ...place }),
      ({ date, sortAt: at, id }) => ({ date, at, id }),
    )
    for await (const rows of chunks) yield rows.map(({ sortAt: _, ...entry }) => entry)
  }
}

const firstDay = dayOf('1900-01-01')

export type ExportedEntry = Awaited<
  ReturnType<ReturnType<ReturnType<typeof entryExport>>['next']>
>['value'] extends infer R
  ? R extends readonly (infer E)[]
    ? E
    : never
  : never
