import { and, type SQL } from 'drizzle-orm'
import { readByIds } from '../db/by-ids.ts'
import { eq } from '../db/conditions.ts'
import type { Commit, Database } from '../db/database.ts'
import type { Values } from '../db/values.ts'
import { deletionStore, type Removal, type Restorable } from '../deletions/deletions.ts'
import type { TaskId, UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { untilFirst } from '../until-first.ts'
import { changedTask, changesNothing, type Task, type TaskFields, wireTask } from './task.ts'
import { type FoundTask, type NewTask, type TaskStep, taskSteps } from './task-steps.ts'

/** Tasks by their ids, reachable only together with their user's; each write raises the version of the user's tasks. */
export function taskEdits(database: Database, quotas = quotaStore(database)) {
  const { prepare, tables } = database
  const { tasks } = tables
  const deletions = deletionStore<TaskId>(database, 'task', quotas)
  const steps = taskSteps(database, quotas, deletions)
  const found = { task: wireTask(tables), revision: tasks.revision, digest: tasks.digest, bytes: tasks.bytes }
  const key = { userId: tasks.userId, id: tasks.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(tasks.userId, userId), eq(tasks.id, id)) as SQL

  const one = prepare('task_by_id', key, (db, values) => db.select(found).from(tasks).where(own(values)))
  const find = async (userId: UserId, id: TaskId): Promise<FoundTask | undefined> =>
    (await one.execute({ userId, id }))[0]

  const among = readByIds(tasks.id, (size, ids, isAmong) =>
    prepare(`task_by_ids_${size}`, { userId: tasks.userId, ...ids }, (db, values) =>
      db
        .select(found)
        .from(tasks)
        .where(and(eq(tasks.userId, values.userId), isAmong(values))),
    ),
  )

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
      const step = steps.add(userId, fields, now)
      return {
        writes: [
          steps.countWrite(userId, [step]),
          ...step.writes,
          ...deletions.freeWrites(userId, step.mustBeFree),
        ] as const,
        async refuse(): Promise<undefined> {
          if (fields.digest !== null) await deletions.refuseDeleted(userId, fields.id)
          return quotas.refuse(userId, step.gains)
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
      const step = steps.replace(userId, found, fields, now)
      const written = await commit([steps.countWrite(userId, [step]), ...step.writes])
      if (!written) return quotas.refuse(userId, step.gains)
      return { task: written[1][0] as Task, revision: found.revision + 1 }
    },

    /**
     * Deletes a task that still has a revision; it can be restored unless it is deleted permanently.
     * @returns whether it did.
     */
    async remove(commit: Commit, userId: UserId, found: FoundTask, how: Removal): Promise<boolean> {
      const step = steps.remove(userId, found, how)
      return (await commit([steps.countWrite(userId, [step]), ...step.writes])) !== undefined
    },

    /**
     * Brings a deleted task back as it was.
     * @param now epoch ms.
     * @returns the task, or undefined (and nothing written) when it is no longer deleted.
     * @throws {ApiError} `limit_reached`.
     */
    async restore(commit: Commit, userId: UserId, deleted: Restorable, now: number): Promise<RevisedTask | undefined> {
      const step = steps.restore(userId, deleted, now)
      const written = await commit([steps.countWrite(userId, [step]), ...step.writes])
      if (!written) return quotas.refuse(userId, step.gains)
      return { task: written[2][0] as Task, revision: step.state.living.revision }
    },

    /**
     * Completes or reopens many tasks at once; what is in that state already stays as it is.
     * @param now epoch ms.
     * @returns the existing ones.
     * @throws {ApiError} `unavailable` when others change them again and again.
     */
    mark: (commit: Commit, userId: UserId, ids: readonly TaskId[], completed: boolean, now: number): Promise<Task[]> =>
      changeAll(commit, userId, ids, found => {
        const fields = changedTask(found.task, { completed }, now)
        return changesNothing(found.task, fields) ? undefined : steps.replace(userId, found, fields, now)
      }).then(all => all.map(({ found, step }) => step?.state.living.task ?? found.task)),

    /**
     * Deletes many tasks at once.
     * @param now epoch ms.
     * @returns the ids of those that existed.
     * @throws {ApiError} `unavailable` when others change them again and again.
     */
    removeAll: (commit: Commit, userId: UserId, ids: readonly TaskId[], now: number): Promise<TaskId[]> =>
      changeAll(commit, userId, ids, found => steps.remove(userId, found, { now, permanently: false })).then(all =>
        all.map(({ found }) => found.task.id),
      ),
  }

  /** Changes many tasks in one batch, of which somebody else may change or delete one meanwhile. */
  function changeAll<S extends TaskStep>(
    commit: Commit,
    userId: UserId,
    ids: readonly TaskId[],
    change: (found: FoundTask) => S | undefined,
  ) {
    return untilFirst(async () => {
      const known = new Map((await among({ userId }, ids)).map(row => [row.task.id, row]))
      const found = ids.map(id => known.get(id)).filter(task => task !== undefined)
      const all = found.map(one => ({ found: one, step: change(one) }))
      const made = all.flatMap(({ step }) => step ?? [])
      const counted = made.length === 0 ? [] : [steps.countWrite(userId, made)]
      return (await commit([...counted, ...made.flatMap(({ writes }) => writes)])) && all
    })
  }
}

/** A task after a write. */
export type RevisedTask = Pick<FoundTask, 'task' | 'revision'>
