import { getTableName } from 'drizzle-orm'
import pg from 'pg'
import { columnOf, type Described, factsOf } from './described.ts'
import { openPostgres } from './open.postgres.ts'
import { isPostgres } from './open.ts'
import { postgresTables } from './schema.postgres.ts'
import { allTables } from './schema.ts'

/**
 * Distributes the tables that are not distributed yet over the machines of a Citus cluster; can be run again, also
 * after an interruption. Rows are kept.
 * @returns the names of the tables that it distributed.
 * @throws {Error} where the database is not PostgreSQL with the Citus extension; nothing was changed then.
 */
export async function distribute(url: string): Promise<string[]> {
  if (!isPostgres(url))
    throw new Error('SQLite cannot be distributed; set DATABASE_URL to a PostgreSQL database with Citus')
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
  const missing = allTables(postgresTables)
    .map(([, table]) => ({ name: getTableName(table), column: distributionColumn(table) }))
    .filter(({ name }) => !distributed.has(name))
  for (const { name, column } of missing) {
    if (column === undefined) await client.query('select create_reference_table($1)', [name])
    else if (name === 'users') await client.query('select create_distributed_table($1, $2)', [name, column])
    else await client.query("select create_distributed_table($1, $2, colocate_with => 'users')", [name, column])
  }
  return missing.map(({ name }) => name)
}

/** The column by which a table is distributed; undefined for a copy on each machine. */
function distributionColumn(table: Described): string | undefined {
  const { spreadBy } = factsOf(table)
  return spreadBy === null ? undefined : columnOf(table, spreadBy).name
}

/** The tables that Citus has distributed already: hashed ones and reference tables; it also lists local ones. */
async function distributedTables(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    "select logicalrelid::regclass::text as name from pg_dist_partition where partmethod = 'h' or repmodel = 't'",
  )
  return new Set(rows.map(({ name }) => name))
}
