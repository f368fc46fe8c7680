import { parseDay } from '../../moods/calendar.ts'
import { isRecord } from '../json-values.ts'
import { instantOf, ownThing } from '../own.ts'
import { ownItems } from '../own-json.ts'
import { type ReadRows, RefusedRow } from '../row.ts'
import { exactly } from '../texts.ts'
import type { TaskFileRow } from './row.ts'

/** Our own JSON: `{"format": "moodstreak", "version": 1, "tasks": [...]}`; a task that was written by hand needs a `title` only. */
export const taskJson: ReadRows<TaskFileRow> = source => ownItems(source, 'tasks', taskOf)

/** @throws {RefusedRow} */
function taskOf(value: unknown): TaskFileRow {
  if (!isRecord(value)) throw new RefusedRow('the task is not an object')
  const { title, description = null, due_on: dueOn = null, completed = false } = value
  if (typeof title !== 'string') throw new RefusedRow('the title is empty')
  if (typeof description !== 'string' && description !== null) throw new RefusedRow('description is not a string')
  if (typeof completed !== 'boolean') throw new RefusedRow('completed is not true or false')
  const due = typeof dueOn === 'string' ? parseDay(dueOn) : undefined
  if (dueOn !== null && due === undefined) throw new RefusedRow('due_on is not a date such as 2021-09-27')
  const text = (name: string) => (typeof value[name] === 'string' ? (value[name] as string) : '')
  return {
    title: exactly(title),
    description: description === null ? null : exactly(description),
    due,
    completed: text('completed_at') === '' ? completed : instantOf(text, 'completed_at'),
    own: value.id !== undefined && value.created_at !== undefined ? ownThing(text) : undefined,
  }
}
