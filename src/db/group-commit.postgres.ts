import pg from 'pg'
import { commits } from '../measured.ts'
import { type BoundWrite, isMust } from './database.ts'
import { type Dispatch, guarding, inOrder, joiner } from './joined.postgres.ts'
import type { Lane, Lanes } from './lanes.postgres.ts'
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

/** What waits for a machine, and is written to it. */
interface Queue {
  readonly lane: Lane
  waiting: Batch[]
  scheduled: boolean
  readonly inFlight: Set<Promise<void>>
  slowGroups: number
  previousSize: number
}

/**
 * Group commit, as on SQLite: batches that arrive while others are being written wait, then share one transaction. Its
 * statements are sent at once, from `begin` to `commit`, so a group costs one round trip and one wait for the disk,
 * whatever its size. A failed guard is an error on the server, which then skips the rest, the `commit` included.
 *
 * No user is in two groups in flight. So no group waits for another's locks, and one user's writes happen in the order
 * they arrived. No caller is answered before the commit has returned.
 *
 * Each machine of a cluster has groups of its own: a group ends with a commit of one phase, and one that hangs holds up
 * nobody else.
 */
export function groupCommit(lanes: Lanes, { begin, commit }: Frame) {
  const join = joiner()
  const guarded = guarding()
  const queues = new Map<Lane, Queue>()
  const usersInFlight = new Set<string>()

  function queueOf(lane: Lane): Queue {
    let queue = queues.get(lane)
    if (!queue) {
      queue = { lane, waiting: [], scheduled: false, inFlight: new Set(), slowGroups: 0, previousSize: 0 }
      queues.set(lane, queue)
    }
    return queue
  }

  /** Runs `start` at the end of this turn of the event loop, so that what arrives in one turn goes together. */
  function schedule(queue: Queue) {
    if (!queue.scheduled) setImmediate(start, queue)
    queue.scheduled = true
  }

  function start(queue: Queue) {
    queue.scheduled = false
    const { inFlight } = queue
    if (inFlight.size > queue.slowGroups || inFlight.size === maxInFlightGroups) return
    const group = takeGroup(queue)
    if (group.length === 0) return
    const users = new Set(group.map(({ user }) => user))
    for (const user of users) usersInFlight.add(user)
    const begunAt = commits.begin()
    let isSlow = false
    const slowTimer = setTimeout(() => {
      isSlow = true
      queue.slowGroups++
      start(queue)
    }, slowAfterMs)
    const written = write(queue.lane, group).then(settleAll => {
      clearTimeout(slowTimer)
      commits.end(begunAt, { batches: group.length })
      if (isSlow) queue.slowGroups--
      for (const user of users) usersInFlight.delete(user)
      inFlight.delete(written)
      // Before answering, so that the server is not idle meanwhile. A user can wait in more than one queue.
      for (const one of queues.values()) start(one)
      settleAll()
    })
    inFlight.add(written)
  }

  /**
   * The oldest batches whose users are in no group in flight: half of those that wait or were in the previous group. If it
   * took them all, clients would fall into lockstep, and this process and the database would take turns waiting.
   */
  function takeGroup(queue: Queue): Batch[] {
    const half = Math.ceil((queue.waiting.length + queue.previousSize) / 2)
    const size = Math.min(Math.max(half, minGroupSize), maxGroupSize)
    const group: Batch[] = []
    queue.waiting = queue.waiting.filter(batch => {
      if (group.length === size || usersInFlight.has(batch.user)) return true
      group.push(batch)
      return false
    })
    queue.previousSize = group.length
    // Two processes lock users' rows in the same order, so that they do not deadlock.
    return group.sort((a, b) => (a.user < b.user ? -1 : Number(a.user > b.user)))
  }

  /**
   * Writes a group. When a batch fails, all is rolled back and the group is split before it: those ahead of it are
   * written, and a batch that fails as the first of its transaction failed by itself.
   * @returns what settles all of them.
   */
  async function write(lane: Lane, group: readonly Batch[], retries = deadlockRetries): Promise<() => void> {
    const [first, ...others] = group
    if (!first) return () => {}
    let outcome: Outcome
    try {
      outcome = await inTransaction(lane, group)
    } catch (error) {
      // Without a connection a retry is pointless; whether a commit happened is unknown.
      return () => group.forEach(({ reject }) => void reject(error))
    }
    if (outcome.results) {
      const { results } = outcome
      return () => group.forEach(({ resolve }, i) => void resolve(results[i]))
    }
    const { at, error } = outcome
    if (at > 0) return settleThenWrite(lane, await write(lane, group.slice(0, at), retries), group.slice(at), retries)
    // The other party of the deadlock is another process, which has gone on; nothing of this batch has happened.
    if (retries > 0 && error.code === '40P01')
      return settleThenWrite(lane, await write(lane, [first], retries - 1), others, retries)
    const settleFirst = () => (outcome.guardFailed ? first.resolve(undefined) : first.reject(error))
    return settleThenWrite(lane, settleFirst, others, retries)
  }

  /** Writes the rest of a group that was split, and settles those ahead of it without waiting for that. */
  function settleThenWrite(lane: Lane, settleAhead: () => void, rest: readonly Batch[], retries: number) {
    const written = write(lane, rest, retries)
    settleAhead()
    return written
  }

  /** @throws {Error} when there is no connection or it broke, when the commit failed, or a row cannot be decoded. */
  async function inTransaction(lane: Lane, group: readonly Batch[]): Promise<Outcome> {
    const client = await connected(lane)
    const statements = [begin, ...group.flatMap(({ bounds }) => bounds), commit]
    const { rows, error } = await sent(client, statements)
    if (error) {
      const at = batchAt(group, rows.length - 1)
      if (at === -1 || !(error instanceof pg.DatabaseError)) {
        await lane.release(client, error)
        throw error
      }
      await lane.rollBack(client)
      const { isGuarded } = (statements[rows.length] as Bound).statement
      return { at, error, guardFailed: isGuarded && error.code === noRow }
    }
    void lane.release(client)
    let answered = 1
    const results = group.map(({ bounds, rowsOf }) => {
      const decoded = bounds.map(({ statement }, i) => statement.rows(rows[answered + i] as RawRow[]))
      answered += bounds.length
      return rowsOf(decoded)
    })
    return { results }
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
        const batch = guard ? guarded(guard.bind(false), dispatch) : dispatch
        const queue = queueOf(lanes.only ?? lanes.of(batch.bounds))
        queue.waiting.push({ user, ...batch, resolve, reject })
        schedule(queue)
      }),
    /** Resolves when nothing waits and nothing is in flight. */
    async idle() {
      for (;;) {
        const all = [...queues.values()]
        all.forEach(start)
        const inFlight = all.flatMap(queue => [...queue.inFlight])
        if (inFlight.length === 0) return
        await Promise.all(inFlight)
      }
    },
  }
}

const connected = (lane: Lane) =>
  new Promise<pg.PoolClient>((resolve, reject) =>
    lane.connect((failure, client) => (client === undefined ? reject(failure) : resolve(client))),
  )

/** The statements around a group. */
interface Frame {
  begin: Bound
  commit: Bound
}

/** The rows of each write of each batch of a group, or the first batch that failed, and why. */
type Outcome =
  | { results: readonly (readonly Rows[])[] }
  | { results?: never; at: number; error: Error & { code?: string | undefined }; guardFailed: boolean }

const sent = (client: pg.PoolClient, bounds: readonly Bound[]) =>
  new Promise<Answer>(resolve => pipelined(client, bounds, resolve))

/** The batch of a group that a statement, counted over all of them, is part of; -1 for `begin` and `commit`. */
function batchAt(group: readonly Batch[], statement: number): number {
  return group.flatMap(({ bounds }, at) => bounds.map(() => at))[statement] ?? -1
}
