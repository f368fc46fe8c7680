import { sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { hasValues } from '../has-values.ts'
import type { TaskId } from '../ids.ts'

export type TaskRow = Database['tables']['tasks']['$inferSelect']

type Kept = Omit<
  TaskRow,
  | 'userId'
  | 'id'
  | 'digest'
  | 'revision'
  | 'createdAt'
  | 'updatedAt'
  | 'dueOn'
  | 'titleKey'
  | 'searchText'
  | 'bytes'
  | 'version'
>

/** The stored fields of a task, apart from keys, bookkeeping and derived columns. */
export interface TaskFields extends Kept {
  /** `YYYY-MM-DD`. */
  dueOn: string | null
}

/** A task in wire names. */
export interface Task {
  id: TaskId
  title: string
  description: string | null
  completed: boolean
  completed_at: Date | null
  due_on: string | null
  revision: number
  created_at: Date
  updated_at: Date
}

/** Stands for no due day: greater than every day, so that such tasks come after all others. */
export const undated = '~'

/** A task's columns, in wire names. */
export const wireTask = ({ tasks }: Pick<Database['tables'], 'tasks'>) => ({
  id: tasks.id,
  title: tasks.title,
  description: tasks.description,
  completed: sql`(${tasks.completedAt} is not null)`.mapWith(Boolean),
  completed_at: tasks.completedAt,
  due_on: sql<string | null>`nullif(${tasks.dueOn}, ${sql.raw(`'${undated}'`)})`,
  revision: tasks.revision,
  created_at: tasks.createdAt,
  updated_at: tasks.updatedAt,
})

/** The completion time after a change of `completed`: a task that was completed before keeps its time. */
function completion(completed: boolean | undefined, before: Date | null, now: number): Date | null {
  if (completed === undefined) return before
  return completed ? (before ?? new Date(now)) : null
}

/** A change to a task: absent fields stay, null clears. */
export interface TaskChange {
  title?: string
  description?: string | null
  /** `YYYY-MM-DD`. */
  due_on?: string | null
  completed?: boolean
}

/** The defaults of a new task. */
export const blankTask = { title: '', description: null, completed_at: null, due_on: null }

/** Whether fields are those that a task has already. */
export function changesNothing(
  { title, description, due_on: dueOn, completed_at: completedAt }: Task,
  fields: TaskFields,
): boolean {
  return hasValues<TaskFields>({ title, description, dueOn, completedAt }, fields)
}

/**
 * A task's fields after a change.
 * @param now epoch ms.
 */
export function changedTask(
  task: Pick<Task, 'title' | 'description' | 'completed_at' | 'due_on'>,
  { title = task.title, description = task.description, due_on: dueOn = task.due_on, completed }: TaskChange,
  now: number,
): TaskFields {
  return { title, description, dueOn, completedAt: completion(completed, task.completed_at, now) }
}
