import { and, type SQL, sql } from 'drizzle-orm'
import { readByIds } from '../db/by-ids.ts'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must } from '../db/database.ts'
import { insertRaised, raisedVersion } from '../db/raised-version.ts'
import { columnsOf, only, updateOf } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import { type Deleted, deletionStore, type Restorable } from '../deletions/deletions.ts'
import { tombstoneBytes } from '../deletions/tombstones.ts'
import { ApiError } from '../errors.ts'
import { searchable } from '../fold.ts'
import type { TaskId, UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { rowBytes } from '../quotas/row-bytes.ts'
import { changedTask, changesNothing, type Task, type TaskFields, type TaskRow, undated, wireTask } from './task.ts'

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

  const find = async (userId: UserId, id: TaskId): Promise<FoundTask | undefined> =>
    (await one.execute({ userId, id }))[0]

  const among = readByIds(tasks.id, (size, ids, isAmong) =>
    prepare(`task_by_ids_${size}`, { userId: tasks.userId, ...ids }, (db, values) =>
      db
        .select({ task, revision: tasks.revision, digest: tasks.digest, bytes: tasks.bytes })
        .from(tasks)
        .where(and(eq(tasks.userId, values.userId), isAmong(values))),
    ),
  )

  /** What becomes of a task by one change, but for the write that counts it. */
  const steps = {
    /** @param now epoch ms. */
    add(userId: UserId, { id, digest, ...fields }: NewTask, now: number) {
      const at = new Date(now)
      const row = { ...stored(fields), userId, id, digest, revision: 1, createdAt: at, updatedAt: at }
      // Only an id of the client's can be that of something deleted.
      const free = digest === null ? [] : [deletions.freeWrite(userId, id)]
      return {
        writes: [insert.asWrite(row), ...free] as const,
        gains: gainsOf(1, row.bytes),
        state: { living: foundIn(row) },
      }
    },
    /** @param now epoch ms. */
    replace(userId: UserId, { task, revision, bytes, digest }: FoundTask, fields: TaskFields, now: number) {
      const { id, created_at: createdAt } = task
      const row = { ...stored(fields), userId, id, revision, updatedAt: new Date(now) }
      return {
        writes: [must(update.asWrite(row))] as const,
        gains: gainsOf(0, row.bytes - bytes),
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
        gains: gainsOf(-1, permanently ? tombstoneBytes - bytes : 0),
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
      const fields = stored({ title, description, dueOn, completedAt })
      const row = { ...fields, userId, id, digest, revision, createdAt, updatedAt: new Date(now) }
      return {
        writes: [deletions.takeWrite(userId, id, deleted), insert.asWrite(row)] as const,
        gains: gainsOf(1, row.bytes - deleted.bytes),
        state: { living: foundIn(row) },
      }
    },
    /** The write that counts steps which are made together, the first of their batch; it raises the version. */
    countWrite: (userId: UserId, made: readonly Pick<TaskStep, 'gains'>[]) =>
      must(count(userId, sumOf(made.map(({ gains }) => gains)))),
  }

  return {
    /** The user's task; undefined also when it belongs to someone else. */
    find,

    /** The user's tasks with some ids, by them. */
    findAll: async (userId: UserId, ids: readonly string[]): Promise<Map<string, FoundTask>> =>
      new Map((await among({ userId }, ids)).map(row => [row.task.id, row])),

    /** Deleted tasks. */
    deletions,

    steps,

    /**
     * The writes that create a task; they return the new version (no row when the user is gone or has no room) and the
     * task. A `Conflict` in `tasks` means that the user has one with this id.
     * @param now epoch ms.
     * @returns them, and what throws `limit_reached` or `entry_deleted` when they were not written for that reason.
     */
    creation(userId: UserId, fields: NewTask, now: number) {
      const { writes, gains } = steps.add(userId, fields, now)
      return {
        writes: [must(count(userId, gains)), ...writes] as const,
        async refuse(): Promise<undefined> {
          if (fields.digest !== null) await deletions.refuseDeleted(userId, fields.id)
          return quotas.refuse(userId, gains)
        },
      }
    },

    /**
     * Writes all fields of a task that still has the revision they were made from.
     * @param now epoch ms.
     * @returns the task, or undefined (and nothing written) when it was changed or deleted meanwhile.
     * @throws {ApiError} `limit_reached`.
     */
    async replace(commit: Commit, userId: UserId, found: FoundTask, fields: TaskFields, now: number) {
      const { writes, gains } = steps.replace(userId, found, fields, now)
      const written = await commit([must(count(userId, gains)), ...writes])
      if (!written) return quotas.refuse(userId, gains)
      return { task: written[1][0] as Task, revision: found.revision + 1 }
    },

    /**
     * Deletes a task that still has a revision; it can be restored unless it is deleted permanently.
     * @returns whether it did.
     */
    async remove(commit: Commit, userId: UserId, found: FoundTask, how: Removal): Promise<boolean> {
      const { writes, gains } = steps.remove(userId, found, how)
      return (await commit([must(count(userId, gains)), ...writes])) !== undefined
    },

    /**
     * Brings a deleted task back as it was.
     * @param now epoch ms.
     * @returns the task, or undefined (and nothing written) when it is no longer deleted.
     * @throws {ApiError} `limit_reached`.
     */
    async restore(commit: Commit, userId: UserId, deleted: Restorable, now: number): Promise<RevisedTask | undefined> {
      const { writes, gains, state } = steps.restore(userId, deleted, now)
      const written = await commit([must(count(userId, gains)), ...writes])
      return written ? { task: written[2][0] as Task, revision: state.living.revision } : quotas.refuse(userId, gains)
    },

    /**
     * Completes or reopens many tasks at once; what is in that state already stays as it is.
     * @param now epoch ms.
     * @returns the existing ones.
     * @throws {ApiError} `edit_conflict`.
     */
    mark: (commit: Commit, userId: UserId, ids: readonly TaskId[], completed: boolean, now: number): Promise<Task[]> =>
      together(commit, userId, ids, found => {
        const fields = changedTask(found.task, { completed }, now)
        return changesNothing(found.task, fields) ? undefined : steps.replace(userId, found, fields, now)
      }).then(all => all.map(({ found, step }) => step?.state.living.task ?? found.task)),

    /**
     * Deletes many tasks at once.
     * @param now epoch ms.
     * @returns the ids of those that existed.
     * @throws {ApiError} `edit_conflict`.
     */
    removeAll: (commit: Commit, userId: UserId, ids: readonly TaskId[], now: number): Promise<TaskId[]> =>
      together(commit, userId, ids, found => steps.remove(userId, found, { now, permanently: false })).then(all =>
        all.map(({ found }) => found.task.id),
      ),
  }

  /** Changes many tasks in one batch, of which somebody else may change or delete one meanwhile. */
  async function together<S extends TaskStep>(
    commit: Commit,
    userId: UserId,
    ids: readonly TaskId[],
    change: (found: FoundTask) => S | undefined,
  ) {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const known = new Map((await among({ userId }, ids)).map(row => [row.task.id, row]))
      const found = ids.map(id => known.get(id)).filter(task => task !== undefined)
      const all = found.map(one => ({ found: one, step: change(one) }))
      const made = all.flatMap(({ step }) => step ?? [])
      const counted = made.length === 0 ? [] : [steps.countWrite(userId, made)]
      if (await commit([...counted, ...made.flatMap(({ writes }) => writes)])) return all
    }
    throw new ApiError('edit_conflict')
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

/** A change of a task among others that are made together. */
export interface TaskStep {
  writes: readonly BoundWrite<unknown>[]
  gains: { tasks: number; bytes: number }
  state: { living: FoundTask } | { deleted: Restorable }
}

const gainsOf = (tasks: number, bytes: number) => ({ tasks, bytes })

const sumOf = (all: readonly { tasks: number; bytes: number }[]) =>
  all.reduce((sum, { tasks, bytes }) => gainsOf(sum.tasks + tasks, sum.bytes + bytes), gainsOf(0, 0))

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
