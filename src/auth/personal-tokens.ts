import { and, count, desc, isNull, or, type SQL } from 'drizzle-orm'
import { eq, gt } from '../db/conditions.ts'
import type { Commit, Database } from '../db/database.ts'
import { locked } from '../db/locked.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { given, type Values } from '../db/values.ts'
import { newId, type TokenId, type UserId } from '../ids.ts'
import type { Role, Scope } from '../vocabulary.ts'
import { writePersonalToken } from './personal-token.ts'
import { principalOf } from './principal.ts'
import { type Credential, hashSecret, matchesHash, randomSecret } from './secrets.ts'

/** Maximum number of tokens per user. */
export const maxPersonalTokens = 100

/** A token expires after this time unless its owner says otherwise: 90 days, in ms. */
export const defaultTokenLifetimeMs = 90 * 86_400_000

/** A use within this time (ms) of the last recorded one is not recorded. */
const lastUsedPrecisionMs = 5 * 60_000

export interface NewPersonalToken {
  name: string
  scopes: Scope[]
  expiresAt: Date | null
}

/** Personal access tokens: rows like sessions, with scopes, and checked on every request like them. */
export function personalTokenStore({ prepare, tables }: Database) {
  const { personalTokens, users } = tables
  const owner = { userId: personalTokens.userId }
  const key = { ...owner, id: personalTokens.id }
  const ofUser = ({ userId }: Values<typeof owner>) => eq(personalTokens.userId, userId)
  const own = (values: Values<typeof key>) => and(ofUser(values), eq(personalTokens.id, values.id)) as SQL
  const used = { ...key, now: given(personalTokens.lastUsedAt) }
  const wire = {
    id: personalTokens.id,
    name: personalTokens.name,
    scopes: personalTokens.scopes,
    created_at: personalTokens.createdAt,
    last_used_at: personalTokens.lastUsedAt,
    expires_at: personalTokens.expiresAt,
  }

  const principal = prepare('personal_token_principal', used, (db, { now, ...values }) =>
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
        and(
          own(values),
          or(isNull(personalTokens.expiresAt), gt(personalTokens.expiresAt, now)),
          isNull(users.disabledAt),
        ),
      ),
  )
  const guard = prepare('personal_token_guard', { ...key, role: users.role }, (db, { role, ...values }) =>
    locked(
      db
        .select({ id: users.id })
        .from(users)
        .innerJoin(personalTokens, eq(personalTokens.userId, users.id))
        .where(and(own(values), eq(users.id, values.userId), eq(users.role, role), isNull(users.disabledAt))),
    ),
  )
  const list = prepare('personal_token_list', owner, (db, values) =>
    db.select(wire).from(personalTokens).where(ofUser(values)).orderBy(desc(personalTokens.id)),
  )
  const total = prepare('personal_token_count', owner, (db, values) =>
    db.select({ total: count() }).from(personalTokens).where(ofUser(values)),
  )
  const insert = prepare('personal_token_insert', columnsOf(personalTokens), (db, row) =>
    insertInto(db, personalTokens, row).returning(wire),
  )
  const remove = prepare('personal_token_remove', key, (db, values) =>
    db.delete(personalTokens).where(own(values)).returning({ id: personalTokens.id }),
  )
  const removeAll = prepare('personal_token_remove_all', owner, (db, values) =>
    db.delete(personalTokens).where(ofUser(values)),
  )
  const noteUse = prepare('personal_token_note_use', used, (db, { now, ...values }) =>
    updateOf(db, personalTokens, { lastUsedAt: now }).where(own(values)),
  )

  return {
    /**
     * The valid token with this secret, and its user; undefined also if the account is disabled.
     * @param at now, epoch ms.
     */
    async find({ user: userId, session: id, secret }: Credential<TokenId>, at: number) {
      const [found] = await principal.execute({ userId, id, now: new Date(at) })
      return found && matchesHash(secret, found.token.secretHash) ? found : undefined
    },

    /** The user's tokens, newest first, expired ones included; at most `maxPersonalTokens`. */
    list: (userId: UserId) => list.execute({ userId }),

    /** The number of the user's tokens. */
    async count(userId: UserId) {
      // A count without a group has one row.
      const [row] = await total.execute({ userId })
      return (row as { total: number }).total
    },

    /**
     * A new token: its text, which is shown once, and the write that stores it.
     * @param at now, epoch ms.
     */
    create(userId: UserId, fields: NewPersonalToken, at: number) {
      const id = newId<TokenId>()
      const secret = randomSecret()
      const secretHash = hashSecret(secret)
      const row = { ...fields, userId, id, secretHash, createdAt: new Date(at), lastUsedAt: null }
      return { id, token: writePersonalToken({ user: userId, session: id, secret }), write: insert.asWrite(row) }
    },

    /** The write that deletes a token; it returns the id if there was one. */
    removalWrite: (userId: UserId, id: TokenId) => remove.asWrite({ userId, id }),

    /** The write that deletes all tokens of the user. */
    removalOfAllWrite: (userId: UserId) => removeAll.asWrite({ userId }),

    /** The guard of a batch, as `SessionStore.guardWrite`. */
    guardWrite: (userId: UserId, id: TokenId, role: Role) => guard.asWrite({ userId, id, role }),

    /**
     * Records that a token is in use, at most once in five minutes.
     * @param at now, epoch ms.
     */
    async noteUse(
      commit: Commit,
      userId: UserId,
      token: { id: TokenId; createdAt: Date; lastUsedAt: Date | null },
      at: number,
    ) {
      const noted = (token.lastUsedAt ?? token.createdAt).getTime()
      if (at - noted > lastUsedPrecisionMs) await commit([noteUse.asWrite({ userId, id: token.id, now: new Date(at) })])
    },
  }
}
