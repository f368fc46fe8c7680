import { createHash } from 'node:crypto'
import { and, eq, gt, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { BoundWrite, Database } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
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
  const ofUser = eq(handoverCodes.userId, textFor('user'))
  const now = valueFor('now', handoverCodes.expiresAt)
  const insert = prepare('handover_code_insert', db =>
    db.insert(handoverCodes).values({
      userId: sql.placeholder('user'),
      id: sql.placeholder('id'),
      secretHash: sql.placeholder('secretHash'),
      challenge: sql.placeholder('challenge'),
      expiresAt: sql.placeholder('expiresAt'),
    }),
  )
  const redeem = prepare('handover_code_redeem', db =>
    db
      .delete(handoverCodes)
      .where(
        and(
          ofUser,
          eq(handoverCodes.id, textFor('id')),
          eq(handoverCodes.secretHash, textFor('secretHash')),
          eq(handoverCodes.challenge, textFor('challenge')),
          gt(handoverCodes.expiresAt, now),
        ),
      )
      .returning({ id: handoverCodes.id }),
  )

  return {
    /** A code, and the write that makes it good. @param challenge of the app. @param at now, epoch ms. */
    issue(user: string, challenge: string, at: number): { code: string; write: BoundWrite<unknown> } {
      const id = uuidv7()
      const secret = randomSecret()
      const expiresAt = new Date(at + handoverLifetime)
      return {
        code: writeCredential({ user, session: id, secret }),
        write: insert.with({ user, id, challenge, expiresAt, secretHash: hashSecret(secret) }),
      }
    },

    /**
     * Whom a presented code is for, and the write that uses it up: it has a row when the code is good. Undefined for
     * what has not even the form of one. @param verifier of the app. @param at now, epoch ms.
     */
    redemption(text: string, verifier: string, at: number) {
      const code = readCredential(text)
      if (!code) return undefined
      const { user, session: id } = code
      const presented = { secretHash: hashSecret(code.secret), challenge: challengeOf(verifier) }
      return { user, write: redeem.with({ user, id, ...presented, now: new Date(at) }) }
    },
  }
}
