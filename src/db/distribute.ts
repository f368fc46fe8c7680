import { getTableName } from 'drizzle-orm'
import pg from 'pg'
import { openPostgres } from './open.postgres.ts'
import { isPostgres } from './open.ts'
import { postgresTables } from './schema.postgres.ts'
import type { Tables } from './schema.ts'

/**
 * How every table is distributed over the machines of Citus: by the user's column, so that all rows of a user are
 * together, or as a copy on each machine (`reference`). Referenced tables come first.
 */
export const distribution: Record<keyof Tables, 'id' | 'user_id' | 'subject' | 'hash' | 'reference'> = {
  users: 'id',
  sessions: 'user_id',
  personalTokens: 'user_id',
  events: 'user_id',
  idempotencyKeys: 'user_id',
  oneTimeCodes: 'user_id',
  handoverCodes: 'user_id',
  userIdentities: 'user_id',
  profiles: 'user_id',
  avatars: 'user_id',
  moods: 'user_id',
  moodTags: 'user_id',
  tasks: 'user_id',
  poses: 'user_id',
  sequences: 'user_id',
  practices: 'user_id',
  // It belongs to no user, but is written at every sign-in: copies on every machine would be too expensive.
  throttles: 'subject',
  oauthStates: 'hash',
  usernames: 'reference',
  emails: 'reference',
  publishedSequences: 'reference',
  admins: 'reference',
  adminLock: 'reference',
  adminAudit: 'reference',
  identities: 'reference',
  jobs: 'reference',
}

/**
 * Distributes the tables that are not distributed yet over the machines of a Citus cluster; can be run again, also
 * after an interruption. Rows are kept.
 * @returns the names of the tables that it distributed.
 * @throws {Error} where the database is not PostgreSQL with the Citus extension; nothing was changed then.
 */
export async function distribute(url: string): Promise<string[]> {
  if (!isPostgres(url)) throw new Error('SQLite is one file; set DATABASE_URL to a PostgreSQL database with Citus')
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
    const extension = await client.query("select 1 from pg_extension where extname = 'citus'")
    if (extension.rowCount === 0) {
      throw new Error('this PostgreSQL has no Citus; install it, then run "create extension citus" in this database')
    }
    await (await openPostgres(url)).close()
    return await distributeMissing(client)
  } finally {
    await client.end()
  }
}

async function distributeMissing(client: pg.Client): Promise<string[]> {
  const distributed = await distributedTables(client)
  const missing = Object.entries(distribution)
    .map(([table, how]) => ({ name: getTableName(postgresTables[table as keyof Tables]), how }))
    .filter(({ name }) => !distributed.has(name))
  for (const { name, how } of missing) {
    if (how === 'reference') await client.query('select create_reference_table($1)', [name])
    else if (name === 'users') await client.query('select create_distributed_table($1, $2)', [name, how])
    else await client.query("select create_distributed_table($1, $2, colocate_with => 'users')", [name, how])
  }
  return missing.map(({ name }) => name)
}

/** The tables that Citus has distributed already: hashed ones and reference tables; it also lists local ones. */
async function distributedTables(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    "select logicalrelid::regclass::text as name from pg_dist_partition where partmethod = 'h' or repmodel = 't'",
  )
  return new Set(rows.map(({ name }) => name))
}
