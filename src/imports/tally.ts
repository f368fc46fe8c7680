import { type DayNumber, formatDay } from '../moods/calendar.ts'
import { keyOf } from '../short-text.ts'
import type { ImportSummary, MoodImportSummary } from '../vocabulary.ts'
import { maxNames, maxRefusals } from './limits.ts'
import type { Refusal } from './row.ts'

/** What an import has come to: its counts, the days it spans, what was refused and what nobody knows. */

export interface Streaks {
  streak: number
  longest: number
}

export type Tally<S extends ImportSummary = ImportSummary> = ReturnType<typeof tallyOf<S>>

/** @param more what the summary of a kind has besides the counts. */
export function tallyOf<S extends ImportSummary>(more: Omit<S, keyof ImportSummary>) {
  const counts: ImportSummary = {
    rows: 0,
    created: 0,
    duplicates: 0,
    refused_total: 0,
    refused: [],
    ignored_columns: [],
  }
  let summary = { ...counts, ...more } as S

  /** As it is when so many more rows are things of its kind. */
  const plus = (created: number, duplicates: number): S => ({
    ...summary,
    created: summary.created + created,
    duplicates: summary.duplicates + duplicates,
  })

  return {
    get summary() {
      return summary
    },
    countRow() {
      summary.rows++
    },
    ignore(columns: readonly string[]) {
      summary.ignored_columns = columns.slice(0, maxNames).map(name => [...name].slice(0, 64).join(''))
    },
    refuse({ line, reason }: Refusal) {
      summary.refused_total++
      if (summary.refused.length < maxRefusals) summary.refused.push({ line, reason })
    },
    plus,
    add(created: number, duplicates: number) {
      summary = plus(created, duplicates)
    },
    set(said: Partial<S>) {
      summary = { ...summary, ...said }
    },
  }
}

/** @param before the streaks before it. */
export function moodTally(before: Streaks) {
  const labels = new Map<string, { label: string; rows: number }>()
  const tally = tallyOf<MoodImportSummary>({
    unknown_labels: [],
    from: null,
    to: null,
    streak_before: before.streak,
    streak_after: null,
    longest_before: before.longest,
    longest_after: null,
  })

  function countLabel(label: string) {
    const known = labels.get(keyOf(label))
    if (known) known.rows++
    else if (labels.size < maxNames) {
      labels.set(keyOf(label), { label, rows: 1 })
      tally.set({ unknown_labels: [...labels.values()] })
    }
  }

  return {
    ...tally,
    // A getter, which the spreading would have read.
    get summary() {
      return tally.summary
    },
    /** Widens the span by the day of a row that can be an entry. */
    span(day: DayNumber, unknownLabel: string | undefined) {
      const date = formatDay(day)
      const { from, to } = tally.summary
      if (from === null || date < from) tally.set({ from: date })
      if (to === null || date > to) tally.set({ to: date })
      if (unknownLabel !== undefined) countLabel(unknownLabel)
    },
    end({ streak, longest }: Streaks) {
      tally.set({ streak_after: streak, longest_after: longest })
    },
  }
}
