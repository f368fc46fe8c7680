import { and } from 'drizzle-orm'
import type { SignupMode } from '../config.ts'
import { eq, gt } from '../db/conditions.ts'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import { ApiError } from '../errors.ts'
import { hashSecret, randomSecret } from './secrets.ts'

/** Lifetime of an invitation, in ms. */
export const invitationLifetimeMs = 7 * 86_400_000

/** Invitations: each lets one account be made, by anyone who has it. Stored as hashes. */
export function invitationStore({ prepare, tables: { invitations } }: Database) {
  const insert = prepare('invitation_insert', columnsOf(invitations), (db, row) => insertInto(db, invitations, row))
  const presented = { hash: invitations.hash, now: invitations.expiresAt }
  const find = prepare('invitation', presented, (db, { hash, now }) =>
    db
      .select({ hash: invitations.hash })
      .from(invitations)
      .where(and(eq(invitations.hash, hash), gt(invitations.expiresAt, now))),
  )
  /** Of parallel uses of one invitation exactly one gets the row. */
  const redeem = prepare('invitation_redeem', presented, (db, { hash, now }) =>
    db
      .delete(invitations)
      .where(and(eq(invitations.hash, hash), gt(invitations.expiresAt, now)))
      .returning({ hash: invitations.hash }),
  )

  return {
    /**
     * A new invitation and the write that stores it.
     * @param at now, epoch ms.
     */
    issue(at: number) {
      const code = randomSecret()
      const expiresAt = new Date(at + invitationLifetimeMs)
      return { code, expiresAt, write: insert.asWrite({ hash: hashSecret(code), expiresAt }) }
    },
    /**
     * Whether it can be used.
     * @param at now, epoch ms.
     */
    isValid: async (hash: string, at: number) => (await find.execute({ hash, now: new Date(at) })).length > 0,
    /**
     * The write that uses it up, for `must`.
     * @param at now, epoch ms.
     */
    redemptionWrite: (hash: string, at: number) => redeem.asWrite({ hash, now: new Date(at) }),
  }
}

/** Who may make an account. */
export function signUpGate(database: Database, mode: SignupMode) {
  const invitations = invitationStore(database)

  return {
    /**
     * The writes that belong into the batch that makes the account.
     * @param hash of the presented invitation; null without one.
     * @param at now, epoch ms.
     * @throws {ApiError} `sign_up_closed`.
     */
    async admissionWrites(hash: string | null, at: number): Promise<BoundWrite<unknown>[]> {
      if (mode === 'open') return []
      if (mode === 'closed' || hash === null || !(await invitations.isValid(hash, at))) throw closed(mode)
      return [must(invitations.redemptionWrite(hash, at))]
    },
    /**
     * Rethrows why an account could not be made. A guard that failed was the invitation: another request has used it up,
     * which a reader may not see yet.
     */
    explain(error: unknown): never {
      throw mode === 'invite' && error instanceof ApiError ? closed(mode) : error
    },
  }
}

function closed(mode: SignupMode): ApiError {
  return new ApiError(
    'sign_up_closed',
    mode === 'closed'
      ? 'This server takes no sign-ups.'
      : 'This server takes sign-ups by invitation only, and this invitation is missing, used or expired.',
  )
}
