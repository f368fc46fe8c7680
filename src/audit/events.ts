import { count, desc, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../db/database.ts'
import { rowsFor, textFor } from '../db/placeholder.ts'
import type { EventKind } from '../vocabulary.ts'

/** Events are kept for so long: a year, in ms. */
export const eventRetentionMs = 365 * 86_400_000

export interface NewEvent {
  kind: EventKind
  /** Who did it; absent for strangers. */
  actor?: string
  /** What it was done to: a session, a token, an account. */
  target?: string
  /** From where; null where that is the business of somebody else than the account's owner. */
  ip: string | null
  device: string | null
}

/** What happened to accounts: sign-ins, failures, changes. Each belongs to the account that it happened to. */
export function eventStore({ prepare, tables: { events } }: Database) {
  const ofUser = eq(events.userId, textFor('user'))
  const insert = prepare('event_insert', db =>
    db.insert(events).values({
      userId: sql.placeholder('user'),
      id: sql.placeholder('id'),
      at: sql.placeholder('now'),
      kind: sql.placeholder('kind'),
      actorId: sql.placeholder('actor'),
      targetId: sql.placeholder('target'),
      ip: sql.placeholder('ip'),
      device: sql.placeholder('device'),
    }),
  )
  const list = prepare('event_list', db =>
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
      .where(ofUser)
      .orderBy(desc(events.id))
      .limit(rowsFor('limit'))
      .offset(rowsFor('offset')),
  )
  const total = prepare('event_count', db => db.select({ total: count() }).from(events).where(ofUser))

  return {
    /** The write that keeps an event of an account. @param at now, epoch ms. */
    write: (user: string, { kind, actor, target, ip, device }: NewEvent, at: number) =>
      insert.with({
        user,
        id: uuidv7(),
        now: new Date(at),
        kind,
        actor: actor ?? null,
        target: target ?? null,
        ip,
        device,
      }),

    /** An account's events, the newest first. */
    list: (user: string, limit: number, offset: number) => list.execute({ user, limit, offset }),

    /** How many events an account has. */
    count: async (user: string) => totalOf(await total.execute({ user })),
  }
}

/** A count without a group has one row. */
function totalOf([row]: readonly { total: number }[]): number {
  return (row as { total: number }).total
}
