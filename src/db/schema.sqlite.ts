import { sqliteColumns } from './columns.sqlite.ts'
import { defineSchema } from './schema.ts'

/** SQLite's tables; exported one by one as well, because that is where drizzle-kit looks for them. */
export const sqliteTables = defineSchema(sqliteColumns)
export const {
  users,
  usernames,
  emails,
  identities,
  oauthStates,
  throttles,
  admins,
  adminLock,
  adminAudit,
  sessions,
  personalTokens,
  events,
  idempotencyKeys,
  oneTimeCodes,
  handoverCodes,
  userIdentities,
  profiles,
  avatars,
  moods,
  moodTags,
  tasks,
  poses,
  sequences,
  publishedSequences,
  practices,
  jobs,
} = sqliteTables
