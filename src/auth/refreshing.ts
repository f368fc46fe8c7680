import { and, type SQL } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must } from '../db/database.ts'
import { updateOf } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import { type Credential, hashSecret, isSealed, successorOf } from './secrets.ts'
import { livingSessions } from './sessions.ts'

/** Grace (ms) after a refresh in which an old token counts as a delayed retry, not as theft. */
const refreshGraceMs = 10_000

/**
 * Exchanges refresh secrets for their successors.
 * @param keys of accepted seals; new seals use the first.
 */
export function refreshing({ prepare, tables }: Database, commit: Commit, keys: readonly [Buffer, ...Buffer[]]) {
  const { sessions } = tables
  const living = livingSessions(tables)
  const key = { userId: sessions.userId, id: sessions.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(sessions.userId, userId), eq(sessions.id, id)) as SQL
  const found = { ...key, ...living.values }
  const ownLiving = (values: Values<typeof found>) => and(own(values), living.condition(values))

  /** Of parallel refreshes with one token exactly one changes the row. */
  const swap = { ...found, presentedHash: sessions.refreshHash, successorHash: sessions.refreshHash }
  const rotate = prepare('session_rotate', swap, (db, { presentedHash, successorHash, ...values }) =>
    updateOf(db, sessions, {
      refreshHash: successorHash,
      replacedRefreshHash: presentedHash,
      refreshedAt: values.now,
      lastUsedAt: values.now,
    })
      .where(and(ownLiving(values), eq(sessions.refreshHash, presentedHash)))
      .returning({ id: sessions.id }),
  )
  const state = prepare('session_refresh_state', found, (db, values) =>
    db
      .select({ replaced: sessions.replacedRefreshHash, refreshedAt: sessions.refreshedAt })
      .from(sessions)
      .where(ownLiving(values)),
  )
  const remove = prepare('session_remove_reused', key, (db, values) =>
    db.delete(sessions).where(own(values)).returning({ id: sessions.id }),
  )

  /**
   * Exchanges a refresh secret for its successor. The last one exchanged gets the same successor for ten seconds more.
   * After that, a secret of this session that was exchanged before ends the session, because someone else may hold it;
   * an invented one does nothing.
   * @param at now, epoch ms.
   * @param alarm the writes for a session that ends this way.
   * @returns the successor, or undefined when the secret is invalid.
   */
  return async (
    credential: Credential,
    at: number,
    alarm: readonly BoundWrite<unknown>[],
  ): Promise<string | undefined> => {
    if (!keys.some(key => isSealed(credential, key))) return undefined
    const of = { userId: credential.user, id: credential.session, ...living.at(at) }
    const successor = successorOf(credential, keys[0])
    const presentedHash = hashSecret(credential.secret)
    const won = await rotate.execute({ ...of, presentedHash, successorHash: hashSecret(successor) })
    if (won.length === 1) return successor
    const [found] = await state.execute(of)
    if (found && at - found.refreshedAt.getTime() < refreshGraceMs) {
      return found.replaced === presentedHash ? successor : undefined
    }
    await commit([must(remove.asWrite(of)), ...alarm])
    return undefined
  }
}
