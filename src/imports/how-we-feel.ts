import { csvRows } from './csv-rows.ts'
import { dayFrom, monthOf, readTime } from './dates.ts'
import { type Fields, quoted, type ReadRows, RefusedRow } from './row.ts'
import { noteOf, textOrNull } from './texts.ts'

/**
 * The CSV of How We Feel, of which two versions are known. `Date` is `2026 Wed Jul 22 11:36 PM`; `Mood` is a word;
 * `Tags (People)`, `Tags (Places)` and so on are the tags; `Reflections` and `Takeaways` may hold the list `[]`.
 */
export const howWeFeel: ReadRows = source =>
  csvRows(source, {
    needs: [['date'], ['mood']],
    reads: column => isTags(column) || columns.has(column),
    read(cell, { columns: header }) {
      const [mood, ...others] = wordsOf(cell('mood'))
      if (mood === undefined) throw new RefusedRow('the mood is empty')
      const when = readMoment(cell('date'))
      const tags = header.filter(isTags).flatMap(column => wordsOf(cell(column)))
      const note = noteOf(...['notes', 'reflections', 'takeaways'].map(column => withoutList(cell(column))))
      return [
        { ...when, mood, note, tags },
        ...others.map((other): Fields => ({ ...when, mood: other, note: null, tags: [] })),
      ]
    },
  })

const columns = new Set('date,locale,mood,mood key,mood keys,notes,reflections,takeaways'.split(','))

/** `Tags Key (People)` repeats `Tags (People)` in another language. */
const isTags = (column: string) => column.startsWith('tags (')

/** The words of a cell, between commas. */
const wordsOf = (text: string) =>
  text
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')

const withoutList = (text: string) => (/^\s*\[\s*\]\s*$/.test(text) ? null : textOrNull(text))

/** `2026 Wed Jul 22 11:36 PM`: the weekday is not needed. */
function readMoment(text: string): Pick<Fields, 'day' | 'time'> {
  const [, year, month, date, time] =
    /^(\d{4}) (?:[\p{L}.]+,? )?([a-z]+)\.? (\d{1,2}),? (.+)$/iu.exec(text.replace(/\s+/g, ' ').trim()) ?? []
  const number = month === undefined ? undefined : monthOf(month)
  const day = year === undefined || number === undefined ? undefined : dayFrom(year, number, date as string)
  if (day === undefined) throw new RefusedRow(`${quoted(text)} is not a date such as 2026 Wed Jul 22 11:36 PM`)
  return { day, time: readTime(time as string) }
}
