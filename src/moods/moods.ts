import type { Database } from '../db/database.ts'
import { entryStore } from './entry-store.ts'
import { listStore } from './list-store.ts'

export type MoodStore = ReturnType<typeof moodStore>

/** The stores of moods, in one. */
export const moodStore = (database: Database) => ({ ...entryStore(database), ...listStore(database) })
