import { and, isNull, notExists, or, sql } from 'drizzle-orm'
import { eq, gt, ne } from '../db/conditions.ts'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import { given, type Values } from '../db/values.ts'
import { newId, type OneTimeCodeId, type UserId } from '../ids.ts'
import type { CodePurpose } from '../vocabulary.ts'
import { hashSecret, randomSecret, readCredential, writeCredential } from './secrets.ts'

/** Lifetime of a code, in ms: a day to read the mail, half an hour for a code that opens an account. */
export const codeLifetimesMs: Record<CodePurpose, number> = {
  verify_email: 24 * 3_600_000,
  reset_password: 30 * 60_000,
  join_email: 24 * 3_600_000,
}

/** Minimum time (ms) between two codes while the first is valid: anyone can request messages to someone else. */
export const minCodeIntervalMs = 60_000

/** Codes of an account for one purpose that are valid at a time; no more are mailed then. */
const maxLivingCodes = 10

/** The page that takes the code of a purpose; a front end of its own (`APP_URL`) has pages of the same names. */
export const codePages: Record<CodePurpose, string> = {
  verify_email: '/verify-email',
  reset_password: '/reset-password',
  join_email: '/verify-email',
}

/**
 * The link to a code's page. The code is in the fragment, which browsers do not send to servers, proxies and referrers.
 */
export function codeLink(appUrl: string, purpose: CodePurpose, code: string): string {
  return `${appUrl}${codePages[purpose]}#${code}`
}

export interface NewCode {
  /** The text that its holder presents. */
  code: string
  expiresAt: Date
  /** Store it; older ones stay valid. */
  writes: BoundWrite<unknown>[]
}

/** A code that is valid now. */
export interface LivingCode {
  user: UserId
  id: OneTimeCodeId
  secretHash: string
  /** The address that its holder has proved to own; null for a code made on the server. */
  email: string | null
  /** Its owner. */
  owner: { username: string; email: string | null; emailVerifiedAt: Date | null }
}

/**
 * Codes that replace a sign-in once: they verify an address or reset a password. A mailed code is void once the account
 * has another address.
 */
export function oneTimeCodeStore({ prepare, tables: { oneTimeCodes, users } }: Database) {
  const owner = { userId: oneTimeCodes.userId }
  const key = { ...owner, id: oneTimeCodes.id, purpose: oneTimeCodes.purpose, secretHash: oneTimeCodes.secretHash }
  const presented = { ...key, now: oneTimeCodes.expiresAt }
  const living = ({ userId, id, purpose, secretHash, now }: Values<typeof presented>) => {
    const addressOfUser = sql`(select ${users.email} from ${users} where ${users.id} = ${userId})`
    return and(
      eq(oneTimeCodes.userId, userId),
      eq(oneTimeCodes.id, id),
      eq(oneTimeCodes.purpose, purpose),
      eq(oneTimeCodes.secretHash, secretHash),
      gt(oneTimeCodes.expiresAt, now),
      or(isNull(oneTimeCodes.email), eq(oneTimeCodes.email, addressOfUser), eq(oneTimeCodes.purpose, 'join_email')),
    )
  }

  const insert = prepare('one_time_code_insert', columnsOf(oneTimeCodes), (db, row) =>
    insertInto(db, oneTimeCodes, row),
  )
  const ofPurpose = { ...owner, purpose: oneTimeCodes.purpose }
  const remove = prepare('one_time_code_remove', ofPurpose, (db, { userId, purpose }) =>
    db.delete(oneTimeCodes).where(and(eq(oneTimeCodes.userId, userId), eq(oneTimeCodes.purpose, purpose))),
  )
  const sentElsewhere = { ...ofPurpose, email: given(oneTimeCodes.email) }
  const removeElsewhere = prepare('one_time_code_elsewhere', sentElsewhere, (db, { userId, purpose, email }) =>
    db
      .delete(oneTimeCodes)
      .where(and(eq(oneTimeCodes.userId, userId), eq(oneTimeCodes.purpose, purpose), ne(oneTimeCodes.email, email))),
  )
  const recent = {
    ...ofPurpose,
    email: given(oneTimeCodes.email),
    since: oneTimeCodes.createdAt,
    now: oneTimeCodes.expiresAt,
  }
  const quiet = prepare('one_time_code_quiet', recent, (db, { userId, purpose, email, since, now }) =>
    db
      .select({ id: users.id })
      .from(users)
      .where(
        and(
          eq(users.id, userId),
          sql`(select count(*) from ${oneTimeCodes} where ${oneTimeCodes.userId} = ${userId}
            and ${oneTimeCodes.purpose} = ${purpose} and ${oneTimeCodes.expiresAt} > ${now}) < ${sql.raw(String(maxLivingCodes))}`,
          notExists(
            db
              .select({ id: oneTimeCodes.id })
              .from(oneTimeCodes)
              .where(
                and(
                  eq(oneTimeCodes.userId, users.id),
                  eq(oneTimeCodes.purpose, purpose),
                  eq(oneTimeCodes.email, email),
                  gt(oneTimeCodes.createdAt, since),
                ),
              ),
          ),
        ),
      ),
  )
  const find = prepare('one_time_code', presented, (db, values) =>
    db
      .select({
        email: oneTimeCodes.email,
        owner: { username: users.username, email: users.email, emailVerifiedAt: users.emailVerifiedAt },
      })
      .from(oneTimeCodes)
      .innerJoin(users, eq(users.id, oneTimeCodes.userId))
      .where(living(values)),
  )
  /** Of parallel uses of one code exactly one gets the row. */
  const redeem = prepare('one_time_code_redeem', presented, (db, values) =>
    db.delete(oneTimeCodes).where(living(values)).returning({ id: oneTimeCodes.id }),
  )

  return {
    /**
     * A new code, and the writes that store it. They write nothing, and `atomic` returns undefined, when an unused code was
     * sent to the address less than `minCodeIntervalMs` ago, or `maxLivingCodes` are valid; put a write that locks the
     * account's row before them, otherwise two simultaneous requests both find none. Older codes stay valid: a stranger
     * who asks for another one must not spoil the owner's.
     * @param email the address it is sent to; null for a code that is not mailed, which does not have to wait.
     * @param at now, epoch ms.
     */
    issue(userId: UserId, purpose: CodePurpose, email: string | null, at: number): NewCode {
      const { code, row } = made(userId, purpose, email, at)
      const [since, now] = [new Date(at - minCodeIntervalMs), new Date(at)]
      const guards = email === null ? [] : [must(quiet.asWrite({ userId, purpose, email, since, now }))]
      return { code, expiresAt: row.expiresAt, writes: [...guards, insert.asWrite(row)] }
    },

    /**
     * A new code that lets an address join an account, and the writes that store it and void those for other addresses:
     * one that was mistyped may belong to a stranger.
     * @param at now, epoch ms.
     */
    issueToJoin(userId: UserId, email: string, at: number) {
      const purpose = 'join_email'
      const { code, row } = made(userId, purpose, email, at)
      return { code, writes: [removeElsewhere.asWrite({ userId, purpose, email }), insert.asWrite(row)] }
    },

    /**
     * The code that a presented text stands for, or undefined when it is invalid. Does not consume it.
     * @param at now, epoch ms.
     */
    async find(text: string, purpose: CodePurpose, at: number): Promise<LivingCode | undefined> {
      const credential = readCredential<OneTimeCodeId>(text)
      if (!credential) return undefined
      const { user: userId, session: id } = credential
      const secretHash = hashSecret(credential.secret)
      const [found] = await find.execute({ userId, id, secretHash, purpose, now: new Date(at) })
      return found && { user: userId, id, secretHash, ...found }
    },

    /**
     * The write that consumes a code, for `must`: of two at once, one returns no row.
     * @param at now, epoch ms.
     */
    redemptionWrite: ({ user: userId, id, secretHash }: LivingCode, purpose: CodePurpose, at: number) =>
      redeem.asWrite({ userId, id, secretHash, purpose, now: new Date(at) }),

    /** The write that voids all codes of a user for a purpose. */
    removalWrite: (userId: UserId, purpose: CodePurpose) => remove.asWrite({ userId, purpose }),
  }
}

/** A code and its row. */
function made(userId: UserId, purpose: CodePurpose, email: string | null, at: number) {
  const id = newId<OneTimeCodeId>()
  const secret = randomSecret()
  const expiresAt = new Date(at + codeLifetimesMs[purpose])
  const row = { userId, id, purpose, secretHash: hashSecret(secret), email, createdAt: new Date(at), expiresAt }
  return { code: writeCredential({ user: userId, session: id, secret }), row }
}
