import type { Database } from '../db/database.ts'
import { listStore } from './list-store.ts'
import { writeStore } from './task-store.ts'

export type TaskStore = ReturnType<typeof taskStore>

/** The stores of tasks, in one. */
export const taskStore = (database: Database) => ({ ...writeStore(database), ...listStore(database) })
