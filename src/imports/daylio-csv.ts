import { csvRows } from './csv-rows.ts'
import { readDate, readDateOfYear, readTime } from './dates.ts'
import { type ReadRows, RefusedRow } from './row.ts'
import { noteOf, textOrNull } from './texts.ts'

/**
 * Daylio's export to CSV: of about 2018 (`year,date,weekday,time,mood,activities,note`), of later years
 * (`full_date,date,weekday,time,mood,activities,note_title,note`), and of today, with `scales` after the activities. The
 * mood is the person's own word for it. There is no zone.
 */
export const daylioCsv: ReadRows = source =>
  csvRows(source, {
    needs: [['mood'], ['full_date', 'date']],
    reads: column => columns.has(column),
    read(cell, { columns: header }) {
      const mood = textOrNull(cell('mood'))
      if (mood === null) throw new RefusedRow('the mood is empty')
      const hasFullDate = header.includes('full_date')
      const time = textOrNull(cell('time'))
      return {
        day: hasFullDate ? readDate(cell('full_date')) : readDateOfYear(cell('year'), cell('date'), cell('weekday')),
        time: time === null ? undefined : readTime(time),
        mood,
        note: noteOf(cell('note_title'), cell('note')),
        tags: [...partsOf(cell('activities')), ...partsOf(cell('scales')).map(scale => scale.replace(/:\s*/, ': '))],
      }
    },
  })

const columns = new Set('full_date year date weekday time mood activities scales note_title note'.split(' '))

/** Names may hold `/` and commas. */
const partsOf = (text: string) =>
  text
    .split('|')
    .map(part => part.trim())
    .filter(part => part !== '')
