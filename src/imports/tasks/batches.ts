import { and, asc, inArray } from 'drizzle-orm'
import { eq } from '../../db/conditions.ts'
import type { Database } from '../../db/database.ts'
import { insertRaised } from '../../db/raised-version.ts'
import { columnsOf } from '../../db/statements.ts'
import type { TaskId } from '../../ids.ts'
import { quotaStore } from '../../quotas/quotas.ts'
import { type TaskFields, undated } from '../../tasks/task.ts'
import { storedTask } from '../../tasks/task-steps.ts'
import { type ThingBatches, thingBatches } from '../thing-batches.ts'

/** A task as an import makes it. */
export interface NewTask extends TaskFields {
  createdAt: Date
  updatedAt: Date
}

/** Tasks of an import. */
export function taskBatches(database: Database, quotas = quotaStore(database)): ThingBatches<NewTask> {
  const { prepare, query, tables } = database
  const { tasks, users } = tables
  const batches = thingBatches(database, 'task', quotas)
  const insert = prepare('task_batch_insert', columnsOf(tasks, 'version'), (db, row) =>
    insertRaised(db, tasks, [users, 'taskVersion'], row),
  )

  return {
    ...batches,
    add(commit, userId, added, alongside) {
      const rows = added.map(({ id, digest, createdAt, updatedAt, ...fields }) => {
        return { ...storedTask(fields), userId, id: id as TaskId, digest, revision: 1, createdAt, updatedAt }
      })
      return batches.addRows(
        commit,
        userId,
        rows,
        alongside,
        rows.map(row => insert.asWrite(row)),
      )
    },

    bytesOf: ({ createdAt: _, updatedAt: __, ...fields }) => storedTask(fields).bytes,

    async alike(userId, added) {
      const keys = [...new Set(added.map(task => storedTask(task).titleKey))]
      const { id, digest, version, title, description, dueOn, completedAt } = tasks
      const rows = await query(db =>
        db
          .select({ id, digest, version, title, description, dueOn, completedAt })
          .from(tasks)
          .where(and(eq(tasks.userId, userId), inArray(tasks.titleKey, keys)))
          .orderBy(asc(tasks.createdAt), asc(id)),
      )
      return rows.map(({ id, digest, version, dueOn, ...task }) => {
        return { id, digest, version, content: contentOf({ ...task, dueOn: dueOn === undated ? null : dueOn }) }
      })
    },

    contentOf,
  }
}

function contentOf({ title, description, dueOn, completedAt }: TaskFields): string {
  return JSON.stringify([title, description, dueOn, completedAt])
}
