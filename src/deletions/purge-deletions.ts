import { and, asc, sql } from 'drizzle-orm'
import { eq, lte } from '../db/conditions.ts'
import { type Commit, type Database, must } from '../db/database.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { earlierStates, purging, rowsPerStep, tombstoneBytes } from './tombstones.ts'

/**
 * Removes the content of what was deleted 30 days ago, and the tombstones of what was deleted 180 days ago, of everybody.
 * @param now epoch ms.
 * @param stopping ends it after a step; the rest stays.
 * @throws {Unavailable}
 */
export async function purgeDeletions(
  database: Database,
  commit: Commit,
  now: number,
  stopping?: AbortSignal,
): Promise<void> {
  const { prepare, query, tables } = database
  const { deletions } = tables
  const count = quotaStore(database).tally('deletion_count', ['bytes'])
  const purge = purging(database, 'deletion_purge')
  const removalOf = earlierStates(database)
  const { userId, kind, id } = deletions
  const remove = prepare('deletion_remove', { userId, kind, id, dueAt: deletions.dueAt }, (db, values) =>
    db
      .delete(deletions)
      .where(
        and(
          eq(userId, values.userId),
          eq(kind, values.kind),
          eq(id, values.id),
          // Not what was restored and deleted again meanwhile.
          eq(deletions.dueAt, values.dueAt),
        ),
      )
      .returning({ id }),
  )
  for (;;) {
    if (stopping?.aborted) return
    const due = await query(db =>
      db
        .select({
          userId,
          kind,
          id,
          revision: deletions.revision,
          bytes: deletions.bytes,
          deletedAt: deletions.deletedAt,
          dueAt: deletions.dueAt,
          hasContent: sql`(${deletions.content} is not null)`.mapWith(Boolean),
        })
        .from(deletions)
        .where(lte(deletions.dueAt, new Date(now)))
        .orderBy(asc(deletions.dueAt))
        .limit(rowsPerStep),
    )
    let removed = 0
    for (const [user, rows] of Map.groupBy(due, row => row.userId)) {
      const ends = Map.groupBy(
        rows.filter(row => row.hasContent),
        row => row.kind,
      )
      const earlier = await Promise.all([...ends].map(([kind, some]) => removalOf(user, kind, some)))
      const bytes =
        rows.reduce((sum, row) => sum + (row.hasContent ? tombstoneBytes : 0) - row.bytes, 0) +
        earlier.reduce((sum, { bytes }) => sum + bytes, 0)
      const writes = rows.map(row => must(row.hasContent ? purge(user, row.kind, row) : remove.asWrite(row)))
      const all = [must(count(user, { bytes })), ...writes, ...earlier.flatMap(({ writes }) => writes)]
      if (await commit(all)) removed += rows.length
    }
    // What was restored meanwhile, or is of an account that is being deleted, is no longer there the next time.
    if (due.length < rowsPerStep || removed === 0) return
  }
}
