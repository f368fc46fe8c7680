import { and, desc, isNull, notInArray, or, type SQL, sql } from 'drizzle-orm'
import { eq, gt } from '../db/conditions.ts'
import type { BoundWrite, Commit, Database } from '../db/database.ts'
import { locked } from '../db/locked.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { given, text, type Values } from '../db/values.ts'
import { newId, type SessionId, type UserId } from '../ids.ts'
import type { Role } from '../vocabulary.ts'
import { principalOf, type Source } from './principal.ts'
import { hashSecret, randomSecret, sealed } from './secrets.ts'

/** A session ends this long after the sign-in, however much it is used: 90 days, in ms. */
export const sessionLifetimeMs = 90 * 86_400_000
/** A session ends when it has not been used for this long: 30 days, in ms. */
export const sessionMaxIdleMs = 30 * 86_400_000
/** A use within this time (ms) of the last recorded one is not recorded: a write per read would be expensive. */
const lastUsedPrecisionMs = 5 * 60_000
/** Maximum number of sessions per user: a sign-in ends the least recently used beyond it. */
export const maxSessions = 100

export interface NewSession {
  id: SessionId
  cookie: string
  refreshSecret: string
  writes: BoundWrite<unknown>[]
}

export type SessionStore = ReturnType<typeof sessionStore>

type Times = Record<'now' | 'idleSince', Date>

/** The condition for unexpired sessions, its placeholders, and their values at a time (epoch ms). */
export function livingSessions({ sessions }: Pick<Database['tables'], 'sessions'>) {
  const values = { now: sessions.expiresAt, idleSince: sessions.createdAt }
  return {
    values,
    condition({ now, idleSince }: Values<typeof values> | Times): SQL {
      // A session without a recorded use was last used at its beginning.
      const used = or(gt(sessions.lastUsedAt, idleSince), gt(sessions.createdAt, idleSince))
      return and(gt(sessions.expiresAt, now), used) as SQL
    },
    at: (ms: number): Times => ({ now: new Date(ms), idleSince: new Date(ms - sessionMaxIdleMs) }),
  }
}

/**
 * The sessions: the root of every credential of a sign-in, checked against the database on every request.
 * @param sealKey of the server, for refresh secrets.
 */
export function sessionStore({ prepare, tables }: Database, sealKey: Buffer) {
  const { sessions, users } = tables
  const living = livingSessions(tables)
  const owner = { userId: sessions.userId }
  const key = { ...owner, id: sessions.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(sessions.userId, userId), eq(sessions.id, id)) as SQL

  /** One statement for everything a request needs to know about its sender. */
  const principal = prepare('session_principal', { ...key, ...living.values }, (db, values) =>
    db
      .select({
        session: {
          id: sessions.id,
          cookieHash: sessions.cookieHash,
          createdAt: sessions.createdAt,
          confirmedAt: sessions.confirmedAt,
          lastUsedAt: sessions.lastUsedAt,
        },
        ...principalOf(tables),
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(own(values), living.condition(values), isNull(users.disabledAt))),
  )
  const guard = prepare('session_guard', { ...key, role: users.role }, (db, { role, ...values }) =>
    locked(
      db
        .select({ id: users.id })
        .from(users)
        .innerJoin(sessions, eq(sessions.userId, users.id))
        .where(and(own(values), eq(users.id, values.userId), eq(users.role, role), isNull(users.disabledAt))),
    ),
  )
  const list = prepare('session_list', { ...owner, ...living.values }, (db, values) =>
    db
      .select({
        id: sessions.id,
        device: sessions.device,
        ip: sessions.ip,
        created_at: sessions.createdAt,
        last_used_at: sql<Date>`coalesce(${sessions.lastUsedAt}, ${sessions.createdAt})`.mapWith(sessions.createdAt),
        expires_at: sessions.expiresAt,
      })
      .from(sessions)
      .where(and(eq(sessions.userId, values.userId), living.condition(values)))
      .orderBy(desc(sessions.id)),
  )
  const insert = prepare('session_insert', columnsOf(sessions), (db, row) => insertInto(db, sessions, row))
  const removeIdlest = prepare('session_remove_idlest', owner, (db, { userId }) =>
    db.delete(sessions).where(
      and(
        eq(sessions.userId, userId),
        notInArray(
          sessions.id,
          db
            .select({ id: sessions.id })
            .from(sessions)
            .where(eq(sessions.userId, userId))
            .orderBy(desc(sql`coalesce(${sessions.lastUsedAt}, ${sessions.createdAt})`), desc(sessions.id))
            .limit(maxSessions - 1),
        ),
      ),
    ),
  )
  const remove = prepare('session_remove', key, (db, values) =>
    db.delete(sessions).where(own(values)).returning({ id: sessions.id }),
  )
  const removeOthers = prepare('session_remove_others', { ...owner, id: text<SessionId | ''>() }, (db, values) =>
    db
      .delete(sessions)
      .where(and(eq(sessions.userId, values.userId), sql`${sessions.id} <> ${values.id}`))
      .returning({ id: sessions.id }),
  )
  const noteUse = prepare('session_note_use', { ...key, now: given(sessions.lastUsedAt) }, (db, { now, ...values }) =>
    updateOf(db, sessions, { lastUsedAt: now }).where(own(values)),
  )
  const confirm = prepare('session_confirm', { ...key, now: given(sessions.confirmedAt) }, (db, { now, ...values }) =>
    updateOf(db, sessions, { confirmedAt: now }).where(own(values)),
  )

  return {
    /**
     * The valid session and its user; undefined also if the account is disabled.
     * @param at now, epoch ms.
     */
    find: async (userId: UserId, id: SessionId, at: number) =>
      (await principal.execute({ userId, id, ...living.at(at) }))[0],

    /**
     * The user's valid sessions, newest first; at most `maxSessions`.
     * @param at now, epoch ms.
     */
    list: (userId: UserId, at: number) => list.execute({ userId, ...living.at(at) }),

    /**
     * A new session for a user: its secrets, and the writes that store it.
     * @param at now, epoch ms.
     */
    begin(userId: UserId, at: number, { ip, device }: Source): NewSession {
      const id = newId<SessionId>()
      const secret = randomSecret()
      const refreshSecret = sealed({ user: userId, session: id }, sealKey)
      const now = new Date(at)
      const made = insert.asWrite({
        userId,
        id,
        ip,
        device,
        cookieHash: hashSecret(secret),
        refreshHash: hashSecret(refreshSecret),
        replacedRefreshHash: null,
        refreshedAt: now,
        createdAt: now,
        confirmedAt: null,
        lastUsedAt: null,
        expiresAt: new Date(at + sessionLifetimeMs),
      })
      return {
        id,
        cookie: secret,
        refreshSecret,
        writes: [removeIdlest.asWrite({ userId }), made],
      }
    },

    /** The write that ends a session; it returns the id if there was one. */
    endWrite: (userId: UserId, id: SessionId) => remove.asWrite({ userId, id }),

    /** The write that ends all of the user's sessions but one, or all of them; it returns those that it ended. */
    endOthersWrite: (userId: UserId, except: SessionId | '' = '') => removeOthers.asWrite({ userId, id: except }),

    /**
     * The write that records that the password was confirmed.
     * @param at now, epoch ms.
     */
    confirmationWrite: (userId: UserId, id: SessionId, at: number) =>
      confirm.asWrite({ userId, id, now: new Date(at) }),

    /**
     * The guard of a batch: no row when the session has ended, the account is disabled, or its role is another one. The
     * user's row is locked first, then the session's, as by all batches that write both.
     */
    guardWrite: (userId: UserId, id: SessionId, role: Role) => guard.asWrite({ userId, id, role }),

    /**
     * Records that a session is in use, at most once in five minutes.
     * @param at now, epoch ms.
     * @returns undefined where there is nothing to wait for.
     */
    noteUse(
      commit: Commit,
      userId: UserId,
      session: { id: SessionId; createdAt: Date; lastUsedAt: Date | null },
      at: number,
    ): Promise<unknown> | undefined {
      const noted = (session.lastUsedAt ?? session.createdAt).getTime()
      const note = async () => commit([noteUse.asWrite({ userId, id: session.id, now: new Date(at) })])
      return at - noted > lastUsedPrecisionMs ? note() : undefined
    },
  }
}
