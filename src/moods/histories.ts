import { LRUCache } from 'lru-cache'
import type { VersionedHistory } from './list-store.ts'
import type { History } from './streak.ts'

/** About 50 MB: ten years of days of 500 people, or a first week of 30 000. */
const maxSize = 2_000_000

/**
 * What the users' entries say about days, derived once per change: kept by user and version, so that any process may
 * keep its own and none can be wrong.
 * @param read derives it anew from the database, with the version it is exactly of.
 */
export function historyCache(read: (user: string) => Promise<VersionedHistory | undefined>) {
  const cache = new LRUCache<string, VersionedHistory>({
    maxSize,
    // In days of two numbers; a run is an object, and so is the history itself.
    sizeCalculation: ({ days, runs }) => days.length + runs.length * 3 + 50,
  })
  const keep = (user: string, history: VersionedHistory) => {
    if (history.version >= (cache.get(user)?.version ?? 0)) cache.set(user, history)
  }

  return {
    /** The user's history at a version, or at a newer one; undefined when the user is gone. */
    async at(user: string, version: number): Promise<VersionedHistory | undefined> {
      const kept = cache.get(user)
      if (kept && kept.version >= version) return kept
      const history = await read(user)
      if (history) keep(user, history)
      return history
    },

    /**
     * Carries the kept history over a write of this process. Only from the version right before it: if the version rose
     * by more, someone else wrote too, and the next reader derives anew.
     * @param version that the write led to.
     */
    apply(user: string, version: number, change: (history: History) => History) {
      const kept = cache.peek(user)
      if (kept?.version === version - 1) keep(user, { ...change(kept), version })
    },
  }
}
