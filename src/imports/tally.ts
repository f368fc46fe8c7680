import { type DayNumber, formatDay } from '../moods/calendar.ts'
import { keyOf } from '../short-text.ts'
import type { ImportSummary } from '../vocabulary.ts'
import { maxNames, maxRefusals } from './limits.ts'
import type { Refusal } from './row.ts'

/** What an import has come to: its counts, the days it spans, what was refused and what nobody knows. */

export interface Streaks {
  streak: number
  longest: number
}

/** @param before the streaks before it. */
export function tallyFrom(before: Streaks) {
  let summary: ImportSummary = {
    rows: 0,
    created: 0,
    duplicates: 0,
    refused_total: 0,
    refused: [],
    unknown_labels: [],
    ignored_columns: [],
    from: null,
    to: null,
    streak_before: before.streak,
    streak_after: null,
    longest_before: before.longest,
    longest_after: null,
  }
  const labels = new Map<string, { label: string; rows: number }>()

  function countLabel(label: string) {
    const known = labels.get(keyOf(label))
    if (known) known.rows++
    else if (labels.size < maxNames) labels.set(keyOf(label), { label, rows: 1 })
    summary.unknown_labels = [...labels.values()]
  }

  /** As it is when so many more rows are entries. */
  const plus = (created: number, duplicates: number): ImportSummary => ({
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
    /** Widens the span by the day of a row that can be an entry. */
    span(day: DayNumber, unknownLabel: string | undefined) {
      const date = formatDay(day)
      if (summary.from === null || date < summary.from) summary.from = date
      if (summary.to === null || date > summary.to) summary.to = date
      if (unknownLabel !== undefined) countLabel(unknownLabel)
    },
    plus,
    add(created: number, duplicates: number) {
      summary = plus(created, duplicates)
    },
    end({ streak, longest }: Streaks) {
      summary = { ...summary, streak_after: streak, longest_after: longest }
    },
  }
}
