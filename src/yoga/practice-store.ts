import { and, count, desc, eq, gte, lte, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../db/database.ts'
import { textFor } from '../db/placeholder.ts'
import { ownerGuard } from './owner.ts'
import { type Page, totalOf } from './sequence-list.ts'

/** What is kept of a practice: also what the sequence was called then, because it may be gone later. */
export interface PracticeFields {
  date: string
  sequenceId: string
  title: string
  totalSeconds: number
  note: string | null
}

export interface PracticeFilter {
  sequence?: string
  from?: string
  to?: string
}

/** What people practised; reachable only together with their user's id. */
export function practiceStore(database: Database) {
  const { prepare, query, tables } = database
  const { practices } = tables
  const guard = ownerGuard(database, 'practice_owner')
  const own = and(eq(practices.userId, textFor('user')), eq(practices.id, textFor('id')))
  const wire = {
    id: practices.id,
    sequence_id: practices.sequenceId,
    title: practices.title,
    total_seconds: practices.totalSeconds,
    date: practices.date,
    note: practices.note,
    created_at: practices.createdAt,
  }

  const one = prepare('practice_by_id', db => db.select(wire).from(practices).where(own))
  const insert = prepare('practice_insert', db =>
    db.insert(practices).values({
      userId: sql.placeholder('user'),
      id: sql.placeholder('id'),
      date: sql.placeholder('date'),
      sequenceId: sql.placeholder('sequenceId'),
      title: sql.placeholder('title'),
      totalSeconds: sql.placeholder('totalSeconds'),
      note: sql.placeholder('note'),
      createdAt: sql.placeholder('now'),
    }),
  )
  const remove = prepare('practice_delete', db => db.delete(practices).where(own).returning({ id: practices.id }))

  return {
    /** The user's practice, or undefined: also when it exists and is someone else's. */
    find: async (userId: string, id: string) => (await one.execute({ user: userId, id }))[0],

    /** A page of the user's practices, the latest day first. */
    async list(userId: string, { sequence, from, to }: PracticeFilter, { limit, offset }: Page) {
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

    /** The id of a new practice and the writes that make it; they come to nothing when the user is gone. @param now epoch ms. */
    create(userId: string, fields: PracticeFields, now: number) {
      const id = uuidv7()
      return { id, writes: [guard(userId), insert.with({ ...fields, user: userId, id, now: new Date(now) })] }
    },

    /** @returns whether there was such a practice. */
    remove: async (userId: string, id: string) => (await remove.execute({ user: userId, id })).length === 1,
  }
}
