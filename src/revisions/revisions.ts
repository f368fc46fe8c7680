import { and, desc, inArray, type SQL, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must } from '../db/database.ts'
import { type Page, readPage } from '../db/page.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import { rowCount, type Values } from '../db/values.ts'
import type { AnyId, UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { rowBytes } from '../quotas/row-bytes.ts'
import { untilFirst } from '../until-first.ts'
import type { RevisedKind } from '../vocabulary.ts'

/** Earlier states that are kept of one thing; the oldest go first. */
export const maxRevisions = 100

/** Writes of a batch, and what they add to the bytes that are counted. */
export interface CountedWrites {
  bytes: number
  writes: BoundWrite<unknown>[]
}

export const nothingMore: CountedWrites = { bytes: 0, writes: [] }

export type RevisionStore<Id extends AnyId> = ReturnType<typeof revisionStore<Id>>

/**
 * Earlier states of things of one kind: kept by the batch that edits, through the trash, and gone when the thing is deleted
 * for good (docs/decisions/revisions.md).
 */
export function revisionStore<Id extends AnyId>(database: Database, kind: RevisedKind, quotas = quotaStore(database)) {
  const { prepare, query, tables } = database
  const { revisions } = tables
  const { number } = revisions
  const key = { userId: revisions.userId, id: revisions.id }
  const ofThing = ({ userId, id }: Values<typeof key>) =>
    and(eq(revisions.userId, userId), eq(revisions.kind, kind), eq(revisions.id, id)) as SQL

  const insert = prepare(`${kind}_revision_insert`, columnsOf(revisions, 'kind'), (db, row) =>
    insertInto(db, revisions, { ...row, kind: sql`${kind}` }),
  )
  const beyond = prepare(`${kind}_revisions_beyond`, { ...key, kept: rowCount, limit: rowCount }, (db, values) =>
    db
      .select({ number, bytes: revisions.bytes })
      .from(revisions)
      .where(ofThing(values))
      .orderBy(desc(number))
      .limit(values.limit)
      .offset(values.kept),
  )
  const remove = prepare(`${kind}_revision_remove`, { ...key, number }, (db, values) =>
    db
      .delete(revisions)
      .where(and(ofThing(values), eq(number, values.number)))
      .returning({ number }),
  )
  /** Only if they still take what they were read to take. */
  const removeAll = prepare(`${kind}_revisions_remove`, { ...key, bytes: revisions.bytes }, (db, values) => {
    const taken = db
      .select({ bytes: sql`sum(${revisions.bytes})` })
      .from(revisions)
      .where(ofThing(values))
    return db
      .delete(revisions)
      .where(and(ofThing(values), sql`(${taken}) = ${values.bytes}`))
      .returning({ number })
  })
  const count = quotas.tally(`${kind}_revision_count`, ['bytes'])

  /** The writes that remove all earlier states of some things, for the batch that deletes these for good. */
  async function removal(userId: UserId, ids: readonly AnyId[]): Promise<CountedWrites> {
    if (ids.length === 0) return nothingMore
    const found = await query(db =>
      db
        .select({ id: revisions.id, bytes: sql`sum(${revisions.bytes})`.mapWith(Number) })
        .from(revisions)
        .where(
          and(sql`${revisions.userId} = ${userId}`, sql`${revisions.kind} = ${kind}`, inArray(revisions.id, [...ids])),
        )
        .groupBy(revisions.id),
    )
    return {
      bytes: -found.reduce((sum, { bytes }) => sum + bytes, 0),
      writes: found.map(({ id, bytes }) => must(removeAll.asWrite({ userId, id, bytes }))),
    }
  }

  return {
    /**
     * The write that keeps a state, for the batch that replaces it by another.
     * @param content the fields that an edit can change, in wire names.
     * @param now epoch ms.
     */
    keeping(
      userId: UserId,
      { id, revision }: { id: Id; revision: number },
      content: object,
      now: number,
    ): CountedWrites {
      const bytes = rowBytes(JSON.stringify(content))
      const row = { userId, id, number: revision, content: content as Record<string, unknown>, bytes }
      return { bytes, writes: [insert.asWrite({ ...row, replacedAt: new Date(now) })] }
    },

    /**
     * Removes the oldest states of a thing that was edited more often than states are kept. What another device removes at
     * the same time is left to the next edit.
     * @param revision each edit raises it: so many states there are at most.
     */
    async trim(commit: Commit, userId: UserId, id: Id, revision: number): Promise<void> {
      if (revision <= maxRevisions) return
      const old = await beyond.execute({ userId, id, kept: maxRevisions, limit: maxRevisions })
      if (old.length === 0) return
      const bytes = -old.reduce((sum, one) => sum + one.bytes, 0)
      const writes = old.map(({ number }) => must(remove.asWrite({ userId, id, number })))
      await commit([must(count(userId, { bytes })), ...writes])
    },

    removal,

    /** Earlier states of a thing, the latest first. */
    page(userId: UserId, id: Id, page: Page) {
      const wanted = and(
        sql`${revisions.userId} = ${userId}`,
        sql`${revisions.kind} = ${kind}`,
        sql`${revisions.id} = ${id}`,
      )
      return readPage(
        database,
        revisions,
        () => wanted,
        page,
        db =>
          db
            .select({ number, content: revisions.content, replacedAt: revisions.replacedAt })
            .from(revisions)
            .where(wanted)
            .orderBy(desc(number)),
      )
    },

    /**
     * Removes all earlier states of a thing.
     * @throws {ApiError} `unavailable` when others edit it again and again.
     */
    async removeAll(commit: Commit, userId: UserId, id: Id): Promise<void> {
      await untilFirst(async () => {
        const { bytes, writes } = await removal(userId, [id])
        const counted = bytes === 0 ? [] : [must(count(userId, { bytes }))]
        return commit([...counted, ...writes])
      })
    },
  }
}
