import type { Database } from '../db/database.ts'
import { type Quotas, quotaStore } from '../quotas/quotas.ts'
import { entryDays } from './entry-days.ts'
import { entryLists } from './entry-list.ts'
import { entrySearch } from './entry-search.ts'
import { entryStore } from './entry-store.ts'
import { entryRehearsals } from './rehearsals.ts'

export type MoodStore = ReturnType<typeof moodStore>

/** The stores of moods, in one. */
export function moodStore(database: Database, quotas: Quotas = quotaStore(database)) {
  const entries = entryStore(database, quotas)
  return {
    ...entries,
    ...entryLists(database),
    ...entrySearch(database),
    ...entryDays(database),
    rehearsal: entryRehearsals(entries, quotas),
  }
}
