import type { Database } from '../db/database.ts'
import type { Quotas } from '../quotas/quotas.ts'
import { entryLists } from './entry-list.ts'
import { entryStore } from './entry-store.ts'

export type MoodStore = ReturnType<typeof moodStore>

/** The stores of moods, in one. */
export const moodStore = (database: Database, quotas?: Quotas) => ({
  ...entryStore(database, quotas),
  ...entryLists(database),
})
