import { hash } from 'node:crypto'
import type { Database } from '../../db/database.ts'
import { idFrom, type TaskId } from '../../ids.ts'
import { formatDay } from '../../moods/calendar.ts'
import type { Quotas } from '../../quotas/quotas.ts'
import type { TaskFormat } from '../../vocabulary.ts'
import { plainImporter } from '../plain-importer.ts'
import type { Made } from '../run-import.ts'
import { titleAndText } from '../title-and-text.ts'
import { type NewTask, taskBatches } from './batches.ts'
import type { TaskFileRow } from './row.ts'

/** Imports of tasks. */
export const taskImporter = (database: Database, quotas: Quotas) =>
  plainImporter<TaskFormat, TaskFileRow, NewTask>(database, quotas, taskBatches(database, quotas), {
    digestOf,
    make: made,
  })

/** @throws {RefusedRow} */
function made(row: TaskFileRow, now: number): Made<NewTask> {
  const { due, completed, own } = row
  const created = own?.createdAt ?? now
  const completedAt = completed === true ? now : completed
  const { title, text: description } = titleAndText(row.title, row.description, 'description')
  const thing = {
    title,
    description,
    dueOn: due === undefined ? null : formatDay(due),
    completedAt: completedAt === false ? null : new Date(completedAt),
    createdAt: new Date(created),
    updatedAt: new Date(own?.updatedAt ?? created),
  }
  return { thing, ownId: own && idFrom<TaskId>(own.id) }
}

function digestOf(format: TaskFormat, { title, description, due, completed, own }: TaskFileRow): Buffer {
  const said = ['task', format, title, description, due, completed, own !== undefined]
  // Not by an object, which V8 would keep until it collects all of the heap.
  return hash('sha256', JSON.stringify(said), 'buffer')
}
