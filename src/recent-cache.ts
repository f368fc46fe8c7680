/** The part of a cache of recently used values that pure code needs; it runs anywhere. */
export interface RecentCache<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
}

/**
 * A cache that keeps at least the `max / 2` values used last and at most `max`: two generations, of which the older one is
 * dropped when the younger one is full. Reading costs what a `Map` costs.
 */
export function recentCache<Key, Value>(max: number): RecentCache<Key, Value> {
  let young = new Map<Key, Value>()
  let old = new Map<Key, Value>()

  function set(key: Key, value: Value) {
    if (young.size >= max / 2 && !young.has(key)) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }

  return {
    set,
    get(key) {
      const found = young.get(key)
      if (found !== undefined) return found
      const older = old.get(key)
      if (older !== undefined) set(key, older)
      return older
    },
  }
}
