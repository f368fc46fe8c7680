import { type BoundWrite, type Commit, Conflict, type Database } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import type { AnyId, ImportId, UserId } from '../ids.ts'
import type { Quotas } from '../quotas/quotas.ts'
import { retryLimit } from '../retry-limit.ts'
import type { ImportFormat, ImportState, ImportSummary } from '../vocabulary.ts'
import { digestCounts } from './digest-counts.ts'
import { importRoom, noRoom } from './import-room.ts'
import { importStore } from './import-store.ts'
import { type Fresh, knownRows, type Pending } from './known-rows.ts'
import { batchSize, maxRows } from './limits.ts'
import { isRefusal, orRefusal, type Refusal, RefusedRow, type Row } from './row.ts'
import type { Tally } from './tally.ts'
import { importedDigest, type ThingBatches } from './thing-batches.ts'

/** Runs an import: batch by batch, with the progress of each, and within the quota. */

/** Rows after which progress is told, whether or not they were created. */
const rowsPerStep = 1_000
/** Time (ms) after which the lease is renewed though there was no batch. */
const renewAfterMs = 20_000

/** What becomes of a row, by the rules of its kind. */
export interface Made<New> {
  thing: New
  /** Of one of our own files. */
  ownId?: AnyId | undefined
  unknownLabel?: string | undefined
}

export interface ImportOptions<F, New, S extends ImportSummary> {
  id: ImportId
  userId: UserId
  format: ImportFormat
  /** Writes for the sender. */
  commit: Commit
  /** Writes what has become of it, when the sender may no longer. */
  commitUnguarded: Commit
  dryRun: boolean
  /** The time, epoch ms. */
  now(): number
  stopping: AbortSignal
  tally: Tally<S>
  /** What a row says, before it is judged: its identity. */
  digestOf(row: F): Buffer
  /**
   * What becomes of a row.
   * @throws {RefusedRow}
   */
  make(row: F): Made<New>
  /** Is told of rows that are or become things, a batch at a time. */
  reads?(rows: readonly Pending<New>[]): void
  /** Is told of what a dry run would have created. */
  rehearses?(things: readonly New[]): void
  /**
   * The last figures.
   * @param version of the things after the last batch.
   */
  end?(version: number | undefined): Promise<void>
  /**
   * Opens the file.
   * @param tick is to be called now and then, also where rows are far between.
   */
  open(tick: () => Promise<void>, ignored: (columns: readonly string[]) => void): AsyncIterable<Row<F> | Refusal>
}

export type ImportRunner<New, S extends ImportSummary> = ReturnType<typeof importRunner<New, S>>

/**
 * Runs imports of one kind: in batches between which others have their turn, each with the progress that it makes.
 * @param maxDifferent rows of one file that are not the same.
 */
export function importRunner<New, S extends ImportSummary>(
  database: Database,
  quotas: Quotas,
  batches: ThingBatches<New>,
  maxDifferent = maxRows,
) {
  const rooms = importRoom(quotas, batches)
  const store = importStore<S>(database, batches.kind)

  /**
   * Imports a file.
   * @returns what it has come to, and the last version of the things.
   * @throws {ApiError} what the file, the guard of the sender or the database ends it with; then it is interrupted.
   */
  async function run<F>(options: ImportOptions<F, New, S>): Promise<{ summary: S; version: number | undefined }> {
    const { id, userId, format, commit, dryRun, now, stopping, tally } = options
    const known = knownRows(batches, userId, dryRun)
    let version: number | undefined
    let firstVersion: number | undefined
    let begun = false
    let toldAt = 0
    let toldRows = 0
    let pending: Pending<New>[] = []
    /** How often each row was there. */
    const counts = digestCounts()
    /** What a dry run could still create. */
    let room = dryRun ? await rooms.of(userId) : noRoom

    try {
      for await (const read of options.open(tick, tally.ignore)) {
        await begin()
        tally.countRow()
        if (isRefusal(read as object)) tally.refuse(read as Refusal)
        else take(read as Row<F>)
        if (pending.length >= batchSize || tally.summary.rows - toldRows >= rowsPerStep) await flush()
      }
      await begin()
      await flush()
      await options.end?.(version)
      if (!dryRun) await tell(commit, 'done')
      // Who may no longer is told nothing.
      else await commit([])
      return { summary: tally.summary, version }
    } catch (error) {
      // The client asks for it by its id, or sends the file again.
      if (begun) await tell(options.commitUnguarded, 'interrupted').catch(() => {})
      throw error
    }

    async function begin() {
      if (begun || dryRun) return
      await store.begin(commit, userId, { id, format, summary: tally.summary }, now())
      begun = true
      toldAt = now()
    }

    async function tell(by: Commit, state: ImportState) {
      const told = await by([store.progressWrite(userId, id, { state, summary: tally.summary }, now(), false)])
      if (!told) throw taken()
      toldAt = now()
    }

    async function tick() {
      if (stopping.aborted)
        throw new ApiError('unavailable', 'The server is stopping. Send the file again to continue the import.')
      if (begun && now() - toldAt >= renewAfterMs) await tell(commit, 'running')
    }

    function take({ line, ...row }: Row<F>) {
      const made = orRefusal(line, (): Pending<New> => {
        const { thing, ownId, unknownLabel } = options.make(row as F)
        return { line, ownId, digest: numbered(options.digestOf(row as F)), thing, unknownLabel }
      })
      if (isRefusal(made)) tally.refuse(made)
      else pending.push(made)
    }

    /** The identity of a row: what it says, and its number among those that say the same. */
    function numbered(digest: Buffer): string {
      const number = counts.count(digest)
      if (number === 0 && counts.size >= maxDifferent)
        throw new RefusedRow(`a file can have at most ${maxDifferent} different rows; split it`)
      counts.add(digest)
      return `${importedDigest}${digest.toString('base64url').slice(0, 22)}${number === 0 ? '' : `.${number}`}`
    }

    /** Writes what is pending, and gives others a turn. */
    async function flush() {
      toldRows = tally.summary.rows
      const rows = pending
      pending = []
      options.reads?.(rows)
      await write(rows)
      await new Promise(resolve => setImmediate(resolve))
      await tick()
    }

    async function write(rows: readonly Pending<New>[], mayRetry = retryLimit()): Promise<void> {
      const { fresh, duplicates, taken: matches } = await known.sort(rows, firstVersion)
      const fitting = dryRun ? rooms.fitting(fresh, room) : fresh
      const written = dryRun || (await attemptToWrite(fitting, duplicates, mayRetry))
      if (!written) return write(rows, mayRetry)
      known.remember(matches)
      if (!dryRun) return
      options.rehearses?.(fitting.map(({ thing }) => thing))
      room = rooms.without(fitting, room)
      refuseBeyond(fresh.slice(fitting.length), room.things)
      tally.add(fitting.length, duplicates)
    }

    /** Whether they were written; otherwise they are looked up again. */
    async function attemptToWrite(fresh: readonly Fresh<New>[], duplicates: number, mayRetry: MayRetry) {
      const progress = (created: number): BoundWrite<unknown> =>
        store.progressWrite(
          userId,
          id,
          { state: 'running', summary: tally.plus(created, duplicates) },
          now(),
          created > 0,
        )
      const done = (created: number) => {
        tally.add(created, duplicates)
        toldAt = now()
        return true
      }
      try {
        if (fresh.length === 0) return (await commit([progress(0)])) ? done(0) : gone()
        const things = fresh.map(({ thing }) => thing)
        const raised = await batches.add(commit, userId, things, [progress(things.length)])
        if (raised !== undefined) {
          version = raised
          firstVersion ??= raised
          return done(things.length)
        }
      } catch (error) {
        // A thing with one of the ids was made meanwhile.
        if (!(error instanceof Conflict) || !mayRetry(digestsOf(fresh))) throw error
        return false
      }
      const left = await rooms.of(userId)
      const fitting = rooms.fitting(fresh, left)
      // Rather this import than the room: it was undone, or somebody has one of the ids by now.
      if (fitting.length === fresh.length) return mayRetry(digestsOf(fresh)) ? false : gone()
      // Beyond the quota rows are refused; those before it are written.
      refuseBeyond(fresh.slice(fitting.length), left.things - fitting.length)
      return attemptToWrite(fitting, duplicates, mayRetry)
    }

    function gone(): never {
      throw taken()
    }

    /** @param left things that there would be room for, if they took no bytes. */
    function refuseBeyond(rows: readonly Pending<New>[], left: number) {
      const reason = rooms.reasonFor(left)
      for (const { line } of rows) tally.refuse({ line, reason })
    }
  }

  return { run, store, batches }
}

type MayRetry = ReturnType<typeof retryLimit>
/** What tells failed attempts at the same rows from those of which others have made some meanwhile. */
const digestsOf = (rows: readonly Pending<unknown>[]) => rows.map(({ digest }) => digest)

const taken = () =>
  new ApiError('unavailable', 'The import was considered interrupted. Send the file again to continue it.')
