import { createHmac } from 'node:crypto'
import { and, sql } from 'drizzle-orm'
import { eq, lte } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import { fold } from '../fold.ts'

/** Why a message is sent: somebody waits for it, or something has happened to an account. */
export type MessageKind = 'awaited' | 'notice'

/** The time (ms) in which an address gets as many messages as it has slots. */
export const quotaWindowMs = 3_600_000

/**
 * The slots of an address that a kind may take, in this order; a slot is free again after an hour. Five in all, so that
 * no hour has a sixth message. Strangers can make us send either kind, so neither can use up the other's: at least one
 * notice and three awaited messages an hour are left.
 */
const slotsOf: Record<MessageKind, readonly number[]> = { awaited: [0, 1, 2, 3], notice: [4, 3] }

/** Permission to send one message. */
export interface Slot {
  /** The write that gives it back when nothing was sent. */
  releaseWrite(): BoundWrite<unknown>
}

/**
 * Bounds the messages to an address, whoever asks for them: in the database, so for all processes, and under keyed hashes,
 * beside the counts of wrong guesses (docs/decisions/email-quota.md).
 * @param hashKey of the server, for the hashes that stand for addresses.
 */
export function messageQuota({ prepare, tables: { throttles } }: Database, commit: Commit, hashKey: Buffer) {
  const claim = prepare('message_claim', columnsOf(throttles), (db, row) =>
    insertInto(db, throttles, row)
      .onConflictDoUpdate({
        target: throttles.subject,
        set: { blockedUntil: sql`excluded.blocked_until`, expiresAt: sql`excluded.expires_at` },
        setWhere: lte(throttles.expiresAt, row.blockedUntil),
      })
      .returning({ subject: throttles.subject }),
  )
  const key = { subject: throttles.subject, expiresAt: throttles.expiresAt }
  const release = prepare('message_release', key, (db, { subject, expiresAt }) =>
    db.delete(throttles).where(and(eq(throttles.subject, subject), eq(throttles.expiresAt, expiresAt))),
  )

  return {
    /**
     * Takes one of the slots of an address.
     * @param at now, epoch ms.
     * @returns undefined when the address has got its messages for this hour.
     */
    async claim(address: string, kind: MessageKind, at: number): Promise<Slot | undefined> {
      const expiresAt = new Date(at + quotaWindowMs)
      for (const slot of slotsOf[kind]) {
        const subject = hashOf(address, slot, hashKey)
        const row = { subject, failures: 0, pending: 0, pendingUntil: null, blockedUntil: new Date(at), expiresAt }
        if (await commit([must(claim.asWrite(row))])) {
          return { releaseWrite: () => release.asWrite({ subject, expiresAt }) }
        }
      }
      return undefined
    },
  }
}

/** The keyed hash of a slot. `maya+anything@` is the mailbox of `maya@` at most providers, so it counts as that. */
function hashOf(address: string, slot: number, key: Buffer): string {
  const mailbox = fold(address).replace(/(?<!^)\+.*(?=@)/, '')
  return createHmac('sha256', key).update(`message ${slot} ${mailbox}`).digest('base64url')
}
