import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { getTableName } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createdBy, spreading } from '../../src/db/citus.postgres.ts'
import { columnOf, factsOf } from '../../src/db/described.ts'
import { distribute } from '../../src/db/distribute.ts'
import { openDatabase } from '../../src/db/open.ts'
import { keyOf } from '../../src/db/primary-key.ts'
import { postgresTables } from '../../src/db/schema.postgres.ts'
import { allTables } from '../../src/db/schema.ts'
import { covered, programArgs } from '../children.ts'
import { build, signUp, temporaryFolder, until } from '../helper.ts'
import { postgresDatabase, startPostgres } from '../postgres-server.ts'

const server = await startPostgres(t)

/** What the program says. */
async function distributed(url: string): Promise<string> {
  const lines: string[] = []
  await distribute(url, line => lines.push(line))
  return lines.join('\n')
}

async function connect(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/**
 * What the program sees of Citus, which no package has (`test/citus.test.ts` runs on a real one): its entry among the
 * extensions, its list of tables, and its functions. As there, a table that is spread keeps its rows in its own file until
 * they are truncated, its rows are somewhere else, and no table can be spread twice.
 */
const standIn = `
  set allow_system_table_mods = on;
  insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    select 99999, 'citus', oid, 'pg_catalog'::regnamespace, false, '13.0' from pg_roles where rolname = current_user;
  create table pg_dist_partition (
    logicalrelid regclass primary key, partmethod "char", repmodel "char", partkey text, colocated text, n serial
  );
  create table pg_dist_shard (logicalrelid regclass, shardid int, shardmaxvalue text);
  create table pg_dist_placement (shardid int, groupid int);
  create function column_to_column_name (table_name regclass, key text) returns text language sql as 'select key';
  create function to_shard (name text) returns void language plpgsql as $$ begin
    execute format('create table %I () inherits (%I)', 'shard_of_' || name, name);
    execute format('insert into %I select * from only %I', 'shard_of_' || name, name);
  end $$;
  create function create_distributed_table (
    table_name regclass, distribution_column text, distribution_type text default 'hash', colocate_with text default 'default'
  ) returns void language plpgsql as $$ begin
    if current_setting('citus.multi_shard_modify_mode') <> 'sequential' then raise 'parallel'; end if;
    insert into pg_dist_partition values (table_name, 'h', 's', distribution_column, colocate_with);
    if table_name = 'users'::regclass then
      insert into pg_dist_shard values (table_name, 1, '-1'), (table_name, 2, '2147483647');
      insert into pg_dist_placement values (1, 11), (2, 12);
    end if;
    perform to_shard(table_name::text);
  end $$;
  create function create_reference_table (table_name regclass) returns void language plpgsql as $$ begin
    insert into pg_dist_partition values (table_name, 'n', 't');
    perform to_shard(table_name::text);
  end $$;
  create function undistribute_table (table_name regclass) returns void language plpgsql as $$ begin
    delete from pg_dist_partition where logicalrelid = table_name;
    execute format('insert into %I select * from only %I', table_name, 'shard_of_' || table_name);
    execute format('drop table %I', 'shard_of_' || table_name);
  end $$;
  create function truncate_local_data_after_distributing_table (table_name regclass) returns void language plpgsql as $$ begin
    execute format('truncate only %I cascade', table_name);
  end $$;
`

const calls = async (client: pg.Client) =>
  (
    await client.query({
      text: 'select logicalrelid::text, partkey, colocated from pg_dist_partition order by n',
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
  const env = {
    ...process.env,
    ...covered,
    DATABASE_URL: url,
    JWT_SECRET: 'a secret that only the tests know, and long enough',
  }
  await t.rejects(promisify(execFile)(process.execPath, programArgs('distribute', covered), { env }), {
    code: 1,
    stderr: /^moodstreak cannot distribute: .* no Citus; install it/,
  })

  const file = join(temporaryFolder(t), 'moods.db')
  await t.rejects(distributed(`file:${file}`), {
    message: /SQLite cannot be distributed; set DATABASE_URL/,
  })
  t.notOk(existsSync(file))
  await t.rejects(distributed('postgres://127.0.0.1:1/moods'), { message: /ECONNREFUSED/ })
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
  await t.rejects(distributed(url.href), { message: /no Citus/ })
  const tables = await (await connect(t, url.href)).query(
    "select 1 from pg_tables where tableowner = current_user and schemaname !~ '^(pg_|information)'",
  )
  t.equal(tables.rowCount, 0)
})

/** The tables in the order in which they are distributed, with the columns that they are spread by. */
const expected = allTables(postgresTables).map(([, table]) => {
  const { spreadBy } = factsOf(table)
  const [name, by] = [getTableName(table), spreadBy && columnOf(table, spreadBy).name]
  return [name, by, name === 'users' ? 'default' : by && 'users']
})

/** The rows of `usernames` and `sessions`, and the tables that have bytes on the coordinator. */
async function contents(client: pg.Client) {
  const { rows } = await client.query(`
    select (select count(*)::int from usernames) as names, (select count(*)::int from sessions) as sessions,
      array(select relname::text from pg_class join pg_tables on relname = tablename and schemaname = 'public'
        where pg_relation_size(oid) > 0 and relname !~ '^(shard_of_|pg_)' order by relname) as local`)
  return rows[0]
}

async function withPeople(t: Test) {
  const url = await postgresDatabase(t, server)
  const { app } = await build(t, { databaseUrl: url })
  await signUp(app, 'maya')
  await signUp(app, 'noor')
  await app.close()
  const client = await connect(t, url)
  await client.query(standIn)
  return { url, client }
}

t.test('all tables are distributed at once, users first and theirs beside them, and nothing stays behind', async t => {
  const { url, client } = await withPeople(t)
  const stdout = await distributed(url)
  t.match(stdout, /^All in one transaction/)
  t.match(stdout, /^ {2}users: by id$/m)
  t.match(stdout, /^ {2}usernames: a copy on every machine$/m)
  t.match(stdout, /^users: 2 rows$/m)
  t.match(stdout, new RegExp(`^Distributed: ${order.join(', ')}`, 'm'))
  t.strictSame(await calls(client), expected)
  t.strictSame(await contents(client), { names: 2, sessions: 2, local: [] })

  t.equal(await distributed(url), 'All tables were already distributed.', 'nor done twice')
  t.strictSame(await calls(client), expected)
})

t.test('all or nothing: whatever goes wrong in the middle, no table is distributed and no row is lost', async t => {
  const { url, client } = await withPeople(t)
  await (await openDatabase(url)).close()
  const before = await contents(client)
  const failures: [string, RegExp][] = [
    // One table is refused after others were distributed.
    [
      `create or replace function create_reference_table (table_name regclass) returns void language plpgsql as $$ begin
        if table_name = 'published_sequences'::regclass then raise 'a machine is down'; end if;
        insert into pg_dist_partition values (table_name, 'n', 't');
        perform to_shard(table_name::text);
      end $$`,
      /a machine is down/,
    ],
    // A table is forgotten, or rows are, or the coordinator keeps some.
    [
      "create or replace function create_reference_table (table_name regclass) returns void language sql as ''",
      /usernames was not spread; nothing is changed/,
    ],
    [
      `create or replace function create_reference_table (table_name regclass) returns void language sql as $$
        insert into pg_dist_partition values (table_name, 'n', 't') $$`,
      /usernames had 2 rows and would have 0; nothing is changed/,
    ],
    [
      `create or replace function create_reference_table (table_name regclass) returns void language plpgsql as $$ begin
        insert into pg_dist_partition values (table_name, 'n', 't');
        perform to_shard(table_name::text);
      end $$;
      create or replace function truncate_local_data_after_distributing_table (table_name regclass) returns void
        language plpgsql as $$ begin execute format('delete from only %I', table_name); end $$`,
      /rows are left on the coordinator \(.*users.*\); nothing is changed/,
    ],
  ]
  for (const [broken, message] of failures) {
    await client.query(broken)
    await t.rejects(distributed(url), { message })
    t.strictSame(await calls(client), [], String(message))
    t.strictSame(await contents(client), before)
  }
})

t.test('a table that is missing is said, and an empty database beside Citus is migrated', async t => {
  const { url, client } = await withPeople(t)
  await client.query('drop table throttles')
  await t.rejects(distributed(url), { message: /relation "throttles" does not exist/ })
  t.strictSame(await calls(client), [])

  await client.query('drop schema drizzle cascade')
  const tables = allTables(postgresTables).map(([, table]) => `drop table if exists "${getTableName(table)}" cascade;`)
  await client.query(tables.join(' '))
  await (await openDatabase(url)).close()
  t.strictSame(await calls(client), [])
})

t.test('a server that is in the middle of a write is waited for', async t => {
  const { url, client } = await withPeople(t)
  await client.query('begin')
  await client.query("update users set first_name = 'Maya' where username = 'maya'")
  const running = distributed(url)
  await until(async () => (await client.query('select 1 from pg_locks where not granted')).rowCount === 1)
  await until(async () => (await client.query('select 1 from pg_locks where not granted')).rowCount === 0)
  await client.query('commit')
  const stdout = await running
  t.match(stdout, /^The tables are in use; trying again\.$/m)
  t.match(stdout, /^Distributed: users/m)
  t.strictSame(await contents(client), { names: 2, sessions: 2, local: [] })
})

t.test('what an earlier release left half done is no database to serve, and is completed', async t => {
  const { url, client } = await withPeople(t)
  await client.query(`
    set citus.multi_shard_modify_mode = 'sequential';
    select create_distributed_table('users', 'id');
    select create_reference_table('emails');
    select create_reference_table('jobs');
    select create_distributed_table('upgrades', 'name');
    alter table pg_dist_partition drop constraint pg_dist_partition_pkey;
    insert into pg_dist_partition values ('moods', 'n', 's');
    set session_replication_role = replica;
    delete from users where username = 'noor';
    delete from only users;
    reset session_replication_role;
  `)
  await t.rejects(openDatabase(url), {
    message:
      /^this database is spread over a Citus cluster, but not as a whole \(usernames, .*jobs, upgrades\): run "npm run db:distribute"/,
  })
  const stdout = await distributed(url)
  t.match(stdout, /^ {2}jobs: by name, until now a copy on every machine$/m)
  t.match(stdout, /^ {2}upgrades: a copy on every machine, until now by name$/m)
  t.match(stdout, /^sessions: removed 1 rows of deleted accounts \(1\)$/m)
  t.match(
    stdout,
    new RegExp(`^Distributed: ${order.filter(name => name !== 'users' && name !== 'emails').join(', ')}\\.$`, 'm'),
  )
  t.match(await contents(client), { sessions: 1, local: [] })
  await (await openDatabase(url)).close()
})

t.test('the rows that an earlier release left on the coordinator go, by the command or at the next start', async t => {
  const { url, client } = await withPeople(t)
  await distributed(url)
  await client.query("insert into usernames values ('left', 'behind')")
  const stdout = await distributed(url)
  t.match(stdout, /then the rows that are left on the coordinator go: usernames$/m)
  t.match(stdout, /^All tables were already distributed\.$/m)
  t.strictSame(await contents(client), { names: 2, sessions: 2, local: [] })

  await client.query("insert into usernames values ('left', 'behind')")
  await (await openDatabase(url)).close()
  t.strictSame(await contents(client), { names: 2, sessions: 2, local: [] })
})

t.test('the people of each machine are read and written by themselves, whoever else asks at the same time', async t => {
  const { url, client } = await withPeople(t)
  await distributed(url)
  const { app } = await build(t, { databaseUrl: url })
  const people = await Promise.all(Array.from({ length: 8 }, (_, i) => signUp(app, `person${i}`)))
  const posted = await Promise.all(people.map(person => person.post('/mood', { mood: 5 })))
  t.strictSame(
    posted.map(({ statusCode }) => statusCode),
    people.map(() => 201),
  )
  const listed = await Promise.all(people.map(person => person.get('/mood')))
  for (const [i, answer] of listed.entries()) t.match(answer.json(), { moods: [{ id: posted[i]?.json().mood.id }] })

  const { rows } = await client.query(
    'select array_agg(distinct hashtext(user_id) < 0) as machines from moods group by moods.xmin::text',
  )
  for (const { machines } of rows) t.equal(machines.length, 1, 'no transaction is for two machines')
})

t.test('what a migration adds to a distributed database is distributed with it', async t => {
  const client = await connect(t, await postgresDatabase(t, server))
  await client.query(standIn)
  await client.query("set citus.multi_shard_modify_mode = 'sequential'; drop table invitations; drop table upgrades")
  const migrating = spreading(client)
  await migrating.query({ text: 'CREATE TABLE "invitations" ("hash" text PRIMARY KEY)' }, [])
  await migrating.query({ text: 'CREATE TABLE "upgrades" ("name" text); CREATE TABLE "unknown" ("id" text)' }, [])
  t.strictSame(await calls(client), [
    ['invitations', 'hash', 'users'],
    ['upgrades', null, null],
  ])

  const created = globSync('migrations/postgres/*.sql').flatMap(file => createdBy(readFileSync(file, 'utf8')))
  t.strictSame(
    order.filter(name => !created.includes(name)),
    [],
    'every table is found in its migration',
  )
})
