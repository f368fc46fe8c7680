import { count, desc } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import { rowCount } from '../db/values.ts'
import { type AnyId, type EventId, newId, type UserId } from '../ids.ts'
import type { EventKind } from '../vocabulary.ts'

/** Events are kept for this long: a year, in ms. */
export const eventRetentionMs = 365 * 86_400_000

export interface NewEvent {
  kind: EventKind
  /** The user who did it; absent for strangers. */
  actor?: UserId
  /** The session, token or account that it was done to. */
  target?: AnyId
  /** The origin; null where it is not the account owner's to know. */
  ip: string | null
  device: string | null
}

/** The events of accounts: sign-ins, failures, changes. Each belongs to the account that it happened to. */
export function eventStore({ prepare, tables: { events } }: Database) {
  const owner = { userId: events.userId }
  const insert = prepare('event_insert', columnsOf(events), (db, row) => insertInto(db, events, row))
  const list = prepare('event_list', { ...owner, limit: rowCount, offset: rowCount }, (db, { userId, limit, offset }) =>
    db
      .select({
        id: events.id,
        at: events.at,
        kind: events.kind,
        actor_id: events.actorId,
        target_id: events.targetId,
        ip: events.ip,
        device: events.device,
      })
      .from(events)
      .where(eq(events.userId, userId))
      .orderBy(desc(events.id))
      .limit(limit)
      .offset(offset),
  )
  const total = prepare('event_count', owner, (db, { userId }) =>
    db.select({ total: count() }).from(events).where(eq(events.userId, userId)),
  )

  return {
    /**
     * The write that stores an event of an account.
     * @param at now, epoch ms.
     */
    eventWrite: (userId: UserId, { actor, target, ...event }: NewEvent, at: number) =>
      insert.asWrite({
        ...event,
        userId,
        id: newId<EventId>(),
        at: new Date(at),
        actorId: actor ?? null,
        targetId: target ?? null,
      }),

    /** An account's events, newest first. */
    list: (userId: UserId, limit: number, offset: number) => list.execute({ userId, limit, offset }),

    /** The number of an account's events. */
    count: async (userId: UserId) => totalOf(await total.execute({ userId })),
  }
}

/** A count without a group has one row. */
function totalOf([row]: readonly { total: number }[]): number {
  return (row as { total: number }).total
}
