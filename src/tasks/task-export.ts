import { and, asc, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { bare } from '../db/values.ts'
import type { TaskId, UserId } from '../ids.ts'
import { inChunks } from '../streaming/in-chunks.ts'
import { wireTask } from './task.ts'

/** Tasks that are read at once. */
const chunkSize = 100

/** Before every instant that is stored. */
const beginning = new Date(Date.UTC(1800, 0))

/** Tasks as they leave: oldest first, with all that an import needs to make them again. */
export function taskExport({ prepare, tables }: Database) {
  const { tasks } = tables
  const { revision: _, ...shown } = wireTask(tables)
  const after = { userId: tasks.userId, at: tasks.createdAt, id: tasks.id }
  const chunk = prepare('task_export', after, (db, values) =>
    db
      .select(shown)
      .from(tasks)
      .where(
        and(
          eq(tasks.userId, values.userId),
          sql`(${tasks.createdAt}, ${tasks.id}) > (${bare(values.at)}, ${bare(values.id)})`,
        ),
      )
      .orderBy(asc(tasks.createdAt), asc(tasks.id))
      .limit(chunkSize),
  )

  /** The user's tasks, some at a time. */
  return (userId: UserId) =>
    inChunks(
      chunkSize,
      { at: beginning, id: '' as TaskId },
      place => chunk.execute({ userId, ...place }),
      ({ created_at: at, id }) => ({ at, id }),
    )
}
