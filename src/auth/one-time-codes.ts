import { and, eq, gt, isNull, notExists, or, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import type { CodePurpose } from '../vocabulary.ts'
import { hashSecret, randomSecret, readCredential, writeCredential } from './secrets.ts'

/** How long a code is good, in ms: a day to look into one's mail, half an hour for what opens an account. */
export const codeLifetimes: Record<CodePurpose, number> = { verify_email: 24 * 3_600_000, reset_password: 30 * 60_000 }

/** A code is not sent again so soon (ms) while the one before it is good: anybody can ask for letters to somebody else. */
export const codePause = 60_000

/** The page that takes the code of a purpose; a front end of its own (`APP_URL`) has pages of the same names. */
export const codePages: Record<CodePurpose, string> = {
  verify_email: '/verify-email',
  reset_password: '/reset-password',
}

/** The link to a code's page. The code stands in the fragment, which browsers keep from servers, proxies and referrers. */
export function codeLink(appUrl: string, purpose: CodePurpose, code: string): string {
  return `${appUrl}${codePages[purpose]}#${code}`
}

export interface NewCode {
  /** What its holder presents. */
  code: string
  expiresAt: Date
  /** Make it real, in place of the older ones of its purpose. */
  writes: BoundWrite<unknown>[]
}

/** A code that is good at this moment. */
export interface LivingCode {
  user: string
  id: string
  secretHash: string
  /** The address that its holder has shown to be theirs; null for one made on the server. */
  email: string | null
  /** Whose it is. */
  owner: { username: string; email: string | null; emailVerifiedAt: Date | null }
}

/**
 * Codes that stand in for a sign-in once: they verify an address or set a forgotten password. One that was sent by
 * e-mail is worth nothing as soon as the account has another address.
 */
export function oneTimeCodeStore({ prepare, tables: { oneTimeCodes, users } }: Database) {
  const user = textFor('user')
  const now = valueFor('now', oneTimeCodes.expiresAt)
  const addressOfUser = sql`(select ${users.email} from ${users} where ${users.id} = ${user})`
  const living = and(
    eq(oneTimeCodes.userId, user),
    eq(oneTimeCodes.id, textFor('id')),
    eq(oneTimeCodes.purpose, textFor('purpose')),
    eq(oneTimeCodes.secretHash, textFor('secretHash')),
    gt(oneTimeCodes.expiresAt, now),
    or(isNull(oneTimeCodes.email), eq(oneTimeCodes.email, addressOfUser)),
  )

  const insert = prepare('one_time_code_insert', db =>
    db.insert(oneTimeCodes).values({
      userId: sql.placeholder('user'),
      id: sql.placeholder('id'),
      purpose: sql.placeholder('purpose'),
      secretHash: sql.placeholder('secretHash'),
      email: sql.placeholder('email'),
      createdAt: sql.placeholder('now'),
      expiresAt: sql.placeholder('expiresAt'),
    }),
  )
  const removeOlder = prepare('one_time_code_remove_older', db =>
    db.delete(oneTimeCodes).where(and(eq(oneTimeCodes.userId, user), eq(oneTimeCodes.purpose, textFor('purpose')))),
  )
  const quiet = prepare('one_time_code_quiet', db =>
    db
      .select({ id: users.id })
      .from(users)
      .where(
        and(
          eq(users.id, user),
          notExists(
            db
              .select({ id: oneTimeCodes.id })
              .from(oneTimeCodes)
              .where(
                and(
                  eq(oneTimeCodes.userId, users.id),
                  eq(oneTimeCodes.purpose, textFor('purpose')),
                  eq(oneTimeCodes.email, textFor('email')),
                  gt(oneTimeCodes.createdAt, valueFor('since', oneTimeCodes.createdAt)),
                ),
              ),
          ),
        ),
      ),
  )
  const find = prepare('one_time_code', db =>
    db
      .select({
        email: oneTimeCodes.email,
        owner: { username: users.username, email: users.email, emailVerifiedAt: users.emailVerifiedAt },
      })
      .from(oneTimeCodes)
      .innerJoin(users, eq(users.id, oneTimeCodes.userId))
      .where(living),
  )
  /** Of parallel uses of one code exactly one gets the row. */
  const redeem = prepare('one_time_code_redeem', db =>
    db.delete(oneTimeCodes).where(living).returning({ id: oneTimeCodes.id }),
  )

  return {
    /**
     * A new code and the writes that make it good, and those before it worthless. They write nothing, and `atomic` answers
     * undefined, when a code that is still to be used went to the address less than `codePause` ago; put a write that
     * locks the account's row before them, or two that come at once both find none. @param email the address it is sent
     * to; null for one that is handed over, which does not have to wait. @param at now, epoch ms.
     */
    issue(userId: string, purpose: CodePurpose, email: string | null, at: number): NewCode {
      const id = uuidv7()
      const secret = randomSecret()
      const expiresAt = new Date(at + codeLifetimes[purpose])
      const of = { user: userId, purpose, now: new Date(at) }
      const guards = email === null ? [] : [must(quiet.with({ ...of, email, since: new Date(at - codePause) }))]
      return {
        code: writeCredential({ user: userId, session: id, secret }),
        expiresAt,
        writes: [
          ...guards,
          removeOlder.with(of),
          insert.with({ ...of, id, email, expiresAt, secretHash: hashSecret(secret) }),
        ],
      }
    },

    /** What a presented text stands for, or undefined when it is worth nothing. Uses nothing up. @param at now, epoch ms. */
    async find(text: string, purpose: CodePurpose, at: number): Promise<LivingCode | undefined> {
      const credential = readCredential(text)
      if (!credential) return undefined
      const { user: userId, session: id } = credential
      const secretHash = hashSecret(credential.secret)
      const [found] = await find.execute({ user: userId, id, secretHash, purpose, now: new Date(at) })
      return found && { user: userId, id, secretHash, ...found }
    },

    /** The write that uses a code up, for `must`: of two at once, one has no row. @param at now, epoch ms. */
    redemption: ({ user: userId, id, secretHash }: LivingCode, purpose: CodePurpose, at: number) =>
      redeem.with({ user: userId, id, secretHash, purpose, now: new Date(at) }),

    /** The write that makes all codes of a user for a purpose worthless. */
    removalOf: (userId: string, purpose: CodePurpose) => removeOlder.with({ user: userId, purpose }),
  }
}
