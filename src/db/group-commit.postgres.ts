import type pg from 'pg'
import { commits } from '../measured.ts'
import { type BoundWrite, isMust } from './database.ts'
import { type Dispatch, guarding, inOrder, joiner } from './joined.postgres.ts'
import { type Answer, pipelined } from './pipeline.postgres.ts'
import { type Bound, noRow, type RawRow } from './statement.postgres.ts'

/** A write with its values. */
export interface PostgresWrite extends BoundWrite<never> {
  /** The user whose rows it writes; empty if unknown. */
  user: string
  /**
   * Its values, encoded.
   * @throws {Error} where that is not possible.
   */
  bind(isMust: boolean): Bound
}

type Rows = readonly unknown[]

interface Batch extends Dispatch {
  /** The user of its first write, which is the one that locks the user's row. */
  user: string
  /** With the rows of each write, or undefined where a guard failed. */
  resolve: (results: readonly Rows[] | undefined) => void
  reject: (error: unknown) => void
}

/** Limits how much has to be done again when one batch of a group fails. */
const maxGroupSize = 64
/** Fewer batches than this are not split: two commits would cost more than the split gains. */
const minGroupSize = 4
/**
 * From then on the groups behind no longer wait for this one. One group in flight is the fastest, since what arrives
 * meanwhile becomes the next; but a group that waits for another process's lock must hold up only its own members.
 */
const slowAfterMs = 20
/** All but the last of them are slow. */
const maxInFlightGroups = 4
const deadlockRetries = 3

/**
 * Group commit, as on SQLite: batches that arrive while others are being written wait, then share one transaction. Its
 * statements are sent at once, from `begin` to `commit`, so a group costs one round trip and one wait for the disk,
 * whatever its size. A failed guard is an error on the server, which then skips the rest, the `commit` included.
 *
 * No user is in two groups in flight. So no group waits for another's locks, and one user's writes happen in the order
 * they arrived. No caller is answered before the commit has returned.
 */
export function groupCommit(pool: pg.Pool, { begin, commit }: Frame) {
  const join = joiner()
  const guarded = guarding()
  let waiting: Batch[] = []
  let scheduled = false
  const usersInFlight = new Set<string>()
  const inFlight = new Set<Promise<void>>()
  let slowGroups = 0
  let previousSize = 0

  /** Runs `start` at the end of this turn of the event loop, so that what arrives in one turn goes together. */
  function schedule() {
    if (!scheduled) setImmediate(start)
    scheduled = true
  }

  function start() {
    scheduled = false
    if (inFlight.size > slowGroups || inFlight.size === maxInFlightGroups) return
    const group = takeGroup()
    if (group.length === 0) return
    const users = new Set(group.map(({ user }) => user))
    for (const user of users) usersInFlight.add(user)
    const begunAt = commits.begin()
    let isSlow = false
    const slowTimer = setTimeout(() => {
      isSlow = true
      slowGroups++
      start()
    }, slowAfterMs)
    const written = write(group).then(settleAll => {
      clearTimeout(slowTimer)
      commits.end(begunAt, { batches: group.length })
      if (isSlow) slowGroups--
      for (const user of users) usersInFlight.delete(user)
      inFlight.delete(written)
      // Before answering, so that the server is not idle meanwhile.
      start()
      settleAll()
    })
    inFlight.add(written)
  }

  /**
   * The oldest batches whose users are in no group in flight: half of those that wait or were in the previous group. If it
   * took them all, clients would fall into lockstep, and this process and the database would take turns waiting.
   */
  function takeGroup(): Batch[] {
    const half = Math.ceil((waiting.length + previousSize) / 2)
    const size = Math.min(Math.max(half, minGroupSize), maxGroupSize)
    const group: Batch[] = []
    waiting = waiting.filter(batch => {
      if (group.length === size || usersInFlight.has(batch.user)) return true
      group.push(batch)
      return false
    })
    previousSize = group.length
    // Two processes lock users' rows in the same order, so that they do not deadlock.
    return group.sort((a, b) => (a.user < b.user ? -1 : Number(a.user > b.user)))
  }

  /**
   * Writes a group. When a batch fails, all is rolled back and the group is split before it: those ahead of it are
   * written, and a batch that fails as the first of its transaction failed by itself.
   * @returns what settles all of them.
   */
  async function write(group: readonly Batch[], retries = deadlockRetries): Promise<() => void> {
    const [first, ...others] = group
    if (!first) return () => {}
    let outcome: Outcome
    try {
      outcome = await inTransaction(group)
    } catch (error) {
      // Without a connection a retry is pointless; whether a commit happened is unknown.
      return () => group.forEach(({ reject }) => void reject(error))
    }
    if (outcome.results) {
      const { results } = outcome
      return () => group.forEach(({ resolve }, i) => void resolve(results[i]))
    }
    const { at, error } = outcome
    if (at > 0) return settleThenWrite(await write(group.slice(0, at), retries), group.slice(at), retries)
    // The other party of the deadlock is another process, which has gone on; nothing of this batch has happened.
    if (retries > 0 && error.code === '40P01')
      return settleThenWrite(await write([first], retries - 1), others, retries)
    const settleFirst = () => (outcome.guardFailed ? first.resolve(undefined) : first.reject(error))
    return settleThenWrite(settleFirst, others, retries)
  }

  /** Writes the rest of a group that was split, and settles those ahead of it without waiting for that. */
  function settleThenWrite(settleAhead: () => void, rest: readonly Batch[], retries: number): Promise<() => void> {
    const written = write(rest, retries)
    settleAhead()
    return written
  }

  /** @throws {Error} when there is no connection or it broke, or when the commit failed. */
  async function inTransaction(group: readonly Batch[]): Promise<Outcome> {
    const client = await pool.connect()
    try {
      const statements = [begin, ...group.flatMap(({ bounds }) => bounds), commit]
      const { rows, error } = await sent(client, statements)
      if (error) {
        const at = batchAt(group, rows.length - 1)
        if (at === -1) throw error
        await client.query('rollback')
        client.release()
        const { isGuarded } = (statements[rows.length] as Bound).statement
        return { at, error, guardFailed: isGuarded && error.code === noRow }
      }
      let answered = 1
      const results = group.map(({ bounds, rowsOf }) => {
        const decoded = bounds.map(({ statement }, i) => statement.rows(rows[answered + i] as RawRow[]))
        answered += bounds.length
        return rowsOf(decoded)
      })
      client.release()
      return { results }
    } catch (error) {
      client.release(error as Error)
      throw error
    }
  }

  return {
    /**
     * Writes all of a batch or nothing of it. Settles when the result is on the server's disk.
     * @param independent whether none of its writes reads or writes what another one writes.
     * @param guard runs before them.
     */
    add: (writes: readonly PostgresWrite[], independent = false, guard?: PostgresWrite) =>
      new Promise<readonly Rows[] | undefined>((resolve, reject) => {
        // Encoded before anything is sent: the server must not have seen part of a batch that fails here.
        const bounds = writes.map(write => write.bind(isMust(write)))
        const dispatch = independent ? join(bounds) : inOrder(bounds)
        const { user = '' } = guard ?? writes[0] ?? {}
        waiting.push({ user, ...(guard ? guarded(guard.bind(false), dispatch) : dispatch), resolve, reject })
        schedule()
      }),
    /** Resolves when nothing waits and nothing is in flight. */
    async idle() {
      for (start(); inFlight.size > 0; start()) await Promise.all(inFlight)
    },
  }
}

/** The statements around a group. */
interface Frame {
  begin: Bound
  commit: Bound
}

/** The rows of each write of each batch of a group, or the first batch that failed, and why. */
type Outcome =
  | { results: readonly (readonly Rows[])[] }
  | { results?: never; at: number; error: Error & { code?: string }; guardFailed: boolean }

const sent = (client: pg.PoolClient, bounds: readonly Bound[]) =>
  new Promise<Answer>(resolve => pipelined(client, bounds, resolve))

/** The batch of a group that a statement, counted over all of them, is part of; -1 for `begin` and `commit`. */
function batchAt(group: readonly Batch[], statement: number): number {
  return group.flatMap(({ bounds }, at) => bounds.map(() => at))[statement] ?? -1
}
