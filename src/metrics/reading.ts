/** A number, or several by a label, read when the metrics are asked for. */
export interface Reading {
  /** After `moodstreak_`. Readings of one name differ in their labels. */
  name: string
  help: string
  /** A `counter` only rises, from the start of the process. */
  kind: 'gauge' | 'counter'
  /** Values from a fixed set: nothing of users, nor of what they send. */
  labels?: Readonly<Record<string, string>>
  /** The label whose values are the keys of what is read. */
  by?: string
  read(): number | Readonly<Record<string, number>>
}

export type Report = (reading: Reading) => void

/** A cache that counts. */
export interface CountedCache {
  /** How many entries it has. */
  readonly size: number
  /** How often something was looked for, by what was found. */
  readonly lookups: Readonly<Record<string, number>>
}

/** Reports a cache by its name. */
export function reportCache(report: Report, cache: string, counted: CountedCache) {
  report({
    name: 'cache_entries',
    help: 'Entries of a cache',
    kind: 'gauge',
    labels: { cache },
    read: () => counted.size,
  })
  report({
    name: 'cache_lookups_total',
    help: 'Lookups in a cache, by what was found',
    kind: 'counter',
    labels: { cache },
    by: 'result',
    read: () => counted.lookups,
  })
}
