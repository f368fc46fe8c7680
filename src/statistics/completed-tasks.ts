import { and, asc } from 'drizzle-orm'
import { eq, gt, gte, lt } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { given, rowCount } from '../db/values.ts'
import type { TaskId, UserId } from '../ids.ts'

/** Tasks of one step. */
const step = 1_000
/** Before every id. */
const noId = '' as TaskId

/** The tasks that a user completed in a time, in no order of that time. */
export function completedTasks({ prepare, tables: { tasks } }: Database) {
  const { userId, id, completedAt } = tasks
  const read = prepare(
    'task_completed_between',
    { userId, id, from: given(completedAt), to: given(completedAt), limit: rowCount },
    (db, values) =>
      db
        .select({ id, title: tasks.title, completedAt })
        .from(tasks)
        .where(
          and(eq(userId, values.userId), gt(id, values.id), gte(completedAt, values.from), lt(completedAt, values.to)),
        )
        .orderBy(asc(id))
        .limit(values.limit),
  )

  /**
   * Visits them, with a turn between any two steps.
   * @param from inclusive.
   * @param to exclusive.
   * @param turn waits until it is this walk's turn.
   */
  return async (
    user: UserId,
    { from, to }: { from: Date; to: Date },
    turn: () => Promise<void>,
    visit: (title: string, completedAt: Date) => void,
  ): Promise<void> => {
    let after = noId
    for (;;) {
      await turn()
      const rows = await read.execute({ userId: user, id: after, from, to, limit: step })
      for (const { title, completedAt: at } of rows) visit(title, at as Date)
      const last = rows.at(-1)
      if (!last || rows.length < step) return
      after = last.id
    }
  }
}
