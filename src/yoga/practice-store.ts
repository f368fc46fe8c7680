import { and, desc, type SQL, sql } from 'drizzle-orm'
import { readByIds } from '../db/by-ids.ts'
import { eq, gte, lte } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must } from '../db/database.ts'
import { type Page, readPage } from '../db/page.ts'
import { insertRaised, raisedVersion } from '../db/raised-version.ts'
import { columnsOf, updateOf } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import { type Deleted, deletionStore, type Restorable } from '../deletions/deletions.ts'
import { idsToBeFree, tombstoneBytes } from '../deletions/tombstones.ts'
import { newId, type PracticeId, type SequenceId, type UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { rowBytes } from '../quotas/row-bytes.ts'

/**
 * The stored fields of a practice, including the title of the sequence at the time, because the sequence may be deleted
 * later.
 */
export type PracticeFields = Omit<
  PracticeRow,
  'userId' | 'id' | 'digest' | 'revision' | 'createdAt' | 'updatedAt' | 'bytes' | 'version'
>
type PracticeRow = Database['tables']['practices']['$inferSelect']

/** A practice with an id of the client's, and the digest of what was submitted with it; else with one of ours. */
export type NewPractice = PracticeFields & Partial<Pick<PracticeRow, 'id' | 'digest'>>

export interface PracticeFilter {
  sequence?: SequenceId
  from?: string
  to?: string
}

/** A practice's columns, in wire names. */
export const wirePractice = ({ practices }: Pick<Database['tables'], 'practices'>) => ({
  id: practices.id,
  sequence_id: practices.sequenceId,
  title: practices.title,
  total_seconds: practices.totalSeconds,
  date: practices.date,
  note: practices.note,
  revision: practices.revision,
  created_at: practices.createdAt,
  updated_at: sql`coalesce(${practices.updatedAt}, ${practices.createdAt})`.mapWith(practices.createdAt),
})

/** Practices; reachable only together with their user's id. */
export function practiceStore(database: Database, quotas = quotaStore(database)) {
  const { prepare, tables } = database
  const { practices, users } = tables
  const deletions = deletionStore<PracticeId>(database, 'practice', quotas)
  const count = quotas.tally('practice_count', ['practices', 'bytes'], 'practiceVersion')
  const key = { userId: practices.userId, id: practices.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(practices.userId, userId), eq(practices.id, id)) as SQL
  const wire = wirePractice(tables)

  const one = prepare('practice_by_id', key, (db, values) =>
    db
      .select({ practice: wire, revision: practices.revision, digest: practices.digest, bytes: practices.bytes })
      .from(practices)
      .where(own(values)),
  )
  const insert = prepare('practice_insert', columnsOf(practices, 'version'), (db, row) =>
    insertRaised(db, practices, [users, 'practiceVersion'], row).returning(wire),
  )
  const changing = {
    date: practices.date,
    note: practices.note,
    updatedAt: practices.createdAt,
    bytes: practices.bytes,
  }
  const ofRevision = { ...key, revision: practices.revision }
  const update = prepare(
    'practice_update',
    { ...changing, ...ofRevision },
    (db, { date, note, updatedAt, bytes, revision, ...values }) =>
      updateOf(db, practices, {
        date,
        note,
        updatedAt,
        bytes,
        revision: sql`${practices.revision} + 1`,
        version: raisedVersion(users, 'practiceVersion', values.userId),
      })
        .where(and(own(values), eq(practices.revision, revision)))
        .returning(wire),
  )
  const remove = prepare('practice_delete', ofRevision, (db, { revision, ...values }) =>
    db
      .delete(practices)
      .where(and(own(values), eq(practices.revision, revision)))
      .returning({ id: practices.id }),
  )

  const among = readByIds(practices.id, (size, ids, isAmong) =>
    prepare(`practice_by_ids_${size}`, { userId: practices.userId, ...ids }, (db, values) =>
      db
        .select({ practice: wire, revision: practices.revision, digest: practices.digest, bytes: practices.bytes })
        .from(practices)
        .where(and(eq(practices.userId, values.userId), isAmong(values))),
    ),
  )

  /** What becomes of a practice by one change, but for the write that counts it. */
  const steps = {
    /** @param now epoch ms. */
    add(userId: UserId, { id, digest, ...fields }: PracticeFields & Pick<PracticeRow, 'id' | 'digest'>, now: number) {
      const at = new Date(now)
      const bytes = rowBytes(fields.title, fields.note)
      const row = { ...fields, userId, id, digest, revision: 1, createdAt: at, updatedAt: at, bytes }
      return {
        writes: [insert.asWrite(row)] as const,
        mustBeFree: idsToBeFree(row),
        gains: gainsOf(1, bytes),
        state: { living: foundIn(row) },
      }
    },
    /** @param now epoch ms. */
    replace(userId: UserId, found: FoundPractice, fields: Pick<PracticeFields, 'date' | 'note'>, now: number) {
      const { practice, revision, bytes } = found
      const { id, title } = practice
      const updatedAt = new Date(now)
      const row = { ...fields, userId, id, revision, updatedAt, bytes: rowBytes(title, fields.note) }
      const after = { ...practice, ...fields, revision: revision + 1, updated_at: updatedAt }
      return {
        writes: [must(update.asWrite(row))] as const,
        gains: gainsOf(0, row.bytes - bytes),
        state: { living: { ...found, practice: after, revision: after.revision, bytes: row.bytes } },
      }
    },
    remove(userId: UserId, found: FoundPractice, { now, permanently }: { now: number; permanently: boolean }) {
      const { practice, revision, digest, bytes } = found
      const { id } = practice
      const kept: Deleted<PracticeId> = { id, revision, digest, bytes, content: practice }
      return {
        writes: [
          must(remove.asWrite({ userId, id, revision })),
          deletions.keepWrite(userId, permanently ? { id, revision } : kept, now),
        ],
        gains: gainsOf(-1, permanently ? tombstoneBytes - bytes : 0),
        state: { deleted: deletions.asKept(kept, now) },
      }
    },
    /** @param now epoch ms. */
    restore(userId: UserId, deleted: Restorable, now: number) {
      const content = deleted.content as unknown as Content
      const { id, title, date, note, total_seconds: totalSeconds, sequence_id: sequenceId } = content
      const fields = { title, date, note, totalSeconds, sequenceId, bytes: rowBytes(title, note) }
      const { digest } = deleted
      const revision = deleted.revision + 1
      const [createdAt, updatedAt] = [new Date(content.created_at), new Date(now)]
      const row = { ...fields, userId, id, digest, revision, createdAt, updatedAt }
      return {
        writes: [deletions.takeWrite(userId, id, deleted), insert.asWrite(row)] as const,
        gains: gainsOf(1, row.bytes - deleted.bytes),
        state: { living: foundIn(row) },
      }
    },
    /** The write that counts steps which are made together, the first of their batch; it raises the version. */
    countWrite: (userId: UserId, made: readonly Pick<PracticeStep, 'gains'>[]) =>
      must(count(userId, sumOf(made.map(({ gains }) => gains)))),
  }

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
    create(userId: UserId, { id = newId<PracticeId>(), digest = null, ...fields }: NewPractice, now: number) {
      const { writes, mustBeFree, gains } = steps.add(userId, { ...fields, id, digest }, now)
      return {
        id,
        writes: [must(count(userId, gains)), ...writes, ...deletions.freeWrites(userId, mustBeFree)] as const,
        async refuse(): Promise<undefined> {
          if (digest !== null) await deletions.refuseDeleted(userId, id)
          return quotas.refuse(userId, gains)
        },
      }
    },

    /**
     * Changes a practice that still has a revision.
     * @param now epoch ms.
     * @returns the practice as it is then, or undefined (and nothing written) when it has changed or gone meanwhile.
     * @throws {ApiError} `limit_reached`.
     */
    async replace(
      commit: Commit,
      userId: UserId,
      found: FoundPractice,
      fields: Pick<PracticeFields, 'date' | 'note'>,
      now: number,
    ) {
      const { writes, gains } = steps.replace(userId, found, fields, now)
      const written = await commit([must(count(userId, gains)), ...writes])
      return written ? written[1][0] : quotas.refuse(userId, gains)
    },

    /**
     * Deletes a practice that still has a revision; it can be restored unless it is deleted permanently.
     * @param now epoch ms.
     * @returns whether it did.
     */
    async remove(
      commit: Commit,
      userId: UserId,
      found: FoundPractice,
      how: { now: number; permanently: boolean },
    ): Promise<boolean> {
      const { writes, gains } = steps.remove(userId, found, how)
      return (await commit([must(count(userId, gains)), ...writes])) !== undefined
    },

    /**
     * Brings a deleted practice back as it was.
     * @param now epoch ms.
     * @returns the practice, or undefined (and nothing written) when it is no longer deleted.
     * @throws {ApiError} `limit_reached`.
     */
    async restore(commit: Commit, userId: UserId, deleted: Restorable, now: number) {
      const { writes, gains } = steps.restore(userId, deleted, now)
      const written = await commit([must(count(userId, gains)), ...writes])
      return written ? written[2][0] : quotas.refuse(userId, gains)
    },
  }
}

/** A change of a practice among others that are made together. */
export interface PracticeStep {
  writes: readonly BoundWrite<unknown>[]
  gains: { practices: number; bytes: number }
  state: { living: FoundPractice } | { deleted: Restorable }
}

const gainsOf = (practices: number, bytes: number) => ({ practices, bytes })

const sumOf = (all: readonly { practices: number; bytes: number }[]) =>
  all.reduce((sum, { practices, bytes }) => gainsOf(sum.practices + practices, sum.bytes + bytes), gainsOf(0, 0))

/** A row as it is found when it has been written. */
function foundIn(row: Omit<PracticeRow, 'userId' | 'version' | 'updatedAt'> & { updatedAt: Date }): FoundPractice {
  const { id, sequenceId, title, totalSeconds, date, note, digest, revision, createdAt, updatedAt, bytes } = row
  const practice = {
    id,
    sequence_id: sequenceId,
    title,
    total_seconds: totalSeconds,
    date,
    note,
    revision,
    created_at: createdAt,
    updated_at: updatedAt,
  }
  return { practice, revision, digest, bytes }
}

/** What is kept of a deleted practice: as it is shown. Instants are text, as JSON has them. */
interface Content extends Omit<Practice, 'created_at' | 'updated_at'> {
  created_at: string
}

/** A practice in wire names. */
export interface Practice {
  id: PracticeId
  sequence_id: SequenceId
  title: string
  total_seconds: number
  date: string
  note: string | null
  revision: number
  created_at: Date
  updated_at: Date
}

/** A practice by its id, with what an edit needs to know. */
export interface FoundPractice extends Pick<PracticeRow, 'revision' | 'digest' | 'bytes'> {
  practice: Practice
}
