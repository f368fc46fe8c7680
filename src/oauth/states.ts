import { and, eq, gt, sql } from 'drizzle-orm'
import type { BoundWrite, Database } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
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
  linker: { user: string; session: string } | null
}

/**
 * The sign-ins that are under way. Whoever brings a state back gets it once, and only from the browser that began it, by
 * the way of the provider it was begun with, in time.
 * @param hash what is stored of a secret.
 */
export function stateStore({ prepare, tables: { oauthStates } }: Database, hash: (secret: string) => string) {
  const insert = prepare('oauth_state_insert', db =>
    db.insert(oauthStates).values({
      hash: sql.placeholder('hash'),
      provider: sql.placeholder('provider'),
      bindingHash: sql.placeholder('bindingHash'),
      nonce: sql.placeholder('nonce'),
      verifier: sql.placeholder('verifier'),
      redirectUri: sql.placeholder('redirectUri'),
      redirectTo: sql.placeholder('redirectTo'),
      challenge: sql.placeholder('challenge'),
      linkUserId: sql.placeholder('linkUser'),
      linkSessionId: sql.placeholder('linkSession'),
      expiresAt: sql.placeholder('expiresAt'),
    }),
  )
  const take = prepare('oauth_state_take', db =>
    db
      .delete(oauthStates)
      .where(
        and(
          eq(oauthStates.hash, textFor('hash')),
          eq(oauthStates.provider, textFor('provider')),
          eq(oauthStates.bindingHash, textFor('bindingHash')),
          gt(oauthStates.expiresAt, valueFor('now', oauthStates.expiresAt)),
        ),
      )
      .returning(),
  )

  return {
    /** The write that keeps a sign-in under way. @param binding the secret of the browser. @param at now, epoch ms. */
    keeping: ({ state, linker, ...begun }: Begun, binding: string, at: number): BoundWrite<unknown> =>
      insert.with({
        ...begun,
        hash: hash(state),
        bindingHash: hash(binding),
        linkUser: linker?.user ?? null,
        linkSession: linker?.session ?? null,
        expiresAt: new Date(at + stateLifetime),
      }),

    /**
     * The write that takes a sign-in up again and uses its state up; it has no row when anything about it is wrong.
     * @param at now, epoch ms.
     */
    taking: (provider: string, state: string, binding: string, at: number) =>
      take.with({ provider, hash: hash(state), bindingHash: hash(binding), now: new Date(at) }),
  }
}

/** A row that was taken, with the state that it was taken by. */
export function begunOf(row: Database['tables']['oauthStates']['$inferSelect'], state: string): Begun {
  const { linkUserId: user, linkSessionId: session, ...begun } = row
  return { ...begun, state, linker: user !== null && session !== null ? { user, session } : null }
}
