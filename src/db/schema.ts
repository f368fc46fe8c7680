import type { Columns } from './columns.ts'
import { accountTables } from './tables/accounts.ts'
import { jobTables } from './tables/jobs.ts'
import { moodTables } from './tables/moods.ts'
import { profileTables } from './tables/profiles.ts'
import { signInTables } from './tables/sign-in.ts'
import { taskTables } from './tables/tasks.ts'
import { yogaTables } from './tables/yoga.ts'

/**
 * Every table, written once for every engine. A user-owned table has a primary key that begins with `user_id` and no
 * foreign key that crosses users; data that is looked up without knowing the user (a username, an e-mail address) has a
 * small table of its own. A table has no unique key but its primary key, so that a `Conflict` can be named by its table
 * on both engines.
 */
export function defineSchema(c: Columns) {
  const accounts = accountTables(c)
  const { users } = accounts
  return {
    ...accounts,
    ...signInTables(c, users),
    ...profileTables(c, users),
    ...moodTables(c, users),
    ...taskTables(c, users),
    ...yogaTables(c, users),
    ...jobTables(c),
  }
}

export type Tables = ReturnType<typeof defineSchema>
