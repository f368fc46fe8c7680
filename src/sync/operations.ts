import { and, desc, sql } from 'drizzle-orm'
import { readByIds } from '../db/by-ids.ts'
import { eq } from '../db/conditions.ts'
import type { BoundWrite, Database } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import type { OperationId, UserId } from '../ids.ts'

/** How many operations are remembered for each person: the last ones. */
const remembered = 2_000
/** How long they are, in ms: 180 days. */
export const operationLifetimeMs = 180 * 86_400_000

/** In place of a revision: it found things as it wanted them, and what others did is not its own. */
export const changedNothing = 0

/** The operations that were done, each with the revision that it led to. */
export function operationStore({ prepare, tables: { syncOperations } }: Database) {
  const { userId, id, revision, at } = syncOperations
  const among = readByIds(id, (size, ids, isAmong) =>
    prepare(`sync_operations_${size}`, { userId, ...ids }, (db, values) =>
      db
        .select({ id, revision })
        .from(syncOperations)
        .where(and(eq(userId, values.userId), isAmong(values))),
    ),
  )
  const insert = prepare('sync_operation_insert', columnsOf(syncOperations), (db, row) =>
    insertInto(db, syncOperations, row),
  )
  const trim = prepare('sync_operations_trim', { userId }, (db, values) => {
    const oldest = db
      .select({ at })
      .from(syncOperations)
      .where(eq(userId, values.userId))
      .orderBy(desc(at))
      .limit(1)
      .offset(remembered - 1)
    return db.delete(syncOperations).where(and(eq(userId, values.userId), sql`${at} < (${oldest})`))
  })

  return {
    /** Those of some ids that were done, with their revisions. */
    async known(user: UserId, ids: readonly OperationId[]): Promise<Map<string, number>> {
      const rows = await among({ userId: user }, ids)
      return new Map(rows.map(row => [row.id, row.revision]))
    },
    /**
     * The write that remembers one, in the batch of what it does.
     * @param now epoch ms.
     */
    keepWrite: (user: UserId, operation: OperationId, revision: number, now: number): BoundWrite<unknown> =>
      insert.asWrite({ userId: user, id: operation, revision, at: new Date(now) }),
    /** The write that forgets all but the last ones. */
    trimWrite: (user: UserId): BoundWrite<unknown> => trim.asWrite({ userId: user }),
  }
}
