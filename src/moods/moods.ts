import type { Database } from '../db/database.ts'
import { entryStore } from './entry-store.ts'
import { listStore } from './list-store.ts'

export type MoodStore = ReturnType<typeof moodStore>

/** All that is kept of people's moods. */
export const moodStore = (database: Database) => ({ ...entryStore(database), ...listStore(database) })
