import { csvRows } from '../csv-rows.ts'
import { readDate } from '../dates.ts'
import { isOwnHeader, ownThing, readUuid } from '../own.ts'
import { withoutApostrophe } from '../own-csv.ts'
import { quoted, type ReadRows, RefusedRow } from '../row.ts'
import { textOrNull } from '../texts.ts'
import { maxSeconds, type PracticeFileRow } from './row.ts'

/** The columns of our own export of practices, in its order. */
export const practiceColumns = [
  'id',
  'date',
  'title',
  'sequence_id',
  'total_seconds',
  'note',
  'created_at',
  'updated_at',
] as const

/** Our own CSV of practices, and any other with a `date` and the `title` of what was practised. */
export const practiceCsv: ReadRows<PracticeFileRow> = source =>
  csvRows<PracticeFileRow>(source, {
    needs: [['title'], ['date']],
    reads: column => (practiceColumns as readonly string[]).includes(column),
    isOwn: isOwnHeader,
    read(cell, { isOwn }) {
      const text = (column: string) => withoutApostrophe(cell(column))
      const sequence = textOrNull(text('sequence_id'))
      return {
        day: readDate(text('date')),
        title: text('title'),
        sequence: sequence === null ? undefined : readUuid(sequence),
        seconds: secondsOf(text('total_seconds').trim()),
        note: isOwn ? text('note') || null : textOrNull(text('note')),
        own: isOwn ? ownThing(text) : undefined,
      }
    },
  })

/** @throws {RefusedRow} */
function secondsOf(text: string): number {
  if (text === '') return 0
  if (!/^\d{1,10}$/.test(text) || Number(text) > maxSeconds)
    throw new RefusedRow(`total_seconds is ${quoted(text)}, not a whole number of seconds`)
  return Number(text)
}
