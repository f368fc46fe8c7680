import { computed } from '@preact/signals'
import { keyOf } from '../../src/short-text.ts'
import { entries } from './device.ts'

/** A tag as it was last written, with the number of entries that have it. */
export interface Tag {
  key: string
  name: string
  uses: number
}

/** The tags of all entries, the most used first. */
export const tags = computed((): Tag[] => {
  const found = new Map<string, Tag>()
  const keys = new Map<string, string>()
  for (const { value } of entries.value) {
    for (const name of value.tags) {
      const key = keys.get(name) ?? keyOf(name)
      keys.set(name, key)
      const tag = found.get(key)
      if (tag) tag.uses++
      else found.set(key, { key, name, uses: 1 })
    }
  }
  return [...found.values()].sort((a, b) => b.uses - a.uses)
})

/** Tags to choose from: those that begin with or contain what was typed, without the chosen ones. */
export function suggested(all: readonly Tag[], typed: string, chosen: readonly string[], max = 8): string[] {
  const taken = new Set(chosen.map(keyOf))
  const wanted = keyOf(typed)
  return all
    .filter(({ key }) => !taken.has(key) && key.includes(wanted))
    .slice(0, max)
    .map(({ name }) => name)
}
