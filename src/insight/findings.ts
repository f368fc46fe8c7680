import type { DayNumber } from '../moods/calendar.ts'
import { discoveries } from './discovery.ts'
import { type Days, type Difference, differenceOf, minDays } from './estimates.ts'
import { pairsOf } from './persistence.ts'
import { weekdayNames } from './texts.ts'

/** Work in parts of about a millisecond: at each `yield` its caller may let others have their turn. */
export type InParts<T> = Generator<void, T, void>

/** What days can have in common. */
export type FactorKind = 'tag' | 'task' | 'practice' | 'weekday'

/** Something that was on some days and not on others. */
export interface Factor {
  kind: FactorKind
  name: string
  /** Ascending and distinct; days without a mood among them do not count. */
  days: readonly DayNumber[]
}

export interface Association extends Omit<Difference, 'p'> {
  kind: FactorKind
  name: string
  found: boolean
}

/** At most this part of all findings is expected to be chance. */
const falseDiscoveryRate = 0.05

/** A weekday as ISO 8601 counts: 1 is Monday. */
export const weekdayOf = (day: DayNumber) => ((((day + 3) % 7) + 7) % 7) + 1

/** The weekdays on which there is a mood. */
export function weekdayFactors(days: readonly DayNumber[]): Factor[] {
  return weekdayNames.map((name, i) => ({ kind: 'weekday', name, days: days.filter(day => weekdayOf(day) === i + 1) }))
}

/**
 * Compares the days with each factor and those without it, where both are at least ten. Findings come first, then what was
 * least probable by chance.
 */
export function* associationsOf(all: Days, factors: readonly Factor[]): InParts<Association[]> {
  const pairs = pairsOf(all.days)
  const indexOf = new Map(all.days.map((day, i) => [day, i]))
  const compared: (Difference & Pick<Factor, 'kind' | 'name'>)[] = []
  for (const { kind, name, days } of factors) {
    // Most of what people name is rare.
    if (days.length < minDays) continue
    const isWith = new Uint8Array(all.days.length)
    for (const day of days) {
      const at = indexOf.get(day)
      if (at !== undefined) isWith[at] = 1
    }
    const difference = differenceOf(all, isWith, pairs)
    if (difference) compared.push({ kind, name, ...difference })
    yield
  }
  const isDiscovery = discoveries(
    compared.map(({ p }) => p),
    falseDiscoveryRate,
  )
  return compared
    .map((association, i) => ({ ...association, found: isDiscovery[i] === true }))
    .sort((a, b) => Number(b.found) - Number(a.found) || a.p - b.p)
    .map(({ p: _, ...association }) => association)
}
