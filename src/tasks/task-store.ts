import type { Database } from '../db/database.ts'
import type { Quotas } from '../quotas/quotas.ts'
import { taskEdits } from './task-edits.ts'
import { taskLists } from './task-list.ts'

export type TaskStore = ReturnType<typeof taskStore>

/** The stores of tasks, in one. */
export const taskStore = (database: Database, quotas?: Quotas) => ({
  ...taskEdits(database, quotas),
  ...taskLists(database),
})
