import { createHmac } from 'node:crypto'
import { and, sql } from 'drizzle-orm'
import { eq, gt, lte } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must } from '../db/database.ts'
import { assigned, columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { number, type Value } from '../db/values.ts'
import { ApiError } from '../errors.ts'

const minute = 60_000
const hour = 60 * minute

/**
 * The subjects that guesses are counted for: the number of failures without a wait, and the time in ms, from the first
 * of them, after which they are forgotten. A household or an office shares an address and mistypes passwords every
 * morning, so a network has many; but they expire within the hour, so that a busy office does not wait for yesterday's
 * failures.
 */
const rules = {
  /** A sign-in name, folded; it does not have to exist. */
  name: { free: 5, window: 24 * hour },
  /** A signed-in user who has to confirm the password. */
  user: { free: 5, window: 24 * hour },
  /** A request for an e-mail: each counts, because the recipient did not necessarily ask for it. */
  email: { free: 5, window: hour },
  network: { free: 100, window: hour },
} as const

/** The longest block, in ms: a subject whose failures expired that long ago is free. */
export const maxWaitMs = 15 * minute

/** The waits after the last free failure and each further one, in ms; the last value repeats. */
const waits = [30_000, minute, 2 * minute, 4 * minute, 8 * minute, maxWaitMs]

export interface Subject {
  kind: keyof typeof rules
  name: string
}

/** A guess that has been counted as wrong, until one of these says otherwise. */
export interface Attempt {
  /**
   * The writes for a right guess: the name's failures are deleted, the network's count drops by this one only, because
   * a guesser may also have an account. They belong at the beginning of the batch that the guess allows.
   */
  successWrites(): BoundWrite<unknown>[]
  /** Withdraws the guess when nothing was compared, and rethrows the error that says why. */
  withdraw(error: unknown): Promise<never>
}

/**
 * Counts wrong guesses in the database, so that they hold for every process and survive a crash. A guess is counted
 * before it is compared: many at once get no further than one after the other (docs/decisions/login-throttling.md).
 * @param hashKey of the server, for the hashes that stand for names and addresses.
 */
export function throttleStore({ prepare, tables: { throttles } }: Database, commit: Commit, hashKey: Buffer) {
  const one = (subject: Value<string>) => eq(throttles.subject, subject)
  const waitColumns: WaitColumns = Object.fromEntries(waits.map((_, i) => [`wait${i}`, throttles.blockedUntil]))

  /** One statement that counts and blocks, or changes nothing while the subject is blocked. */
  const counting = Object.assign(
    { ...columnsOf(throttles, 'blockedUntil'), now: throttles.blockedUntil, free: number },
    waitColumns,
  )
  const count = prepare('throttle_count', counting, (db, values) => {
    const { now, free } = values
    const forgotten = sql`${throttles.expiresAt} <= ${now}`
    // Longest wait first: the first that fits decides.
    const waitCases = waits
      .map((_, i) => sql`when ${throttles.failures} + 1 - ${free} >= ${sql.raw(String(i))} then ${values[`wait${i}`]}`)
      .reverse()
    return insertInto(db, throttles, { ...values, blockedUntil: now })
      .onConflictDoUpdate({
        target: throttles.subject,
        set: assigned<typeof throttles>({
          failures: sql`case when ${forgotten} then 1 else ${throttles.failures} + 1 end`,
          blockedUntil: sql`case when ${forgotten} then ${throttles.blockedUntil}
            ${sql.join(waitCases, sql` `)} else ${throttles.blockedUntil} end`,
          expiresAt: sql`case when ${forgotten} then excluded.expires_at else ${throttles.expiresAt} end`,
        }),
        setWhere: lte(throttles.blockedUntil, now),
      })
      .returning({ failures: throttles.failures })
  })
  const key = { subject: throttles.subject }
  const blocked = prepare('throttle_blocked', { ...key, now: throttles.blockedUntil }, (db, { subject, now }) =>
    db
      .select({ until: throttles.blockedUntil })
      .from(throttles)
      .where(and(one(subject), gt(throttles.blockedUntil, now))),
  )
  /** Nothing is counted during a block: if the count is still this attempt's, so is the block. */
  const uncounting = { ...key, counted: throttles.failures, now: throttles.blockedUntil }
  const uncount = prepare('throttle_uncount', uncounting, (db, { subject, counted, now }) =>
    updateOf(db, throttles, {
      failures: sql`${throttles.failures} - 1`,
      blockedUntil: sql`case when ${throttles.failures} = ${counted} then ${now} else ${throttles.blockedUntil} end`,
    }).where(and(one(subject), gt(throttles.failures, 0))),
  )
  const clear = prepare('throttle_clear', key, (db, { subject }) => db.delete(throttles).where(one(subject)))
  /** The time at which the last of the subjects is free again, or `at` if they are free by now; epoch ms. */
  async function freeAt(hashes: readonly string[], at: number): Promise<number> {
    const rows = await Promise.all(hashes.map(subject => blocked.execute({ subject, now: new Date(at) })))
    return Math.max(at, ...rows.flat().map(({ until }) => until.getTime()))
  }

  return {
    /**
     * Counts a guess for all of its subjects, or for none while one of them is blocked. The same order of kinds
     * everywhere, the network last, so that no two wait for each other.
     * @param at now, epoch ms.
     * @throws {ApiError} `too_many_requests`, with the time to retry.
     */
    async attempt(subjects: readonly Subject[], at: number): Promise<Attempt> {
      const instant = new Date(at)
      const hashes = subjects.map(subject => hashOf(subject, hashKey))
      const until = Object.fromEntries(waits.map((wait, i) => [`wait${i}`, new Date(at + wait)]))
      const counts = subjects.map((subject, i) => {
        const { free, window } = rules[subject.kind]
        const row = { subject: hashes[i] as string, failures: 1, expiresAt: new Date(at + window) }
        return must(count.asWrite({ ...row, free, now: instant, ...until }))
      })
      const counted = await commit(counts)
      if (!counted) throw tooMany((await freeAt(hashes, at)) - at)

      const made = subjects.map(({ kind }, i) => ({ kind, subject: hashes[i] as string, rows: counted[i] }))
      const uncountWrite = ({ subject, rows }: (typeof made)[number]) =>
        uncount.asWrite({ subject, counted: rows?.[0]?.failures as number, now: instant })
      return {
        successWrites: () =>
          made.map(one => (one.kind === 'network' ? uncountWrite(one) : clear.asWrite({ subject: one.subject }))),
        async withdraw(error) {
          await commit(made.map(uncountWrite))
          throw error
        },
      }
    },
  }
}

type WaitColumns = Readonly<Record<`wait${number}`, Database['tables']['throttles']['blockedUntil']>>

/** The keyed hash of a name or an address: a copy of the database does not tell who tried to sign in, or from where. */
function hashOf({ kind, name }: Subject, key: Buffer): string {
  return createHmac('sha256', key).update(`${kind} ${name}`).digest('base64url')
}

function tooMany(waitMs: number): ApiError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new ApiError('too_many_requests', `Too many failed attempts. Try again in ${seconds} seconds.`, {
    retryAfterMs: waitMs,
  })
}
