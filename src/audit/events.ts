import { and, desc, sql } from 'drizzle-orm'
import { eq, gte } from '../db/conditions.ts'
import type { BoundWrite, Database } from '../db/database.ts'
import { type Page, readPage } from '../db/page.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import { type AnyId, type EventId, newId, type UserId } from '../ids.ts'
import type { EventKind } from '../vocabulary.ts'

/** The newest events of a kind that an account keeps: so nobody fills the disk by signing in and out. */
export const maxEventsOfKind = 300

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
export function eventStore(database: Database) {
  const {
    prepare,
    tables: { events },
  } = database
  const insert = prepare('event_insert', columnsOf(events), (db, row) => insertInto(db, events, row))
  const kind = { userId: events.userId, kind: events.kind }
  const trim = prepare('event_trim', kind, (db, values) => {
    const own = and(eq(events.userId, values.userId), eq(events.kind, values.kind))
    const firstTooMany = db
      .select({ id: events.id })
      .from(events)
      .where(own)
      .orderBy(desc(events.id))
      .limit(1)
      .offset(maxEventsOfKind)
    return db.delete(events).where(and(own, sql`${events.id} <= ${firstTooMany}`))
  })
  const since = { userId: events.userId, kind: events.kind, since: events.at }
  const recent = prepare('event_recent', since, (db, { userId, kind, since }) =>
    db
      .select({ id: events.id })
      .from(events)
      .where(and(eq(events.userId, userId), eq(events.kind, kind), gte(events.at, since)))
      .limit(1),
  )
  const wire = {
    id: events.id,
    at: events.at,
    kind: events.kind,
    actor_id: events.actorId,
    target_id: events.targetId,
    ip: events.ip,
    device: events.device,
  }

  return {
    /**
     * The writes that store an event of an account, and delete the oldest of its kind where there are too many.
     * @param at now, epoch ms.
     */
    eventWrites: (userId: UserId, { actor, target, ...event }: NewEvent, at: number): BoundWrite<unknown>[] => [
      insert.asWrite({
        ...event,
        userId,
        id: newId<EventId>(),
        at: new Date(at),
        actorId: actor ?? null,
        targetId: target ?? null,
      }),
      trim.asWrite({ userId, kind: event.kind }),
    ],

    /**
     * True if an account has an event of a kind since a time.
     * @param at epoch ms.
     */
    happenedSince: async (userId: UserId, kind: EventKind, at: number) =>
      (await recent.execute({ userId, kind, since: new Date(at) })).length > 0,

    /** A page of an account's events, newest first, and how many there are. */
    page: (userId: UserId, page: Page) =>
      readPage(
        database,
        events,
        () => eq(events.userId, userId),
        page,
        (db, own) => db.select(wire).from(events).where(own).orderBy(desc(events.id)),
      ),
  }
}
