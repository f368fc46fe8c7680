import { setTimeout as wait } from 'node:timers/promises'
import { v4 as uuidv4 } from 'uuid'
import { type Database, Unavailable } from './database.ts'
import { assigned, columnsOf, insertInto } from './statements.ts'

/** What a database can do: `failing` means that it is read, but takes no writes (a full disk, a read-only file). */
export interface Readiness {
  writes: 'ok' | 'failing'
}

/** An answer is good for this long, in ms: probes cost the database no more, however many there are. */
const cachedForMs = 1_000
/**
 * What takes longer, in ms, cannot be done: the server may hang, or the machine of a cluster that has the row, and probes
 * must not hang with them.
 */
const maxWaitMs = 2_000

/**
 * Tells whether a database can be read and written, by writing: a row of no meaning among the jobs, because a full disk
 * shows itself in nothing else.
 * @param now the time, epoch ms.
 */
export function readinessOf(database: Database, now: () => number, withinMs = maxWaitMs) {
  const { jobs } = database.tables
  const write = database.prepare('readiness_write', columnsOf(jobs), (db, row) =>
    insertInto(db, jobs, row).onConflictDoUpdate({
      target: jobs.name,
      set: assigned<typeof jobs>({ claim: row.claim, nextRunAt: row.nextRunAt }),
    }),
  )

  async function probe(at: number): Promise<Readiness> {
    await within(database.ping(), withinMs)
    try {
      // Another value each time: SQLite does not write what is there already.
      await within(write.execute({ name: 'readiness', claim: uuidv4(), nextRunAt: new Date(at) }), withinMs)
      return { writes: 'ok' }
    } catch (error) {
      if (error instanceof Unavailable) return { writes: 'failing' }
      throw error
    }
  }

  let last: { at: number; readiness: Promise<Readiness> } | undefined
  /** @throws {Unavailable} when the database cannot be read. */
  return (): Promise<Readiness> => {
    const at = now()
    if (!last || Math.abs(at - last.at) >= cachedForMs) last = { at, readiness: probe(at) }
    return last.readiness
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const done = new AbortController()
  const late = wait(ms, undefined, { signal: done.signal }).then(() => {
    throw new Unavailable('SILENT')
  })
  return Promise.race([work, late]).finally(() => done.abort())
}
