import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { isDistributed, removeLocalRows, spreading } from './citus.postgres.ts'
import type { BoundWrite, Database, Db, JsonIn, Params, Query, Rows, WritableDatabase } from './database.ts'
import { translate } from './errors.postgres.ts'
import { groupCommit, type PostgresWrite } from './group-commit.postgres.ts'
import { type Lanes, lanesByMachine, oneLane, shardMap } from './lanes.postgres.ts'
import { sharedReads } from './reads.postgres.ts'
import { postgresTables } from './schema.postgres.ts'
import { type Answering, Statement } from './statement.postgres.ts'
import { type Declarations, type Values, valuesOf } from './values.ts'

const migrationsFolder = fileURLToPath(new URL('../../migrations/postgres', import.meta.url))

/** An arbitrary number, the same on every node: the holder migrates, the others wait. */
export const migrationLock = 5_031_972

/** In ms. */
const timeouts = { statement_timeout: 10_000, lock_timeout: 5_000, idle_in_transaction_session_timeout: 10_000 }

/**
 * Opens a pool on a PostgreSQL server (or one that speaks its protocol) and migrates its schema.
 * @param url `prepare=false` in its query disables prepared statements: an older PgBouncer would lose them.
 * @param mayBeMixed whether a database may be spread over a Citus cluster in part: to complete that, and not to serve it.
 * @throws {Error} when the server cannot be reached, the database is of a newer version, or the migration fails.
 */
export async function openPostgres(url: string, mayBeMixed = false): Promise<WritableDatabase> {
  const pool = poolOf(url)
  try {
    const isDistributed = await migrateLocked(pool, mayBeMixed)
    const lanes = isDistributed ? lanesByMachine(pool, await shardMap(pool)) : oneLane(pool)
    return postgresDatabase(pool, { named: !/[?&]prepare=false(&|$)/.test(url), joins: !isDistributed, lanes })
  } catch (error) {
    await pool.end()
    throw translate(error)
  }
}

/** Opens a pool for queries alone; the schema must be of this version. */
export function openPostgresToRead(url: string): Pick<Database, 'query' | 'tables' | 'close'> {
  const pool = poolOf(url)
  return postgresDatabase(pool, { named: false, joins: false, lanes: oneLane(pool) })
}

function poolOf(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...timeouts,
  })
  // Otherwise an idle connection that breaks would end the process; the pool replaces it.
  pool.on('error', () => {})
  pool.on('connect', client => void client.on('error', () => {}))
  return pool
}

/**
 * Migrates under a lock, so that nodes that start together do so one after the other. The lock belongs to the
 * transaction: through PgBouncer in transaction mode a session's would be taken on one connection and released on
 * another, and so kept forever.
 * @returns whether the database is spread over the machines of a cluster.
 */
async function migrateLocked(pool: pg.Pool, mayBeMixed: boolean): Promise<boolean> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    // Migrating a large table, or waiting for another node to do it, may take longer.
    await client.query('set local statement_timeout = 0; set local lock_timeout = 0')
    await client.query('select pg_advisory_xact_lock($1)', [migrationLock])
    await refuseNewer(client)
    const distributed = await isDistributed(client, mayBeMixed)
    // Citus refuses to spread a new table after it has changed the shards of others at once.
    if (distributed) await client.query("set local citus.multi_shard_modify_mode = 'sequential'")
    // Version 0.1 left them.
    if (distributed && !mayBeMixed) await removeLocalRows(client)
    // drizzle's own `begin` changes nothing here, and its `commit` ends this transaction.
    await migrate(drizzle(distributed ? spreading(client) : client), { migrationsFolder })
    await client.query('commit')
    return distributed
  } finally {
    // After a failure the pool is closed, and the server rolls back.
    client.release()
  }
}

/**
 * drizzle would take a database that it has nothing to add to, and this version would write rows without what the newer one
 * keeps beside them.
 */
async function refuseNewer(client: pg.PoolClient): Promise<void> {
  const { rows: tables } = await client.query("select to_regclass('drizzle.__drizzle_migrations') as name")
  if (tables[0].name === null) return
  const known = readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis)
  const unknown = 'select 1 from drizzle.__drizzle_migrations where not (created_at = any($1::bigint[]))'
  const { rows } = await client.query(unknown, [known])
  if (rows.length > 0) throw new Error('the database is of a newer version of moodstreak; it was left unchanged')
}

const databaseSize = 'select pg_database_size(current_database()) as bytes'

/** The part of drizzle's PostgreSQL queries that is used here. */
interface PostgresQuery {
  prepare(name: string): Answering & { getQuery(): { sql: string; params: unknown[] } }
}

interface Engine {
  /** Whether statements are kept prepared by their names. */
  named: boolean
  /** Whether independent writes are joined. Citus would run the parts one by one, through files of the coordinator. */
  joins: boolean
  lanes: Lanes
}

function postgresDatabase(pool: pg.Pool, { named, joins, lanes }: Engine): WritableDatabase {
  const db = drizzle(pool)
  // A statement without a name is prepared at each execution, so it does not matter which connection runs it.
  const nameOf = (name: string) => (named ? name : '')
  const control = (text: string) => new Statement(nameOf(text), { sql: text, params: [] }).with({})
  const ping = control('select 1 from admin_lock limit 1').statement
  const read = sharedReads(lanes)
  const commits = groupCommit(lanes, { begin: control('begin'), commit: control('commit') })

  return {
    tables: postgresTables,
    prepare<D extends Declarations, Q extends Query, const K extends string = never>(
      name: string,
      values: D,
      build: (d: Db, values: Values<D>) => Q,
      json?: K,
    ) {
      let known: Statement | undefined
      const statement = () => {
        if (!known) {
          const prepared = (build(asDb(db), valuesOf(values)) as unknown as PostgresQuery).prepare(name)
          known = new Statement(nameOf(name), prepared.getQuery(), Object.assign(prepared, { json }))
        }
        return known
      }
      return {
        execute: (params: Params) => translated(read(statement(), params)) as Promise<JsonIn<Rows<Q>, K>>,
        asWrite: (params: Params) => {
          const write: PostgresWrite = {
            user: String(params.userId ?? ''),
            bind: isMust => (isMust ? statement().guarded : statement()).with(params),
          }
          return write as BoundWrite<JsonIn<Rows<Q>, K>>
        },
      }
    },
    query: <Q extends Query>(build: (d: Db) => Q) => {
      const query = build(asDb(db)) as unknown as PromiseLike<unknown>
      return translated(Promise.resolve(query).then(rowsOf)) as Promise<Rows<Q>>
    },
    atomic: (writes, relation, guard) =>
      translated(
        commits.add(
          writes as unknown as PostgresWrite[],
          joins && relation === 'independent',
          guard as PostgresWrite | undefined,
        ),
      ) as never,
    // A table that each machine of a cluster has a copy of: no other one is asked.
    ping: async () => void (await translated(read(ping, {}))),
    size: async () => Number((await translated(pool.query(databaseSize))).rows[0].bytes),
    poolLoad: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    erasing: work => work(),
    wipePending: async () => undefined,
    close: async () => {
      await commits.idle()
      lanes.close()
      await pool.end()
    },
  }
}

/**
 * Stores are typed with SQLite's builders; for what `Db` offers, PostgreSQL's are called in the same way. Hence the casts
 * of this file: what a store passes in has SQLite's type and is PostgreSQL's at run time.
 */
const asDb = (db: NodePgDatabase) => db as unknown as Db

/** The rows of a result; for a write without `returning` drizzle gives the driver's result object instead. */
function rowsOf(outcome: unknown): readonly unknown[] {
  return Array.isArray(outcome) ? outcome : []
}

async function translated<T>(running: Promise<T>): Promise<T> {
  try {
    return await running
  } catch (error) {
    throw translate(error)
  }
}
