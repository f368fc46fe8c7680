import { eq } from '../../src/db/conditions.ts'
import type { Database } from '../../src/db/database.ts'
import { columnsOf, insertInto, only, shownBy, updateOf } from '../../src/db/statements.ts'
import type { SessionId, TaskId, UserId } from '../../src/ids.ts'

/**
 * What the compiler must refuse: losing a value, and mistaking one for another. Nothing here is run. `tsc` fails when a
 * line that should not compile does, because its `@ts-expect-error` is then in vain.
 */
export function refused({ prepare, tables: { tasks, sessions } }: Database, userId: UserId, id: TaskId) {
  const key = { userId: tasks.userId, id: tasks.id }

  // 1. A column that a row leaves out: it would be answered and never stored. Adding one to a table does the same.
  const { description: _, ...forgetful } = {} as typeof tasks.$inferSelect
  const insert = prepare('insert', columnsOf(tasks), (db, row) => insertInto(db, tasks, row))
  const writes: unknown[] = []
  // @ts-expect-error the description is missing, though it may be null
  writes.push(insert.asWrite(forgetful))
  // @ts-expect-error not every column is among the values
  prepare('insert_some', columnsOf(tasks, 'description'), (db, row) => insertInto(db, tasks, row))
  const changing = columnsOf(tasks, 'userId', 'id')
  const update = prepare('update', { ...changing, ...key }, (db, values) =>
    updateOf(db, tasks, only(values, changing)).where(eq(tasks.id, values.id)),
  )
  // @ts-expect-error the description is missing here too
  writes.push(update.asWrite(forgetful))
  // @ts-expect-error an answer is made of a whole row
  shownBy(tasks, { title: tasks.title })(forgetful)

  // 2. Values of a statement: misspelt, missing, swapped, or of another type.
  const find = prepare('find', key, (db, values) =>
    db
      .select()
      .from(tasks)
      // @ts-expect-error there is no such value
      .where(eq(tasks.id, values.ident)),
  )
  // @ts-expect-error the id is misspelt
  void find.execute({ userId, ident: id })
  // @ts-expect-error the id is missing
  void find.execute({ userId })
  prepare('find_by_time', { title: tasks.title, at: tasks.createdAt }, (db, { title, at }) => {
    // @ts-expect-error an instant is not a title
    const where = eq(tasks.title, at) ?? eq(tasks.title, title)
    return db.select().from(tasks).where(where)
  })

  // 3. Ids of different kinds.
  // @ts-expect-error swapped
  void find.execute({ userId: id, id: userId })
  // @ts-expect-error a text is no id
  void find.execute({ userId, id: 'a text' })
  prepare('find_swapped', key, (db, values) =>
    // @ts-expect-error the id of a user is not that of a task
    db.select().from(tasks).where(eq(tasks.id, values.userId)),
  )
  // @ts-expect-error a session is no task
  eq(tasks.id, '' as SessionId)
  // @ts-expect-error nor are their columns the same
  eq(sessions.id, tasks.id)
}
