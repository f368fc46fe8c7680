import { and, eq, gt, lte, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { BoundWrite, Database } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import { type Credential, hashSecret, isSealed, randomSecret, sealed, successorOf } from './secrets.ts'

/** A session ends this long after the sign-in, however much it is used: 90 days, in ms. */
export const sessionLifetime = 90 * 86_400_000
/** How long an access token is good for, in seconds; then a refresh token gets the next one. */
export const accessTokenSeconds = 900
/** So long (ms) after a refresh an old token is a retry that was late on its way, and no sign of theft. */
const refreshGrace = 10_000

export interface NewSession {
  id: string
  cookie: string
  refreshSecret: string
  write: BoundWrite<unknown>
}

export type SessionStore = ReturnType<typeof sessionStore>
export type Principal = NonNullable<Awaited<ReturnType<SessionStore['find']>>>

/**
 * The sessions: the root of every credential, checked against the database on every request.
 * @param key of the server, for refresh secrets.
 */
export function sessionStore({ prepare, tables: { sessions, users } }: Database, key: Buffer) {
  const user = sql.placeholder('user')
  const id = sql.placeholder('id')
  const now = valueFor('now', sessions.expiresAt)
  const own = and(eq(sessions.userId, textFor('user')), eq(sessions.id, textFor('id')))
  const living = and(own, gt(sessions.expiresAt, now))

  /** One statement for all that a request needs to know about who sent it; the user stands in wire names. */
  const principal = prepare('session_principal', db =>
    db
      .select({
        session: { id: sessions.id, cookieHash: sessions.cookieHash },
        user: {
          id: users.id,
          username: users.username,
          email: users.email,
          first_name: users.firstName,
          last_name: users.lastName,
          role: users.role,
          created_at: users.createdAt,
        },
        settings: {
          timezone: users.timezone,
          dayStartsAt: users.dayStartsAt,
          moodMin: users.moodMin,
          moodMax: users.moodMax,
          moodVersion: users.moodVersion,
        },
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(living),
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
    }),
  )
  const removeExpired = prepare('session_remove_expired', db =>
    db.delete(sessions).where(and(eq(sessions.userId, textFor('user')), lte(sessions.expiresAt, now))),
  )
  const remove = prepare('session_remove', db => db.delete(sessions).where(own))
  /** Of parallel refreshes with one token exactly one changes the row. */
  const rotate = prepare('session_rotate', db =>
    db
      .update(sessions)
      .set({
        refreshHash: valueFor('successorHash', sessions.refreshHash),
        replacedRefreshHash: valueFor('presentedHash', sessions.replacedRefreshHash),
        refreshedAt: now,
      })
      .where(and(living, eq(sessions.refreshHash, sql.placeholder('presentedHash'))))
      .returning({ id: sessions.id }),
  )
  const refreshState = prepare('session_refresh_state', db =>
    db
      .select({ replaced: sessions.replacedRefreshHash, refreshedAt: sessions.refreshedAt })
      .from(sessions)
      .where(living),
  )

  return {
    /** The living session and its user, or undefined. @param at now, epoch ms. */
    find: async (userId: string, session: string, at: number) =>
      (await principal.execute({ user: userId, id: session, now: new Date(at) }))[0],

    /** A new session for a user: its secrets, and the write that makes it real. @param at now, epoch ms. */
    begin(userId: string, at: number): NewSession {
      const session = uuidv7()
      const secret = randomSecret()
      const refreshSecret = sealed({ user: userId, session }, key)
      return {
        id: session,
        cookie: secret,
        refreshSecret,
        write: insert.with({
          user: userId,
          id: session,
          cookieHash: hashSecret(secret),
          refreshHash: hashSecret(refreshSecret),
          now: new Date(at),
          expiresAt: new Date(at + sessionLifetime),
        }),
      }
    },

    /** The write that clears away a user's expired sessions. @param at now, epoch ms. */
    removalOfExpired: (userId: string, at: number) => removeExpired.with({ user: userId, now: new Date(at) }),

    /** Ends a session; everything that stands on it is refused from the next request on. */
    end: async (userId: string, session: string) => void (await remove.execute({ user: userId, id: session })),

    /**
     * Swaps a refresh secret for its successor. The one that was swapped last gets the same successor for ten seconds
     * more. After that, a secret of this session that was swapped before ends the session, because someone else may hold
     * it; one that was invented does nothing. @param at now, epoch ms.
     * @returns the successor, or undefined when the secret is worth nothing.
     */
    async refresh(credential: Credential, at: number): Promise<string | undefined> {
      if (!isSealed(credential, key)) return undefined
      const of = { user: credential.user, id: credential.session, now: new Date(at) }
      const successor = successorOf(credential, key)
      const presentedHash = hashSecret(credential.secret)
      const won = await rotate.execute({ ...of, presentedHash, successorHash: hashSecret(successor) })
      if (won.length === 1) return successor
      const [state] = await refreshState.execute(of)
      const recent = state !== undefined && at - state.refreshedAt.getTime() < refreshGrace
      if (recent) return state.replaced === presentedHash ? successor : undefined
      await remove.execute(of)
      return undefined
    },
  }
}
