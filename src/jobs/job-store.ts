import { and } from 'drizzle-orm'
import { v4 as uuidv4 } from 'uuid'
import { eq, gt, lte } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { assigned, columnsOf, insertInto, updateOf } from '../db/statements.ts'

/** A run that was not ended this long after it was claimed (ms) crashed, and the job is due again. */
export const leaseMs = 10 * 60_000

/** The due times of recurring jobs, shared by every process and node on the database. */
export function jobStore({ prepare, tables: { jobs } }: Database) {
  const later = prepare('jobs_later', { now: jobs.nextRunAt }, (db, { now }) =>
    db.select({ name: jobs.name }).from(jobs).where(gt(jobs.nextRunAt, now)),
  )
  /** Compare-and-set: of simultaneous claims, one gets the row. */
  const claim = prepare('job_claim', { ...columnsOf(jobs), now: jobs.nextRunAt }, (db, { now, ...row }) =>
    insertInto(db, jobs, row)
      .onConflictDoUpdate({
        target: jobs.name,
        set: assigned<typeof jobs>({ nextRunAt: row.nextRunAt, claim: row.claim }),
        setWhere: lte(jobs.nextRunAt, now),
      })
      .returning({ claim: jobs.claim }),
  )
  const end = prepare('job_end', columnsOf(jobs), (db, { name, claim, nextRunAt }) =>
    updateOf(db, jobs, { nextRunAt }).where(and(eq(jobs.name, name), eq(jobs.claim, claim))),
  )

  return {
    /**
     * The names of the jobs that are not due yet, or are running somewhere.
     * @param at now, epoch ms.
     */
    later: async (at: number): Promise<Set<string>> =>
      new Set((await later.execute({ now: new Date(at) })).map(({ name }) => name)),

    /**
     * Claims a run of a job that is due.
     * @returns the claim, or undefined when another process has it.
     * @param at now, epoch ms.
     */
    async claim(name: string, at: number): Promise<string | undefined> {
      const values = { name, claim: uuidv4(), now: new Date(at), nextRunAt: new Date(at + leaseMs) }
      return (await claim.execute(values))[0]?.claim
    },

    /**
     * Ends a run, unless its lease ran out and another one has begun since.
     * @param nextRunAt epoch ms.
     */
    async end(name: string, claimed: string, nextRunAt: number): Promise<void> {
      await end.execute({ name, claim: claimed, nextRunAt: new Date(nextRunAt) })
    },
  }
}
