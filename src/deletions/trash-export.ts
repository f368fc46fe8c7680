import { and, desc, isNotNull, or } from 'drizzle-orm'
import { eq, gt, lt, lte } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import type { AnyId, UserId } from '../ids.ts'
import { inChunks } from '../streaming/in-chunks.ts'
import type { DeletedKind } from '../vocabulary.ts'
import { restorableMs } from './tombstones.ts'

/** Deleted things that are read at once. */
const chunkSize = 100

/** What can be restored of one kind as it leaves: the latest deletion first. */
export function trashExport({ prepare, tables: { deletions } }: Database, kind: DeletedKind) {
  const { userId, id, deletedAt, content } = deletions
  const chunk = prepare(`${kind}_deletion_export`, { userId, id, before: deletedAt, after: deletedAt }, (db, values) =>
    db
      .select({ id, content, deletedAt })
      .from(deletions)
      .where(
        and(
          eq(userId, values.userId),
          eq(deletions.kind, kind),
          gt(deletedAt, values.after),
          lte(deletedAt, values.before),
          or(lt(deletedAt, values.before), lt(id, values.id)),
          isNotNull(content),
        ),
      )
      .orderBy(desc(deletedAt), desc(id))
      .limit(chunkSize),
  )

  /**
   * The user's, some at a time. Not by pages, which would skip one whenever another is restored meanwhile.
   * @param now epoch ms.
   */
  return async function* rows(user: UserId, now: () => number) {
    const chunks = inChunks(
      chunkSize,
      { id: '' as AnyId, before: new Date(now() + 1) },
      place => chunk.execute({ userId: user, ...place, after: new Date(now() - restorableMs) }),
      ({ id, deletedAt: before }) => ({ id, before }),
    )
    for await (const rows of chunks) yield rows.map(({ content, deletedAt }) => ({ ...content, deleted_at: deletedAt }))
  }
}
