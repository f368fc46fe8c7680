import { and } from 'drizzle-orm'
import { eq, gt } from '../db/conditions.ts'
import type { BoundWrite, Database } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import type { SessionId, UserId } from '../ids.ts'
import type { Flow } from './provider.ts'

/** How long (ms) a person may stay at the provider. */
export const stateLifetime = 10 * 60_000

/** A sign-in that has begun and not come back. The state itself is known to the browser and the provider alone. */
export interface Begun extends Flow {
  provider: string
  /** Where it ends. */
  redirectTo: string
  /** Of the app that will swap a code for the sign-in (PKCE, S256). */
  challenge: string | null
  /** Who wants to link an identity, and by which session; null for a sign-in. */
  linker: { user: UserId; session: SessionId } | null
}

/**
 * The sign-ins that are under way. Whoever brings a state back gets it once, and only from the browser that began it, by
 * the way of the provider it was begun with, in time.
 * @param hash what is stored of a secret.
 */
export function stateStore({ prepare, tables: { oauthStates } }: Database, hash: (secret: string) => string) {
  const insert = prepare('oauth_state_insert', columnsOf(oauthStates), (db, row) => insertInto(db, oauthStates, row))
  const presented = {
    hash: oauthStates.hash,
    provider: oauthStates.provider,
    bindingHash: oauthStates.bindingHash,
    now: oauthStates.expiresAt,
  }
  const take = prepare('oauth_state_take', presented, (db, values) =>
    db
      .delete(oauthStates)
      .where(
        and(
          eq(oauthStates.hash, values.hash),
          eq(oauthStates.provider, values.provider),
          eq(oauthStates.bindingHash, values.bindingHash),
          gt(oauthStates.expiresAt, values.now),
        ),
      )
      .returning(),
  )

  return {
    /**
     * The write that keeps a sign-in under way.
     * @param binding the secret of the browser.
     * @param at now, epoch ms.
     */
    keepingWrite: ({ state, linker, ...begun }: Begun, binding: string, at: number): BoundWrite<unknown> =>
      insert.asWrite({
        ...begun,
        hash: hash(state),
        bindingHash: hash(binding),
        linkUserId: linker?.user ?? null,
        linkSessionId: linker?.session ?? null,
        expiresAt: new Date(at + stateLifetime),
      }),

    /**
     * The write that takes a sign-in up again and uses its state up; it has no row when anything about it is wrong.
     * @param at now, epoch ms.
     */
    takingWrite: (provider: string, state: string, binding: string, at: number) =>
      take.asWrite({ provider, hash: hash(state), bindingHash: hash(binding), now: new Date(at) }),
  }
}

/** A row that was taken, with the state that it was taken by. */
export function begunOf(row: Database['tables']['oauthStates']['$inferSelect'], state: string): Begun {
  const { linkUserId: user, linkSessionId: session, ...begun } = row
  return { ...begun, state, linker: user !== null && session !== null ? { user, session } : null }
}
