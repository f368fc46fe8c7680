import { count } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { build, password, signUp } from '../helper.ts'
import { testPicture } from '../pictures.ts'

type Headers = Record<string, string>

const own: Headers = { host: 'mood.test', origin: 'http://mood.test' }
const listed: Headers = { host: 'mood.test', origin: 'https://app.example' }
const evil: Headers = { host: 'mood.test', origin: 'https://evil.example' }

/** Requests from other pages, none of which may act for the cookie's user. */
const foreign: Headers[] = [
  evil,
  { ...evil, 'sec-fetch-site': 'cross-site' },
  { host: 'mood.test', origin: 'null' },
  { host: 'mood.test', origin: '' },
  { host: 'mood.test', origin: 'http://mood.test.evil.example' },
  { host: 'mood.test', origin: 'http://mood.test:8080' },
  { host: 'mood.test', origin: 'https://mood.test' },
  { host: 'mood.test', origin: 'http://MOOD.test@evil.example' },
  { host: 'mood.test', origin: 'https://app.example.evil.example' },
  { host: 'mood.test', origin: 'https://app.example, https://evil.example' },
  { host: 'mood.test', 'sec-fetch-site': 'cross-site' },
  { host: 'mood.test', 'sec-fetch-site': 'same-site' },
  { host: 'mood.test', 'sec-fetch-site': 'none' },
  { host: 'mood.test', referer: 'http://mood.test/' },
  { host: 'mood.test' },
]

const picture = await testPicture().png().toBuffer()

async function setting(t: Test, env: Headers = { CORS_ORIGINS: 'https://app.example,https://other.example' }) {
  const { app, database } = await build(t, { env: { HOST: '0.0.0.0', ...env } })
  const maya = await signUp(app, 'maya', { first_name: 'Maya' })
  const entry = (await maya.post('/mood', { mood: 5, note: 'mine' })).json().mood
  const { users, sessions, moods } = database.tables
  const rows = () =>
    Promise.all([users, sessions, moods].map(table => database.query(db => db.select({ n: count() }).from(table))))
  const state = async () => [await rows(), (await maya.get('/mood')).body, (await maya.get('/profile')).body]
  const writes = [
    { method: 'POST', url: '/mood', payload: { mood: 1 } },
    { method: 'PATCH', url: `/mood/${entry.id}`, payload: { note: 'theirs' } },
    { method: 'DELETE', url: `/mood/${entry.id}` },
    { method: 'PATCH', url: '/profile', payload: { first_name: 'Mallory' } },
    { method: 'PUT', url: '/profile/avatar', payload: picture, headers: { 'content-type': 'image/png' } },
    { method: 'DELETE', url: '/profile/avatar' },
    { method: 'DELETE', url: '/logout' },
  ] as const
  const byCookie = (write: (typeof writes)[number], headers: Headers) =>
    app.inject({ ...write, headers: { cookie: maya.cookie, ...('headers' in write && write.headers), ...headers } })
  return { app, maya, state, writes, byCookie }
}

t.test('security 16: a write by cookie from another page is refused and changes nothing', async t => {
  const { writes, byCookie, state } = await setting(t)
  const before = await state()
  for (const write of writes) {
    for (const headers of foreign) {
      const answer = await byCookie(write, headers)
      t.equal(answer.statusCode, 403, `${write.method} ${write.url} from ${JSON.stringify(headers)}`)
      t.match(answer.json(), { code: 'cross_site_request', errors: [String] })
      t.equal(answer.headers['set-cookie'], undefined)
    }
  }
  t.strictSame(await state(), before)
})

t.test(
  'security 16: the check reads the cookie wherever the session is read from, also with white space around its name',
  async t => {
    const { app, maya, state } = await setting(t)
    const before = await state()
    for (const cookie of [maya.cookie.replace('=', ' ='), maya.cookie.replace('=', '\t= '), `a=b;\t${maya.cookie}`]) {
      const headers = { ...evil, cookie }
      const answer = await app.inject({ method: 'POST', url: '/mood', payload: { mood: 1 }, headers })
      t.equal(answer.statusCode, 403, JSON.stringify(cookie.slice(0, 12)))
    }
    t.strictSame(await state(), before)
  },
)

t.test('security 16: a write by cookie from our own page or a listed one is done', async t => {
  for (const headers of [own, listed, { host: 'mood.test', 'sec-fetch-site': 'same-origin' }]) {
    const { writes, byCookie } = await setting(t)
    const answers = []
    for (const write of writes) answers.push((await byCookie(write, headers)).statusCode)
    t.strictSame(answers, [201, 200, 200, 200, 200, 204, 204], JSON.stringify(headers))
  }
})

t.test('security 16: with PUBLIC_URL only that origin is our own, whatever the Host says', async t => {
  const { writes, byCookie } = await setting(t, { PUBLIC_URL: 'https://mood.example' })
  const statusFrom = async (origin: string, host: string) => (await byCookie(writes[0], { origin, host })).statusCode
  t.equal(await statusFrom('https://mood.example', 'inside:5555'), 201)
  t.equal(await statusFrom('http://inside:5555', 'inside:5555'), 403)
})

t.test('security 16: a form of another site has no body that is taken', async t => {
  const { app, maya, state } = await setting(t)
  const before = await state()
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
    const headers = { ...own, cookie: maya.cookie, 'content-type': type }
    for (const url of ['/mood', '/signup', '/login', '/refresh']) {
      const answer = await app.inject({ method: 'POST', url, headers, payload: '{"mood":1}' })
      t.equal(answer.statusCode, 415, `${url} as ${type}`)
    }
  }
  t.strictSame(await state(), before)
})

t.test('security 16: reading by cookie, and anything by bearer token, is done whatever page it comes from', async t => {
  const { app, maya, writes } = await setting(t)
  for (const method of ['GET', 'HEAD'] as const)
    t.equal((await app.inject({ method, url: '/mood', headers: { ...evil, cookie: maya.cookie } })).statusCode, 200)
  const answers = []
  for (const write of writes) {
    const headers = {
      ...('headers' in write && write.headers),
      ...evil,
      cookie: maya.cookie,
      authorization: `Bearer ${maya.token}`,
    }
    answers.push((await app.inject({ ...write, headers })).statusCode)
  }
  t.strictSame(answers, [201, 200, 200, 200, 200, 204, 204])
})

t.test('security 16: a bad bearer token does not smuggle the cookie past the check', async t => {
  const { app, maya, writes, state } = await setting(t)
  const before = await state()
  for (const write of writes) {
    const answer = await app.inject({
      ...write,
      headers: { ...evil, cookie: maya.cookie, authorization: 'Bearer null' },
    })
    t.ok([401, 204].includes(answer.statusCode))
  }
  t.strictSame(await state(), before)
})

t.test('security 16: signing in ignores the cookie and refuses only a foreign Origin that is there', async t => {
  const { app, maya, state } = await setting(t)
  const signIns = (i: number) =>
    [
      { method: 'POST', url: '/signup', payload: { username: `person${i}`, password } },
      { method: 'POST', url: '/login', payload: { username: 'maya', password } },
      { method: 'POST', url: '/refresh', payload: { refresh_token: maya.refreshToken } },
    ] as const
  const before = await state()
  for (const headers of foreign.filter(({ origin }) => origin !== undefined)) {
    for (const cookie of [undefined, maya.cookie]) {
      for (const signIn of signIns(0)) {
        const answer = await app.inject({ ...signIn, headers: { ...headers, ...(cookie && { cookie }) } })
        t.equal(answer.statusCode, 403, `${signIn.url} from ${JSON.stringify(headers)}`)
        t.equal(answer.headers['set-cookie'], undefined)
      }
    }
  }
  t.strictSame(await state(), before)

  const welcome = [own, listed, ...foreign.filter(({ origin }) => origin === undefined)]
  for (const [i, headers] of welcome.entries()) {
    const answers = []
    for (const signIn of signIns(i))
      answers.push((await app.inject({ ...signIn, headers: { ...headers, cookie: maya.cookie } })).statusCode)
    t.strictSame(answers, [201, 200, 200], JSON.stringify(headers))
  }
})

t.test('field case 17: a script with the cookie is told to send a bearer token', async t => {
  const { byCookie, writes } = await setting(t)
  for (const write of writes.slice(0, 2)) {
    const answer = await byCookie(write, { host: 'mood.test' })
    t.match(answer.json(), { status: 403, code: 'cross_site_request', detail: /Scripts send Authorization: Bearer/ })
    t.notMatch(answer.body, /proxy/i)
  }
})

t.test('field case 17: Sec-Fetch-Site: same-origin counts even where a proxy hides the host', async t => {
  const { app, byCookie, writes } = await setting(t)
  const behind = { host: '127.0.0.1:5555', origin: 'https://mood.example', 'sec-fetch-site': 'same-origin' }
  t.equal((await byCookie(writes[0], behind)).statusCode, 201)
  const payload = { username: 'maya', password }
  t.equal((await app.inject({ method: 'POST', url: '/login', payload, headers: behind })).statusCode, 200)
  for (const site of ['same-site', 'cross-site', 'none'])
    t.equal((await byCookie(writes[0], { ...behind, 'sec-fetch-site': site })).statusCode, 403)
})
