import { and, count, desc, eq, gt, isNull, or, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import type { Scope } from '../vocabulary.ts'
import { writePersonalToken } from './personal-token.ts'
import { principalOf } from './principal.ts'
import { type Credential, hashSecret, matchesHash, randomSecret } from './secrets.ts'

/** So many tokens a person has at most. */
export const maxPersonalTokens = 100

/** Uses within so long (ms) of one that was noted are not noted again. */
const useNotedEvery = 5 * 60_000

export interface NewPersonalToken {
  name: string
  scopes: readonly Scope[]
  expiresAt: Date | null
}

/** Personal access tokens: rows of the same kind as sessions, with scopes, and checked on every request like these. */
export function personalTokenStore({ prepare, atomic, tables }: Database) {
  const { personalTokens, users } = tables
  const now = valueFor('now', personalTokens.lastUsedAt)
  const ofUser = eq(personalTokens.userId, textFor('user'))
  const own = and(ofUser, eq(personalTokens.id, textFor('id')))
  const wire = {
    id: personalTokens.id,
    name: personalTokens.name,
    scopes: personalTokens.scopes,
    created_at: personalTokens.createdAt,
    last_used_at: personalTokens.lastUsedAt,
    expires_at: personalTokens.expiresAt,
  }

  const principal = prepare('personal_token_principal', db =>
    db
      .select({
        token: {
          id: personalTokens.id,
          secretHash: personalTokens.secretHash,
          scopes: personalTokens.scopes,
          createdAt: personalTokens.createdAt,
          lastUsedAt: personalTokens.lastUsedAt,
        },
        ...principalOf(tables),
      })
      .from(personalTokens)
      .innerJoin(users, eq(users.id, personalTokens.userId))
      .where(
        and(own, or(isNull(personalTokens.expiresAt), gt(personalTokens.expiresAt, now)), isNull(users.disabledAt)),
      ),
  )
  const list = prepare('personal_token_list', db =>
    db.select(wire).from(personalTokens).where(ofUser).orderBy(desc(personalTokens.id)),
  )
  const total = prepare('personal_token_count', db => db.select({ total: count() }).from(personalTokens).where(ofUser))
  const insert = prepare('personal_token_insert', db =>
    db
      .insert(personalTokens)
      .values({
        userId: sql.placeholder('user'),
        id: sql.placeholder('id'),
        name: sql.placeholder('name'),
        secretHash: sql.placeholder('secretHash'),
        scopes: sql.placeholder('scopes'),
        createdAt: sql.placeholder('now'),
        expiresAt: sql.placeholder('expiresAt'),
      })
      .returning(wire),
  )
  const remove = prepare('personal_token_remove', db =>
    db.delete(personalTokens).where(own).returning({ id: personalTokens.id }),
  )
  const removeAll = prepare('personal_token_remove_all', db => db.delete(personalTokens).where(ofUser))
  const noteUse = prepare('personal_token_note_use', db =>
    db.update(personalTokens).set({ lastUsedAt: now }).where(own),
  )

  return {
    /** The living token with this secret, and its user, or undefined: also where the account is disabled. @param at now, epoch ms. */
    async find({ user, session: id, secret }: Credential, at: number) {
      const [found] = await principal.execute({ user, id, now: new Date(at) })
      return found && matchesHash(secret, found.token.secretHash) ? found : undefined
    },

    /** The user's tokens, the newest first, also those that have expired; not more than `maxPersonalTokens`. */
    list: (user: string) => list.execute({ user }),

    /** How many tokens the user has. */
    async count(user: string) {
      // A count without a group has one row.
      const [row] = await total.execute({ user })
      return (row as { total: number }).total
    },

    /** A new token: its text, which is shown once, and the write that makes it real. @param at now, epoch ms. */
    create(user: string, { name, scopes, expiresAt }: NewPersonalToken, at: number) {
      const id = uuidv7()
      const secret = randomSecret()
      const values = { user, id, name, scopes, expiresAt, secretHash: hashSecret(secret), now: new Date(at) }
      return { id, token: writePersonalToken({ user, session: id, secret }), write: insert.with(values) }
    },

    /** The write that deletes a token, and answers with its id if there was one. */
    removal: (user: string, id: string) => remove.with({ user, id }),

    /** The write that deletes all tokens of the user. */
    removalOfAll: (user: string) => removeAll.with({ user }),

    /** Notes that a token is in use, once in five minutes. @param at now, epoch ms. */
    async noteUse(user: string, token: { id: string; createdAt: Date; lastUsedAt: Date | null }, at: number) {
      const noted = (token.lastUsedAt ?? token.createdAt).getTime()
      if (at - noted > useNotedEvery) await atomic([noteUse.with({ user, id: token.id, now: new Date(at) })])
    },
  }
}
