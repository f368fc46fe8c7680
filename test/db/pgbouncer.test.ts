import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { openDatabase } from '../../src/db/open.ts'
import { freePort } from '../free-port.ts'
import { build, signUp, temporaryFolder, until } from '../helper.ts'
import { ownPostgres } from '../postgres-server.ts'

/** Debian keeps it where only root looks. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
const version = versionHere()

/** The installed PgBouncer as 1.24 -> 124, or undefined. */
function versionHere(): number | undefined {
  try {
    const [, major, minor] =
      /PgBouncer (\d+)\.(\d+)/.exec(execFileSync('pgbouncer', ['--version'], { env }).toString()) ?? []
    return Number(major) * 100 + Number(minor)
  } catch {
    return undefined
  }
}

const skip = version === undefined && 'there is no pgbouncer on this machine (apt-get install pgbouncer)'
const tooOld = skip || ((version as number) < 121 && 'this pgbouncer is older than 1.21: it knows no named statements')

/**
 * A PgBouncer in transaction mode with few connections before a server of its own.
 * @returns both addresses.
 */
async function startPgBouncer(t: Test, settings: readonly string[] = []) {
  const direct = (await ownPostgres(t)).url
  const port = await freePort()
  const folder = temporaryFolder(t)
  chmodSync(folder, 0o755)
  const file = join(folder, 'pgbouncer.ini')
  const { username, password, host, hostname, port: serverPort } = new URL(direct)
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${serverPort} user=${username} password=${password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 3',
    'ignore_startup_parameters = statement_timeout,lock_timeout,idle_in_transaction_session_timeout',
    ...settings,
  ]
  writeFileSync(file, lines.join('\n'))
  // It refuses to be root; no user needs less than "nobody".
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const bouncer = spawn('pgbouncer', [file], { env, stdio: 'ignore', ...user })
  const ended = new Promise(resolve => bouncer.once('exit', resolve))
  t.teardown(() => {
    bouncer.kill('SIGTERM')
    return ended
  })
  const pooled = direct.replace(host, `127.0.0.1:${port}`)
  await answering(pooled)
  return { direct, pooled }
}

/** Waits until a connection is accepted. */
const answering = (url: string) =>
  until(() =>
    ask(url, 'select 1').then(
      () => true,
      () => false,
    ),
  )

async function ask(url: string, query: string, limits: pg.ClientConfig = {}) {
  const client = new pg.Client({ connectionString: url, ...limits })
  await client.connect()
  try {
    return (await client.query(query)).rows
  } finally {
    await client.end()
  }
}

/** Nodes that start together, and people who write at once over two of them. */
async function session(t: Test, databaseUrl: string, direct: string) {
  const nodes = await Promise.all(Array.from({ length: 6 }, () => openDatabase(databaseUrl)))
  await Promise.all(nodes.map(node => node.close()))
  t.strictSame(await ask(direct, "select * from pg_locks where locktype = 'advisory'"), [], 'no lock is left behind')

  const [one, two] = [await build(t, { databaseUrl }), await build(t, { databaseUrl })]
  const people = []
  for (const name of ['maya', 'noor', 'olga']) people.push({ name, ...(await signUp(one.app, name)) })
  const entries = people.flatMap(({ token }) =>
    Array.from({ length: 40 }, (_, i) =>
      [one, two][i % 2]?.app.inject({
        method: 'POST',
        url: '/mood',
        headers: { authorization: `Bearer ${token}` },
        payload: { mood: i % 11, date: `2026-02-${String((i % 28) + 1).padStart(2, '0')}`, tags: ['walk'] },
      }),
    ),
  )
  const statuses = (await Promise.all(entries)).map(answer => answer?.statusCode)
  t.strictSame(statuses, Array(120).fill(201))
  for (const { get } of people) {
    t.equal((await get('/mood?tag=walk&per_page=5')).json().total, 40)
    t.equal((await get('/mood/streak?as_of=2026-02-28')).json().streak, 28)
  }
  const taken = await two.app.inject({
    method: 'POST',
    url: '/signup',
    payload: { username: 'maya', password: 'correct horse battery' },
  })
  t.equal(taken.statusCode, 409, 'a batch that fails is rolled back')
}

t.test('a session through PgBouncer in transaction mode, without named statements', { skip }, async t => {
  const { direct, pooled } = await startPgBouncer(t)
  await session(t, `${pooled}?prepare=false`, direct)
})

t.test('a session through PgBouncer in transaction mode that keeps named statements', { skip: tooOld }, async t => {
  const { direct, pooled } = await startPgBouncer(t, ['max_prepared_statements = 200'])
  await session(t, pooled, direct)
})

t.test('the limits that a node asks for do not pass PgBouncer; those of the role do', { skip }, async t => {
  // Every connection to the server is used once, so that it knows what the role was given last.
  const { direct, pooled } = await startPgBouncer(t, ['server_lifetime = 0'])
  const limit = async (url: string) => (await ask(url, 'show statement_timeout', { statement_timeout: 7_000 }))[0]
  t.strictSame(await limit(direct), { statement_timeout: '7s' })
  t.strictSame(await limit(pooled), { statement_timeout: '0' })
  await ask(direct, "alter role moodstreak set statement_timeout = '10s'")
  t.strictSame(await limit(pooled), { statement_timeout: '10s' })
})
