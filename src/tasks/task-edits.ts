import { and, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type Commit, type Database, must } from '../db/database.ts'
import { insertRaised, raisedVersion } from '../db/raised-version.ts'
import { columnsOf, only, updateOf } from '../db/statements.ts'
import type { Value, Values } from '../db/values.ts'
import { type Deleted, deletionStore, type Restorable } from '../deletions/deletions.ts'
import { tombstoneBytes } from '../deletions/tombstones.ts'
import { ApiError } from '../errors.ts'
import { searchable } from '../fold.ts'
import type { TaskId, UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { rowBytes } from '../quotas/row-bytes.ts'
import { type Task, type TaskFields, type TaskRow, undated, wireTask } from './task.ts'

export type NewTask = TaskFields & Pick<TaskRow, 'id' | 'digest'>

/** Attempts at a deletion of many tasks, of which somebody else may change one. */
const maxAttempts = 5

/** In code points: 400 bytes at most, of the 2 700 that PostgreSQL lets an index entry have. */
const titleKeyLength = 100

/** Tasks by their ids, reachable only together with their user's; each write raises the version of the user's tasks. */
export function taskEdits(database: Database, quotas = quotaStore(database)) {
  const { prepare, tables } = database
  const { tasks, users } = tables
  const deletions = deletionStore<TaskId>(database, 'task', quotas)
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
  const removal = (userId: UserId, tasks: number) => must(count(userId, { tasks: -tasks, bytes: 0 }))
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

  /** A task that is already in that state stays unchanged, its time and revision included. */
  const mark = (name: string, changes: SQL, completedAt: (now: Value<Date>) => SQL) =>
    prepare(name, { ...key, now: tasks.updatedAt }, (db, { now, ...values }) =>
      updateOf(db, tasks, {
        completedAt: completedAt(now),
        revision: sql`${tasks.revision} + case when ${changes} then 1 else 0 end`,
        updatedAt: sql`case when ${changes} then ${now} else ${tasks.updatedAt} end`,
        version: sql`case when ${changes} then ${raisedVersion(users, 'taskVersion', values.userId)} else ${tasks.version} end`,
      })
        .where(own(values))
        .returning(task),
    )
  const complete = mark('task_complete', isNull(tasks.completedAt), now => sql`coalesce(${tasks.completedAt}, ${now})`)
  const reopen = mark('task_reopen', isNotNull(tasks.completedAt), () => sql`null`)

  const find = async (userId: UserId, id: TaskId): Promise<FoundTask | undefined> =>
    (await one.execute({ userId, id }))[0]

  /** The writes that delete a task that still has a revision, but for its count. */
  const removeWrites = (userId: UserId, found: FoundTask, { now, permanently }: Removal) => {
    const { task, revision } = found
    const { id } = task
    return [
      must(remove.asWrite({ userId, id, revision })),
      deletions.keepWrite(userId, permanently ? { id, revision } : deletedOf(found), now),
    ]
  }

  return {
    /** The user's task; undefined also when it belongs to someone else. */
    find,

    /** Deleted tasks. */
    deletions,

    /**
     * The writes that create a task; they return the new version (no row when the user is gone or has no room) and the
     * task. A `Conflict` in `tasks` means that the user has one with this id.
     * @param now epoch ms.
     * @returns them, and what throws `limit_reached` or `entry_deleted` when they were not written for that reason.
     */
    creation(userId: UserId, { id, digest, ...fields }: NewTask, now: number) {
      const at = new Date(now)
      const row = { ...stored(fields), userId, id, digest, revision: 1, createdAt: at, updatedAt: at }
      const change = { tasks: 1, bytes: row.bytes }
      // Only an id of the client's can be that of something deleted.
      const free = digest === null ? [] : [deletions.freeWrite(userId, id)]
      return {
        writes: [must(count(userId, change)), insert.asWrite(row), ...free] as const,
        async refuse(): Promise<undefined> {
          if (digest !== null) await deletions.refuseDeleted(userId, id)
          return quotas.refuse(userId, change)
        },
      }
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
     * Deletes a task that still has a revision; it can be restored unless it is deleted permanently.
     * @returns whether it did.
     */
    async remove(commit: Commit, userId: UserId, found: FoundTask, how: Removal): Promise<boolean> {
      const bytes = how.permanently ? tombstoneBytes - found.bytes : 0
      const writes = [must(count(userId, { tasks: -1, bytes })), ...removeWrites(userId, found, how)]
      return (await commit(writes)) !== undefined
    },

    /**
     * Brings a deleted task back as it was.
     * @param now epoch ms.
     * @returns the task, or undefined (and nothing written) when it is no longer deleted.
     * @throws {ApiError} `limit_reached`.
     */
    async restore(commit: Commit, userId: UserId, deleted: Restorable, now: number): Promise<RevisedTask | undefined> {
      const { id, title, description, due_on: dueOn, ...content } = deleted.content as unknown as Content
      const completedAt = content.completed_at === null ? null : new Date(content.completed_at)
      const createdAt = new Date(content.created_at)
      const { digest } = deleted
      const revision = deleted.revision + 1
      const fields = stored({ title, description, dueOn, completedAt })
      const row = { ...fields, userId, id, digest, revision, createdAt, updatedAt: new Date(now) }
      const change = { tasks: 1, bytes: row.bytes - deleted.bytes }
      const writes = [
        must(count(userId, change)),
        deletions.takeWrite(userId, id, deleted),
        insert.asWrite(row),
      ] as const
      const written = await commit(writes)
      return written ? { task: written[2][0] as Task, revision } : quotas.refuse(userId, change)
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
     * @param now epoch ms.
     * @returns the ids of those that existed.
     * @throws {ApiError} `edit_conflict`.
     */
    async removeAll(commit: Commit, userId: UserId, ids: readonly TaskId[], now: number): Promise<TaskId[]> {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const found = (await Promise.all(ids.map(id => find(userId, id)))).filter(task => task !== undefined)
        const count = found.length === 0 ? [] : [removal(userId, found.length)]
        const how = { now, permanently: false }
        // Somebody else may have changed or deleted one of them meanwhile.
        if (await commit([...count, ...found.flatMap(task => removeWrites(userId, task, how))]))
          return found.map(({ task }) => task.id)
      }
      throw new ApiError('edit_conflict')
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

/** A task after a write. */
export type RevisedTask = Pick<FoundTask, 'task' | 'revision'>

/** How a task is deleted. */
interface Removal {
  /** Epoch ms. */
  now: number
  permanently: boolean
}

/** What is kept of a deleted task: as it is shown. Instants are text, as JSON has them. */
interface Content extends Omit<Task, 'completed_at' | 'created_at' | 'updated_at'> {
  completed_at: string | null
  created_at: string
}

function deletedOf({ task, ...found }: FoundTask): Deleted<TaskId> {
  return { ...found, id: task.id, content: task }
}

/** What an edit knows of the task. */
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
