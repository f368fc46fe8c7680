import { postgresColumns } from './columns.postgres.ts'
import { defineSchema } from './schema.ts'

/** PostgreSQL's tables; exported one by one as well, because that is where drizzle-kit looks for them. */
export const postgresTables = defineSchema(postgresColumns)
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
} = postgresTables
