import { eq } from '../db/conditions.ts'
import { type Database, must } from '../db/database.ts'
import type { UserId } from '../ids.ts'

/**
 * The guard of a batch that adds something of a user's: nothing of it happens when the user has gone since the request
 * was let in.
 * @param statement a name of its own.
 */
export function ownerGuard({ prepare, tables: { users } }: Database, statement: string) {
  const there = prepare(statement, { userId: users.id }, (db, { userId }) =>
    db.select({ id: users.id }).from(users).where(eq(users.id, userId)),
  )
  return (userId: UserId) => must(there.asWrite({ userId }))
}
