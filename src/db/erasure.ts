import type { UserId } from '../ids.ts'
import { eq } from './conditions.ts'
import type { BoundWrite, Database } from './database.ts'
import { columnOf, factsOf } from './described.ts'
import { allTables } from './schema.ts'

/** Deletes what names a user in a column and does not refer to their row: what refers to it goes with it. */
export function erasureStore({ prepare, tables }: Database) {
  const statements = allTables(tables).flatMap(([name, table]) => {
    const { erased } = factsOf(table)
    if (typeof erased === 'string' || !('by' in erased)) return []
    const column = columnOf(table, erased.by)
    const values = { userId: tables.users.id }
    return [prepare(`erase_${name}`, values, (db, { userId }) => db.delete(table).where(eq(column, userId as never)))]
  })
  return {
    /** The writes that delete what is a user's in the tables that are found without knowing the user. */
    erasureWrites: (userId: UserId): BoundWrite<unknown>[] =>
      statements.map(statement => statement.asWrite({ userId })),
  }
}
