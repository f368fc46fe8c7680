import { and } from 'drizzle-orm'
import { eq, gt } from '../db/conditions.ts'
import type { BoundWrite, Database } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import type { SessionId, UserId } from '../ids.ts'
import type { Flow } from './provider.ts'

/** Lifetime of a state, in ms: the time to sign in at the provider. */
export const stateLifetimeMs = 10 * 60_000

/** A pending sign-in. Only the browser and the provider know the state itself. */
export interface Begun extends Flow {
  provider: string
  /** The target. */
  redirectTo: string
  /** Of the app that will exchange a code (PKCE, S256). */
  challenge: string | null
  /** The hash of the invitation that a new account would use up; null without one. */
  invitationHash: string | null
  /** The user who links an identity, and the session; null for a sign-in. */
  linker: { user: UserId; session: SessionId } | null
}

/**
 * Pending sign-ins. A state is returned once, and only to the browser that began, through the provider it was begun
 * with, in time.
 * @param hash the stored form of a secret.
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
     * The write that stores a pending sign-in.
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
        expiresAt: new Date(at + stateLifetimeMs),
      }),

    /**
     * The write that consumes the state of a sign-in; it returns no row when anything about it is wrong.
     * @param at now, epoch ms.
     */
    takingWrite: (provider: string, state: string, binding: string, at: number) =>
      take.asWrite({ provider, hash: hash(state), bindingHash: hash(binding), now: new Date(at) }),
  }
}

/** A consumed row, with its state. */
export function begunOf(row: Database['tables']['oauthStates']['$inferSelect'], state: string): Begun {
  const { linkUserId: user, linkSessionId: session, ...begun } = row
  return { ...begun, state, linker: user !== null && session !== null ? { user, session } : null }
}
