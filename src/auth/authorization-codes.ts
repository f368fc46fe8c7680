import { createHash } from 'node:crypto'
import { and } from 'drizzle-orm'
import { eq, gt } from '../db/conditions.ts'
import type { BoundWrite, Database } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import { type AuthorizationCodeId, newId, type UserId } from '../ids.ts'
import { hashSecret, randomSecret, readCredential, writeCredential } from './secrets.ts'

/** Lifetime of a code, in ms. */
export const authorizationCodeLifetimeMs = 60_000

/** S256 of PKCE (RFC 7636). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

/**
 * Authorization codes that a sign-in passes to an app through its redirect, which other apps on the phone may
 * intercept: valid once, for a minute, and only with the verifier of the challenge that the sign-in began with.
 */
export function authorizationCodeStore({ prepare, tables: { handoverCodes } }: Database) {
  const insert = prepare('handover_code_insert', columnsOf(handoverCodes), (db, row) =>
    insertInto(db, handoverCodes, row),
  )
  const presented = { ...columnsOf(handoverCodes, 'expiresAt'), now: handoverCodes.expiresAt }
  const redeem = prepare('handover_code_redeem', presented, (db, { userId, id, secretHash, challenge, now }) =>
    db
      .delete(handoverCodes)
      .where(
        and(
          eq(handoverCodes.userId, userId),
          eq(handoverCodes.id, id),
          eq(handoverCodes.secretHash, secretHash),
          eq(handoverCodes.challenge, challenge),
          gt(handoverCodes.expiresAt, now),
        ),
      )
      .returning({ id: handoverCodes.id }),
  )

  return {
    /**
     * A code, and the write that stores it.
     * @param challenge of the app.
     * @param at now, epoch ms.
     */
    issue(userId: UserId, challenge: string, at: number): { code: string; write: BoundWrite<unknown> } {
      const id = newId<AuthorizationCodeId>()
      const secret = randomSecret()
      const expiresAt = new Date(at + authorizationCodeLifetimeMs)
      return {
        code: writeCredential({ user: userId, session: id, secret }),
        write: insert.asWrite({ userId, id, challenge, expiresAt, secretHash: hashSecret(secret) }),
      }
    },

    /**
     * The user of a presented code, and the write that consumes it: it returns a row if the code is valid. Undefined
     * for a malformed code.
     * @param verifier of the app.
     * @param at now, epoch ms.
     */
    redemption(text: string, verifier: string, at: number) {
      const code = readCredential<AuthorizationCodeId>(text)
      if (!code) return undefined
      const { user: userId, session: id } = code
      const hashes = { secretHash: hashSecret(code.secret), challenge: challengeOf(verifier) }
      return { user: userId, write: redeem.asWrite({ userId, id, ...hashes, now: new Date(at) }) }
    },
  }
}
