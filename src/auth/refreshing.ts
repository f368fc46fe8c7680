import { and, eq, sql } from 'drizzle-orm'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import { type Credential, hashSecret, isSealed, successorOf } from './secrets.ts'
import { isLiving, livingAt } from './sessions.ts'

/** So long (ms) after a refresh an old token is a retry that was late on its way, and no sign of theft. */
const refreshGrace = 10_000

/**
 * Swaps refresh secrets for their successors.
 * @param keys that seals may be made with; the first one makes the next.
 */
export function refreshing({ prepare, atomic, tables }: Database, keys: readonly [Buffer, ...Buffer[]]) {
  const { sessions } = tables
  const own = and(eq(sessions.userId, textFor('user')), eq(sessions.id, textFor('id')))
  const living = and(own, isLiving(tables))

  /** Of parallel refreshes with one token exactly one changes the row. */
  const rotate = prepare('session_rotate', db =>
    db
      .update(sessions)
      .set({
        refreshHash: valueFor('successorHash', sessions.refreshHash),
        replacedRefreshHash: valueFor('presentedHash', sessions.replacedRefreshHash),
        refreshedAt: valueFor('now', sessions.refreshedAt),
        lastUsedAt: valueFor('now', sessions.lastUsedAt),
      })
      .where(and(living, eq(sessions.refreshHash, sql.placeholder('presentedHash'))))
      .returning({ id: sessions.id }),
  )
  const state = prepare('session_refresh_state', db =>
    db
      .select({ replaced: sessions.replacedRefreshHash, refreshedAt: sessions.refreshedAt })
      .from(sessions)
      .where(living),
  )
  const remove = prepare('session_remove_reused', db => db.delete(sessions).where(own).returning({ id: sessions.id }))

  /**
   * Swaps a refresh secret for its successor. The one that was swapped last gets the same successor for ten seconds
   * more. After that, a secret of this session that was swapped before ends the session, because someone else may hold
   * it; one that was invented does nothing. @param at now, epoch ms. @param alarm is written when a session ends so.
   * @returns the successor, or undefined when the secret is worth nothing.
   */
  return async (credential: Credential, at: number, alarm: BoundWrite<unknown>): Promise<string | undefined> => {
    if (!keys.some(key => isSealed(credential, key))) return undefined
    const of = { user: credential.user, id: credential.session, ...livingAt(at) }
    const successor = successorOf(credential, keys[0])
    const presentedHash = hashSecret(credential.secret)
    const won = await rotate.execute({ ...of, presentedHash, successorHash: hashSecret(successor) })
    if (won.length === 1) return successor
    const [found] = await state.execute(of)
    if (found && at - found.refreshedAt.getTime() < refreshGrace) {
      return found.replaced === presentedHash ? successor : undefined
    }
    await atomic([must(remove.with(of)), alarm])
    return undefined
  }
}
