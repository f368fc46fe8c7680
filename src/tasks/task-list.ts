import { and, asc, count, desc, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { contains, eq, gte, lte } from '../db/conditions.ts'
import type { Database, Db } from '../db/database.ts'
import { rowCount, type Value } from '../db/values.ts'
import { wordsOf } from '../fold.ts'
import type { UserId } from '../ids.ts'
import { type Task, undated, wireTask } from './task.ts'

/** The sort keys of the list; `-` reverses. */
export const taskSorts = ['created_at', '-created_at', 'due_on', '-due_on', 'title', '-title'] as const
export type TaskSort = (typeof taskSorts)[number]

/** The filters of a list. */
export interface TaskFilters {
  completed?: boolean | undefined
  /** Days, inclusive; a task without a due day is never in the span. */
  /** Only tasks without a due day. */
  undated?: boolean | undefined
  dueFrom?: string | undefined
  dueTo?: string | undefined
  /** Every word of it occurs somewhere in title or description, whatever its case and accents. */
  q?: string | undefined
}

export interface TaskPage extends TaskFilters {
  sort: TaskSort
  limit: number
  offset: number
}

/** A page, the total that match the filters, and the version of the user's tasks for both. */
export interface TaskListing {
  tasks: Task[]
  total: number
  version: number
}

const lastDay = '9999-12-31'

/** Many tasks of one user at a time. */
export function taskLists({ prepare, query, tables }: Database) {
  const { tasks, users } = tables
  const task = wireTask(tables)
  const sortColumns = { created_at: tasks.createdAt, due_on: tasks.dueOn, title: tasks.titleKey }

  /** The version and the total come in the statement of the rows, so they agree whatever is written meanwhile. */
  const totals = (db: Db, user: UserId | Value<UserId>, where: SQL | undefined) => ({
    version: scalar(db.select({ version: users.taskVersion }).from(users).where(eq(users.id, user))),
    total: scalar(db.select({ total: count() }).from(tasks).where(where)),
  })
  const list = (db: Db, sort: TaskSort, user: UserId | Value<UserId>, where: SQL | undefined) =>
    db
      .select({ task, ...totals(db, user, where) })
      .from(tasks)
      .where(where)
      .orderBy(...along(sort))
      .$dynamic()
  /** Lists without a filter, the most common. */
  const everything = (sort: TaskSort) =>
    prepare(`task_list_${sort}`, { userId: users.id, limit: rowCount, offset: rowCount }, (db, values) =>
      list(db, sort, values.userId, eq(tasks.userId, values.userId)).limit(values.limit).offset(values.offset),
    )
  const unfiltered = new Map(taskSorts.map(sort => [sort, everything(sort)]))

  return { page }

  /** A page of the user's tasks; undefined when the user is gone. */
  async function page(userId: UserId, asked: TaskPage): Promise<TaskListing | undefined> {
    const { sort, limit, offset } = asked
    const filters = conditions(asked)
    const where = and(eq(tasks.userId, userId), ...filters)
    const rows = await (filters.length === 0
      ? (unfiltered.get(sort) as ReturnType<typeof everything>).execute({ userId, limit, offset })
      : query(db => list(db, sort, userId, where).limit(limit).offset(offset)))
    if (rows[0]) return { total: rows[0].total, version: rows[0].version, tasks: rows.map(row => row.task) }
    // Without a row there is no total either.
    const [counted] = await query(db =>
      db
        .select(totals(db, userId, where))
        .from(users)
        .where(eq(users.id, userId)),
    )
    if (!counted) return undefined
    // Tasks were added in between, and the page is no longer empty.
    return counted.total > offset ? page(userId, asked) : { ...counted, tasks: [] }
  }

  function along(sort: TaskSort): SQL[] {
    const direction = sort.startsWith('-') ? desc : asc
    const column = sortColumns[sort.replace('-', '') as keyof typeof sortColumns]
    const order = [direction(column), direction(tasks.id)]
    // Those without a day come last whichever way the days go; ascending their `~` sees to that.
    return sort === '-due_on' ? [asc(eq(tasks.dueOn, undated)), ...order] : order
  }

  function conditions({ completed, undated: isUndated, dueFrom, dueTo, q }: TaskFilters): SQL[] {
    const all: SQL[] = []
    if (completed !== undefined) all.push((completed ? isNotNull : isNull)(tasks.completedAt))
    if (isUndated) all.push(eq(tasks.dueOn, undated))
    if (dueFrom !== undefined) all.push(gte(tasks.dueOn, dueFrom))
    if (dueFrom !== undefined || dueTo !== undefined) all.push(lte(tasks.dueOn, dueTo ?? lastDay))
    return [...all, ...wordsOf(q).map(word => contains(tasks.searchText, word))]
  }
}

/** A scalar subquery; PostgreSQL counts in 64 bits, which its driver returns as text. */
function scalar(query: unknown) {
  return sql`(${query})`.mapWith(Number)
}
