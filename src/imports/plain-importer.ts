import type { Database } from '../db/database.ts'
import type { Quotas } from '../quotas/quotas.ts'
import type { ImportFormat, ImportSummary } from '../vocabulary.ts'
import { type ImportOptions, importRunner, type Made } from './run-import.ts'
import { tallyOf } from './tally.ts'
import type { ThingBatches } from './thing-batches.ts'

/** Imports of what has no streaks: tasks and practices. */

/** What a kind makes of rows. */
interface Making<Format extends ImportFormat, F, New> {
  /** The identity of a row. */
  digestOf(format: Format, row: F): Buffer
  /**
   * @param now epoch ms.
   * @throws {RefusedRow}
   */
  make(row: F, now: number): Made<New>
}

/** What a run takes from who sends a file. */
export interface PlainOptions<Format extends ImportFormat, F>
  extends Omit<
    ImportOptions<F, never, ImportSummary>,
    'tally' | 'digestOf' | 'make' | 'reads' | 'rehearses' | 'end' | 'format'
  > {
  format: Format
}

export type PlainImporter<Format extends ImportFormat, F, New> = ReturnType<typeof plainImporter<Format, F, New>>

export function plainImporter<Format extends ImportFormat, F, New>(
  database: Database,
  quotas: Quotas,
  batches: ThingBatches<New>,
  { digestOf, make }: Making<Format, F, New>,
) {
  const { run, store } = importRunner<New, ImportSummary>(database, quotas, batches)
  return {
    store,
    batches,
    run: (options: PlainOptions<Format, F>) =>
      run<F>({
        ...options,
        tally: tallyOf<ImportSummary>({}),
        digestOf: row => digestOf(options.format, row),
        make: row => make(row, options.now()),
      }),
  }
}
