import { and, isNotNull, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { updateOf } from '../db/statements.ts'
import type { UserId } from '../ids.ts'
import type { Quotas } from '../quotas/quotas.ts'
import { rowBytes } from '../quotas/row-bytes.ts'
import { type CountedWrites, nothingMore, revisionStore } from '../revisions/revisions.ts'
import { type DeletedKind, revisedKinds } from '../vocabulary.ts'

/** What is left of something deleted when its content has gone: its id, which stays taken (docs/decisions/deletions.md). */

const dayMs = 86_400_000
/** How long something deleted can be restored: 30 days, in ms. */
export const restorableMs = 30 * dayMs
/** How long the id of something deleted stays taken: 180 days, in ms. */
const tombstoneMs = 180 * dayMs
/** What a tombstone takes of its owner's quota. */
export const tombstoneBytes = rowBytes()

/** Rows of one batch that removes content: the longest wait of another write. */
export const rowsPerStep = 250

/** A row whose content is removed. */
export type Purged = Pick<Database['tables']['deletions']['$inferSelect'], 'id' | 'revision' | 'bytes' | 'deletedAt'>

/**
 * When a tombstone goes.
 * @param deletedAtMs epoch ms.
 */
export const endOf = (deletedAtMs: number) => new Date(deletedAtMs + tombstoneMs)

/** Tells what else goes with the content of some rows of a kind: the earlier states of what they were. */
export function earlierStates(database: Database, quotas?: Quotas) {
  const stores = new Map<string, ReturnType<typeof revisionStore>>()
  for (const kind of revisedKinds) stores.set(kind, revisionStore(database, kind, quotas))
  return async (userId: UserId, kind: DeletedKind, rows: readonly Pick<Purged, 'id'>[]): Promise<CountedWrites> => {
    const ids = rows.map(({ id }) => id)
    return (await stores.get(kind)?.removal(userId, ids)) ?? nothingMore
  }
}

/** The write that removes the content of a row; it returns no row when that has gone. */
export function purging({ prepare, tables: { deletions } }: Database, name: string) {
  const { userId, kind, id, revision, dueAt } = deletions
  const write = prepare(name, { userId, kind, id, revision, dueAt }, (db, values) =>
    updateOf(db, deletions, {
      content: sql`null`,
      digest: sql`null`,
      bytes: sql`${sql.raw(String(tombstoneBytes))}`,
      dueAt: values.dueAt,
    })
      .where(
        and(
          eq(userId, values.userId),
          eq(kind, values.kind),
          eq(id, values.id),
          eq(revision, values.revision),
          isNotNull(deletions.content),
        ),
      )
      .returning({ id }),
  )
  return (user: UserId, kind: DeletedKind, { id, revision, deletedAt }: Purged) => {
    return write.asWrite({ userId: user, kind, id, revision, dueAt: endOf(deletedAt.getTime()) })
  }
}

/** The ids of new rows that must not be those of something deleted: only what a client chose, with a digest, can be. */
export const idsToBeFree = <Id>({ id, digest }: { id: Id; digest: string | null }): Id[] =>
  digest === null ? [] : [id]
