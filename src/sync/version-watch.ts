import { and, eq, gt, inArray, isNull, or } from 'drizzle-orm'
import { livingSessions } from '../auth/sessions.ts'
import type { Database } from '../db/database.ts'
import type { SessionId, TokenId, UserId } from '../ids.ts'
import { type SyncedKind, syncedKinds } from '../vocabulary.ts'
import type { Versions } from './versions.ts'

/** Who wants to know of changes. */
export interface Watcher {
  userId: UserId
  /** The session or token it was opened by: with it the watching ends. */
  credential: { session: SessionId } | { token: TokenId }
  kinds: readonly SyncedKind[]
  /** Gets the versions of its kinds when one of them has changed. */
  tell(versions: Partial<Versions>): void
  /** Called when there has been nothing to tell for a while, so that the connection is seen to be alive. */
  keepAlive(): void
  end(): void
}

/** From one look to the next, in ms: with the time of the statement, a change is told within a second or so. */
const intervalMs = 900
/** The time after which a watcher that was told nothing gets a sign of life, in ms. */
const keepAliveMs = 25_000
/** Watchers of one statement. */
const maxPerStatement = 500

/** What a watcher was told last, and when it last got anything, in epoch ms. */
interface Told {
  text: string
  at: number
}

/**
 * Tells watchers of new versions: one statement a second for all watchers of this process together, and none while there
 * are none. Writers do nothing for it, and it sees what other processes have written.
 * @param now epoch ms.
 */
export function versionWatch({ query, tables }: Pick<Database, 'query' | 'tables'>, now: () => number) {
  const { users, sessions, personalTokens } = tables
  const living = livingSessions(tables)
  const watching = new Map<Watcher, Told>()
  const perUser = new Map<UserId, number>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  /** The versions of users, with those of their sessions and tokens that are named and valid. */
  const read = (watchers: readonly Watcher[]) => {
    const credentials = watchers.map(({ credential }) => credential)
    // Never empty lists: drizzle makes `false` of them, with which Citus refuses the join.
    const none = '' as SessionId & TokenId
    const sessionIds = [none, ...credentials.flatMap(one => ('session' in one ? [one.session] : []))]
    const tokenIds = [none, ...credentials.flatMap(one => ('token' in one ? [one.token] : []))]
    const at = now()
    const unexpired = or(isNull(personalTokens.expiresAt), gt(personalTokens.expiresAt, new Date(at)))
    return query(db =>
      db
        .select({
          id: users.id,
          session: sessions.id,
          token: personalTokens.id,
          mood: users.moodVersion,
          task: users.taskVersion,
          practice: users.practiceVersion,
          sequence: users.sequenceVersion,
        })
        .from(users)
        .leftJoin(
          sessions,
          and(eq(sessions.userId, users.id), inArray(sessions.id, sessionIds), living.condition(living.at(at))),
        )
        .leftJoin(
          personalTokens,
          and(eq(personalTokens.userId, users.id), inArray(personalTokens.id, tokenIds), unexpired),
        )
        .where(and(inArray(users.id, [...new Set(watchers.map(({ userId }) => userId))]), isNull(users.disabledAt))),
    )
  }

  async function look() {
    const all = [...watching.keys()]
    for (let start = 0; start < all.length; start += maxPerStatement) {
      const watchers = all.slice(start, start + maxPerStatement)
      // Without the database nothing is known; the next look tells.
      const rows = await read(watchers).catch(() => undefined)
      if (!rows) continue
      const valid = new Map<string, Versions>()
      for (const { id, session, token, ...versions } of rows) {
        valid.set(`${id} ${session}`, versions)
        valid.set(`${id} ${token}`, versions)
      }
      for (const watcher of watchers) {
        const { userId, credential } = watcher
        const versions = valid.get(`${userId} ${'session' in credential ? credential.session : credential.token}`)
        if (versions) tell(watcher, versions)
        else end(watcher)
      }
    }
  }

  /** Tells a watcher what it does not know, or shows it now and then that it is not forgotten. */
  function tell(watcher: Watcher, versions: Versions) {
    const told = watching.get(watcher)
    // It has gone meanwhile.
    if (!told) return
    const own = Object.fromEntries(
      syncedKinds.filter(kind => watcher.kinds.includes(kind)).map(kind => [kind, versions[kind]]),
    )
    const text = JSON.stringify(own)
    if (text !== told.text) watcher.tell(own)
    // A clock can be set back.
    else if (Math.abs(now() - told.at) >= keepAliveMs) watcher.keepAlive()
    else return
    watching.set(watcher, { text, at: now() })
  }

  function forget(watcher: Watcher): boolean {
    if (!watching.delete(watcher)) return false
    const left = (perUser.get(watcher.userId) as number) - 1
    if (left > 0) perUser.set(watcher.userId, left)
    else perUser.delete(watcher.userId)
    return true
  }

  function end(watcher: Watcher) {
    if (forget(watcher)) watcher.end()
  }

  function schedule() {
    timer ??= setTimeout(async () => {
      await look()
      timer = undefined
      if (watching.size > 0) schedule()
    }, intervalMs)
  }

  return {
    /** How many watchers a user has. */
    count: (userId: UserId) => perUser.get(userId) ?? 0,
    /**
     * Begins to watch, and tells what is known.
     * @returns what ends it.
     */
    open(watcher: Watcher, versions: Versions): () => void {
      watching.set(watcher, { text: '', at: now() })
      perUser.set(watcher.userId, (perUser.get(watcher.userId) ?? 0) + 1)
      tell(watcher, versions)
      if (closed) end(watcher)
      else schedule()
      return () => void forget(watcher)
    },
    /** Ends all of them, and those to come as soon as they have been told what is known. */
    close() {
      closed = true
      clearTimeout(timer)
      for (const watcher of watching.keys()) end(watcher)
    },
  }
}
