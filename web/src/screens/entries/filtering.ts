import { keyOf } from '../../../../src/short-text.ts'
import type { Entry } from '../../days.ts'
import { stepOf } from '../../ui/mood-step.ts'
import { contains, wordsIn } from './words.ts'

/** What to look for; absent means all. */
export interface Filter {
  words: string
  /** The key of a tag. */
  tag?: string | undefined
  /** From 1, the worst, to 7. */
  step?: number | undefined
}

export const isFiltering = ({ words, tag, step }: Filter): boolean =>
  words.trim() !== '' || tag !== undefined || step !== undefined

/** The entries that have every word, the tag and the mood, as `GET /mood` finds them. */
export function matching(entries: readonly Entry[], { words, tag, step }: Filter): readonly Entry[] {
  const wanted = wordsIn(words)
  if (wanted.length === 0 && tag === undefined && step === undefined) return entries
  return entries.filter(
    ({ value }) =>
      (step === undefined || stepOf(value.valence) === step) &&
      (tag === undefined || value.tags.some(name => keyOf(name) === tag)) &&
      (wanted.length === 0 || contains(wanted, value)),
  )
}
