import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { writePersonalToken } from '../../src/auth/personal-token.ts'
import { writeCredential } from '../../src/auth/secrets.ts'
import type { WritableDatabase } from '../../src/db/database.ts'
import { idFrom, type UserId } from '../../src/ids.ts'
import { scopes } from '../../src/vocabulary.ts'
import { bearer, device, make, picture, type Subject, somebody } from '../every-route.ts'
import { type App, build, password } from '../helper.ts'
import { ownTables } from '../own-tables.ts'

const next = 'another horse battery'
const sessionOf = ({ cookie }: Pick<Subject, 'cookie'>) => cookie.split('.')[1] as string
const cookieValue = ({ cookie }: Pick<Subject, 'cookie'>) => cookie.slice(cookie.indexOf('=') + 1)
const change = ({ query, tables: { users } }: WritableDatabase, id: UserId, fields: object) =>
  query(db => db.update(users).set(fields).where(eq(users.id, id)))
const newCode = async (database: WritableDatabase, user: UserId, at: number) => {
  // Its queries would have names that the application uses already.
  const apart = {
    ...database,
    prepare: ((name, values, build) => database.prepare(`${name}_apart`, values, build)) as WritableDatabase['prepare'],
  }
  const { code, writes } = oneTimeCodeStore(apart).issue(user, 'reset_password', null, at)
  await database.atomic(writes)
  return code
}

/** Every row as JSON, under the name of its table; the tables apart by an empty line. */
async function contentOf({ tables, query }: WritableDatabase): Promise<string> {
  const contents: string[] = []
  for (const [name, table] of Object.entries(tables)) {
    const all = await query(db => db.select().from(table))
    // What `GET /ready` writes to see whether it can says nothing.
    const rows = all.filter(row => !('name' in row && row.name === 'readiness'))
    contents.push([name, ...rows.map(row => JSON.stringify(row)).sort()].join('\n'))
  }
  return contents.join('\n\n')
}

/** The places where a credential can be presented, each as a request that tells whether it was accepted. */
const places: Record<string, (app: App, text: string) => Promise<boolean>> = {
  bearer: async (app, text) => (await app.inject({ url: '/me', headers: bearer(text) })).statusCode === 200,
  cookie: async (app, text) =>
    (await app.inject({ url: '/me', headers: { cookie: `session=${text}` } })).statusCode === 200,
  refresh: (app, text) => took(app, '/refresh', { refresh_token: text }),
  code: (app, text) => took(app, '/password/reset', { code: text, new_password: next }),
  verification: (app, text) => took(app, '/account/email/verification/confirm', { code: text }),
}
async function took(app: App, url: string, payload: object): Promise<boolean> {
  const { statusCode } = await app.inject({ method: 'POST', url, payload })
  if (statusCode >= 500) throw new Error(`${url} answered ${statusCode}`)
  return statusCode < 300
}

t.test('security 9: of the kinds of credentials each is good in one place, and nowhere else', async t => {
  const { app, clock, database } = await build(t)
  const maya = await somebody(app, database)
  const kinds: Record<string, [text: string, goodAs: string]> = {
    'an access token': [maya.token, 'bearer'],
    'a personal token': [await maya.scoped(scopes), 'bearer'],
    'a cookie': [cookieValue(maya), 'cookie'],
    'a refresh token': [maya.refreshToken, 'refresh'],
    'a code for a new password': [await newCode(database, maya.id, clock.now), 'code'],
    'a password': [password, 'none of these'],
  }
  for (const [kind, [text, goodAs]] of Object.entries(kinds)) {
    const spellings = [
      text,
      `mspat_${text}`,
      text.replace('mspat_', ''),
      text.split('.').at(-1) as string,
      `session=${text}`,
    ]
    for (const [place, isTaken] of Object.entries(places)) {
      for (const spelling of new Set(spellings))
        if (place !== goodAs || spelling !== text)
          t.notOk(await isTaken(app, spelling), `${kind} as ${place}: ${spelling}`)
    }
  }
  for (const [kind, [text, goodAs]] of Object.entries(kinds))
    if (goodAs in places) t.ok(await places[goodAs]?.(app, text), `${kind} is still good as ${goodAs}`)
})

t.test('security 10: of 50 refreshes at once over four nodes all get one successor', async t => {
  const { app, database, config } = await build(t)
  const nodes = [app]
  for (let n = 1; n < 4; n++) nodes.push((await build(t, { databaseUrl: config.databaseUrl })).app)
  const maya = await somebody(app, database)
  const payload = { refresh_token: maya.refreshToken }
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => (nodes[i % 4] as App).inject({ method: 'POST', url: '/refresh', payload })),
  )
  t.strictSame([...new Set(answers.map(({ statusCode }) => statusCode))], [200])
  const successors = new Set(answers.map(answer => answer.json().refresh_token as string))
  t.equal(successors.size, 1)
  for (const successor of successors) t.ok(await places.refresh?.(nodes[3] as App, successor))
})

t.test('security 11: whoever has a copy of the database has nothing to sign in with', async t => {
  const { app, clock, database } = await build(t)
  const maya = await somebody(app, database)
  const token = await maya.scoped(scopes)
  const refreshed = await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: maya.refreshToken } })
  const code = await newCode(database, maya.id, clock.now)
  const copy = await contentOf(database)
  const secrets = [maya.token, maya.refreshToken, maya.cookie, refreshed.json().refresh_token, code].map(
    text => text.split('.').at(-1) as string,
  )
  for (const secret of [...secrets, token.slice(6), token.slice(-49, -6), password])
    t.notOk(copy.includes(secret), secret)

  const texts = [...new Set([...copy.matchAll(/"([^"\\]+)"/g)].map(([, text]) => text as string))]
  const ids = texts.filter(text => /^[0-9a-f-]{36}$/.test(text) && text !== maya.id)
  const hashes = texts.filter(text => /^[\w-]{43}$/.test(text))
  t.ok(hashes.length >= 4, 'of the cookie, the refresh token, the personal token and the code')
  const forged = hashes.flatMap(secret =>
    ids.flatMap(session => [
      writeCredential({ user: maya.id, session: idFrom(session), secret }),
      writePersonalToken({ user: maya.id, session: idFrom(session), secret }),
    ]),
  )
  for (const text of [...texts, ...forged])
    for (const [place, isTaken] of Object.entries(places)) t.notOk(await isTaken(app, text), `${text} as ${place}`)
  for (const text of texts)
    t.notOk(await took(app, '/login', { username: maya.username, password: text }), `${text} as the password`)
})

/** Events that end sessions, and the credentials of a phone that are still valid afterwards. */
const endings: Record<string, { by: (setting: Nodes) => Promise<unknown>; good: readonly string[] }> = {
  'a logout by access token': { by: ({ phone }) => phone.delete('/logout'), good: ['token'] },
  'a logout by cookie': {
    by: ({ a, phone }) =>
      a.inject({
        method: 'DELETE',
        url: '/logout',
        headers: { cookie: phone.cookie, 'sec-fetch-site': 'same-origin' },
      }),
    good: ['token'],
  },
  'ending that session from another': {
    by: ({ phone, desk }) => desk.delete(`/sessions/${sessionOf(phone)}`),
    good: ['token'],
  },
  'ending all others': { by: ({ desk }) => desk.delete('/sessions'), good: ['token'] },
  'deleting the token': {
    by: async ({ desk }) => desk.delete(`/tokens/${(await desk.get('/tokens')).json().tokens[0].id}`),
    good: ['access', 'cookie', 'refresh'],
  },
  'another password': { by: ({ desk }) => desk.put('/account/password', { new_password: next }), good: [] },
  'another password, by code': {
    by: async ({ a, database, now, phone }) =>
      took(a, '/password/reset', { code: await newCode(database, phone.id, now), new_password: next }),
    good: [],
  },
  'a refresh token used twice': {
    by: async ({ a, clock, phone }) => {
      await took(a, '/refresh', { refresh_token: phone.refreshToken })
      clock.now += 10_000
      await took(a, '/refresh', { refresh_token: phone.refreshToken })
    },
    good: ['token'],
  },
  disabling: { by: ({ database, now, phone }) => change(database, phone.id, { disabledAt: new Date(now) }), good: [] },
  deletion: { by: ({ desk }) => desk.delete('/account'), good: [] },
}

interface Nodes {
  a: App
  database: WritableDatabase
  clock: { now: number }
  now: number
  phone: Subject
  /** Another sign-in of the same user. */
  desk: Subject
}

/** Two nodes on one database, and a user who is signed in twice. */
async function twoNodes(t: Test) {
  const { app: a, database, clock, config } = await build(t, { own: true })
  const { app: b, clock: clockOfB } = await build(t, { databaseUrl: config.databaseUrl })
  const signIn = async (phone: Subject): Promise<Subject> => {
    const answer = await a.inject({ method: 'POST', url: '/login', payload: { username: phone.username, password } })
    const { token, refresh_token: refreshToken } = answer.json()
    const headers = bearer(token)
    return {
      ...phone,
      token,
      refreshToken,
      get: url => phone.get(url, headers),
      put: (url, payload) => phone.put(url, payload, headers),
      delete: url => phone.delete(url, headers),
    }
  }
  return { a, b, database, clock, clockOfB, signIn }
}

t.test('security 12: whatever ends a credential ends it for the next request, on every node', async t => {
  const { a, b, database, clock, clockOfB, signIn } = await twoNodes(t)
  for (const [what, { by, good }] of Object.entries(endings)) {
    const phone = await somebody(a, database)
    const desk = await signIn(phone)
    const credentials: Record<string, [text: string, place: string]> = {
      access: [phone.token, 'bearer'],
      cookie: [cookieValue(phone), 'cookie'],
      token: [await phone.scoped(scopes), 'bearer'],
      refresh: [phone.refreshToken, 'refresh'],
    }
    for (const [kind, [text, place]] of Object.entries(credentials))
      if (kind !== 'refresh') t.ok(await places[place]?.(b, text), `before ${what}: ${kind}`)
    await by({ a, database, clock, now: clock.now, phone, desk })
    clockOfB.now = clock.now
    for (const [kind, [text, place]] of Object.entries(credentials))
      for (const node of [b, a])
        t.equal(await places[place]?.(node, text), good.includes(kind), `after ${what}: ${kind}`)
    t.equal(
      (await desk.get('/me')).statusCode,
      what === 'disabling' || what === 'deletion' || what.endsWith('by code') ? 401 : 200,
      `after ${what}: the other session`,
    )
  }
})

t.test('security 12: another role counts from the next request on, for every credential and on every node', async t => {
  const { a, b, database } = await twoNodes(t)
  for (const app of [a, b])
    app.get('/for-instructors', { onRequest: app.requires('sequences:write') }, async () => ({}))
  const maya = await somebody(a, database)
  const credentials = [bearer(maya.token), { cookie: maya.cookie }, bearer(await maya.scoped(scopes))]
  for (const [role, status] of [
    ['member', 403],
    ['instructor', 200],
    ['member', 403],
    ['admin', 200],
  ] as const) {
    await change(database, maya.id, { role })
    for (const app of [b, a])
      for (const headers of credentials) {
        t.equal((await app.inject({ url: '/for-instructors', headers })).statusCode, status, role)
        t.equal((await app.inject({ url: '/me', headers })).json().role, role)
      }
  }
})

t.test('security 13: a session of somebody else does not exist, and is not ended', async t => {
  const { app, database } = await build(t)
  const [maya, other] = [await somebody(app, database), await somebody(app, database)]
  const foreign = await other.delete(`/sessions/${sessionOf(maya)}`)
  t.match(foreign.json(), { status: 404, code: 'not_found' })
  t.notOk(JSON.stringify((await other.get('/sessions')).json()).includes(sessionOf(maya)))
  t.equal((await maya.get('/me')).statusCode, 200)
  t.match((await maya.get('/sessions')).json(), { sessions: [{ id: sessionOf(maya), current: true }] })
})

t.test('security 14: a new database has no accounts in it', async t => {
  const { app, database } = await build(t)
  t.strictSame(await database.query(db => db.select().from(database.tables.users)), [])
  for (const name of ['admin', 'root', 'demo', 'moodstreak'])
    for (const guess of ['admin', 'password', 'demo', name])
      t.notOk(await took(app, '/login', { username: name, password: guess }))
})

t.test('security 27: a deleted account leaves no row behind that is its own or names it', async t => {
  const { app, clock, database } = await build(t, { env: { RATE_LIMIT: 'on' } })
  const other = await somebody(app, database)
  const before = await contentOf(database)
  const maya = await somebody(app, database, 'member', { email: 'maya@example.org', first_name: 'Maya-the-first' })
  const things = ['mood', 'task', 'token', 'session', 'pose', 'published sequence', 'practice'] as const
  for (const thing of things) await make(app, thing, maya)
  await maya.put('/profile/avatar', picture, { 'content-type': 'image/png' })
  await maya.patch('/profile', { description: 'about Maya', social_links: { github: 'https://github.com/maya' } })
  await maya.post('/tasks', { title: 'once' }, { 'idempotency-key': 'maya-s-key' })
  const { mood } = (await maya.post('/mood', { mood: 3, note: 'thrown away' })).json()
  t.equal((await maya.delete(`/mood/${mood.id}`)).statusCode, 200)
  const operation = { kind: 'task', op: 'update', id: uuidv7(), op_id: uuidv7(), value: { title: 'mine' } }
  await maya.post('/sync', {
    operations: [{ kind: 'task', op: 'create', id: operation.id, value: { title: 'old' } }, operation],
  })
  const kept = (await maya.post('/mood', { mood: 3, note: 'mine before' })).json().mood
  t.equal((await maya.patch(`/mood/${kept.id}`, { note: 'mine after' })).statusCode, 200)
  const file = { 'content-type': 'text/csv' }
  t.equal((await maya.post('/mood/import', 'date,mood,note\n2026-03-01,5,mine', file)).statusCode, 201)
  t.equal((await maya.patch('/profile', { reminder_at: '20:30' })).statusCode, 200)
  t.equal((await maya.post('/push/subscriptions', device)).statusCode, 201)
  await newCode(database, maya.id, clock.now)
  await took(app, '/login', { username: maya.username, password: 'a wrong one' })
  const filled = await contentOf(database)
  const empty = filled
    .split('\n\n')
    .filter(table => !table.includes(maya.id))
    .map(table => table.split('\n')[0])
  t.strictSame(
    empty.filter(table => ownTables.includes(String(table))),
    [],
    'the test fills every table',
  )

  t.equal((await maya.delete('/account')).statusCode, 204)
  const after = await contentOf(database)
  for (const trace of [
    maya.id,
    maya.username,
    'maya@example.org',
    'Maya-the-first',
    'about Maya',
    'mine',
    'maya-s-key',
    'github.com/maya',
  ])
    t.notOk(after.includes(trace), trace)
  const without = (text: string) => text.split('\n\n').filter(table => !table.startsWith('throttles'))
  t.strictSame(without(after), without(before), 'nor has anybody else lost anything')
  t.equal((await other.get('/me')).statusCode, 200)
  const again = { username: maya.username, password, email: 'maya@example.org' }
  t.ok(await took(app, '/signup', again), 'the names are free')
})
