import { and, asc, desc, isNotNull, notExists, type SQL, sql } from 'drizzle-orm'
import { byIds, readByIds } from '../db/by-ids.ts'
import { eq, gt, lte } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, type Db, must } from '../db/database.ts'
import { type Page, readPage } from '../db/page.ts'
import { insertRaised, versionNames } from '../db/raised-version.ts'
import { columnsOf } from '../db/statements.ts'
import type { Value, Values } from '../db/values.ts'
import { ApiError } from '../errors.ts'
import type { AnyId, UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { retryLimit } from '../retry-limit.ts'
import { changedTooOften } from '../until-first.ts'
import type { DeletedKind } from '../vocabulary.ts'
import { earlierStates, endOf, type Purged, purging, restorableMs, rowsPerStep, tombstoneBytes } from './tombstones.ts'
import { trashExport } from './trash-export.ts'

type Row = Database['tables']['deletions']['$inferSelect']

/** What is deleted for good. */
export interface Gone<Id extends AnyId> {
  id: Id
  /** Before the deletion. */
  revision: number
}

/** What is deleted, as it can be restored. */
export interface Deleted<Id extends AnyId> extends Gone<Id>, Pick<Row, 'digest' | 'bytes'> {
  content: object
}

export type DeletionStore<Id extends AnyId> = ReturnType<typeof deletionStore<Id>>

/** How something is deleted. */
export interface Removal {
  /** Epoch ms. */
  now: number
  permanently: boolean
}

/** Something deleted that can be restored. */
export interface Restorable extends Pick<Row, 'id' | 'revision' | 'bytes' | 'digest' | 'deletedAt'> {
  /** Instants are text, as JSON has them. */
  content: Record<string, unknown>
}

/**
 * Deleted things of one kind. A deleted thing leaves its table and lies here, with its content for 30 days, then as a
 * tombstone until 180 days after the deletion: so no list, count or history can show it (docs/decisions/deletions.md).
 */
export function deletionStore<Id extends AnyId>(database: Database, kind: DeletedKind, quotas = quotaStore(database)) {
  const { prepare, tables } = database
  const { deletions, users } = tables
  const raised = [users, versionNames[kind]] as const
  const key = { userId: deletions.userId, id: deletions.id }
  const ofKind = (userId: Value<UserId>, those: SQL) =>
    and(eq(deletions.userId, userId), eq(deletions.kind, kind), those) as SQL
  const own = ({ userId, id }: Values<typeof key>) => ofKind(userId, eq(deletions.id, id))
  const ofRevision = { ...key, revision: deletions.revision }
  const restorable = (values: Values<typeof ofRevision>) =>
    and(own(values), eq(deletions.revision, values.revision), isNotNull(deletions.content))

  const keep = prepare(`${kind}_deletion_keep`, columnsOf(deletions, 'version', 'kind'), (db, row) =>
    insertRaised(db, deletions, raised, { ...row, kind: sql`${kind}` }),
  )
  // A statement of its own: a JSON column would write the value null as the text `null`.
  const bury = prepare(
    `${kind}_deletion_bury`,
    columnsOf(deletions, 'version', 'kind', 'content', 'digest'),
    (db, row) =>
      insertRaised(db, deletions, raised, { ...row, kind: sql`${kind}`, content: sql`null`, digest: sql`null` }),
  )
  /** The user's row, where nothing is deleted that meets a condition. */
  const without = (db: Db, userId: Value<UserId>, deleted: SQL) =>
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, userId), notExists(db.select({ id: deletions.id }).from(deletions).where(deleted))))
  const free = prepare(`${kind}_deletion_none`, key, (db, values) => without(db, values.userId, own(values)))
  const freeOfAll = byIds(deletions.id, (size, ids, isAmong) =>
    prepare(`${kind}_deletions_none_${size}`, { userId: deletions.userId, ...ids }, (db, values) =>
      without(db, values.userId, ofKind(values.userId, isAmong(values))),
    ),
  )
  const one = prepare(`${kind}_deletion_by_id`, key, (db, values) => db.select().from(deletions).where(own(values)))
  const among = readByIds(deletions.id, (size, ids, isAmong) =>
    prepare(`${kind}_deletions_by_ids_${size}`, { userId: deletions.userId, ...ids }, (db, values) =>
      db
        .select()
        .from(deletions)
        .where(ofKind(values.userId, isAmong(values))),
    ),
  )
  const take = prepare(`${kind}_deletion_take`, ofRevision, (db, values) =>
    db.delete(deletions).where(restorable(values)).returning({ id: deletions.id }),
  )
  const count = quotas.tally(`${kind}_deletion_count`, ['bytes'])
  const purge = purging(database, `${kind}_deletion_purge`)
  const removalOf = earlierStates(database, quotas)
  const oldest = prepare(
    `${kind}_deletion_oldest`,
    { userId: deletions.userId, at: deletions.deletedAt },
    (db, values) =>
      db
        .select({
          id: deletions.id,
          bytes: deletions.bytes,
          revision: deletions.revision,
          deletedAt: deletions.deletedAt,
        })
        .from(deletions)
        .where(
          and(
            eq(deletions.userId, values.userId),
            eq(deletions.kind, kind),
            lte(deletions.deletedAt, values.at),
            isNotNull(deletions.content),
          ),
        )
        .orderBy(asc(deletions.deletedAt), asc(deletions.id))
        .limit(rowsPerStep),
  )

  /** What is in the trash: less than 30 days, whether or not the job was there since. */
  const inTrash = (userId: UserId, now: number) =>
    and(
      eq(deletions.userId, userId),
      eq(deletions.kind, kind),
      gt(deletions.deletedAt, new Date(now - restorableMs)),
      isNotNull(deletions.content),
    )

  const canBeRestored = (row: Row, now: number): boolean =>
    row.content !== null && row.deletedAt.getTime() > now - restorableMs

  const stored = async (userId: UserId, id: Id): Promise<Row | undefined> => (await one.execute({ userId, id }))[0]

  /**
   * Removes the content of some rows.
   * @returns whether nothing was in the way.
   */
  async function purgeRows(commit: Commit, userId: UserId, rows: readonly Purged[]): Promise<boolean> {
    const earlier = await removalOf(userId, kind, rows)
    const bytes = rows.reduce((sum, row) => sum + tombstoneBytes - row.bytes, earlier.bytes)
    const writes = [...rows.map(row => must(purge(userId, kind, row))), ...earlier.writes]
    return (await commit([must(count(userId, { bytes })), ...writes])) !== undefined
  }

  return {
    /**
     * The write that keeps what its batch deletes, which counts it away and this row's bytes in.
     * @param now epoch ms.
     */
    keepWrite(userId: UserId, deleted: Deleted<Id> | Gone<Id>, now: number): BoundWrite<unknown> {
      const kept = { userId, id: deleted.id, revision: deleted.revision + 1, deletedAt: new Date(now) }
      if (!('content' in deleted)) return bury.asWrite({ ...kept, bytes: tombstoneBytes, dueAt: endOf(now) })
      const { digest, bytes } = deleted
      const content = deleted.content as Record<string, unknown>
      return keep.asWrite({ ...kept, digest, bytes, content, dueAt: new Date(now + restorableMs) })
    },

    /** The guards of a batch that creates things with ids of the client's: none when one is of something deleted. */
    freeWrites(userId: UserId, ids: readonly AnyId[]): BoundWrite<unknown>[] {
      const [id, ...others] = ids
      if (id === undefined) return []
      if (others.length === 0) return [must(free.asWrite({ userId, id }))]
      return freeOfAll({ userId }, ids).map(({ statement, params }) => must(statement.asWrite(params as never)))
    },

    /**
     * Says why a batch with `freeWrites` was not written, if that is why.
     * @throws {ApiError} `entry_deleted`.
     */
    async refuseDeleted(userId: UserId, id: Id): Promise<void> {
      if (await stored(userId, id))
        throw new ApiError('entry_deleted', 'This id belongs to something that was deleted.')
    },

    /**
     * What was deleted with an id: `gone` when it can be restored no longer; undefined when there is nothing.
     * @param now epoch ms.
     */
    async find(userId: UserId, id: Id, now: number): Promise<Restorable | 'gone' | undefined> {
      const row = await stored(userId, id)
      if (!row) return undefined
      return canBeRestored(row, now) ? (row as Restorable) : 'gone'
    },

    /**
     * What was deleted with some ids, by them: without content when it can be restored no longer.
     * @param now epoch ms.
     */
    async findAll(userId: UserId, ids: readonly string[], now: number) {
      const rows = (await among({ userId }, ids)) as Row[]
      return new Map(
        rows.map(row => [row.id as string, canBeRestored(row, now) ? (row as Restorable) : { revision: row.revision }]),
      )
    },

    /**
     * Something deleted as it is found when the write that keeps it has been made.
     * @param now epoch ms.
     */
    asKept: ({ id, revision, digest, bytes, content }: Deleted<Id>, now: number): Restorable => ({
      id,
      revision: revision + 1,
      digest,
      bytes,
      deletedAt: new Date(now),
      content: JSON.parse(JSON.stringify(content)) as Record<string, unknown>,
    }),

    /** The write that takes it from here, for the batch that restores it. */
    takeWrite: (userId: UserId, id: Id, { revision }: Restorable): BoundWrite<unknown> =>
      must(take.asWrite({ userId, id, revision })),

    /**
     * What can be restored, the latest deletion first.
     * @param now epoch ms.
     */
    async page(userId: UserId, page: Page, now: number) {
      const wanted = () => inTrash(userId, now)
      return readPage(database, deletions, wanted, page, db =>
        db
          .select({
            id: deletions.id,
            revision: deletions.revision,
            content: deletions.content,
            deletedAt: deletions.deletedAt,
          })
          .from(deletions)
          .where(wanted())
          .orderBy(desc(deletions.deletedAt), desc(deletions.id)),
      )
    },

    rows: trashExport(database, kind),

    /**
     * Removes the content of something deleted, for good.
     * @returns whether it was still there to be restored.
     */
    purge: (commit: Commit, userId: UserId, deleted: Restorable): Promise<boolean> =>
      purgeRows(commit, userId, [deleted]),

    /**
     * Removes the content of all that was deleted until now, in steps.
     * @param now epoch ms.
     * @throws {ApiError} `unavailable`.
     */
    async purgeAll(commit: Commit, userId: UserId, now: number): Promise<void> {
      const mayRetry = retryLimit()
      for (;;) {
        const rows = await oldest.execute({ userId, at: new Date(now) })
        if (rows.length === 0) return void (await commit([]))
        const isPurged = await purgeRows(commit, userId, rows)
        if (!isPurged && !mayRetry(rows.map(({ id }) => id))) throw changedTooOften()
      }
    },
  }
}
