import { and, eq, gt, lte, sql } from 'drizzle-orm'
import { v4 as uuidv4 } from 'uuid'
import type { Database } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'

/** A run that was not ended this long after it was claimed (ms) died with its process, and the job is due again. */
export const leaseMs = 10 * 60_000

/** Which recurring jobs are due, shared by every process and node on the database. */
export function jobStore({ prepare, tables: { jobs } }: Database) {
  const now = valueFor('now', jobs.nextRunAt)
  const later = prepare('jobs_later', db => db.select({ name: jobs.name }).from(jobs).where(gt(jobs.nextRunAt, now)))
  /** Compare-and-set: of all who try at once, one gets the row. */
  const claim = prepare('job_claim', db =>
    db
      .insert(jobs)
      .values({
        name: sql.placeholder('name'),
        nextRunAt: sql.placeholder('leaseEndsAt'),
        claim: sql.placeholder('claim'),
      })
      .onConflictDoUpdate({
        target: jobs.name,
        set: { nextRunAt: sql`excluded.next_run_at`, claim: sql`excluded.claim` },
        setWhere: lte(jobs.nextRunAt, now),
      })
      .returning({ claim: jobs.claim }),
  )
  const end = prepare('job_end', db =>
    db
      .update(jobs)
      .set({ nextRunAt: valueFor('nextRunAt', jobs.nextRunAt) })
      .where(and(eq(jobs.name, textFor('name')), eq(jobs.claim, textFor('claim')))),
  )

  return {
    /** The names of the jobs that are not due yet, or are running somewhere. @param at now, epoch ms. */
    later: async (at: number): Promise<Set<string>> =>
      new Set((await later.execute({ now: new Date(at) })).map(({ name }) => name)),

    /** Claims a run of a job that is due. @returns the claim, or undefined when another process has it. @param at now, epoch ms. */
    async claim(name: string, at: number): Promise<string | undefined> {
      const values = { name, claim: uuidv4(), now: new Date(at), leaseEndsAt: new Date(at + leaseMs) }
      return (await claim.execute(values))[0]?.claim
    },

    /** Ends a run, unless its lease ran out and another one has begun since. @param nextRunAt epoch ms. */
    async end(name: string, claimed: string, nextRunAt: number): Promise<void> {
      await end.execute({ name, claim: claimed, nextRunAt: new Date(nextRunAt) })
    },
  }
}
