import { and, desc, type SQL } from 'drizzle-orm'
import { readByIds } from '../db/by-ids.ts'
import { eq, gte, lte } from '../db/conditions.ts'
import type { Commit, Database } from '../db/database.ts'
import { type Page, readPage } from '../db/page.ts'
import type { Values } from '../db/values.ts'
import { deletionStore, type Removal, type Restorable } from '../deletions/deletions.ts'
import { newId, type PracticeId, type SequenceId, type UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { type PracticeFields, wirePractice } from './practice.ts'
import { type FoundPractice, type NewPractice, type PracticeEdit, practiceSteps } from './practice-steps.ts'

export interface PracticeFilter {
  sequence?: SequenceId
  from?: string
  to?: string
}

/** Practices; reachable only together with their user's id. */
export function practiceStore(database: Database, quotas = quotaStore(database)) {
  const { prepare, tables } = database
  const { practices } = tables
  const deletions = deletionStore<PracticeId>(database, 'practice', quotas)
  const steps = practiceSteps(database, quotas, deletions)
  const wire = wirePractice(tables)
  const found = { practice: wire, revision: practices.revision, digest: practices.digest, bytes: practices.bytes }
  const key = { userId: practices.userId, id: practices.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(practices.userId, userId), eq(practices.id, id)) as SQL

  const one = prepare('practice_by_id', key, (db, values) => db.select(found).from(practices).where(own(values)))
  const among = readByIds(practices.id, (size, ids, isAmong) =>
    prepare(`practice_by_ids_${size}`, { userId: practices.userId, ...ids }, (db, values) =>
      db
        .select(found)
        .from(practices)
        .where(and(eq(practices.userId, values.userId), isAmong(values))),
    ),
  )

  return {
    /** The user's practice; undefined also when it belongs to someone else. */
    find: async (userId: UserId, id: PracticeId): Promise<FoundPractice | undefined> =>
      (await one.execute({ userId, id }))[0],

    /** The user's practices with some ids, by them. */
    findAll: async (userId: UserId, ids: readonly string[]): Promise<Map<string, FoundPractice>> =>
      new Map((await among({ userId }, ids)).map(row => [row.practice.id, row])),

    /** Deleted practices. */
    deletions,

    steps,

    /** A page of the user's practices, latest day first. */
    async list(userId: UserId, { sequence, from, to }: PracticeFilter, page: Page) {
      const wanted = and(
        eq(practices.userId, userId),
        sequence === undefined ? undefined : eq(practices.sequenceId, sequence),
        from === undefined ? undefined : gte(practices.date, from),
        to === undefined ? undefined : lte(practices.date, to),
      )
      return readPage(
        database,
        practices,
        () => wanted,
        page,
        db => db.select(wire).from(practices).where(wanted).orderBy(desc(practices.date), desc(practices.id)),
      )
    },

    /**
     * The id of a new practice and the writes that create it; they do nothing when the user is gone or has no room.
     * `refuse` throws `limit_reached` or `entry_deleted` when they did nothing for that reason.
     * @param now epoch ms.
     */
    create(
      userId: UserId,
      { id = newId<PracticeId>(), digest = null, ...fields }: PracticeFields & Partial<NewPractice>,
      now: number,
    ) {
      const step = steps.add(userId, { ...fields, id, digest }, now)
      return {
        id,
        writes: [
          steps.countWrite(userId, [step]),
          ...step.writes,
          ...deletions.freeWrites(userId, step.mustBeFree),
        ] as const,
        async refuse(): Promise<undefined> {
          if (digest !== null) await deletions.refuseDeleted(userId, id)
          return quotas.refuse(userId, step.gains)
        },
      }
    },

    /**
     * Changes a practice that still has a revision.
     * @param now epoch ms.
     * @returns the practice as it is then, or undefined (and nothing written) when it has changed or gone meanwhile.
     * @throws {ApiError} `limit_reached`.
     */
    async replace(commit: Commit, userId: UserId, found: FoundPractice, fields: PracticeEdit, now: number) {
      const step = steps.replace(userId, found, fields, now)
      const written = await commit([steps.countWrite(userId, [step]), ...step.writes])
      return written ? written[1][0] : quotas.refuse(userId, step.gains)
    },

    /**
     * Deletes a practice that still has a revision; it can be restored unless it is deleted permanently.
     * @returns whether it did.
     */
    async remove(commit: Commit, userId: UserId, found: FoundPractice, how: Removal): Promise<boolean> {
      const step = steps.remove(userId, found, how)
      return (await commit([steps.countWrite(userId, [step]), ...step.writes])) !== undefined
    },

    /**
     * Brings a deleted practice back as it was.
     * @param now epoch ms.
     * @returns the practice, or undefined (and nothing written) when it is no longer deleted.
     * @throws {ApiError} `limit_reached`.
     */
    async restore(commit: Commit, userId: UserId, deleted: Restorable, now: number) {
      const step = steps.restore(userId, deleted, now)
      const written = await commit([steps.countWrite(userId, [step]), ...step.writes])
      return written ? written[2][0] : quotas.refuse(userId, step.gains)
    },
  }
}
