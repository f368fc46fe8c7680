import type { Columns } from '../columns.ts'
import { sharedTable } from '../described.ts'

/** State that the processes and nodes of an installation share; it belongs to no user and is not copied. */
export function jobTables(c: Columns) {
  /** The due time of each recurring job. The first to advance `nextRunAt` claims the run. */
  const jobs = c.table('jobs', {
    name: c.id('name').primaryKey(),
    /** During a run: the end of its lease. */
    nextRunAt: c.instant('next_run_at').notNull(),
    /** The id of the last claimed run. */
    claim: c.id('claim').notNull(),
  })
  return {
    // The row of `/ready` is written often: on one machine, not on all.
    jobs: sharedTable(jobs, {
      spreadBy: 'name',
      copied: false,
      exported: { not: "is the server's" },
      erased: { otherwise: 'says nothing of anybody' },
    }),
  }
}
