import type { Columns } from './columns.ts'
import type { Described } from './described.ts'
import { accountTables } from './tables/accounts.ts'
import { deletionTables } from './tables/deletions.ts'
import { importTables } from './tables/imports.ts'
import { jobTables } from './tables/jobs.ts'
import { moodTables } from './tables/moods.ts'
import { profileTables } from './tables/profiles.ts'
import { reminderTables } from './tables/reminders.ts'
import { revisionTables } from './tables/revisions.ts'
import { signInTables } from './tables/sign-in.ts'
import { syncTables } from './tables/sync.ts'
import { taskTables } from './tables/tasks.ts'
import { upgradeTables } from './tables/upgrades.ts'
import { yogaTables } from './tables/yoga.ts'

/**
 * Every table, written once for every engine. A user-owned table has a primary key that begins with `user_id` and no
 * foreign key that crosses users; data that is looked up without knowing the user (a username, an e-mail address) has a
 * small table of its own. A table has no unique key but its primary key, so that a `Conflict` can be named by its table
 * on both engines.
 *
 * What else is true of a table is said where it is defined (`described.ts`): exports, copies, distribution on Citus and the
 * deletion of an account follow from it.
 */
export function defineSchema(c: Columns) {
  const accounts = accountTables(c)
  const { users } = accounts
  return {
    ...accounts,
    ...profileTables(c, users),
    ...moodTables(c, users),
    ...taskTables(c, users),
    ...yogaTables(c, users),
    ...deletionTables(c, users),
    ...syncTables(c, users),
    ...revisionTables(c, users),
    ...importTables(c, users),
    ...reminderTables(c, users),
    ...signInTables(c, users),
    ...jobTables(c),
    ...upgradeTables(c),
  } satisfies Record<string, Described>
}

export type Tables = ReturnType<typeof defineSchema>
export type TableName = keyof Tables

/** The tables of an engine by their names, in an order in which each stands after those that it refers to. */
export function allTables(tables: Tables): [TableName, Described][] {
  return Object.entries(tables) as [TableName, Described][]
}
