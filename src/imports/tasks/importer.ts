import { hash } from 'node:crypto'
import type { Database } from '../../db/database.ts'
import { idFrom, type TaskId } from '../../ids.ts'
import { formatDay } from '../../moods/calendar.ts'
import type { Quotas } from '../../quotas/quotas.ts'
import type { ImportSummary, TaskFormat } from '../../vocabulary.ts'
import { type ImportOptions, importRunner, type Made } from '../run-import.ts'
import { tallyOf } from '../tally.ts'
import { type NewTask, taskBatches } from './batches.ts'
import { type TaskSaid, textsOf } from './said.ts'

export interface TaskImportOptions
  extends Omit<
    ImportOptions<TaskSaid, NewTask, ImportSummary>,
    'tally' | 'digestOf' | 'make' | 'reads' | 'rehearses' | 'end' | 'format'
  > {
  format: TaskFormat
}

/** Imports of tasks. */
export function taskImporter(database: Database, quotas: Quotas) {
  const { run, store, batches } = importRunner<NewTask, ImportSummary>(database, quotas, taskBatches(database, quotas))
  return {
    store,
    batches,
    run: (options: TaskImportOptions) =>
      run<TaskSaid>({
        ...options,
        tally: tallyOf<ImportSummary>({}),
        digestOf: row => digestOf(options.format, row),
        make: row => made(row, options.now()),
      }),
  }
}

/** @throws {RefusedRow} */
function made(row: TaskSaid, now: number): Made<NewTask> {
  const { due, completed, own } = row
  const created = own?.createdAt ?? now
  const completedAt = completed === true ? now : completed
  const thing = {
    ...textsOf(row),
    dueOn: due === undefined ? null : formatDay(due),
    completedAt: completedAt === false ? null : new Date(completedAt),
    createdAt: new Date(created),
    updatedAt: new Date(own?.updatedAt ?? created),
  }
  return { thing, ownId: own && idFrom<TaskId>(own.id) }
}

function digestOf(format: TaskFormat, { title, description, due, completed, own }: TaskSaid): Buffer {
  const said = ['task', format, title, description, due, completed, own !== undefined]
  // Not by an object, which V8 would keep until it collects all of the heap.
  return hash('sha256', JSON.stringify(said), 'buffer')
}
