import type { Database } from '../db/database.ts'
import { listStore } from './list-store.ts'
import { writeStore } from './task-store.ts'

export type TaskStore = ReturnType<typeof taskStore>

/** All that is kept of what people have to do. */
export const taskStore = (database: Database) => ({ ...writeStore(database), ...listStore(database) })
