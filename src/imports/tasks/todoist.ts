import type { DayNumber } from '../../moods/calendar.ts'
import { csvRows } from '../csv-rows.ts'
import { readDate, readTime } from '../dates.ts'
import { isRefusal, quoted, type ReadRows, RefusedRow, type Row } from '../row.ts'
import { textOrNull } from '../texts.ts'
import type { TaskFileRow } from './row.ts'

/** A record of Todoist: a task, or what is said about one. */
interface TodoistRecord {
  type: string
  content: string
  description: string
  indent: number
  date: string
  deadline: string
}

/** A task, and what goes into its description. */
interface Draft extends Pick<TodoistRecord, 'content'> {
  line: number
  parts: (string | null)[]
  due: DayNumber | undefined
}

const read = ['type', 'content', 'description', 'indent', 'date', 'deadline']
/** What is no task, and about none. */
const others = ['section', 'meta', 'project_note']

/**
 * Todoist's CSV of a project, which has 8 to 15 columns. A comment follows its task, and goes into the description; so does
 * what a task has no field for: the section, the task that it is part of, and a date that is no day (`every monday`).
 */
export const todoist: ReadRows<TaskFileRow> = async function* (source) {
  let section: string | null = null
  /** The tasks above, by their indentation. */
  let parents: string[] = []
  let draft: Draft | undefined
  const records = csvRows<TodoistRecord>(source, {
    needs: [['type'], ['content']],
    reads: column => read.includes(column),
    read: recordOf,
  })
  for await (const record of records) {
    if (isRefusal(record)) {
      if (draft) yield rowOf(draft)
      draft = undefined
      yield record
    } else if (record.type === 'note') {
      if (draft) draft.parts.push(record.content)
      else yield { line: record.line, reason: 'the note has no task before it' }
    } else {
      if (draft) yield rowOf(draft)
      draft = undefined
      if (record.type === 'task') {
        parents = parents.slice(0, record.indent - 1)
        draft = draftOf(record, section, parents.at(-1))
        parents[record.indent - 1] = record.content
      } else if (record.type === 'section') {
        section = textOrNull(record.content)
        parents = []
      }
    }
  }
  if (draft) yield rowOf(draft)
}

/** @throws {RefusedRow} */
function recordOf(cell: (column: string) => string): TodoistRecord {
  const type = cell('type').trim().toLowerCase()
  if (!['task', 'note', ...others].includes(type)) throw new RefusedRow(`${quoted(type)} is not a type of Todoist`)
  return {
    type,
    content: cell('content').trim(),
    description: cell('description'),
    indent: Math.min(9, Math.max(1, Math.trunc(Number(cell('indent')) || 1))),
    date: cell('date').trim(),
    deadline: cell('deadline').trim(),
  }
}

function draftOf(record: Row<TodoistRecord>, section: string | null, parent: string | undefined): Draft {
  const { line, content, description, date, deadline } = record
  const [due, last] = [dayIn(date), dayIn(deadline)]
  const day = due ?? last
  const isWhole = (text: string, said: DayNumber | undefined) =>
    said !== undefined && said === day && !/:|[ap]m$/i.test(text)
  return {
    line,
    content,
    due: day,
    parts: [
      description,
      parent && `Part of: ${parent}`,
      section && `Section: ${section}`,
      date === '' || isWhole(date, due) ? null : `Due: ${date}`,
      deadline === '' || isWhole(deadline, last) ? null : `Deadline: ${deadline}`,
    ].map(part => textOrNull(part ?? '')),
  }
}

/** The day of a date that can mean one day, with or without a time; undefined for any other text. */
function dayIn(text: string): DayNumber | undefined {
  const [, date = text, time] =
    /^(.+?)(?:[ T]|,? at )(\d{1,2}(?:[:.]\d\d)+ ?(?:[ap]m)?|\d{1,2} ?[ap]m)$/i.exec(text) ?? []
  try {
    if (time?.includes(':')) readTime(time)
    return readDate(date)
  } catch {
    return undefined
  }
}

const rowOf = ({ line, content, parts, due }: Draft): Row<TaskFileRow> => ({
  line,
  title: content,
  description: parts.filter(part => part !== null).join('\n\n') || null,
  due,
  completed: false,
})
