import { postgresColumns } from './columns.postgres.ts'
import { defineSchema } from './schema.ts'

/** PostgreSQL's tables; exported one by one as well, because that is where drizzle-kit looks for them. */
export const postgresTables = defineSchema(postgresColumns)
export const { users, usernames, emails, sessions, moods, moodTags } = postgresTables
