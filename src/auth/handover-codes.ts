import { createHash } from 'node:crypto'
import { and } from 'drizzle-orm'
import { eq, gt } from '../db/conditions.ts'
import type { BoundWrite, Database } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import { type HandoverCodeId, newId, type UserId } from '../ids.ts'
import { hashSecret, randomSecret, readCredential, writeCredential } from './secrets.ts'

/** How long (ms) an app may take to swap its code. */
export const handoverLifetime = 60_000

/** What PKCE (RFC 7636) calls S256. */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

/**
 * The codes that a sign-in hands over to an app by way of its redirect, which others on the phone may overhear: good
 * once, for a minute, and only for whoever made the challenge that the sign-in began with.
 */
export function handoverCodeStore({ prepare, tables: { handoverCodes } }: Database) {
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
     * A code, and the write that makes it good.
     * @param challenge of the app.
     * @param at now, epoch ms.
     */
    issue(userId: UserId, challenge: string, at: number): { code: string; write: BoundWrite<unknown> } {
      const id = newId<HandoverCodeId>()
      const secret = randomSecret()
      const expiresAt = new Date(at + handoverLifetime)
      return {
        code: writeCredential({ user: userId, session: id, secret }),
        write: insert.asWrite({ userId, id, challenge, expiresAt, secretHash: hashSecret(secret) }),
      }
    },

    /**
     * Whom a presented code is for, and the write that uses it up: it has a row when the code is good. Undefined for
     * what has not even the form of one.
     * @param verifier of the app.
     * @param at now, epoch ms.
     */
    redemption(text: string, verifier: string, at: number) {
      const code = readCredential<HandoverCodeId>(text)
      if (!code) return undefined
      const { user: userId, session: id } = code
      const hashes = { secretHash: hashSecret(code.secret), challenge: challengeOf(verifier) }
      return { user: userId, write: redeem.asWrite({ userId, id, ...hashes, now: new Date(at) }) }
    },
  }
}
