import { and, desc, eq, gt, isNull, ne, notInArray, or, type SQL, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { BoundWrite, Database } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import { principalOf, type Source } from './principal.ts'
import { hashSecret, randomSecret, sealed } from './secrets.ts'

/** A session ends this long after the sign-in, however much it is used: 90 days, in ms. */
export const sessionLifetime = 90 * 86_400_000
/** A session ends when it was not used for so long: 30 days, in ms. */
export const sessionIdleTime = 30 * 86_400_000
/** How long an access token is good for, in seconds; then a refresh token gets the next one. */
export const accessTokenSeconds = 900
/** Uses within so long (ms) of one that was noted are not noted again: a write for every read would be dear. */
const useNotedEvery = 5 * 60_000
/** So many sessions a person has at most: a sign-in ends the oldest beyond them. */
export const maxSessions = 100

export interface NewSession {
  id: string
  cookie: string
  refreshSecret: string
  writes: BoundWrite<unknown>[]
}

export type SessionStore = ReturnType<typeof sessionStore>

/** The condition that a session has not run out; `now` and `idleSince` are named values. */
export function isLiving({ sessions }: Pick<Database['tables'], 'sessions'>): SQL | undefined {
  const used = or(
    gt(sessions.lastUsedAt, valueFor('idleSince', sessions.lastUsedAt)),
    // A session that was never noted as used was used at its beginning.
    gt(sessions.createdAt, valueFor('idleSince', sessions.createdAt)),
  )
  return and(gt(sessions.expiresAt, valueFor('now', sessions.expiresAt)), used)
}

/** The values that `isLiving` names. @param at now, epoch ms. */
export const livingAt = (at: number) => ({ now: new Date(at), idleSince: new Date(at - sessionIdleTime) })

/**
 * The sessions: the root of every credential of a sign-in, checked against the database on every request.
 * @param sealKey of the server, for refresh secrets.
 */
export function sessionStore({ prepare, atomic, tables }: Database, sealKey: Buffer) {
  const { sessions, users } = tables
  const user = sql.placeholder('user')
  const id = sql.placeholder('id')
  const now = valueFor('now', sessions.expiresAt)
  const ofUser = eq(sessions.userId, textFor('user'))
  const own = and(ofUser, eq(sessions.id, textFor('id')))

  /** One statement for all that a request needs to know about who sent it. */
  const principal = prepare('session_principal', db =>
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
      .where(and(own, isLiving(tables), isNull(users.disabledAt))),
  )
  const list = prepare('session_list', db =>
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
      .where(and(ofUser, isLiving(tables)))
      .orderBy(desc(sessions.id)),
  )
  const insert = prepare('session_insert', db =>
    db.insert(sessions).values({
      userId: user,
      id,
      cookieHash: sql.placeholder('cookieHash'),
      refreshHash: sql.placeholder('refreshHash'),
      refreshedAt: sql.placeholder('now'),
      createdAt: sql.placeholder('now'),
      expiresAt: sql.placeholder('expiresAt'),
      ip: sql.placeholder('ip'),
      device: sql.placeholder('device'),
    }),
  )
  const removeOldest = prepare('session_remove_oldest', db =>
    db.delete(sessions).where(
      and(
        ofUser,
        notInArray(
          sessions.id,
          db
            .select({ id: sessions.id })
            .from(sessions)
            .where(ofUser)
            .orderBy(desc(sessions.id))
            .limit(maxSessions - 1),
        ),
      ),
    ),
  )
  const remove = prepare('session_remove', db => db.delete(sessions).where(own).returning({ id: sessions.id }))
  const removeOthers = prepare('session_remove_others', db =>
    db.delete(sessions).where(and(ofUser, ne(sessions.id, textFor('id')))),
  )
  const noteUse = prepare('session_note_use', db =>
    db.update(sessions).set({ lastUsedAt: now }).where(own).returning({ id: sessions.id }),
  )
  const confirm = prepare('session_confirm', db => db.update(sessions).set({ confirmedAt: now }).where(own))

  return {
    /** The living session and its user, or undefined: also where the account is disabled. @param at now, epoch ms. */
    find: async (userId: string, session: string, at: number) =>
      (await principal.execute({ user: userId, id: session, ...livingAt(at) }))[0],

    /** The user's living sessions, the newest first; not more than `maxSessions`. @param at now, epoch ms. */
    list: (userId: string, at: number) => list.execute({ user: userId, ...livingAt(at) }),

    /** A new session for a user: its secrets, and the writes that make it real. @param at now, epoch ms. */
    begin(userId: string, at: number, { ip, device }: Source): NewSession {
      const session = uuidv7()
      const secret = randomSecret()
      const refreshSecret = sealed({ user: userId, session }, sealKey)
      const made = insert.with({
        user: userId,
        now: new Date(at),
        id: session,
        ip,
        device,
        cookieHash: hashSecret(secret),
        refreshHash: hashSecret(refreshSecret),
        expiresAt: new Date(at + sessionLifetime),
      })
      return {
        id: session,
        cookie: secret,
        refreshSecret,
        writes: [removeOldest.with({ user: userId }), made],
      }
    },

    /** The write that ends a session, and answers with its id if there was one. */
    end: (userId: string, session: string) => remove.with({ user: userId, id: session }),

    /** The write that ends all of the user's sessions but one, or all without exception. */
    endOthers: (userId: string, except = '') => removeOthers.with({ user: userId, id: except }),

    /** The write that notes that the password was given again. @param at now, epoch ms. */
    confirmation: (userId: string, session: string, at: number) =>
      confirm.with({ user: userId, id: session, now: new Date(at) }),

    /**
     * The write that a change of the account stands on, for `must`: it changes no row when the session has ended after
     * its request was let in. Else whoever is thrown out, but has a request on its way, could still make a token or set
     * a password. In a batch that changes the user it stands last: on PostgreSQL the user's row is the one that those
     * who change a user queue at, and a session that is held there already would be a deadlock.
     * @param at now, epoch ms.
     */
    presence: (userId: string, session: string, at: number) =>
      noteUse.with({ user: userId, id: session, now: new Date(at) }),

    /**
     * Notes that a session is in use, once in five minutes. @param at now, epoch ms.
     */
    async noteUse(userId: string, session: { id: string; createdAt: Date; lastUsedAt: Date | null }, at: number) {
      const noted = (session.lastUsedAt ?? session.createdAt).getTime()
      if (at - noted > useNotedEvery) await atomic([noteUse.with({ user: userId, id: session.id, now: new Date(at) })])
    },
  }
}
