import { LRUCache } from 'lru-cache'
import type { UserId } from '../ids.ts'
import type { VersionedHistory } from './entry-list.ts'
import type { History } from './streak.ts'

/** About 50 MB: ten years of days of 500 people, or a first week of 30 000. */
const maxSize = 2_000_000

type Change = (history: History) => History

interface Reading {
  history: Promise<VersionedHistory | undefined>
  /** Later writes of this process, by the version that they led to. */
  changes: Map<number, Change>
}

/**
 * The days of the users' entries, derived once per change and cached by user and version: each process can have its own
 * cache and none can be wrong.
 * @param read derives it from the database, with its exact version.
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

  /** Reads a user's history, and adds the writes of this process during the read, which it may not contain. */
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
      // A read that began earlier may be older than a write of another process that this request knows of.
      if (history && history.version < version) history = await start(user).history
      if (history) keep(user, history)
      return history
    },

    /**
     * Updates the cached history with a write of this process. Only from the version right before it: if the version
     * rose by more, someone else wrote too, and the next reader derives it again.
     * @param version after the write.
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
