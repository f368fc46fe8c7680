import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import { jobStore } from './job-store.ts'

/** Work that recurs. */
export interface Job {
  /** Its key in the table `jobs`. */
  name: string
  /** From the end of one run to the next, in ms. */
  intervalMs: number
  /**
   * Does the work, which must bear being done again: a run that died or failed is repeated.
   * @param at when it began, epoch ms.
   * @param stopping aborts when the server stops; what is left is then for the next run.
   */
  run(at: number, stopping: AbortSignal): Promise<unknown>
}

export interface JobRunnerOptions {
  database: Database
  jobs: readonly Job[]
  /** Epoch ms. */
  now: () => number
  /** Is told what failed: a job that does is tried again when its lease has run out. */
  failed: (error: unknown, job: string) => void
}

/** Between two looks at what is due, in ms. */
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
    await run(at, stopping.signal)
    await store.end(name, claim, stopping.signal.aborted ? now() : now() + intervalMs)
  }

  async function runDue() {
    const later = await store.later(now())
    for (const job of jobs) {
      if (stopping.signal.aborted) return
      if (!later.has(job.name)) await runOnce(job).catch(error => failed(error, job.name))
    }
  }

  /** Runs what is due, one job after the other, and resolves when that is done; joins in when it is being done already. */
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
    /** Ticks now and every minute from now on; keeps no process alive. */
    start() {
      timer = setInterval(tick, tickMs).unref()
      void tick()
    },
    /**
     * Begins no more runs and asks the present one to end. Resolves when it has, or after so many ms: its job is then due
     * again when the lease has run out.
     */
    async stop(timeoutMs: number): Promise<void> {
      clearInterval(timer)
      stopping.abort()
      await Promise.race([ticking, wait(timeoutMs, undefined, { ref: false })])
    },
  }
}
