import { LRUCache } from 'lru-cache'
import type { UserId } from '../ids.ts'
import {
  type Carried,
  type Change,
  changedBy,
  hasDays,
  type Outline,
  outlineAfter,
  type VersionedHistory,
  type VersionedOutline,
} from './outline.ts'
import { skippedDays } from './skipped-days.ts'
import { outlineOf, snapshotOf } from './snapshot.ts'

/** By default 16 MB: ten years of days of 150 people, or the runs of 10 000. */
const defaultMaxBytes = 16 * 1024 * 1024
/** What a number in a history takes, with all that is around it. */
const bytesEach = 25

/** The user's row as it was read, with the snapshot that may be of its version. */
export interface UserRow {
  moodVersion: number
  moodHistory: string | null
  timezone: string | null
}

interface Source {
  /** Derives a user's history, with its exact version. */
  read(user: UserId): Promise<VersionedHistory | undefined>
  /** Writes the snapshot of a version, if it is still the user's. Never fails. */
  keep(user: UserId, version: number, snapshot: string): Promise<void>
}

interface Reading {
  history: Promise<VersionedHistory | undefined>
  /** Later writes of this process, by the version that they led to. */
  changes: Map<number, readonly Change[]>
}

/**
 * The days of the users' entries, derived once per change and cached by user and version: each process can have its own
 * cache and none can be wrong. What it does not have is in the snapshot beside the user, if that is of the same version;
 * reading that costs less than caching it.
 * @param maxBytes of the cache, roughly.
 */
export function historyCache({ read, keep: keepSnapshot }: Source, maxBytes = defaultMaxBytes) {
  const cache = new LRUCache<UserId, VersionedOutline>({
    maxSize: Math.floor(maxBytes / bytesEach),
    // In pairs of numbers: a day has three. A run is an object, and so is the history itself.
    sizeCalculation: history =>
      (hasDays(history) ? Math.ceil(history.days.length * 1.5) : 0) + runCount(history) * 3 + 50,
  })
  const lookups = { cached: 0, snapshot: 0, derived: 0 }
  /** Reads under way. */
  const reading = new Map<UserId, Reading>()
  const keep = (user: UserId, history: VersionedOutline) => {
    const cached = cache.get(user)
    if (history !== cached && history.version >= (cached?.version ?? 0)) cache.set(user, history)
  }

  /** Reads a user's history, and adds the writes of this process during the read, which it may not contain. */
  function start(user: UserId): Reading {
    const changes = new Map<number, readonly Change[]>()
    const history = read(user)
      .then(found => {
        if (!found) return undefined
        const snapshot = snapshotOf(found, found.version)
        // Not awaited: the reader has what it wants.
        if (snapshot !== null) void keepSnapshot(user, found.version, snapshot)
        return afterAll(found, changes)
      })
      .finally(() => reading.get(user) === begun && reading.delete(user))
    const begun = { history, changes }
    reading.set(user, begun)
    return begun
  }

  /** The user's history with its days, derived from the entries. */
  async function derived(user: UserId, version: number): Promise<VersionedHistory | undefined> {
    lookups.derived++
    let history = await (reading.get(user) ?? start(user)).history
    // A read that began earlier may be older than a write of another process that this request knows of.
    if (history && history.version < version) history = await start(user).history
    if (history) keep(user, history)
    return history
  }

  /** The user's history at least at a version, without deriving it: cached, or by the snapshot. */
  function known(user: UserId, version: number, row: UserRow): VersionedOutline | undefined {
    const cached = cache.get(user)
    if (cached && cached.version >= version) {
      lookups.cached++
      return cached
    }
    if (row.moodVersion < version) return undefined
    const skipped = skippedDays(row.timezone ?? undefined)
    // Every entry has raised the version.
    const outline = row.moodVersion === 0 ? nothing(skipped) : outlineOf(row.moodHistory, row.moodVersion, skipped)
    if (!outline) return undefined
    lookups.snapshot++
    return { ...outline, version: row.moodVersion }
  }

  return {
    /** How many histories are cached. */
    get size() {
      return cache.size
    },
    /** How often a history was wanted, by where it came from. */
    lookups,
    /** The user's history at a version, or at a newer one; undefined when the user is gone. */
    async at(user: UserId, version: number, row: UserRow): Promise<VersionedOutline | undefined> {
      return known(user, version, row) ?? derived(user, version)
    },

    /** The same with its days. */
    async withDaysAt(user: UserId, version: number): Promise<VersionedHistory | undefined> {
      const cached = cache.get(user)
      return cached && cached.version >= version && hasDays(cached) ? cached : derived(user, version)
    },

    /** The history after a write, if the one before is known; to be written with it. */
    carry(user: UserId, row: UserRow, change: Change | readonly Change[]): Carried | undefined {
      const before = known(user, row.moodVersion, row)
      const changes = [change].flat()
      const [only] = changes
      const after = before && (only && changes.length === 1 ? outlineAfter(before, only) : changedBy(before, changes))
      if (!after) return undefined
      // For the next write, whose row may be read before this one commits.
      keep(user, before)
      const version = before.version + 1
      return { from: before.version, before, after: { ...after, version }, snapshot: snapshotOf(after, version) }
    },

    /**
     * Updates the cached history with a write of this process. Only from the version right before it: if the version
     * rose by more, someone else wrote too, and the next reader derives it again.
     * @param version after the write.
     * @param carried what the write carried.
     */
    apply(user: UserId, version: number, change: Change | readonly Change[], carried?: Carried) {
      reading.get(user)?.changes.set(version, [change].flat())
      const cached = cache.peek(user)
      if (cached?.version !== version - 1) return
      const isCarried = carried?.from === cached.version && hasDays(carried.after) === hasDays(cached)
      const after = isCarried ? carried.after : changedBy(cached, [change].flat())
      if (after) keep(user, { ...after, version })
    },
  }
}

const none: Outline['runs'] = []
const nothing = (skipped: Outline['skipped']): Outline => ({ runs: none, onTimeRuns: none, total: 0, skipped })

/** The runs that are kept: mostly those of the days logged in time are all of them. */
function runCount({ runs, onTimeRuns }: Outline): number {
  return runs.length + (onTimeRuns === runs ? 0 : onTimeRuns.length)
}

/** A history with the changes that follow it without a gap. */
function afterAll(history: VersionedHistory, changes: ReadonlyMap<number, readonly Change[]>): VersionedHistory {
  let latest = history
  let change = changes.get(latest.version + 1)
  while (change) {
    // One that has its days is known after any change.
    latest = { ...(changedBy(latest, change) as VersionedHistory), version: latest.version + 1 }
    change = changes.get(latest.version + 1)
  }
  return latest
}
