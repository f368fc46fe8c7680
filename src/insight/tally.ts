import type { DayNumber } from '../moods/calendar.ts'
import type { Days } from './estimates.ts'

/** Different names that are counted; beyond them the rarest are forgotten, so that memory is bounded. */
const maxNames = 10_000

/** Forgets the rarer half. */
function prune<K, V>(seen: Map<K, V>, weightOf: (value: V) => number) {
  const weights = [...seen.values()].map(weightOf).sort((a, b) => a - b)
  const common = weights[weights.length >> 1] as number
  for (const [key, value] of seen) if (weightOf(value) <= common && seen.size > maxNames / 2) seen.delete(key)
}

interface Seen {
  /** As it was last written. */
  name: string
  days: DayNumber[]
}

/**
 * The days on which names occurred, given in the order of days.
 * @param keyOf what spellings of one name have in common.
 */
export function nameTally(keyOf: (name: string) => string) {
  const seen = new Map<string, Seen>()
  /** It is asked again and again, and takes longer than to look it up. */
  const keys = new Map<string, string>()
  function keyOfName(name: string): string {
    const key = keys.get(name) ?? keyOf(name)
    if (keys.size >= maxNames) keys.clear()
    keys.set(name, key)
    return key
  }
  return {
    add(name: string, day: DayNumber) {
      const key = keyOfName(name)
      const known = seen.get(key)
      if (known) {
        known.name = name
        if (known.days.at(-1) !== day) known.days.push(day)
        return
      }
      if (seen.size >= maxNames) prune(seen, ({ days }) => days.length)
      seen.set(key, { name, days: [day] })
    },
    /** The commonest names, with their days. */
    commonest: (limit: number): Seen[] =>
      [...seen.values()].sort((a, b) => b.days.length - a.days.length || (a.name < b.name ? -1 : 1)).slice(0, limit),
  }
}

/** How often values occurred. */
export function counts<T extends string | number>() {
  const seen = new Map<T, number>()
  return {
    add(value: T) {
      const known = seen.get(value)
      if (known === undefined && seen.size >= maxNames) prune(seen, n => n)
      seen.set(value, (known ?? 0) + 1)
    },
    /** The commonest, with how often. */
    commonest: (limit: number): [T, number][] =>
      [...seen].sort(([a, n], [b, m]) => m - n || (String(a) < String(b) ? -1 : 1)).slice(0, limit),
  }
}

/** The means of days, given in the order of days. */
export function dayMeans() {
  const days: DayNumber[] = []
  const sums: number[] = []
  const counts: number[] = []
  return {
    add(day: DayNumber, value: number) {
      const last = days.length - 1
      if (days[last] !== day) {
        days.push(day)
        sums.push(value)
        counts.push(1)
        return
      }
      sums[last] = (sums[last] as number) + value
      counts[last] = (counts[last] as number) + 1
    },
    means: (): Days => ({ days, values: sums.map((sum, i) => sum / (counts[i] as number)) }),
  }
}
