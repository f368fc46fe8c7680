import { and, count, desc, type SQL } from 'drizzle-orm'
import { eq, gte, lte } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import { newId, type PracticeId, type SequenceId, type UserId } from '../ids.ts'
import { ownerGuard } from './owner.ts'
import { type Page, totalOf } from './sequence-list.ts'

/**
 * The stored fields of a practice, including the title of the sequence at the time, because the sequence may be deleted
 * later.
 */
export type PracticeFields = Omit<Database['tables']['practices']['$inferSelect'], 'userId' | 'id' | 'createdAt'>

export interface PracticeFilter {
  sequence?: SequenceId
  from?: string
  to?: string
}

/** Practices; reachable only together with their user's id. */
export function practiceStore(database: Database) {
  const { prepare, query, tables } = database
  const { practices } = tables
  const guard = ownerGuard(database, 'practice_owner')
  const key = { userId: practices.userId, id: practices.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(practices.userId, userId), eq(practices.id, id)) as SQL
  const wire = {
    id: practices.id,
    sequence_id: practices.sequenceId,
    title: practices.title,
    total_seconds: practices.totalSeconds,
    date: practices.date,
    note: practices.note,
    created_at: practices.createdAt,
  }

  const one = prepare('practice_by_id', key, (db, values) => db.select(wire).from(practices).where(own(values)))
  const insert = prepare('practice_insert', columnsOf(practices), (db, row) => insertInto(db, practices, row))
  const remove = prepare('practice_delete', key, (db, values) =>
    db.delete(practices).where(own(values)).returning({ id: practices.id }),
  )

  return {
    /** The user's practice; undefined also when it belongs to someone else. */
    find: async (userId: UserId, id: PracticeId) => (await one.execute({ userId, id }))[0],

    /** A page of the user's practices, latest day first. */
    async list(userId: UserId, { sequence, from, to }: PracticeFilter, { limit, offset }: Page) {
      const wanted = and(
        eq(practices.userId, userId),
        sequence === undefined ? undefined : eq(practices.sequenceId, sequence),
        from === undefined ? undefined : gte(practices.date, from),
        to === undefined ? undefined : lte(practices.date, to),
      )
      const rows = await query(db =>
        db
          .select(wire)
          .from(practices)
          .where(wanted)
          .orderBy(desc(practices.date), desc(practices.id))
          .limit(limit)
          .offset(offset),
      )
      const counted = await query(db => db.select({ total: count() }).from(practices).where(wanted))
      return { rows, total: totalOf(counted) }
    },

    /**
     * The id of a new practice and the writes that create it; they do nothing when the user is gone.
     * @param now epoch ms.
     */
    create(userId: UserId, fields: PracticeFields, now: number) {
      const id = newId<PracticeId>()
      return { id, writes: [guard(userId), insert.asWrite({ ...fields, userId, id, createdAt: new Date(now) })] }
    },

    /**
     * @returns whether the practice existed.
     */
    remove: async (userId: UserId, id: PracticeId) => (await remove.execute({ userId, id })).length === 1,
  }
}
