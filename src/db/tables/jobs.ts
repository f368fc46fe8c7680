import type { Columns } from '../columns.ts'

/** What the processes and nodes of an installation agree on: nobody's, and not copied to another one. */
export function jobTables(c: Columns) {
  /** When each recurring job is due. Whoever moves `nextRunAt` on first has the run. */
  const jobs = c.table('jobs', {
    name: c.id('name').primaryKey(),
    /** While a run is under way: when somebody else may take it to be dead. */
    nextRunAt: c.instant('next_run_at').notNull(),
    /** Names the run that was claimed last. */
    claim: c.id('claim').notNull(),
  })
  return { jobs }
}
