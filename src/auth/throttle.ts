import { createHmac } from 'node:crypto'
import { and, sql } from 'drizzle-orm'
import { eq, gt, lte } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must, Unavailable } from '../db/database.ts'
import { assigned, columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { number, type Value } from '../db/values.ts'
import { localThrottle } from './local-throttle.ts'
import { type Counted, rules, type Subject, tooMany, waits } from './throttle-rules.ts'
import { type WaitingLinesOptions, waitingLines } from './waiting-lines.ts'

/** A guess under way. One that is never settled, because its process died, counts as wrong after a while. */
export interface Attempt {
  /** Settles a right guess: the failures are forgotten, but not the network's, because a guesser may also have an account. */
  succeeded(): Promise<void>
  /** Counts a wrong guess. */
  failed(): Promise<void>
  /** Takes the guess back when nothing was compared, and rethrows the error that says why. */
  withdraw(error: unknown): Promise<never>
}

/** A guess is settled long before; if not, its process died, and it counts as wrong (ms). */
const maxAttemptMs = 30_000

export interface ThrottleOptions extends WaitingLinesOptions {
  /** Gets what kept the database from counting a guess, which this process has counted then. */
  uncounted?: (error: Unavailable) => void
}

/**
 * Counts wrong guesses in the database, so that they hold for every process and survive a crash. Guesses under way are
 * counted too, and only as many are let in as there are failures left: many at once get no further than one after the
 * other, and the others wait in line until these are known to be right or wrong (docs/decisions/login-throttling.md).
 *
 * A guess that the database cannot count is counted in this process: on a sharded one the counts may lie on a machine that
 * is down, and nobody whose own rows can be reached is kept out for that.
 * @param hashKey of the server, for the hashes that stand for names and addresses.
 */
export function throttleStore(
  { prepare, tables: { throttles } }: Database,
  commit: Commit,
  hashKey: Buffer,
  { uncounted = () => {}, ...waiting }: ThrottleOptions = {},
) {
  const local = localThrottle()
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
  const forgiveness = prepare('throttle_forgive', key, (db, { subject }) => db.delete(throttles).where(one(subject)))

  /** The latest end of a block of the subjects, epoch ms; undefined when none is blocked. */
  async function blockedUntil(subjects: readonly Counted[], at: number): Promise<number | undefined> {
    const rows = await Promise.all(subjects.map(({ hash }) => blocked.execute({ subject: hash, now: new Date(at) })))
    const ends = rows.flat().map(({ until }) => until.getTime())
    return ends.length > 0 ? Math.max(...ends) : undefined
  }

  const rowOf = ({ hash, window }: Counted, at: number) => {
    const [expiresAt, pendingUntil] = [new Date(at + window), new Date(at + maxAttemptMs)]
    return { subject: hash, blockedUntil: new Date(at), expiresAt, pendingUntil }
  }

  /** Lets a guess in; false where there is no room. */
  async function enterDatabase(subjects: readonly Counted[], at: number): Promise<boolean> {
    const writes = subjects.map(subject => {
      const row = { ...rowOf(subject, at), failures: 0, pending: 1 }
      return must(enter.asWrite({ ...row, free: subject.free, now: new Date(at) }))
    })
    if (await commit(writes)) return true
    const until = await blockedUntil(subjects, at)
    if (until !== undefined) throw tooMany(until - at)
    return false
  }

  /** Counts in the database, or in this process while that cannot. */
  async function counting<T>(inDatabase: () => Promise<T>, here: () => T): Promise<T> {
    try {
      return await inDatabase()
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      uncounted(error)
      return here()
    }
  }

  return {
    /**
     * Lets a guess in for all of its subjects, or for none; where there is no room, it waits in the line of the first. The
     * same order of kinds everywhere, the network last, so that no two wait for each other.
     * @param now the time, epoch ms.
     * @throws {ApiError} `too_many_requests` while one of them is blocked, with the time to retry; `too_busy`.
     */
    async attempt(subjects: readonly [Subject, ...Subject[]], now: () => number): Promise<Attempt> {
      const counted = subjects.map(subject => ({
        ...rules[subject.kind],
        kind: subject.kind,
        hash: hashOf(subject, hashKey),
      }))
      const hashes = counted.map(({ hash }) => hash) as [string, ...string[]]
      let inDatabase = true

      await lines.enter(hashes, async () => {
        const at = now()
        const until = local.blockedUntil(counted, at)
        if (until !== undefined) throw tooMany(until - at)
        const entered = await counting(
          async () => {
            inDatabase = true
            return enterDatabase(counted, at)
          },
          () => {
            inDatabase = false
            return local.enter(counted, at)
          },
        )
        return entered || undefined
      })

      const settle = async (writes: () => BoundWrite<unknown>[], here: () => void) => {
        if (inDatabase) await counting(async () => void (await commit(writes())), here)
        else here()
        lines.left(hashes)
      }
      return {
        succeeded: () =>
          settle(
            () =>
              counted.flatMap(({ kind, hash: subject }) => [
                kind === 'network' ? leave.asWrite({ subject }) : forget.asWrite({ subject, now: new Date(now()) }),
                clear.asWrite({ subject }),
              ]),
            () => local.succeeded(counted),
          ),
        failed() {
          const at = now()
          const until = Object.fromEntries(waits.map((wait, i) => [`wait${i}`, new Date(at + wait)]))
          const failure = { failures: 1, pending: 0, now: new Date(at), ...until }
          return settle(
            () => counted.map(subject => fail.asWrite({ ...rowOf(subject, at), ...failure, free: subject.free })),
            () => local.failed(counted, at),
          )
        },
        async withdraw(error) {
          await settle(
            () => hashes.flatMap(subject => [leave.asWrite({ subject }), clear.asWrite({ subject })]),
            () => local.withdrawn(counted),
          )
          throw error
        },
      }
    },

    /** Forgets the failures of subjects, and lifts their blocks. */
    async forgive(...subjects: readonly Subject[]): Promise<void> {
      const hashes = subjects.map(subject => ({ hash: hashOf(subject, hashKey) }))
      local.forgiven(hashes)
      const writes = hashes.map(({ hash: subject }) => forgiveness.asWrite({ subject }))
      await counting(
        async () => void (await commit(writes)),
        () => {},
      )
    },
  }
}

type WaitColumns = Readonly<Record<`wait${number}`, Database['tables']['throttles']['blockedUntil']>>

/** The keyed hash of a name or an address: a copy of the database does not tell who tried to sign in, or from where. */
function hashOf({ kind, name }: Subject, key: Buffer): string {
  return createHmac('sha256', key).update(`${kind} ${name}`).digest('base64url')
}
