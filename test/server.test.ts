import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import Client from 'better-sqlite3'
import t from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import { openDatabase } from '../src/db/open.ts'
import { covered } from './children.ts'
import { temporaryFolder, until } from './helper.ts'
import { type Ended, runServer, send, signUpAt, startServer } from './server-process.ts'

const secret = 'a secret that only the tests know, and long enough'

t.test('it starts with nothing configured and answers what a supervisor, an app and a person ask first', async t => {
  const folder = temporaryFolder(t)
  const server = await startServer(t, {}, folder)
  t.strictSame((await send(server, '/health')).json(), { status: 'ok' })
  t.strictSame((await send(server, '/ready')).json(), { status: 'ready', writes: 'ok' })
  t.strictSame((await send(server, '/version')).json(), {
    name: 'moodstreak',
    version: packageJson.version,
    api: 1,
    tz: process.versions.tz,
  })
  t.match(server.stdout(), `time zones of ${process.versions.tz}`, 'field case 10: so does the start line')
  t.notMatch(server.stdout(), 'TIME ZONES ARE OLD')
  t.match((await send(server, '/openapi.json')).json(), { openapi: /^3\./, paths: { '/mood': {} } })
  const docs = await send(server, '/docs/')
  t.equal(docs.status, 200)
  t.match(docs.headers.get('content-type'), /^text\/html/)
  t.equal((await send(server, '/docs')).status, 200)

  const mode = (...path: string[]) => statSync(join(folder, ...path)).mode & 0o777
  t.equal(mode('data'), 0o700, "the data are their owner's only")
  t.equal(mode('data', 'jwt-secret'), 0o600)
  t.ok(Buffer.byteLength(readFileSync(join(folder, 'data', 'jwt-secret'))) >= 32)
  t.ok(statSync(join(folder, 'data', 'moodstreak.db')).isFile())
})

t.test('a restart loses no data, signs nobody out, and does the recurring work that has become due', async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, '.env'), 'DATABASE_URL=file:./kept/from-dotenv.db\nPORT=1\n')
  const start = () => startServer(t, { NODE_ENV: 'development', LOG_LEVEL: 'silent' }, folder)
  const first = await start()
  t.ok(statSync(join(folder, 'kept', 'from-dotenv.db')).isFile(), 'it reads .env, which the environment outranks')
  for (const shown of [`${first.url}\n`, `${first.url}/docs`, 'from-dotenv.db']) t.match(first.stdout(), shown)
  const token = await signUpAt(first, 'maya')
  await send(first, '/mood', { token, body: { mood: 7, note: 'before the restart', date: '2026-03-01' } })
  t.equal((await first.stop('SIGTERM')).code, 0)

  const database = await openDatabase(`file:${join(folder, 'kept', 'from-dotenv.db')}`)
  t.teardown(() => database.close())
  const { throttles, jobs } = database.tables
  const long = new Date(0)
  await database.query(db =>
    db.insert(throttles).values({ subject: 's', failures: 1, blockedUntil: long, expiresAt: long }),
  )
  await database.query(db => db.update(jobs).set({ nextRunAt: long }))
  const left = async () =>
    (await database.query(db => db.select({ subject: throttles.subject }).from(throttles))).length
  t.equal(await left(), 1)

  const second = await start()
  t.match((await send(second, '/me', { token })).json(), { username: 'maya' })
  t.match((await send(second, '/mood', { token })).json(), {
    moods: [{ mood: 7, note: 'before the restart' }],
    total: 1,
  })
  await until(async () => (await left()) === 0)
  t.equal((await second.stop('SIGTERM')).code, 0)
  const due = await database.query(db => db.select({ at: jobs.nextRunAt }).from(jobs))
  t.ok(due.length > 0)
})

t.test(
  'in production nothing but log lines is written; a job that fails is logged, and the service goes on',
  async t => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'moods.db')
    await (await openDatabase(`file:${file}`)).close()
    new Client(file).exec('drop table throttles').close()
    const env = { NODE_ENV: 'production', JWT_SECRET: secret, BCRYPT_COST: '10' }
    const server = await startServer(t, { ...covered, ...env, DATABASE_URL: `file:${file}` })
    t.match(server.stdout(), 'SIGNUP is not set')
    await until(() => server.stdout().includes('failed; retrying'))
    t.equal((await send(server, '/ready')).status, 200)
    const { stdout } = await server.stop('SIGTERM')
    for (const line of stdout.trim().split('\n')) t.type(JSON.parse(line).level, 'number')
    t.notOk(readdirSync(folder).includes('jwt-secret'), 'a given secret is used, and none is written down')
  },
)

t.test('security 14: production without a secret is refused', async t => {
  const ended = await runServer(t, { NODE_ENV: 'production', BCRYPT_COST: '12' })
  refused(t, ended)
  t.match(ended.stderr, /JWT_SECRET is required in production/)
})

t.test('a wrong configuration is refused with every wrong key named at once, and no value repeated', async t => {
  const canary = 'canary-71'
  const wrong = {
    PORT: canary,
    DATABASE_URL: `mysql://maya:${canary}@127.0.0.1/moods`,
    JWT_SECRET: canary,
    NODE_ENV: canary,
    LOG_LEVEL: canary,
    BCRYPT_COST: canary,
    TRUST_PROXY: canary,
    CORS_ORIGINS: canary,
    COOKIE_SECURE: canary,
    PUBLIC_URL: canary,
    SIGNUP_ROLES: canary,
  }
  const folder = temporaryFolder(t)
  const ended = await runServer(t, wrong, folder)
  refused(t, ended)
  for (const key of Object.keys(wrong)) t.match(ended.stderr, new RegExp(`^ {2}- ${key} must `, 'm'))
  t.notMatch(ended.stderr, canary)
  t.strictSame(readdirSync(folder), [], 'and nothing is made')
})

t.test('a file that is no database is refused, and left as it is; with LOG_LEVEL=debug it says where', async t => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'diary.txt')
  for (const content of [Buffer.from('Dear diary'), Buffer.alloc(100_000, 'Dear diary. ')]) {
    writeFileSync(file, content)
    const isLong = content.length > 1_000
    const ended = await runServer(t, { DATABASE_URL: `file:${file}`, ...(isLong && { LOG_LEVEL: 'debug' }) })
    t.match(ended.stderr, /not an SQLite database/)
    if (isLong) {
      t.match(ended, { code: 1, stdout: '', stderr: /^\s+at /m })
    } else {
      refused(t, ended)
      t.match(ended.stderr, /^moodstreak cannot start: /)
    }
    t.ok(readFileSync(file).equals(content))
    t.strictSame(readdirSync(folder), ['diary.txt'], 'and nothing stands beside it')
  }
})

t.test('a port in use is said so', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const ended = await runServer(t, { PORT: String(port) })
  refused(t, ended)
  t.match(ended.stderr, new RegExp(`^moodstreak cannot start: .*address already in use .*:${port}`, 'm'))
})

function refused(t: import('tap').Test, { code, signal, stdout, stderr }: Ended) {
  t.strictSame({ code, signal, stdout }, { code: 1, signal: null, stdout: '' })
  t.notMatch(stderr, /^\s+at /m, 'without a stack')
}
