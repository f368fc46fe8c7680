/** The number of places of `recentValues`. */
const places = 4_096

/**
 * A cache of the last value of each of 4 096 places; a key has its place by two of its characters. For keys that end in
 * random ones, most of which come once: a cache that evicts the least recently used would take ten times as long.
 */
export function recentValues<V>() {
  const entries: ({ key: string; value: V } | undefined)[] = new Array(places).fill(undefined)
  /** The last but one and the one before: the last may be a quote, or stand for fewer bits. */
  const placeOf = (key: string) => ((key.charCodeAt(key.length - 2) << 6) ^ key.charCodeAt(key.length - 3)) % places

  return {
    get(key: string): V | undefined {
      const entry = entries[placeOf(key)]
      return entry?.key === key ? entry.value : undefined
    },
    set(key: string, value: V) {
      entries[placeOf(key)] = { key, value }
    },
  }
}
