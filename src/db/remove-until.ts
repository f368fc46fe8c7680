import { lte } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Database } from './database.ts'

/** Rows that one statement deletes, about: the longest wait of another write. */
const rowsPerStep = 500

/**
 * Deletes the rows of a table whose instant is not later than `until`, the oldest first and some at a time. Wants an index
 * that begins with the column.
 * @param column of the table, an instant.
 * @param until epoch ms.
 * @param stopping ends it after a step; the rest stays.
 * @throws {Unavailable}
 */
export async function removeUntil(
  { query }: Pick<Database, 'query'>,
  column: SQLiteColumn,
  until: number,
  stopping?: AbortSignal,
): Promise<void> {
  const { table } = column
  let more = true
  while (more && !stopping?.aborted) {
    // By time and not by key: a range of one column is a statement that every engine can spread over its machines.
    const [last] = await query(db =>
      db
        .select({ at: column })
        .from(table)
        .where(lte(column, new Date(until)))
        .orderBy(column)
        .limit(1)
        .offset(rowsPerStep - 1),
    )
    await query(db => db.delete(table).where(lte(column, (last?.at as Date | undefined) ?? new Date(until))))
    more = last !== undefined
  }
}
