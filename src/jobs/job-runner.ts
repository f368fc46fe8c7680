import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import { jobRuns } from '../measured.ts'
import { jobStore } from './job-store.ts'

/** A recurring job. */
export interface Job {
  /** Its key in the table `jobs`. */
  name: string
  /** From the end of one run to the next, in ms. */
  intervalMs: number
  /**
   * Does the work, which must be safe to repeat: a run that crashed or failed is repeated.
   * @param at its start, epoch ms.
   * @param stopping aborts when the server stops; the next run does the rest.
   */
  run(at: number, stopping: AbortSignal): Promise<unknown>
}

export interface JobRunnerOptions {
  database: Database
  jobs: readonly Job[]
  /** Epoch ms. */
  now: () => number
  /** Gets failures: a failed job is retried when its lease expires. */
  failed: (error: unknown, job: string) => void
}

/** Between two checks for due jobs, in ms. */
const tickMs = 60_000

export type JobRunner = ReturnType<typeof jobRunner>

/** Runs recurring jobs, each run once on all processes and nodes of a database (docs/decisions/jobs.md). */
export function jobRunner({ database, jobs, now, failed }: JobRunnerOptions) {
  const store = jobStore(database)
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let ticking: Promise<void> | undefined

  async function runOnce({ name, intervalMs, run }: Job) {
    const at = now()
    const claim = await store.claim(name, at)
    if (claim === undefined) return
    const begunAt = jobRuns.begin()
    let failed = true
    try {
      await run(at, stopping.signal)
      await store.end(name, claim, stopping.signal.aborted ? now() : now() + intervalMs)
      failed = false
    } finally {
      jobRuns.end(begunAt, { job: name, failed })
    }
  }

  async function runDue() {
    const later = await store.later(now())
    for (const job of jobs) {
      if (stopping.signal.aborted) return
      if (!later.has(job.name)) await runOnce(job).catch(error => failed(error, job.name))
    }
  }

  /** Runs the due jobs one after the other, and resolves when they are done; joins a run in progress. */
  function tick(): Promise<void> {
    ticking ??= runDue()
      .catch(error => failed(error, 'jobs'))
      .finally(() => {
        ticking = undefined
      })
    return ticking
  }

  return {
    tick,
    /** Ticks now and every minute from now on; does not keep the process alive. */
    start() {
      timer = setInterval(tick, tickMs).unref()
      void tick()
    },
    /**
     * Starts no more runs and aborts the current one. Resolves when it has ended, or after this many ms: its job is
     * then due again when the lease expires.
     */
    async stop(timeoutMs: number): Promise<void> {
      clearInterval(timer)
      stopping.abort()
      await Promise.race([ticking, wait(timeoutMs, undefined, { ref: false })])
    },
  }
}
