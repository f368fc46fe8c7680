import { parseDay } from '../../moods/calendar.ts'
import { isRecord } from '../json-values.ts'
import { ownThing, readUuid } from '../own.ts'
import { ownItems } from '../own-json.ts'
import { type ReadRows, RefusedRow } from '../row.ts'
import { exactly } from '../texts.ts'
import { maxSeconds, type PracticeFileRow } from './row.ts'

/** Our own JSON: `{"format": "moodstreak", "version": 1, "practices": [...]}`; one that was written by hand needs `title` and `date`. */
export const practiceJson: ReadRows<PracticeFileRow> = source => ownItems(source, 'practices', practiceOf)

/** @throws {RefusedRow} */
function practiceOf(value: unknown): PracticeFileRow {
  if (!isRecord(value)) throw new RefusedRow('the practice is not an object')
  const { title, date, sequence_id: sequence = null, total_seconds: seconds = 0, note = null } = value
  if (typeof title !== 'string') throw new RefusedRow('the title is empty')
  const day = typeof date === 'string' ? parseDay(date) : undefined
  if (day === undefined) throw new RefusedRow('date is not a date such as 2021-09-27')
  if (typeof sequence !== 'string' && sequence !== null) throw new RefusedRow('sequence_id is not an id')
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > maxSeconds)
    throw new RefusedRow('total_seconds is not a whole number of seconds')
  if (typeof note !== 'string' && note !== null) throw new RefusedRow('note is not a string')
  const text = (name: string) => (typeof value[name] === 'string' ? (value[name] as string) : '')
  return {
    day,
    title: exactly(title),
    sequence: sequence === null ? undefined : readUuid(sequence),
    seconds,
    note: note === null ? null : exactly(note),
    own: value.id !== undefined && value.created_at !== undefined ? ownThing(text) : undefined,
  }
}
