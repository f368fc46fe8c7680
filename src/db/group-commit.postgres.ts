import type pg from 'pg'
import { type BoundWrite, isMust } from './database.ts'
import { type Dispatch, inOrder, joiner } from './joined.postgres.ts'
import { type Answer, pipelined } from './pipeline.postgres.ts'
import { type Bound, noRow } from './statement.postgres.ts'

/** A write with its values. */
export interface PostgresWrite extends BoundWrite<never> {
  /** Whose rows it writes; the empty text where it does not say. */
  user: string
  /** Its values, encoded. @throws {Error} where that is not possible. */
  bind(isMust: boolean): Bound
}

type Rows = readonly unknown[]

interface Batch extends Dispatch {
  /** Of its first write, which is the one that locks the user's row. */
  user: string
  /** With the rows of each write, or undefined where a guard failed. */
  resolve: (results: readonly Rows[] | undefined) => void
  reject: (error: unknown) => void
}

/** How many batches share a transaction at most: an end to what one that fails makes the others do again. */
const largestGroup = 64
/** So few are not parted: two commits would cost more than is gained. */
const smallGroup = 4
/**
 * How long the others wait for a group that is on its way, in ms. One at a time is the fastest: what comes meanwhile
 * becomes the next. But one that waits for a lock, which another process may hold for long, holds up only those in it.
 */
const patienceWithOne = 20
/** How many groups are on their way at most, all but the last of them slow. */
const lanes = 4

/**
 * Group commit, as on SQLite: batches that come while others are written wait, and then share one transaction. All its
 * statements are sent at once, from `begin` to `commit`, so that a group costs one round trip and one wait for the disk,
 * however many write. A guard that fails is an error of the server's, after which it skips the rest, the `commit` too.
 *
 * Nobody is in two groups on their way. So no group waits for the locks of another, and what one person writes is
 * written in the order it came in. Nobody is answered before the commit has returned.
 */
export function groupCommit(pool: pg.Pool, { begin, commit }: Frame) {
  const join = joiner()
  let waiting: Batch[] = []
  let scheduled = false
  const busy = new Set<string>()
  const running = new Set<Promise<void>>()
  let slow = 0
  let sizeBefore = 0

  /** At the end of this turn of the event loop: what comes in the same one goes together. */
  function schedule() {
    if (!scheduled) setImmediate(start)
    scheduled = true
  }

  function start() {
    scheduled = false
    if (running.size > slow || running.size === lanes) return
    const group = take()
    if (group.length === 0) return
    const users = new Set(group.map(({ user }) => user))
    for (const user of users) busy.add(user)
    let isSlow = false
    const growingImpatient = setTimeout(() => {
      isSlow = true
      slow++
      start()
    }, patienceWithOne)
    const written = write(group).then(tellEveryone => {
      clearTimeout(growingImpatient)
      if (isSlow) slow--
      for (const user of users) busy.delete(user)
      running.delete(written)
      // First, so that the server is not idle while we answer.
      start()
      tellEveryone()
    })
    running.add(written)
  }

  /**
   * Those who have waited longest and are in no group on its way: half of those who wait or were in the group before. Were
   * it all of them, all clients would come to march in step, and server and database take turns at waiting for each other.
   */
  function take(): Batch[] {
    const half = Math.ceil((waiting.length + sizeBefore) / 2)
    const size = Math.min(Math.max(half, smallGroup), largestGroup)
    const group: Batch[] = []
    waiting = waiting.filter(batch => {
      if (group.length === size || busy.has(batch.user)) return true
      group.push(batch)
      return false
    })
    sizeBefore = group.length
    // Two processes lock people's rows in the same order, so that they do not end in a deadlock.
    return group.sort((a, b) => (a.user < b.user ? -1 : Number(a.user > b.user)))
  }

  /**
   * Writes a group. Where a batch fails, everything is rolled back and the group parted before it: those before it are
   * written, and what fails as the first of its transaction is not to blame on anyone else. @returns what tells everyone.
   */
  async function write(group: readonly Batch[], patience = 3): Promise<() => void> {
    const [first, ...others] = group
    if (!first) return () => {}
    let outcome: Outcome
    try {
      outcome = await inTransaction(group)
    } catch (error) {
      // Without a connection there is nothing to try again, and of a commit nobody knows whether it happened.
      return () => group.forEach(({ reject }) => void reject(error))
    }
    if (outcome.results) {
      const { results } = outcome
      return () => group.forEach(({ resolve }, i) => void resolve(results[i]))
    }
    const { at, error } = outcome
    if (at > 0) return after(await write(group.slice(0, at), patience), group.slice(at), patience)
    // A deadlock is with another process, which has gone on; nothing of this batch has happened.
    if (patience > 0 && error.code === '40P01') return after(await write([first], patience - 1), others, patience)
    const tellFirst = () => (error.code === noRow ? first.resolve(undefined) : first.reject(error))
    return after(tellFirst, others, patience)
  }

  /** Writes the rest of a group that had to be parted, and tells those before it without waiting for that. */
  function after(tellOthers: () => void, rest: readonly Batch[], patience: number): Promise<() => void> {
    const written = write(rest, patience)
    tellOthers()
    return written
  }

  /** @throws {Error} when there is no connection, or it broke: then nobody knows anything. */
  async function inTransaction(group: readonly Batch[]): Promise<Outcome> {
    const client = await pool.connect()
    try {
      const { rows, error } = await sent(client, [begin, ...group.flatMap(({ bounds }) => bounds), commit])
      if (error) {
        const at = batchAt(group, rows.length - 1)
        if (at === -1) throw error
        await client.query('rollback')
        client.release()
        return { at, error }
      }
      let answered = 1
      const results = group.map(({ bounds, rowsOf }) => {
        const from = answered
        answered += bounds.length
        return rowsOf(rows.slice(from, answered))
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
     * Writes all of a batch or nothing of it. Settles when what it did is on the server's disk.
     * @param independent whether none of its writes reads or writes what another one writes.
     */
    add: (writes: readonly PostgresWrite[], independent = false) =>
      new Promise<readonly Rows[] | undefined>((resolve, reject) => {
        // Encoded before anything is sent: of a batch that fails at this the server must not have heard.
        const bounds = writes.map(write => write.bind(isMust(write)))
        const dispatch = independent ? join(bounds) : inOrder(bounds)
        waiting.push({ user: writes[0]?.user ?? '', ...dispatch, resolve, reject })
        schedule()
      }),
    /** Resolves when nothing waits and nothing is on its way. */
    async idle() {
      for (start(); running.size > 0; start()) await Promise.all(running)
    },
  }
}

/** What stands around a group. */
interface Frame {
  begin: Bound
  commit: Bound
}

/** What became of a group: the rows of each write of each batch, or the first batch that failed, and why. */
type Outcome =
  | { results: readonly (readonly Rows[])[] }
  | { results?: never; at: number; error: Error & { code?: string } }

const sent = (client: pg.PoolClient, bounds: readonly Bound[]) =>
  new Promise<Answer>(resolve => pipelined(client, bounds, resolve))

/** The batch of a group that a statement is of, counted over all of them; -1 for the `begin` before and the `commit` after. */
function batchAt(group: readonly Batch[], statement: number): number {
  return group.flatMap(({ bounds }, at) => bounds.map(() => at))[statement] ?? -1
}
