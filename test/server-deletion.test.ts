import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Client from 'better-sqlite3'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { openDatabase } from '../src/db/open.ts'
import { allTables } from '../src/db/schema.ts'
import { device } from './every-route.ts'
import { password, temporaryFolder, until } from './helper.ts'
import { patientFetch } from './killable-server.ts'
import { type Mailbox, mailbox } from './mailbox.ts'
import { ownTables } from './own-tables.ts'
import { testPicture } from './pictures.ts'
import { type ServerProcess, send, startServer } from './server-process.ts'
import { JWT_SECRET, twoNodes } from './two-nodes.ts'

const email = 'planted@example.org'

/** Any request. */
async function ask(
  { url }: ServerProcess,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object | Buffer,
) {
  const json = body && !Buffer.isBuffer(body)
  const answer = await patientFetch(url + path, {
    method,
    headers: { ...(json && { 'content-type': 'application/json' }), connection: 'close', ...headers },
    ...(body && { body: json ? JSON.stringify(body) : new Uint8Array(body as Buffer) }),
  })
  await answer.bytes()
  return answer.status
}

/** A user with a row in every table, and all their credentials. */
async function fill(server: ServerProcess, box: Mailbox) {
  const signedUp = await send(server, '/signup', {
    body: {
      username: 'planted-name',
      password,
      email,
      first_name: 'Plantedfirst',
      last_name: 'Plantedlast',
      role: 'instructor',
    },
  })
  const { id, token, refresh_token: refresh } = signedUp.json()
  const cookie = signedUp.headers.getSetCookie()[0]?.split(';')[0] as string
  const bearer = { authorization: `Bearer ${token}` }
  const post = (path: string, body: unknown, headers = {}) => send(server, path, { token, body, headers })
  const made = await post('/tokens', { name: 'planted-script', scopes: ['mood:read'] })
  // Enough to split pages and move rows.
  for (let n = 0; n < 60; n++) {
    const mood = { mood: 'planted-mood', note: `planted note ${'x'.repeat(n * 20)}`, tags: ['planted-tag'] }
    const { mood: entry } = (await post('/mood', mood, { 'idempotency-key': `planted-key-${n}` })).json()
    if (n % 2) await ask(server, 'PATCH', `/mood/${entry.id}`, bearer, { note: `planted note ${'z'.repeat(1500)}` })
    await post('/tasks', { title: `planted task ${n}`, description: 'planted words' })
  }
  await post('/poses', { name: 'planted pose', cautions: 'planted words' })
  const yoga = {
    title: 'planted sequence',
    tags: ['planted-tag'],
    visibility: 'published',
    poses: [{ pose_id: 'cat', cue: 'planted' }],
  }
  const sequence = (await post('/sequences', yoga)).json()
  await post(`/sequences/${sequence.id}/practices`, { note: 'planted practice' })
  const profile = {
    occupation: 'planted-work',
    home_address: 'planted street',
    country: 'plantedland',
    county: 'plantedshire',
    description: 'planted words',
    social_links: { github: 'https://github.com/planted' },
    reminder_at: '20:30',
  }
  await post('/push/subscriptions', { ...device, endpoint: `${device.endpoint}-planted` })
  const thrownAway = (await post('/tasks', { title: 'planted in the trash' })).json()
  await ask(server, 'DELETE', `/tasks/${thrownAway.id}`, bearer)
  const task = { kind: 'task', id: uuidv7(), value: { title: 'planted by a device' } }
  const operations = [
    { ...task, op: 'create' },
    { ...task, op: 'update', op_id: uuidv7(), value: { title: 'planted again' } },
  ]
  const csv = { ...bearer, 'content-type': 'text/csv' }
  const picture = await testPicture().png().toBuffer()
  const filled = [
    await ask(server, 'PATCH', '/profile', bearer, profile),
    await ask(server, 'PUT', '/profile/avatar', { ...bearer, 'content-type': 'image/png' }, picture),
    await ask(server, 'POST', '/account/email/verification', bearer),
    await ask(server, 'POST', '/sync', bearer, { operations }),
    await ask(server, 'POST', '/mood/import', csv, Buffer.from('date,mood,note\n2026-03-01,5,planted in a file')),
  ]
  const verification = await box.nextCode(email)
  await send(server, '/password/forgot', { body: { email } })
  const reset = await box.nextCode(email)
  return {
    id: id as string,
    bearer,
    cookie,
    refresh,
    personal: made.json().token as string,
    verification,
    reset,
    filled,
  }
}

type Filled = Awaited<ReturnType<typeof fill>>

/** The answer to each credential. */
async function statuses(server: ServerProcess, { bearer, cookie, refresh, personal, verification, reset }: Filled) {
  const new_password = 'another horse battery'
  return {
    bearer: await ask(server, 'GET', '/me', bearer),
    personal: await ask(server, 'GET', '/mood', { authorization: `Bearer ${personal}` }),
    cookie: await ask(server, 'GET', '/check_session', { cookie }),
    refresh: await ask(server, 'POST', '/refresh', {}, { refresh_token: refresh }),
    verification: await ask(server, 'POST', '/account/email/verification/confirm', {}, { code: verification }),
    reset: await ask(server, 'POST', '/password/reset', {}, { code: reset, new_password }),
    username: await ask(server, 'POST', '/login', {}, { username: 'planted-name', password }),
    address: await ask(server, 'POST', '/login', {}, { email, password }),
  }
}
const none = {
  bearer: 401,
  personal: 401,
  cookie: 401,
  refresh: 401,
  verification: 400,
  reset: 400,
  username: 401,
  address: 401,
}

/** The tables that contain a text. */
async function tablesWith(url: string, texts: readonly string[]): Promise<string[]> {
  const database = await openDatabase(url)
  const found: string[] = []
  for (const [name, table] of allTables(database.tables)) {
    const rows = JSON.stringify(await database.query(db => db.select().from(table)))
    if (texts.some(text => rows.includes(text))) found.push(name)
  }
  await database.close()
  return found.sort()
}

async function deleteAndLook(
  t: Test,
  url: string,
  here: ServerProcess,
  there: ServerProcess,
  box: Mailbox,
  meanwhile = async () => {},
) {
  const other = await send(here, '/signup', { body: { username: 'other', password } })
  const kept = { authorization: `Bearer ${other.json().token}` }
  await send(here, '/mood', { token: other.json().token, body: { mood: 5, note: 'kept note' } })
  const person = await fill(here, box)
  t.strictSame(person.filled, [200, 200, 202, 200, 201])
  const theirs = [person.id, email, 'planted', 'Planted']
  t.strictSame(await tablesWith(url, theirs), ownTables, 'there is something in every table')
  t.equal(await ask(there, 'GET', '/me', person.bearer), 200)

  const reading = meanwhile()
  t.equal(await ask(here, 'DELETE', '/account', person.bearer, { current_password: password }), 204)
  await reading
  t.strictSame(await statuses(there, person), none, 'at once, on another node')
  t.strictSame(await statuses(here, person), none)
  t.strictSame(await tablesWith(url, theirs), [], 'no row in any table')
  t.equal(await ask(there, 'GET', '/mood', kept), 200)
  const again = { username: 'planted-name', password, email }
  return { theirs, register: () => ask(there, 'POST', '/signup', {}, again) }
}

t.test('security 12, 27: a deleted account is gone on every node and from the files, on SQLite', async t => {
  const box = await mailbox(t)
  const file = join(temporaryFolder(t), 'moods.db')
  const url = `file:${file}`
  // Counted guesses leave rows, too.
  const env = { DATABASE_URL: url, JWT_SECRET, SMTP_URL: box.url, LOG_LEVEL: 'silent', RATE_LIMIT: 'on' }
  const [here, there] = [await startServer(t, env), await startServer(t, env)]
  const isThere = (text: string) =>
    readdirSync(dirname(file)).filter(name => readFileSync(join(dirname(file), name)).includes(text))

  /** Holds a read open, as another process would, until the account is deleted, so that the log still contains it. */
  const read = async () => {
    const [reader, watcher] = [new Client(file), new Client(file)]
    reader.exec('begin; select * from users')
    const left = watcher.prepare("select count(*) from usernames where folded = 'planted-name'").pluck()
    await until(() => left.get() !== 1)
    t.not(isThere('planted note').length, 0, 'a reader keeps it in the log')
    reader.close()
    watcher.close()
  }
  const { theirs, register } = await deleteAndLook(t, url, here, there, box, read)
  for (const text of theirs) t.strictSame(isThere(text), [], `${text} is in no file`)
  t.ok(isThere('kept note').length > 0, 'the search finds what is there')
  t.equal(await register(), 201)
})

t.test('security 12, 27: a deleted account is gone on every node, on PostgreSQL', async t => {
  const { url, box, servers } = await twoNodes()
  const [here, there] = servers
  const { register } = await deleteAndLook(t, url, here, there, box)
  t.equal(await register(), 201)
})
