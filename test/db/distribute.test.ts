import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { getTableName } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import pg from 'pg'
import t, { type Test } from 'tap'
import { columnOf, factsOf } from '../../src/db/described.ts'
import { keyOf } from '../../src/db/primary-key.ts'
import { postgresTables } from '../../src/db/schema.postgres.ts'
import { allTables } from '../../src/db/schema.ts'
import { covered } from '../children.ts'
import { temporaryFolder } from '../helper.ts'
import { postgresDatabase, startPostgres } from '../postgres-server.ts'

const server = await startPostgres(t)
const program = resolve(import.meta.dirname, '../../src/commands/distribute.ts')

const distribute = (databaseUrl: string, more = {}) =>
  promisify(execFile)(process.execPath, [program], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      JWT_SECRET: 'a secret that only the tests know, and long enough',
      ...more,
    },
  })

async function connect(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/**
 * What the program sees of Citus, which cannot be installed here: its entry among the extensions, its list of tables,
 * and its two functions, which here only note that they were called and, as the real ones do, refuse a second time.
 */
const standIn = `
  set allow_system_table_mods = on;
  insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    select 99999, 'citus', oid, 'pg_catalog'::regnamespace, false, '13.0' from pg_roles where rolname = current_user;
  create table pg_dist_partition (
    logicalrelid regclass primary key, partmethod "char", repmodel "char", distribution_column text, colocated text,
    n serial
  );
  create function create_distributed_table (
    table_name regclass, distribution_column text, distribution_type text default 'hash', colocate_with text default 'default'
  ) returns void language sql as
    $$ insert into pg_dist_partition values (table_name, 'h', 's', distribution_column, colocate_with) $$;
  create function create_reference_table (table_name regclass) returns void language sql as
    $$ insert into pg_dist_partition values (table_name, 'n', 't') $$;
`

const calls = async (client: pg.Client) =>
  (
    await client.query({
      text: 'select logicalrelid::text, distribution_column, colocated from pg_dist_partition order by n',
      rowMode: 'array',
    })
  ).rows

t.test(
  'every table is distributed by its user, or is one that is found without knowing the user, or belongs to nobody',
  t => {
    const before = new Set<string>()
    for (const [, table] of allTables(postgresTables)) {
      const config = getTableConfig(table as unknown as PgTable)
      const [, key] = keyOf(table)[0] as [string, SQLiteColumn]
      const { owner, spreadBy } = factsOf(table)
      const by = spreadBy === null ? null : columnOf(table, spreadBy).name
      if (owner === null)
        t.match(key.name, by ?? /./, `what is nobody's is spread by its key, or a copy everywhere: ${config.name}`)
      else t.strictSame([by, key.name], [key.name, config.name === 'users' ? 'id' : 'user_id'], config.name)
      for (const { foreignTable } of config.foreignKeys.map(foreignKey => foreignKey.reference())) {
        t.ok(before.has(getTableConfig(foreignTable).name), `${config.name} comes after what it refers to`)
      }
      before.add(config.name)
    }
    t.end()
  },
)

/** The tables in the order in which they are distributed. */
const order = allTables(postgresTables).map(([, table]) => getTableName(table))

t.test('where there is no Citus nothing happens, and the message says what is missing', async t => {
  const url = await postgresDatabase(t, server)
  await t.rejects(distribute(url, covered), {
    code: 1,
    stderr: /^moodstreak cannot distribute: .* no Citus; install it/,
  })

  const file = join(temporaryFolder(t), 'moods.db')
  await t.rejects(distribute(`file:${file}`, covered), {
    code: 1,
    stderr: /cannot distribute: SQLite cannot be distributed; set DATABASE_URL/,
  })
  t.notOk(existsSync(file))
  await t.rejects(distribute('postgres://127.0.0.1:1/moods'), { code: 1, stderr: /cannot distribute: .*ECONNREFUSED/ })
})

t.test('an empty database without Citus stays empty', async t => {
  const client = await connect(t, server)
  const name = `empty_${crypto.randomUUID().replaceAll('-', '')}`
  await client.query(`create database ${name}`)
  t.teardown(async () => {
    const after = await connect(t, server)
    await after.query(`drop database ${name} with (force)`)
  })
  const url = new URL(server)
  url.pathname = `/${name}`
  await t.rejects(distribute(url.href), { code: 1 })
  const tables = await (await connect(t, url.href)).query(
    "select 1 from pg_tables where tableowner = current_user and schemaname !~ '^(pg_|information)'",
  )
  t.equal(tables.rowCount, 0)
})

t.test('where there is Citus the tables are distributed once, users first and theirs beside them', async t => {
  const url = await postgresDatabase(t, server)
  const client = await connect(t, url)
  await client.query(standIn)
  t.match((await distribute(url, covered)).stdout, new RegExp(`^Distributed: ${order.join(', ')}`))
  const expected = [
    ['users', 'id', 'default'],
    ['usernames', null, null],
    ['emails', null, null],
    ['identities', null, null],
    ['oauth_states', 'hash', 'users'],
    ['invitations', 'hash', 'users'],
    ['throttles', 'subject', 'users'],
    ['admins', null, null],
    ['admin_lock', null, null],
    ['admin_audit', null, null],
    ['profiles', 'user_id', 'users'],
    ['avatars', 'user_id', 'users'],
    ['moods', 'user_id', 'users'],
    ['mood_tags', 'user_id', 'users'],
    ['tasks', 'user_id', 'users'],
    ['poses', 'user_id', 'users'],
    ['sequences', 'user_id', 'users'],
    ['published_sequences', null, null],
    ['practices', 'user_id', 'users'],
    ['sessions', 'user_id', 'users'],
    ['personal_tokens', 'user_id', 'users'],
    ['user_identities', 'user_id', 'users'],
    ['events', 'user_id', 'users'],
    ['idempotency_keys', 'user_id', 'users'],
    ['one_time_codes', 'user_id', 'users'],
    ['handover_codes', 'user_id', 'users'],
    ['jobs', null, null],
    ['upgrades', null, null],
  ]
  t.strictSame(await calls(client), expected)
  t.match((await distribute(url, covered)).stdout, /^All tables were already distributed/)
  t.strictSame(await calls(client), expected)
})

t.test('what was interrupted is completed, and a local table that Citus merely knows is distributed', async t => {
  const url = await postgresDatabase(t, server)
  const client = await connect(t, url)
  await client.query(standIn)
  await client.query(`
    alter table pg_dist_partition drop constraint pg_dist_partition_pkey;
    select create_distributed_table('users', 'id');
    select create_reference_table('emails');
    insert into pg_dist_partition values ('moods', 'n', 's');
  `)
  t.match(
    (await distribute(url, covered)).stdout,
    new RegExp(`^Distributed: ${order.filter(name => name !== 'users' && name !== 'emails').join(', ')}\\.$`, 'm'),
  )
})
