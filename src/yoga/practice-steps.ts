import { and, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { insertRaised, raisedVersion } from '../db/raised-version.ts'
import { columnsOf, only, updateOf } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import type { Deleted, DeletionStore, Removal, Restorable } from '../deletions/deletions.ts'
import { idsToBeFree, tombstoneBytes } from '../deletions/tombstones.ts'
import type { PracticeId, UserId } from '../ids.ts'
import { type Change, type Quotas, totalOf } from '../quotas/quotas.ts'
import { rowBytes } from '../quotas/row-bytes.ts'
import { type Practice, type PracticeFields, type PracticeRow, wirePractice } from './practice.ts'

/** A practice with its id, and the digest of what was submitted with it if the id is the client's. */
export type NewPractice = PracticeFields & Pick<PracticeRow, 'id' | 'digest'>

/** What of a practice can be changed. */
export type PracticeEdit = Pick<PracticeFields, 'date' | 'note'>

const counted = ['practices', 'bytes'] as const

/** What becomes of a practice by one change, but for the write that counts it: alone, or among others in one batch. */
export function practiceSteps(database: Database, quotas: Quotas, deletions: DeletionStore<PracticeId>) {
  const { prepare, tables } = database
  const { practices, users } = tables
  const wire = wirePractice(tables)
  const ofRevision = { userId: practices.userId, id: practices.id, revision: practices.revision }
  const unchanged = ({ userId, id, revision }: Values<typeof ofRevision>) =>
    and(eq(practices.userId, userId), eq(practices.id, id), eq(practices.revision, revision))

  const count = quotas.tally('practice_count', counted, 'practiceVersion')
  const insert = prepare('practice_insert', columnsOf(practices, 'version'), (db, row) =>
    insertRaised(db, practices, [users, 'practiceVersion'], row).returning(wire),
  )
  const changing = {
    date: practices.date,
    note: practices.note,
    updatedAt: practices.createdAt,
    bytes: practices.bytes,
  }
  const update = prepare('practice_update', { ...changing, ...ofRevision }, (db, values) =>
    updateOf(db, practices, {
      ...only(values, changing),
      revision: sql`${practices.revision} + 1`,
      version: raisedVersion(users, 'practiceVersion', values.userId),
    })
      .where(unchanged(values))
      .returning(wire),
  )
  const remove = prepare('practice_delete', ofRevision, (db, values) =>
    db.delete(practices).where(unchanged(values)).returning({ id: practices.id }),
  )

  return {
    /** @param now epoch ms. */
    add(userId: UserId, { id, digest, ...fields }: NewPractice, now: number) {
      const at = new Date(now)
      const bytes = rowBytes(fields.title, fields.note)
      const row = { ...fields, userId, id, digest, revision: 1, createdAt: at, updatedAt: at, bytes }
      return {
        writes: [insert.asWrite(row)] as const,
        mustBeFree: idsToBeFree(row),
        gains: { practices: 1, bytes },
        state: { living: foundIn(row) },
      }
    },
    /** @param now epoch ms. */
    replace(userId: UserId, found: FoundPractice, fields: PracticeEdit, now: number) {
      const { practice, revision, bytes } = found
      const { id, title } = practice
      const updatedAt = new Date(now)
      const row = { ...fields, userId, id, revision, updatedAt, bytes: rowBytes(title, fields.note) }
      const after = { ...practice, ...fields, revision: revision + 1, updated_at: updatedAt }
      return {
        writes: [must(update.asWrite(row))] as const,
        gains: { practices: 0, bytes: row.bytes - bytes },
        state: { living: { ...found, practice: after, revision: after.revision, bytes: row.bytes } },
      }
    },
    remove(userId: UserId, found: FoundPractice, { now, permanently }: Removal) {
      const { practice, revision, digest, bytes } = found
      const { id } = practice
      const kept: Deleted<PracticeId> = { id, revision, digest, bytes, content: practice }
      return {
        writes: [
          must(remove.asWrite({ userId, id, revision })),
          deletions.keepWrite(userId, permanently ? { id, revision } : kept, now),
        ],
        gains: { practices: -1, bytes: permanently ? tombstoneBytes - bytes : 0 },
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
        gains: { practices: 1, bytes: row.bytes - deleted.bytes },
        state: { living: foundIn(row) },
      }
    },
    /** The write that counts steps which are made together, the first of their batch; it raises the version. */
    countWrite: (userId: UserId, made: readonly Pick<PracticeStep, 'gains'>[]) =>
      must(count(userId, totalOf(made, counted))),
  }
}

/** A practice by its id, with what an edit needs to know. */
export interface FoundPractice extends Pick<PracticeRow, 'revision' | 'digest' | 'bytes'> {
  practice: Practice
}

/** A change of a practice among others that are made together. */
export interface PracticeStep {
  writes: readonly BoundWrite<unknown>[]
  gains: Change<(typeof counted)[number]>
  state: { living: FoundPractice } | { deleted: Restorable }
}

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
