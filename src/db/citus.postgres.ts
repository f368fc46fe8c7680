import { getTableName } from 'drizzle-orm'
import type pg from 'pg'
import { columnOf, factsOf } from './described.ts'
import { postgresTables } from './schema.postgres.ts'
import { allTables } from './schema.ts'

/** Where the rows of a table are: on one machine by the hash of a column, on every machine, or only here. */
export type Place = { by: string } | 'everywhere' | 'here'

export interface Spread {
  name: string
  /** Where they should be. */
  place: Exclude<Place, 'here'>
  /** Whether the rows are their user's, in a column `user_id`. */
  isOwned: boolean
}

/** Every table, each after those that it refers to: `users` comes first, and what is beside it after it. */
export const spreads: readonly Spread[] = allTables(postgresTables).map(([, table]) => {
  const { owner, spreadBy } = factsOf(table)
  const place = spreadBy === null ? 'everywhere' : { by: columnOf(table, spreadBy).name }
  return { name: getTableName(table), place, isOwned: owner === 'userId' }
})

export async function hasCitus(client: pg.ClientBase): Promise<boolean> {
  const { rowCount } = await client.query("select 1 from pg_extension where extname = 'citus'")
  return rowCount === 1
}

/** The places of the tables that exist. Citus also knows some that are only here. */
export async function placesOf(client: pg.ClientBase): Promise<Map<string, Place>> {
  const { rows } = await client.query<{ name: string; column: string | null; everywhere: boolean | null }>(
    `select name, column_to_column_name(logicalrelid, partkey) as "column", partmethod = 'n' and repmodel = 't' as everywhere
     from unnest($1::text[]) as name left join pg_dist_partition on logicalrelid = to_regclass(name)
     where to_regclass(name) is not null`,
    [spreads.map(({ name }) => name)],
  )
  return new Map(
    rows.map(({ name, column, everywhere }) => [
      name,
      column !== null ? { by: column } : everywhere ? 'everywhere' : 'here',
    ]),
  )
}

export function isSame(a: Place, b: Place): boolean {
  return typeof a === 'object' && typeof b === 'object' ? a.by === b.by : a === b
}

/** The existing tables that are not where they should be. */
export function misplaced(places: ReadonlyMap<string, Place>): Spread[] {
  return spreads.filter(({ name, place }) => !isSame(places.get(name) ?? place, place))
}

/**
 * Whether the users of a database are spread over the machines of a Citus cluster.
 * @param mayBeMixed whether other tables may be somewhere else.
 * @throws {Error} when some tables are spread and others not: what is deleted in one would stay in another.
 */
export async function isDistributed(client: pg.ClientBase, mayBeMixed: boolean): Promise<boolean> {
  if (!(await hasCitus(client))) return false
  const places = await placesOf(client)
  const wrong = misplaced(places).map(({ name }) => name)
  if (mayBeMixed || wrong.length === 0) return (places.get('users') ?? 'here') !== 'here'
  if ([...places.values()].every(place => place === 'here')) return false
  throw new Error(
    `this database is spread over a Citus cluster, but not as a whole (${wrong.join(', ')}): run "npm run db:distribute", which completes it and keeps every row`,
  )
}

/** Spreads a table that is only here. `users` must be spread before those that are beside it. */
export async function spread(client: pg.ClientBase, { name, place }: Spread): Promise<void> {
  if (place === 'everywhere') await client.query('select create_reference_table($1)', [name])
  else if (name === 'users') await client.query('select create_distributed_table($1, $2)', [name, place.by])
  else await client.query("select create_distributed_table($1, $2, colocate_with => 'users')", [name, place.by])
}

/** The tables that have bytes in their own file on the coordinator, which nothing reads once they are spread. */
export async function withLocalRows(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) as name join pg_class on pg_class.oid = to_regclass(name)
     where pg_relation_size(pg_class.oid) + coalesce(pg_relation_size(nullif(reltoastrelid, 0)), 0) > 0`,
    [spreads.map(({ name }) => name)],
  )
  return rows.map(({ name }) => name)
}

/**
 * Removes what spread tables have left on the coordinator: the rows of accounts would stay readable there after they were
 * deleted. All tables must be spread.
 */
export async function removeLocalRows(client: pg.ClientBase): Promise<void> {
  // The last first: the rows of those that refer to a table go with its own.
  for (const { name } of spreads.toReversed()) {
    if ((await withLocalRows(client)).includes(name))
      await client.query('select truncate_local_data_after_distributing_table($1)', [name])
  }
}

/**
 * A client for migrations of a distributed database: each table is spread as soon as it is created, because the next
 * statement may refer from it to one that is.
 */
export function spreading<C extends pg.ClientBase>(client: C): C {
  const query = async (config: { text: string }, values: unknown[]) => {
    const result = await client.query(config, values)
    const created = createdBy(config.text)
    for (const one of spreads) if (created.includes(one.name)) await spread(client, one)
    return result
  }
  return Object.create(client, { query: { value: query } }) as C
}

/** The tables that a statement of a migration creates. */
export function createdBy(text: string): string[] {
  return [...text.matchAll(/^\s*create table "(\w+)"/gim)].map(([, name]) => name as string)
}
