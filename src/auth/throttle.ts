import { createHmac } from 'node:crypto'
import { and, sql } from 'drizzle-orm'
import { eq, gt, lte } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must } from '../db/database.ts'
import { assigned, columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { number, type Value } from '../db/values.ts'
import { ApiError } from '../errors.ts'
import { type WaitingLinesOptions, waitingLines } from './waiting-lines.ts'

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
  /** A device that has signed in to the account before: the user and the device. */
  device: { free: 5, window: 24 * hour },
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

/** A guess under way. One that is never settled, because its process died, counts as wrong after a while. */
export interface Attempt {
  /**
   * The writes for a right guess: the failures of the first subject are forgotten, the network's are not, because a
   * guesser may also have an account. They belong at the beginning of the batch that the guess allows; `left` follows it.
   */
  successWrites(): BoundWrite<unknown>[]
  /**
   * Counts a wrong guess.
   * @param at now, epoch ms.
   */
  failed(at: number): Promise<void>
  /** Takes the guess back when nothing was compared, and rethrows the error that says why. */
  withdraw(error: unknown): Promise<never>
}

/** A guess is settled long before; if not, its process died, and it counts as wrong (ms). */
const maxAttemptMs = 30_000

/**
 * Counts wrong guesses in the database, so that they hold for every process and survive a crash. Guesses under way are
 * counted too, and only as many are let in as there are failures left: many at once get no further than one after the
 * other, and the others wait in line until these are known to be right or wrong (docs/decisions/login-throttling.md).
 * @param hashKey of the server, for the hashes that stand for names and addresses.
 */
export function throttleStore(
  { prepare, tables: { throttles } }: Database,
  commit: Commit,
  hashKey: Buffer,
  waiting: WaitingLinesOptions = {},
) {
  const lines = waitingLines(waiting)
  const one = (subject: Value<string>) => eq(throttles.subject, subject)
  const waitColumns: WaitColumns = Object.fromEntries(waits.map((_, i) => [`wait${i}`, throttles.blockedUntil]))
  const columns = columnsOf(throttles)

  const forgotten = (now: Value<Date>) => sql`${throttles.expiresAt} <= ${now}`
  const remembered = (now: Value<Date>) => sql`case when ${forgotten(now)} then 0 else ${throttles.failures} end`
  const expiry = (now: Value<Date>) =>
    sql`case when ${forgotten(now)} then excluded.expires_at else ${throttles.expiresAt} end`
  const onePendingLess = sql`case when ${throttles.pending} > 0 then ${throttles.pending} - 1 else 0 end`

  /** Lets a guess in, or changes nothing while the subject is blocked or has no room. */
  const entering = { ...columns, now: throttles.blockedUntil, free: number }
  const enter = prepare('throttle_enter', entering, (db, { now, free, ...row }) => {
    const abandoned = sql`case when ${throttles.pendingUntil} <= ${now} then ${throttles.pending} else 0 end`
    const failures = sql`(${remembered(now)} + ${abandoned})`
    const pending = sql`(${throttles.pending} - ${abandoned})`
    return insertInto(db, throttles, row)
      .onConflictDoUpdate({
        target: throttles.subject,
        set: assigned<typeof throttles>({
          failures,
          pending: sql`${pending} + 1`,
          pendingUntil: sql`excluded.pending_until`,
          expiresAt: expiry(now),
        }),
        // After the free failures, one at a time.
        setWhere: sql`${lte(throttles.blockedUntil, now)} and (${pending} = 0 or ${failures} + ${pending} < ${free})`,
      })
      .returning({ subject: throttles.subject })
  })
  /** Counts a failure and blocks. */
  const failing = Object.assign({ ...columns, now: throttles.blockedUntil, free: number }, waitColumns)
  const fail = prepare('throttle_fail', failing, (db, values) => {
    const { now, free } = values
    // Longest wait first: the first that fits decides.
    const waitCases = waits
      .map((_, i) => sql`when ${remembered(now)} + 1 - ${free} >= ${sql.raw(String(i))} then ${values[`wait${i}`]}`)
      .reverse()
    return insertInto(db, throttles, values).onConflictDoUpdate({
      target: throttles.subject,
      set: assigned<typeof throttles>({
        failures: sql`${remembered(now)} + 1`,
        pending: onePendingLess,
        blockedUntil: sql`case ${sql.join(waitCases, sql` `)} else ${throttles.blockedUntil} end`,
        expiresAt: expiry(now),
      }),
    })
  })
  const key = { subject: throttles.subject }
  const blocked = prepare('throttle_blocked', { ...key, now: throttles.blockedUntil }, (db, { subject, now }) =>
    db
      .select({ until: throttles.blockedUntil })
      .from(throttles)
      .where(and(one(subject), gt(throttles.blockedUntil, now))),
  )
  const leave = prepare('throttle_leave', key, (db, { subject }) =>
    updateOf(db, throttles, { pending: onePendingLess }).where(one(subject)),
  )
  const forget = prepare('throttle_forget', { ...key, now: throttles.blockedUntil }, (db, { subject, now }) =>
    updateOf(db, throttles, { failures: sql`0`, pending: onePendingLess, blockedUntil: now }).where(one(subject)),
  )
  const clear = prepare('throttle_clear', key, (db, { subject }) =>
    db.delete(throttles).where(and(one(subject), sql`${throttles.failures} = 0`, sql`${throttles.pending} = 0`)),
  )
  const forgive = prepare('throttle_forgive', key, (db, { subject }) => db.delete(throttles).where(one(subject)))

  /** The latest end of a block of the subjects, epoch ms; undefined when none is blocked. */
  async function blockedUntil(hashes: readonly string[], at: number): Promise<number | undefined> {
    const rows = await Promise.all(hashes.map(subject => blocked.execute({ subject, now: new Date(at) })))
    const ends = rows.flat().map(({ until }) => until.getTime())
    return ends.length > 0 ? Math.max(...ends) : undefined
  }

  return {
    /**
     * Lets a guess in for all of its subjects, or for none; where there is no room, it waits in the line of the first. The
     * same order of kinds everywhere, the network last, so that no two wait for each other.
     * @param now the time, epoch ms.
     * @throws {ApiError} `too_many_requests` while one of them is blocked, with the time to retry; `too_busy`.
     */
    async attempt(subjects: readonly [Subject, ...Subject[]], now: () => number): Promise<Attempt> {
      const made = subjects.map(subject => ({
        ...rules[subject.kind],
        kind: subject.kind,
        hash: hashOf(subject, hashKey),
      }))
      const hashes = made.map(({ hash }) => hash) as [string, ...string[]]
      const rowOf = ({ hash, window }: (typeof made)[number], at: number) => {
        const expiresAt = new Date(at + window)
        return { subject: hash, blockedUntil: new Date(at), expiresAt, pendingUntil: new Date(at + maxAttemptMs) }
      }

      await lines.enter(hashes, async () => {
        const at = now()
        const writes = made.map(subject => {
          const row = { ...rowOf(subject, at), failures: 0, pending: 1 }
          return must(enter.asWrite({ ...row, free: subject.free, now: new Date(at) }))
        })
        if (await commit(writes)) return true
        const until = await blockedUntil(hashes, at)
        if (until !== undefined) throw tooMany(until - at)
        return undefined
      })

      const leaving = async (writes: BoundWrite<unknown>[]) => {
        await commit(writes)
        lines.left(hashes)
      }
      return {
        successWrites() {
          // When this batch is done; a little earlier does no harm, who is let in next finds out by itself.
          setImmediate(() => lines.left(hashes))
          return made.flatMap(({ kind, hash: subject }) => [
            kind === 'network' ? leave.asWrite({ subject }) : forget.asWrite({ subject, now: new Date(now()) }),
            clear.asWrite({ subject }),
          ])
        },
        failed(at) {
          const until = Object.fromEntries(waits.map((wait, i) => [`wait${i}`, new Date(at + wait)]))
          const failure = { failures: 1, pending: 0, now: new Date(at), ...until }
          return leaving(made.map(subject => fail.asWrite({ ...rowOf(subject, at), ...failure, free: subject.free })))
        },
        async withdraw(error) {
          await leaving(hashes.flatMap(subject => [leave.asWrite({ subject }), clear.asWrite({ subject })]))
          throw error
        },
      }
    },

    /** The writes that forget the failures of subjects, and lift their blocks. */
    forgivingWrites: (...subjects: readonly Subject[]): BoundWrite<unknown>[] =>
      subjects.map(subject => forgive.asWrite({ subject: hashOf(subject, hashKey) })),
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
