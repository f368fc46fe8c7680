import { eq } from 'drizzle-orm'
import { type Database, must } from '../db/database.ts'
import { textFor } from '../db/placeholder.ts'

/**
 * The guard of a batch that adds something of a user's: nothing of it happens when the user has gone since the request
 * was let in. @param statement a name of its own.
 */
export function ownerGuard({ prepare, tables: { users } }: Database, statement: string) {
  const there = prepare(statement, db =>
    db
      .select({ id: users.id })
      .from(users)
      .where(eq(users.id, textFor('user'))),
  )
  return (userId: string) => must(there.with({ user: userId }))
}
