import { readZone } from '../moods/zones.ts'
import { csvRows } from './csv-rows.ts'
import { readDate, readTime } from './dates.ts'
import { readDecimal, readValence } from './decimals.ts'
import { ownFields, readOwnInstant } from './own.ts'
import { type Fields, quoted, type ReadRows, RefusedRow } from './row.ts'
import { textOrNull } from './texts.ts'

/** The columns of our own export, in its order. */
export const ownColumns = [
  'id',
  'date',
  'occurred_at',
  'timezone',
  'mood',
  'valence',
  'note',
  'tags',
  'decided_by',
  'logged_at',
  'on_time',
  'created_at',
  'updated_at',
] as const

/** Our own CSV, and any other with `mood` and one of `date` and `occurred_at`; a `time` is read too. */
export const ownCsv: ReadRows = source =>
  csvRows(source, {
    needs: [['mood'], ['date', 'occurred_at']],
    reads: column => (ownColumns as readonly string[]).includes(column) || column === 'time',
    isOwn: isOwnHeader,
    read(cell, { isOwn }) {
      const text = (column: string) => withoutApostrophe(cell(column))
      const mood = readMoodCell(cell('mood'))
      const valence = textOrNull(cell('valence'))
      const fields = {
        ...whenOf(text),
        mood,
        note: isOwn ? text('note') || null : textOrNull(text('note')),
        tags: tagsOf(text('tags')),
      }
      if (!isOwn) return valence === null ? fields : { ...fields, valence: readValence(readDecimal(valence)) }
      return {
        ...fields,
        valence: valence === null ? null : readValence(readDecimal(valence)),
        own: ownFields(text),
      }
    },
  })

const isOwnHeader = (header: readonly string[]) =>
  ['id', 'created_at', 'valence'].every(column => header.includes(column))

/** @throws {RefusedRow} */
function whenOf(cell: (column: string) => string): Pick<Fields, 'day' | 'time' | 'instant' | 'timezone'> {
  const [date, occurredAt, time, zone] = ['date', 'occurred_at', 'time', 'timezone'].map(name => textOrNull(cell(name)))
  const timezone = zone === null || zone === undefined ? undefined : readZone(zone)
  if (zone && timezone === undefined) throw new RefusedRow(`${quoted(zone)} is not a time zone`)
  if (!date && !occurredAt) throw new RefusedRow('the row has neither date nor occurred_at')
  const day = date ? readDate(date) : undefined
  const said = { day, timezone, time: time ? readTime(time) : undefined }
  if (!occurredAt) return said
  const instant = readOwnInstant(occurredAt, timezone)
  if (instant) return { ...said, instant }
  // A spreadsheet writes local time.
  const [, localDate, localTime] = /^(\S+)[ T](\d{1,2}[:.].*)$/.exec(occurredAt) ?? []
  if (localDate === undefined || localTime === undefined)
    throw new RefusedRow(`${quoted(occurredAt)} is not an instant`)
  return { ...said, day: day ?? readDate(localDate), time: readTime(localTime) }
}

/** @throws {RefusedRow} */
function readMoodCell(text: string): string | number {
  const mood = textOrNull(withoutApostrophe(text))
  if (mood === null) throw new RefusedRow('the mood is empty')
  return /^[+-]?[\d.,\u0660-\u0669]+$/.test(mood.normalize('NFKC')) ? readDecimal(mood) : mood
}

/** Spreadsheets compute a text that begins so; our export puts an apostrophe in front, which is taken away. */
const escaped = /^'(?=[=+\-@\t\r'])/

export const withoutApostrophe = (text: string) => text.replace(escaped, '')

/** Tags between bars; `\|` is a bar in a tag. */
function tagsOf(text: string): string[] {
  return text
    .split(/(?<!\\)\|/)
    .map(tag => tag.replaceAll('\\|', '|').trim())
    .filter(tag => tag !== '')
}

/** The same for an export. */
export const tagsCell = (tags: readonly string[]) => tags.map(tag => tag.replaceAll('|', '\\|')).join(' | ')

/** A text for a cell, with an apostrophe where a spreadsheet would compute it. */
export const textCell = (text: string) => (/^[=+\-@\t\r']/.test(text) ? `'${text}` : text)
