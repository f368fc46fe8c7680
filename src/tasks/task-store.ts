import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { type Database, must } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import { searchable } from '../fold.ts'
import { type Task, type TaskFields, undated, wireTask } from './task.ts'

export interface NewTask extends TaskFields {
  id: string
  digest: string | null
}

/** In code points: 400 bytes at most, of the 2 700 that PostgreSQL lets an index entry have. */
const titleKeyLength = 100

/** Tasks by their ids, reachable only together with their user's; each write raises the version of the user's tasks. */
export function writeStore({ prepare, atomic, tables }: Database) {
  const { tasks, users } = tables
  const task = wireTask(tables)
  const own = and(eq(tasks.userId, textFor('user')), eq(tasks.id, textFor('id')))
  const ofRevision = and(own, eq(tasks.revision, sql.placeholder('revision')))
  const now = valueFor('now', tasks.updatedAt)

  const one = prepare('task_by_id', db =>
    db.select({ task, revision: tasks.revision, digest: tasks.digest }).from(tasks).where(own),
  )
  const bump = prepare('task_bump_version', db =>
    db
      .update(users)
      .set({ taskVersion: sql`${users.taskVersion} + 1` })
      .where(eq(users.id, textFor('user')))
      .returning({ version: users.taskVersion }),
  )
  const insert = prepare('task_insert', db =>
    db
      .insert(tasks)
      .values({
        userId: sql.placeholder('user'),
        id: sql.placeholder('id'),
        title: sql.placeholder('title'),
        description: sql.placeholder('description'),
        completedAt: sql.placeholder('completedAt'),
        dueOn: sql.placeholder('dueOn'),
        titleKey: sql.placeholder('titleKey'),
        digest: sql.placeholder('digest'),
        revision: 1,
        createdAt: sql.placeholder('now'),
        updatedAt: sql.placeholder('now'),
        searchText: sql.placeholder('searchText'),
      })
      .returning(task),
  )
  const update = prepare('task_update', db =>
    db
      .update(tasks)
      .set({
        title: valueFor('title', tasks.title),
        description: valueFor('description', tasks.description),
        completedAt: valueFor('completedAt', tasks.completedAt),
        dueOn: valueFor('dueOn', tasks.dueOn),
        titleKey: valueFor('titleKey', tasks.titleKey),
        searchText: valueFor('searchText', tasks.searchText),
        revision: sql`${tasks.revision} + 1`,
        updatedAt: now,
      })
      .where(ofRevision)
      .returning(task),
  )
  const remove = prepare('task_delete', db => db.delete(tasks).where(ofRevision).returning({ id: tasks.id }))
  const removeAny = prepare('task_delete_any', db => db.delete(tasks).where(own).returning({ id: tasks.id }))

  /** A task that is already so stays as it is, its time and revision included. */
  const mark = (name: string, changes: SQL, completedAt: SQL) =>
    prepare(name, db =>
      db
        .update(tasks)
        .set({
          completedAt,
          revision: sql`${tasks.revision} + case when ${changes} then 1 else 0 end`,
          updatedAt: sql`case when ${changes} then ${now} else ${tasks.updatedAt} end`,
        })
        .where(own)
        .returning(task),
    )
  const complete = mark('task_complete', isNull(tasks.completedAt), sql`coalesce(${tasks.completedAt}, ${now})`)
  const reopen = mark('task_reopen', isNotNull(tasks.completedAt), sql`null`)

  return {
    /** The user's task, or undefined: also when it exists and is someone else's. */
    find: async (userId: string, id: string): Promise<FoundTask | undefined> =>
      (await one.execute({ user: userId, id }))[0],

    /**
     * The writes that make a task, answering with the new version (no row when the user is gone) and the task. A
     * `Conflict` in `tasks` says that the user has one with this id. @param at now, epoch ms.
     */
    creation: (userId: string, fields: NewTask, at: number) =>
      [
        must(bump.with({ user: userId })),
        insert.with({ ...stored(fields), id: fields.id, digest: fields.digest, user: userId, now: new Date(at) }),
      ] as const,

    /**
     * Writes all fields of a task that still has the revision they were made from. @param at now, epoch ms.
     * @returns the task, or undefined (and nothing written) when it has changed or gone meanwhile.
     */
    async replace(userId: string, id: string, revision: number, fields: TaskFields, at: number) {
      const key = { user: userId, id, revision }
      const written = await atomic([
        must(bump.with(key)),
        must(update.with({ ...stored(fields), ...key, now: new Date(at) })),
      ])
      return written && { task: written[1][0] as Task, revision: revision + 1 }
    },

    /** Deletes a task that still has a revision. @returns whether it did. */
    async remove(userId: string, id: string, revision: number): Promise<boolean> {
      const key = { user: userId, id, revision }
      return (await atomic([must(bump.with(key)), must(remove.with(key))])) !== undefined
    },

    /** Completes or reopens many tasks at once. @param at now, epoch ms. @returns those that are there. */
    async mark(userId: string, ids: readonly string[], completed: boolean, at: number): Promise<Task[]> {
      const write = completed ? complete : reopen
      const writes = ids.map(id => write.with({ user: userId, id, now: new Date(at) }))
      const [, ...marked] = (await atomic([bump.with({ user: userId }), ...writes])) as [unknown, ...Task[][]]
      return marked.flat()
    },

    /** Deletes many tasks at once. @returns the ids of those that were there. */
    async removeAll(userId: string, ids: readonly string[]): Promise<string[]> {
      const writes = ids.map(id => removeAny.with({ user: userId, id }))
      const [, ...removed] = (await atomic([bump.with({ user: userId }), ...writes])) as [
        unknown,
        ...{ id: string }[][],
      ]
      return removed.flat().map(({ id }) => id)
    },
  }
}

/** A task by its id, with what an edit needs to know. */
export interface FoundTask {
  task: Task
  revision: number
  digest: string | null
}

/** The columns that hold a task's fields, and those that are derived from them. */
function stored({ title, description, completedAt, dueOn }: TaskFields) {
  return {
    title,
    description,
    completedAt,
    dueOn: dueOn ?? undated,
    titleKey: [...searchable(title)].slice(0, titleKeyLength).join(''),
    searchText: searchable(description === null ? title : `${title}\n${description}`),
  }
}
