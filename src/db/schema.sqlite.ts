import { sqliteColumns } from './columns.sqlite.ts'
import { defineSchema } from './schema.ts'

/** SQLite's tables; exported one by one as well, because that is where drizzle-kit looks for them. */
export const sqliteTables = defineSchema(sqliteColumns)
export const { users, usernames, emails, sessions, moods, moodTags } = sqliteTables
