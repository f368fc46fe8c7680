import { csvRows } from '../csv-rows.ts'
import { readDate } from '../dates.ts'
import { instantOf, isOwnHeader, ownThing } from '../own.ts'
import { withoutApostrophe } from '../own-csv.ts'
import { quoted, type ReadRows, RefusedRow } from '../row.ts'
import { textOrNull } from '../texts.ts'
import type { TaskFileRow } from './row.ts'

/** The columns of our own export of tasks, in its order. */
export const taskColumns = ['id', 'title', 'description', 'completed_at', 'due_on', 'created_at', 'updated_at'] as const

/** Our own CSV of tasks, and any other with a `title`; `completed` (`true`, `false`) is read too. */
export const taskCsv: ReadRows<TaskFileRow> = source =>
  csvRows<TaskFileRow>(source, {
    needs: [['title']],
    reads: column => (taskColumns as readonly string[]).includes(column) || column === 'completed',
    isOwn: isOwnHeader,
    read(cell, { isOwn }) {
      const text = (column: string) => withoutApostrophe(cell(column))
      const due = textOrNull(text('due_on'))
      return {
        title: text('title'),
        description: isOwn ? text('description') || null : textOrNull(text('description')),
        due: due === null ? undefined : readDate(due),
        completed:
          text('completed_at').trim() === '' ? isCompleted(text('completed')) : instantOf(text, 'completed_at'),
        own: isOwn ? ownThing(text) : undefined,
      }
    },
  })

/** @throws {RefusedRow} */
function isCompleted(text: string): boolean {
  const said = text.trim().toLowerCase()
  if (['true', 'yes', '1', 'x'].includes(said)) return true
  if (!['', 'false', 'no', '0'].includes(said)) throw new RefusedRow(`completed is ${quoted(text)}, not true or false`)
  return false
}
