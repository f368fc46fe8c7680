import { and, sql } from 'drizzle-orm'
import { eq, gt, lte } from '../db/conditions.ts'
import { type Commit, type Database, must } from '../db/database.ts'
import { assigned, columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { number, type Value } from '../db/values.ts'
import { type Counted, waits } from './throttle-rules.ts'

/** A guess is settled long before; if not, its process died, and it counts as wrong. */
const maxAttemptMs = 30_000

/** Counts guesses in the database, so that they hold for every process and survive a crash. */
export function databaseThrottle({ prepare, tables: { throttles } }: Database, commit: Commit) {
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

  const rowOf = ({ hash, window }: Counted, at: number) => {
    const [expiresAt, pendingUntil] = [new Date(at + window), new Date(at + maxAttemptMs)]
    return { subject: hash, blockedUntil: new Date(at), expiresAt, pendingUntil }
  }

  return {
    /**
     * The latest end of a block of the subjects, epoch ms; undefined when none is blocked.
     * @param at now, epoch ms.
     */
    async blockedUntil(subjects: readonly Counted[], at: number): Promise<number | undefined> {
      const rows = await Promise.all(subjects.map(({ hash }) => blocked.execute({ subject: hash, now: new Date(at) })))
      const ends = rows.flat().map(({ until }) => until.getTime())
      return ends.length > 0 ? Math.max(...ends) : undefined
    },

    /**
     * Lets a guess in for all of its subjects, or for none where one is blocked or has no room.
     * @param at now, epoch ms.
     */
    async enter(subjects: readonly Counted[], at: number): Promise<boolean> {
      const writes = subjects.map(subject => {
        const row = { ...rowOf(subject, at), failures: 0, pending: 1 }
        return must(enter.asWrite({ ...row, free: subject.free, now: new Date(at) }))
      })
      return (await commit(writes)) !== undefined
    },

    /**
     * Counts a wrong guess.
     * @param at now, epoch ms.
     */
    async failed(subjects: readonly Counted[], at: number): Promise<void> {
      const until = Object.fromEntries(waits.map((wait, i) => [`wait${i}`, new Date(at + wait)]))
      const failure = { failures: 1, pending: 0, now: new Date(at), ...until }
      await commit(subjects.map(subject => fail.asWrite({ ...rowOf(subject, at), ...failure, free: subject.free })))
    },

    /**
     * Settles a right guess: the failures are forgotten, but not the network's.
     * @param at now, epoch ms.
     */
    async succeeded(subjects: readonly Counted[], at: number): Promise<void> {
      await commit(
        subjects.flatMap(({ kind, hash: subject }) => [
          kind === 'network' ? leave.asWrite({ subject }) : forget.asWrite({ subject, now: new Date(at) }),
          clear.asWrite({ subject }),
        ]),
      )
    },

    /** Takes a guess back. */
    async withdrawn(subjects: readonly Counted[]): Promise<void> {
      await commit(subjects.flatMap(({ hash: subject }) => [leave.asWrite({ subject }), clear.asWrite({ subject })]))
    },

    /** Forgets everything about subjects. */
    async forgiven(subjects: readonly Pick<Counted, 'hash'>[]): Promise<void> {
      await commit(subjects.map(({ hash: subject }) => forgiveness.asWrite({ subject })))
    },
  }
}

type WaitColumns = Readonly<Record<`wait${number}`, Database['tables']['throttles']['blockedUntil']>>
