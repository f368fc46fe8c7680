import type { Database } from '../db/database.ts'
import { type EntryId, idFrom } from '../ids.ts'
import type { DayNumber } from '../moods/calendar.ts'
import type { Quotas } from '../quotas/quotas.ts'
import type { MoodFormat, MoodImportSummary } from '../vocabulary.ts'
import { type Context, digestOf, entryOf } from './entries.ts'
import { entryBatches, type NewEntry } from './entry-batches.ts'
import type { Fields } from './row.ts'
import { type ImportOptions, importRunner, type Made } from './run-import.ts'
import { moodTally, type Streaks } from './tally.ts'

type Options = ImportOptions<Fields, NewEntry, MoodImportSummary>

export interface MoodImportOptions
  extends Omit<Options, 'tally' | 'digestOf' | 'make' | 'reads' | 'rehearses' | 'end' | 'format'> {
  format: MoodFormat
  context: Context
  before: Streaks
  /**
   * The streaks after it.
   * @param version of the moods after the last batch.
   * @param days of entries that a dry run would have created.
   */
  after(version: number | undefined, days: ReadonlySet<DayNumber>): Promise<Streaks>
}

export type MoodImporter = ReturnType<typeof moodImporter>

/** Imports of moods: rows become entries, and the streaks before and after are told. */
export function moodImporter(database: Database, quotas: Quotas, maxDifferent?: number) {
  const { run, store, batches } = importRunner<NewEntry, MoodImportSummary>(
    database,
    quotas,
    entryBatches(database, quotas),
    maxDifferent,
  )
  return {
    store,
    batches,
    run({ context, before, after, ...options }: MoodImportOptions) {
      const tally = moodTally(before)
      const days = new Set<DayNumber>()
      return run<Fields>({
        ...options,
        tally,
        digestOf: row => digestOf(options.format, row),
        make: row => made(row, context, options.now()),
        reads: rows => {
          for (const { thing, unknownLabel } of rows) tally.span(thing.day, unknownLabel)
        },
        rehearses: entries => {
          for (const { day } of entries) days.add(day)
        },
        end: async version => tally.end(await after(version, days)),
      })
    },
  }
}

function made(row: Fields, context: Context, now: number): Made<NewEntry> {
  const { fields, unknownLabel } = entryOf(row, context)
  const created = row.own?.createdAt ?? now
  const thing = {
    ...fields,
    loggedAt: new Date(row.own?.loggedAt ?? created),
    createdAt: new Date(created),
    updatedAt: new Date(row.own?.updatedAt ?? created),
  }
  return { thing, ownId: row.own && idFrom<EntryId>(row.own.id), unknownLabel }
}
