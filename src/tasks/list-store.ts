import { and, asc, count, desc, eq, gte, isNotNull, isNull, lte, type SQL, sql } from 'drizzle-orm'
import type { Database, Db, Prepared } from '../db/database.ts'
import { rowsFor, textFor } from '../db/placeholder.ts'
import { searchable } from '../fold.ts'
import { type Task, wireTask } from './task.ts'

/** What a list can be sorted by; with `-` the other way round. */
export const taskSorts = ['created_at', '-created_at', 'due_on', '-due_on', 'title', '-title'] as const
export type TaskSort = (typeof taskSorts)[number]

/** Which of a user's tasks are meant. */
export interface TaskFilters {
  completed?: boolean | undefined
  /** Days, both included; a task without a due day is in no such span. */
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

/** A page, how many tasks the filters leave in all, and the version of the user's tasks that both are of. */
export interface TaskListing {
  tasks: Task[]
  total: number
  version: number
}

interface ListedTask extends Omit<TaskListing, 'tasks'> {
  task: Task
}

const lastDay = '9999-12-31'

/** Many tasks of one user at a time. */
export function listStore({ prepare, query, tables }: Database) {
  const { tasks, users } = tables
  const task = wireTask(tables)
  const sortColumns = { created_at: tasks.createdAt, due_on: tasks.dueOn, title: tasks.titleKey }

  /** The version and the total in the statement of the rows: whatever is written meanwhile, they agree. */
  const totals = (db: Db, user: SQL, where: SQL | undefined) => ({
    version: scalar(db.select({ version: users.taskVersion }).from(users).where(eq(users.id, user))),
    total: scalar(db.select({ total: count() }).from(tasks).where(where)),
  })
  const list = (db: Db, sort: TaskSort, user: SQL, where: SQL | undefined) =>
    db
      .select({ task, ...totals(db, user, where) })
      .from(tasks)
      .where(where)
      .orderBy(...along(sort))
      .$dynamic()
  /** Lists without a filter, which are the most. */
  const everything = new Map<TaskSort, Prepared<ListedTask[]>>(
    taskSorts.map(sort => [
      sort,
      prepare(`task_list_${sort}`, db =>
        list(db, sort, textFor('user'), eq(tasks.userId, textFor('user')))
          .limit(rowsFor('limit'))
          .offset(rowsFor('offset')),
      ),
    ]),
  )

  return { page }

  /** A page of the user's tasks; undefined when the user is gone. */
  async function page(userId: string, asked: TaskPage): Promise<TaskListing | undefined> {
    const { sort, limit, offset } = asked
    const user = sql`${userId}`
    const filters = conditions(asked)
    const where = and(eq(tasks.userId, userId), ...filters)
    const rows = await (filters.length === 0
      ? (everything.get(sort) as Prepared<ListedTask[]>).execute({ user: userId, limit, offset })
      : query(db => list(db, sort, user, where).limit(limit).offset(offset)))
    if (rows[0]) return { total: rows[0].total, version: rows[0].version, tasks: rows.map(row => row.task) }
    // Without a row there is no total either.
    const [counted] = await query(db =>
      db
        .select(totals(db, user, where))
        .from(users)
        .where(eq(users.id, userId)),
    )
    if (!counted) return undefined
    // Somebody added tasks in between, and the page is no longer empty.
    return counted.total > offset ? page(userId, asked) : { ...counted, tasks: [] }
  }

  function along(sort: TaskSort): SQL[] {
    const direction = sort.startsWith('-') ? desc : asc
    const column = sortColumns[sort.replace('-', '') as keyof typeof sortColumns]
    return [direction(column), direction(tasks.id)]
  }

  function conditions({ completed, dueFrom, dueTo, q }: TaskFilters): SQL[] {
    const all: SQL[] = []
    if (completed !== undefined) all.push((completed ? isNotNull : isNull)(tasks.completedAt))
    if (dueFrom !== undefined) all.push(gte(tasks.dueOn, dueFrom))
    if (dueFrom !== undefined || dueTo !== undefined) all.push(lte(tasks.dueOn, dueTo ?? lastDay))
    for (const word of wordsOf(q)) {
      // Both sides are folded, so it does not matter that LIKE heeds case on one engine and not on the other.
      all.push(sql`${tasks.searchText} like ${`%${word.replace(/[\\%_]/g, '\\$&')}%`} escape '\\'`)
    }
    return all
  }
}

/** A query for one number as an expression; PostgreSQL counts in 64 bits, which its driver gives as text. */
function scalar(query: unknown) {
  return sql`(${query})`.mapWith(Number)
}

function wordsOf(q = ''): string[] {
  return searchable(q).split(/\s+/).filter(Boolean)
}
