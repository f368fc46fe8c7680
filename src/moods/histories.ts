import { LRUCache } from 'lru-cache'
import type { UserId } from '../ids.ts'
import type { VersionedHistory } from './list-store.ts'
import type { History } from './streak.ts'

/** About 50 MB: ten years of days of 500 people, or a first week of 30 000. */
const maxSize = 2_000_000

type Change = (history: History) => History

interface Reading {
  history: Promise<VersionedHistory | undefined>
  /** What this process wrote since, by the version that it led to. */
  changes: Map<number, Change>
}

/**
 * What the users' entries say about days, derived once per change: kept by user and version, so that any process may
 * keep its own and none can be wrong.
 * @param read derives it anew from the database, with the version it is exactly of.
 */
export function historyCache(read: (user: UserId) => Promise<VersionedHistory | undefined>) {
  const cache = new LRUCache<UserId, VersionedHistory>({
    maxSize,
    // In days of two numbers; a run is an object, and so is the history itself.
    sizeCalculation: ({ days, runs }) => days.length + runs.length * 3 + 50,
  })
  /** Reads under way. */
  const reading = new Map<UserId, Reading>()
  const keep = (user: UserId, history: VersionedHistory) => {
    if (history.version >= (cache.get(user)?.version ?? 0)) cache.set(user, history)
  }

  /** Reads a user's history, and adds what this process wrote while it was read: of that it may know nothing. */
  function start(user: UserId): Reading {
    const changes = new Map<number, Change>()
    const history = read(user)
      .then(found => found && changed(found, changes))
      .finally(() => reading.get(user) === begun && reading.delete(user))
    const begun = { history, changes }
    reading.set(user, begun)
    return begun
  }

  return {
    /** The user's history at a version, or at a newer one; undefined when the user is gone. */
    async at(user: UserId, version: number): Promise<VersionedHistory | undefined> {
      const kept = cache.get(user)
      if (kept && kept.version >= version) return kept
      let history = await (reading.get(user) ?? start(user)).history
      // What somebody else began to read may be older than a write of another process, which this request knows of.
      if (history && history.version < version) history = await start(user).history
      if (history) keep(user, history)
      return history
    },

    /**
     * Carries the kept history over a write of this process. Only from the version right before it: if the version rose
     * by more, someone else wrote too, and the next reader derives anew.
     * @param version that the write led to.
     */
    apply(user: UserId, version: number, change: Change) {
      reading.get(user)?.changes.set(version, change)
      const kept = cache.peek(user)
      if (kept?.version === version - 1) keep(user, { ...change(kept), version })
    },
  }
}

/** A history with the changes that follow it without a gap. */
function changed(history: VersionedHistory, changes: ReadonlyMap<number, Change>): VersionedHistory {
  let latest = history
  let change = changes.get(latest.version + 1)
  while (change) {
    latest = { ...change(latest), version: latest.version + 1 }
    change = changes.get(latest.version + 1)
  }
  return latest
}
