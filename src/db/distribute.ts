import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import {
  hasCitus,
  isSame,
  misplaced,
  type Place,
  placesOf,
  removeLocalRows,
  type Spread,
  spread,
  spreads,
  withLocalRows,
} from './citus.postgres.ts'
import { migrationLock, openPostgres } from './open.postgres.ts'
import { isPostgres } from './open.ts'

/** A try to lock all tables fails after this time, in ms: meanwhile every request waits behind it. */
const lockTimeoutMs = 2_000
const lockTries = 30
const lockRetryMs = 1_000

/**
 * Spreads all tables over the machines of a Citus cluster, or completes what another release or an interruption has left:
 * all of it in one transaction, also while servers run, which wait meanwhile. Rows are kept, but those of accounts that
 * were deleted.
 * @param say gets what will be done, and what was.
 * @throws {Error} where the database is not PostgreSQL with the Citus extension, or the result would not be right; nothing
 *   was changed then, except that the schema is up to date.
 */
export async function distribute(url: string, say: (line: string) => void): Promise<void> {
  if (!isPostgres(url))
    throw new Error('SQLite cannot be distributed; set DATABASE_URL to a PostgreSQL database with Citus')
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
    if (!(await hasCitus(client))) {
      throw new Error('this PostgreSQL has no Citus; install it, then run "create extension citus" in this database')
    }
    await (await openPostgres(url, true)).close()
    const places = await placesOf(client)
    const missing = misplaced(places)
    const full = await withLocalRows(client)
    const isDone = () => say('All tables were already distributed.')
    if (missing.length === 0 && full.length === 0) return isDone()
    say('All in one transaction, for which the servers wait:')
    for (const { name, place } of missing) say(`  ${name}: ${described(places.get(name) as Place, place)}`)
    if (full.length > 0) say(`  then the rows that are left on the coordinator go: ${full.join(', ')}`)
    await locked(client, say, () => spreadAll(client, places, missing, say))
    if (missing.length === 0) return isDone()
    say(`Distributed: ${missing.map(({ name }) => name).join(', ')}.`)
    say('Now restart the servers that are running, one after the other.')
  } finally {
    await client.end()
  }
}

function described(from: Place, to: Place): string {
  const target = typeof to === 'object' ? `by ${to.by}` : 'a copy on every machine'
  if (from === 'here') return target
  return `${target}, until now ${typeof from === 'object' ? `by ${from.by}` : 'a copy on every machine'}`
}

/** Works in a transaction that has locked all tables, so that no write of a server comes in between. */
async function locked(client: pg.Client, say: (line: string) => void, work: () => Promise<void>): Promise<void> {
  for (let tries = 1; !(await lockAll(client, tries === lockTries)); tries++) {
    say('The tables are in use; trying again.')
    await wait(lockRetryMs)
  }
  try {
    await client.query('set local lock_timeout = 0')
    await work()
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

/**
 * Begins a transaction that locks all tables, in the order in which most batches write. Where a server's has another one, or
 * takes long, this transaction gives way.
 * @returns whether they are locked; if not, there is no transaction.
 */
async function lockAll(client: pg.Client, isLastTry: boolean): Promise<boolean> {
  const tables = spreads.map(({ name }) => `"${name}"`).join(', ')
  await client.query('begin')
  try {
    await client.query(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
      set local lock_timeout = ${lockTimeoutMs}; set local citus.multi_shard_modify_mode = 'sequential'`)
    await client.query('select pg_advisory_xact_lock($1)', [migrationLock])
    await client.query(`lock table ${tables} in access exclusive mode`)
    return true
  } catch (error) {
    await client.query('rollback')
    if (isLastTry || !/^(40P01|55P03)$/.test(String((error as { code?: string }).code))) throw error
    return false
  }
}

async function spreadAll(
  client: pg.Client,
  places: ReadonlyMap<string, Place>,
  missing: readonly Spread[],
  say: (line: string) => void,
): Promise<void> {
  const isMixed = places.get('users') !== 'here'
  const counts = new Map<string, number>()
  for (const one of missing) {
    if (isMixed && one.isOwned) await removeOrphans(client, one.name, say)
    counts.set(one.name, await countOf(client, one.name))
    if (places.get(one.name) !== 'here') await client.query('select undistribute_table($1)', [one.name])
    await spread(client, one)
  }
  await removeLocalRows(client)
  await verify(client, counts)
  for (const [name, count] of counts) say(`${name}: ${count} rows`)
}

/** Deletes the rows whose users are gone: they were deleted while this table was not beside theirs. */
async function removeOrphans(client: pg.Client, name: string, say: (line: string) => void): Promise<void> {
  const { rows } = await client.query<{ id: string }>(`select distinct user_id as id from "${name}"`)
  const ids = rows.map(({ id }) => id)
  const living = await client.query<{ id: string }>('select id from users where id = any($1)', [ids])
  const known = new Set(living.rows.map(({ id }) => id))
  const gone = ids.filter(id => !known.has(id))
  if (gone.length === 0) return
  const removed = await client.query(`delete from "${name}" where user_id = any($1)`, [gone])
  say(`${name}: removed ${removed.rowCount} rows of deleted accounts (${gone.length})`)
}

/** @throws {Error} where rows are missing, or left on the coordinator, or a table is not where it should be. */
async function verify(client: pg.Client, counts: ReadonlyMap<string, number>): Promise<void> {
  const places = await placesOf(client)
  for (const { name, place } of spreads) {
    if (!isSame(places.get(name) as Place, place)) throw new Error(`${name} was not spread; nothing is changed`)
  }
  for (const [name, before] of counts) {
    const after = await countOf(client, name)
    if (after !== before) throw new Error(`${name} had ${before} rows and would have ${after}; nothing is changed`)
  }
  const full = await withLocalRows(client)
  if (full.length > 0) throw new Error(`rows are left on the coordinator (${full.join(', ')}); nothing is changed`)
}

async function countOf(client: pg.Client, name: string): Promise<number> {
  const { rows } = await client.query<{ n: string }>(`select count(*) as n from "${name}"`)
  return Number(rows[0]?.n)
}
