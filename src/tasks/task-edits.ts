import { and, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type Commit, type Database, must } from '../db/database.ts'
import { columnsOf, insertInto, only, updateOf } from '../db/statements.ts'
import type { Value, Values } from '../db/values.ts'
import { searchable } from '../fold.ts'
import type { TaskId, UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { rowBytes } from '../quotas/row-bytes.ts'
import { type Task, type TaskFields, type TaskRow, undated, wireTask } from './task.ts'

export type NewTask = TaskFields & Pick<TaskRow, 'id' | 'digest'>

/** In code points: 400 bytes at most, of the 2 700 that PostgreSQL lets an index entry have. */
const titleKeyLength = 100

/** Tasks by their ids, reachable only together with their user's; each write raises the version of the user's tasks. */
export function taskEdits(database: Database, quotas = quotaStore(database)) {
  const { prepare, tables } = database
  const { tasks } = tables
  const task = wireTask(tables)
  const key = { userId: tasks.userId, id: tasks.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(tasks.userId, userId), eq(tasks.id, id)) as SQL
  const ofRevision = { ...key, revision: tasks.revision }
  const unchanged = (values: Values<typeof ofRevision>) => and(own(values), eq(tasks.revision, values.revision))

  const one = prepare('task_by_id', key, (db, values) =>
    db
      .select({ task, revision: tasks.revision, digest: tasks.digest, bytes: tasks.bytes })
      .from(tasks)
      .where(own(values)),
  )
  const count = quotas.tally('task_count', ['tasks', 'bytes'], 'taskVersion')
  const bump = (userId: UserId) => count(userId, { tasks: 0, bytes: 0 })
  const uncount = quotas.untally('task_uncount', 'tasks', tasks)
  const insert = prepare('task_insert', columnsOf(tasks), (db, row) => insertInto(db, tasks, row).returning(task))
  const changing = columnsOf(tasks, 'userId', 'id', 'digest', 'revision', 'createdAt')
  const update = prepare('task_update', { ...changing, ...ofRevision }, (db, values) =>
    updateOf(db, tasks, { ...only(values, changing), revision: sql`${tasks.revision} + 1` })
      .where(unchanged(values))
      .returning(task),
  )
  const remove = prepare('task_delete', ofRevision, (db, values) =>
    db.delete(tasks).where(unchanged(values)).returning({ id: tasks.id }),
  )
  const removeAny = prepare('task_delete_any', key, (db, values) =>
    db.delete(tasks).where(own(values)).returning({ id: tasks.id }),
  )

  /** A task that is already in that state stays unchanged, its time and revision included. */
  const mark = (name: string, changes: SQL, completedAt: (now: Value<Date>) => SQL) =>
    prepare(name, { ...key, now: tasks.updatedAt }, (db, { now, ...values }) =>
      updateOf(db, tasks, {
        completedAt: completedAt(now),
        revision: sql`${tasks.revision} + case when ${changes} then 1 else 0 end`,
        updatedAt: sql`case when ${changes} then ${now} else ${tasks.updatedAt} end`,
      })
        .where(own(values))
        .returning(task),
    )
  const complete = mark('task_complete', isNull(tasks.completedAt), now => sql`coalesce(${tasks.completedAt}, ${now})`)
  const reopen = mark('task_reopen', isNotNull(tasks.completedAt), () => sql`null`)

  return {
    /** The user's task; undefined also when it belongs to someone else. */
    find: async (userId: UserId, id: TaskId): Promise<FoundTask | undefined> => (await one.execute({ userId, id }))[0],

    /**
     * The writes that create a task; they return the new version (no row when the user is gone or has no room) and the
     * task. A `Conflict` in `tasks` means that the user has one with this id.
     * @param now epoch ms.
     * @returns them, and what throws `limit_reached` when they were not written for that reason.
     */
    creation(userId: UserId, { id, digest, ...fields }: NewTask, now: number) {
      const at = new Date(now)
      const row: TaskRow = { ...stored(fields), userId, id, digest, revision: 1, createdAt: at, updatedAt: at }
      const change = { tasks: 1, bytes: row.bytes }
      const writes = [must(count(userId, change)), insert.asWrite(row)] as const
      return { writes, refuse: () => quotas.refuse(userId, change) }
    },

    /**
     * Writes all fields of a task that still has the revision they were made from.
     * @param now epoch ms.
     * @returns the task, or undefined (and nothing written) when it was changed or deleted meanwhile.
     * @throws {ApiError} `limit_reached`.
     */
    async replace(
      commit: Commit,
      userId: UserId,
      { task: { id }, revision, bytes }: Replaced,
      fields: TaskFields,
      now: number,
    ) {
      const row = { ...stored(fields), userId, id, revision, updatedAt: new Date(now) }
      const change = { tasks: 0, bytes: row.bytes - bytes }
      const written = await commit([must(count(userId, change)), must(update.asWrite(row))])
      if (!written) return quotas.refuse(userId, change)
      return { task: written[1][0] as Task, revision: revision + 1 }
    },

    /**
     * Deletes a task that still has a revision.
     * @returns whether it did.
     */
    async remove(commit: Commit, userId: UserId, { task: { id }, revision, bytes }: Replaced): Promise<boolean> {
      const writes = [must(count(userId, { tasks: -1, bytes: -bytes })), must(remove.asWrite({ userId, id, revision }))]
      return (await commit(writes)) !== undefined
    },

    /**
     * Completes or reopens many tasks at once.
     * @param now epoch ms.
     * @returns the existing ones.
     */
    async mark(
      commit: Commit,
      userId: UserId,
      ids: readonly TaskId[],
      completed: boolean,
      now: number,
    ): Promise<Task[]> {
      const statement = completed ? complete : reopen
      const writes = ids.map(id => statement.asWrite({ userId, id, now: new Date(now) }))
      const [, ...marked] = (await commit([bump(userId), ...writes])) as [unknown, ...Task[][]]
      return marked.flat()
    },

    /**
     * Deletes many tasks at once.
     * @returns the ids of those that existed.
     */
    async removeAll(commit: Commit, userId: UserId, ids: readonly TaskId[]): Promise<TaskId[]> {
      const writes = ids.flatMap(id => [uncount(userId, id), removeAny.asWrite({ userId, id })])
      const written = await commit([bump(userId), ...writes])
      const [, ...rows] = written as [unknown, ...{ id: TaskId }[][]]
      return rows.filter((_, i) => i % 2 === 1).flatMap(removed => removed.map(({ id }) => id))
    },
  }
}

/** A task by its id, with the data that an edit needs. */
export interface FoundTask {
  task: Task
  revision: number
  digest: string | null
  bytes: number
}

/** What an edit or a deletion knows of the task. */
type Replaced = Pick<FoundTask, 'revision' | 'bytes'> & { task: Pick<Task, 'id'> }

/** The columns that hold a task's fields, and those that are derived from them. */
function stored({ dueOn, ...fields }: TaskFields) {
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
