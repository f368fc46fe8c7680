import { postgresColumns } from './columns.postgres.ts'
import { defineSchema } from './schema.ts'

/** PostgreSQL's tables. */
export const postgresTables = defineSchema(postgresColumns)
