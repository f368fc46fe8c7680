import { eq } from '../db/conditions.ts'
import { type Database, must } from '../db/database.ts'
import type { UserId } from '../ids.ts'

/**
 * The guard of a batch that adds something for a user: nothing of it happens when the account was deleted since the
 * request was let in.
 * @param statement a unique name.
 */
export function ownerGuard({ prepare, tables: { users } }: Database, statement: string) {
  const there = prepare(statement, { userId: users.id }, (db, { userId }) =>
    db.select({ id: users.id }).from(users).where(eq(users.id, userId)),
  )
  return (userId: UserId) => must(there.asWrite({ userId }))
}
