import { and, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { insertRaised, raisedVersion } from '../db/raised-version.ts'
import { columnsOf, only, updateOf } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import type { Deleted, DeletionStore, Removal, Restorable } from '../deletions/deletions.ts'
import { idsToBeFree, tombstoneBytes } from '../deletions/tombstones.ts'
import { searchable } from '../fold.ts'
import type { TaskId, UserId } from '../ids.ts'
import { type Change, type Quotas, totalOf } from '../quotas/quotas.ts'
import { rowBytes } from '../quotas/row-bytes.ts'
import { type Task, type TaskFields, type TaskRow, undated, wireTask } from './task.ts'

export type NewTask = TaskFields & Pick<TaskRow, 'id' | 'digest'>

/** In code points: 400 bytes at most, of the 2 700 that PostgreSQL lets an index entry have. */
const titleKeyLength = 100

const counted = ['tasks', 'bytes'] as const

/** What becomes of a task by one change, but for the write that counts it: alone, or among others in one batch. */
export function taskSteps(database: Database, quotas: Quotas, deletions: DeletionStore<TaskId>) {
  const { prepare, tables } = database
  const { tasks, users } = tables
  const task = wireTask(tables)
  const ofRevision = { userId: tasks.userId, id: tasks.id, revision: tasks.revision }
  const unchanged = ({ userId, id, revision }: Values<typeof ofRevision>) =>
    and(eq(tasks.userId, userId), eq(tasks.id, id), eq(tasks.revision, revision))

  const count = quotas.tally('task_count', counted, 'taskVersion')
  const insert = prepare('task_insert', columnsOf(tasks, 'version'), (db, row) =>
    insertRaised(db, tasks, [users, 'taskVersion'], row).returning(task),
  )
  const changing = columnsOf(tasks, 'userId', 'id', 'digest', 'revision', 'createdAt', 'version')
  const update = prepare('task_update', { ...changing, ...ofRevision }, (db, values) =>
    updateOf(db, tasks, {
      ...only(values, changing),
      revision: sql`${tasks.revision} + 1`,
      version: raisedVersion(users, 'taskVersion', values.userId),
    })
      .where(unchanged(values))
      .returning(task),
  )
  const remove = prepare('task_delete', ofRevision, (db, values) =>
    db.delete(tasks).where(unchanged(values)).returning({ id: tasks.id }),
  )

  return {
    /** @param now epoch ms. */
    add(userId: UserId, { id, digest, ...fields }: NewTask, now: number) {
      const at = new Date(now)
      const row = { ...storedTask(fields), userId, id, digest, revision: 1, createdAt: at, updatedAt: at }
      return {
        writes: [insert.asWrite(row)] as const,
        mustBeFree: idsToBeFree(row),
        gains: { tasks: 1, bytes: row.bytes },
        state: { living: foundIn(row) },
      }
    },
    /** @param now epoch ms. */
    replace(userId: UserId, { task, revision, bytes, digest }: FoundTask, fields: TaskFields, now: number) {
      const { id, created_at: createdAt } = task
      const row = { ...storedTask(fields), userId, id, revision, updatedAt: new Date(now) }
      return {
        writes: [must(update.asWrite(row))] as const,
        gains: { tasks: 0, bytes: row.bytes - bytes },
        state: { living: foundIn({ ...row, digest, createdAt, revision: revision + 1 }) },
      }
    },
    remove(userId: UserId, found: FoundTask, { now, permanently }: Removal) {
      const { revision, bytes } = found
      const { id } = found.task
      const deleted = deletedOf(found)
      return {
        writes: [
          must(remove.asWrite({ userId, id, revision })),
          deletions.keepWrite(userId, permanently ? { id, revision } : deleted, now),
        ],
        gains: { tasks: -1, bytes: permanently ? tombstoneBytes - bytes : 0 },
        state: { deleted: deletions.asKept(deleted, now) },
      }
    },
    /** @param now epoch ms. */
    restore(userId: UserId, deleted: Restorable, now: number) {
      const { id, title, description, due_on: dueOn, ...content } = deleted.content as unknown as Content
      const completedAt = content.completed_at === null ? null : new Date(content.completed_at)
      const createdAt = new Date(content.created_at)
      const { digest } = deleted
      const revision = deleted.revision + 1
      const fields = storedTask({ title, description, dueOn, completedAt })
      const row = { ...fields, userId, id, digest, revision, createdAt, updatedAt: new Date(now) }
      return {
        writes: [deletions.takeWrite(userId, id, deleted), insert.asWrite(row)] as const,
        gains: { tasks: 1, bytes: row.bytes - deleted.bytes },
        state: { living: foundIn(row) },
      }
    },
    /** The write that counts steps which are made together, the first of their batch; it raises the version. */
    countWrite: (userId: UserId, made: readonly Pick<TaskStep, 'gains'>[]) =>
      must(count(userId, totalOf(made, counted))),
  }
}

/** A task by its id, with the data that an edit needs. */
export interface FoundTask {
  task: Task
  revision: number
  digest: string | null
  bytes: number
}

/** What is kept of a deleted task: as it is shown. Instants are text, as JSON has them. */
interface Content extends Omit<Task, 'completed_at' | 'created_at' | 'updated_at'> {
  completed_at: string | null
  created_at: string
}

function deletedOf({ task, ...found }: FoundTask): Deleted<TaskId> {
  return { ...found, id: task.id, content: task }
}

/** A change of a task among others that are made together. */
export interface TaskStep {
  writes: readonly BoundWrite<unknown>[]
  gains: Change<(typeof counted)[number]>
  state: { living: FoundTask } | { deleted: Restorable }
}

/** A row as it is found when it has been written. */
function foundIn(row: Omit<TaskRow, 'userId' | 'version' | 'titleKey' | 'searchText'>): FoundTask {
  const { id, title, description, completedAt, dueOn, digest, revision, createdAt, updatedAt, bytes } = row
  const task = {
    id,
    title,
    description,
    completed: completedAt !== null,
    completed_at: completedAt,
    due_on: dueOn === undated ? null : dueOn,
    revision,
    created_at: createdAt,
    updated_at: updatedAt,
  }
  return { task, revision, digest, bytes }
}

/** The columns that hold a task's fields, and those that are derived from them. */
export function storedTask({ dueOn, ...fields }: TaskFields) {
  const { title, description } = fields
  const searchText = searchable(description === null ? title : `${title}\n${description}`)
  return {
    ...fields,
    dueOn: dueOn ?? undated,
    titleKey: [...searchable(title)].slice(0, titleKeyLength).join(''),
    searchText,
    bytes: rowBytes(title, description, searchText),
  }
}
