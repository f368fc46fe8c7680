import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { v4, v7 } from 'uuid'
import { build, type Person, signUp } from '../helper.ts'

/** Two users, the first of whom has entries. */
async function setting(t: Test) {
  const { app, clock } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const maya = await signUp(app, 'maya')
  const other = await signUp(app, 'other')
  const ids: string[] = []
  for (const date of ['2026-03-03', '2026-03-04', '2026-03-05']) {
    const answer = await maya.post('/mood', { mood: 5, date, note: 'mine', tags: ['walk'] })
    ids.push(answer.json().mood.id)
  }
  return { app, clock, maya, other, id: ids[1] as string }
}

/** An answer without its time and without the requested id. */
const anonymous = ({ statusCode, headers: { date: _, ...headers }, body }: LightMyRequestResponse, id: string) => ({
  statusCode,
  headers,
  body: body.replaceAll(id, '<id>'),
})

/** Everything that a user can see of their moods, with the ETags. */
async function view(person: Person) {
  const queries = [
    '',
    '?page=1',
    '?page=1&per_page=1',
    '?tag=walk',
    '?tag=walk&page=1',
    '?from=2026-03-01',
    '?order=asc',
  ]
  const urls = [
    ...queries.map(query => `/mood${query}`),
    '/mood?as_of=2026-03-04',
    '/mood/streak',
    '/mood/streak/explain',
  ]
  const seen: [string, string, unknown, unknown][] = []
  for (const url of urls) {
    const { body, headers } = await person.get(url)
    seen.push([url, body, headers.etag, headers.link])
  }
  return seen
}

const attempts = [
  { method: 'GET' },
  { method: 'GET', query: '?as_of=2026-03-05' },
  { method: 'GET', headers: { 'if-none-match': '*' } },
  { method: 'GET', headers: { 'x-timezone': 'Asia/Tokyo' } },
  { method: 'HEAD' },
  { method: 'PATCH', payload: { mood: 1 } },
  { method: 'PATCH', payload: { mood: 99 } },
  { method: 'PATCH', payload: { date: '2026-04-01' } },
  { method: 'PATCH', payload: {} },
  { method: 'PATCH', payload: { note: null }, headers: { 'if-match': '*' } },
  { method: 'PATCH', payload: { note: null }, headers: { 'if-match': '"1-x"' } },
  { method: 'PATCH', payload: { typo: 1 } },
  { method: 'DELETE' },
  { method: 'DELETE', headers: { 'if-match': '"9-x"' } },
] as const

t.test('security 24: the id of somebody else is answered exactly like one that never existed', async t => {
  const { app, maya, other, id } = await setting(t)
  const before = await view(maya)
  const never = v7()
  for (const attempt of attempts) {
    const ask = (of: string) =>
      app.inject({
        method: attempt.method,
        url: `/mood/${of}${'query' in attempt ? attempt.query : ''}`,
        headers: { authorization: `Bearer ${other.token}`, ...('headers' in attempt && attempt.headers) },
        ...('payload' in attempt && { payload: attempt.payload }),
      })
    const what = JSON.stringify(attempt)
    const theirs = await ask(id)
    t.ok([404, 400].includes(theirs.statusCode), what)
    t.strictSame(anonymous(theirs, id), anonymous(await ask(never), never), what)
    t.strictSame(anonymous(await ask(id.toUpperCase()), id.toUpperCase()).statusCode, theirs.statusCode, what)
  }
  t.strictSame(await view(maya), before)
})

t.test('security 24: neither by token nor by cookie can one see or touch what is not one’s own', async t => {
  const { app, maya, other, id } = await setting(t)
  const ownPage = { cookie: other.cookie, 'sec-fetch-site': 'same-origin' }
  for (const headers of [{ authorization: `Bearer ${other.token}` }, ownPage] as Record<string, string>[]) {
    t.equal((await app.inject({ url: `/mood/${id}`, headers })).statusCode, 404)
    t.equal((await app.inject({ method: 'DELETE', url: `/mood/${id}`, headers })).statusCode, 404)
    t.strictSame((await app.inject({ url: '/mood', headers })).json().moods, [])
  }
  t.equal((await maya.get(`/mood/${id}`)).statusCode, 200)
})

t.test('security 24: lists, totals, streaks and ETags do not depend on what others log', async t => {
  const { maya, other } = await setting(t)
  await other.post('/mood', { mood: 1, date: '2026-03-05', tags: ['walk'] })
  const [mine, theirs] = [await view(maya), await view(other)]
  t.match((await other.get('/mood')).json(), { total: 1, streak: 1 })
  t.match((await other.get('/mood?tag=walk')).json(), { total: 1, streak: 1 })
  t.equal((await other.get('/mood?tag=walk&page=1')).json().total_pages, 1)

  for (let day = 1; day <= 5; day++) {
    const { mood } = (await other.post('/mood', { mood: 2, date: `2026-03-0${day}`, tags: ['walk'] })).json()
    if (day % 2) await other.patch(`/mood/${mood.id}`, { note: 'changed' })
    else await other.delete(`/mood/${mood.id}`)
  }
  t.strictSame(await view(maya), mine)

  const afterwards = await view(other)
  await maya.post('/mood', { mood: 9, date: '2026-03-02', tags: ['walk'] })
  await maya.patch('/profile', { timezone: 'Asia/Tokyo', day_starts_at: 6, mood_scale: { min: 1, max: 5 } })
  t.strictSame(await view(other), afterwards)
  t.not(theirs[0]?.[2], afterwards[0]?.[2], 'while an own change does change the ETag')
})

t.test(
  'security 24: two people with the same entries have different ETags, and one is no validator for the other',
  async t => {
    const { app } = await build(t)
    const [maya, other] = [await signUp(app, 'maya'), await signUp(app, 'other')]
    const id = v7()
    const tags = []
    for (const person of [maya, other]) {
      await person.post('/mood', { mood: 5, id })
      tags.push([(await person.get('/mood')).headers.etag, (await person.get(`/mood/${id}`)).headers.etag])
    }
    const [[list, entry] = [], [otherList, otherEntry] = []] = tags
    t.not(list, otherList)
    t.not(entry, otherEntry)
    t.equal((await other.get('/mood', { 'if-none-match': String(list) })).statusCode, 200)
    t.equal((await other.get(`/mood/${id}`, { 'if-none-match': String(entry) })).statusCode, 200)
    t.equal((await maya.get('/mood', { 'if-none-match': String(list) })).statusCode, 304)
  },
)

t.test('security 24: the same id made by two clients is two entries that know nothing of each other', async t => {
  const { app } = await build(t)
  const [maya, other] = [await signUp(app, 'maya'), await signUp(app, 'other')]
  const id = v4()
  const mine = { id, mood: 8, note: 'mine', tags: ['walk'] }
  const theirs = { id, mood: 'sad', note: 'theirs', tags: ['rain'] }
  t.equal((await maya.post('/mood', mine)).statusCode, 201)
  t.equal((await other.post('/mood', theirs)).statusCode, 201)
  t.equal((await maya.post('/mood', mine)).statusCode, 200, 'a retry is a retry of the own one')
  t.equal((await maya.post('/mood', theirs)).statusCode, 409)

  t.equal((await maya.patch(`/mood/${id}`, { note: 'changed', tags: ['run'] })).statusCode, 200)
  t.match((await other.get(`/mood/${id}`)).json().mood, { mood: 'sad', note: 'theirs', tags: ['rain'] })
  t.equal((await other.delete(`/mood/${id}`)).statusCode, 200)
  t.equal((await other.get(`/mood/${id}`)).statusCode, 404)
  t.match((await maya.get(`/mood/${id}`)).json().mood, { mood: 8, note: 'changed', tags: ['run'] })
  t.equal((await maya.get('/mood?tag=run')).json().total, 1)
})

t.test('security 24: a private route tells a stranger nothing, not even whether an entry exists', async t => {
  const { app, id } = await setting(t)
  const never = v7()
  for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
    for (const headers of [{}, { authorization: 'Bearer null' }] as Record<string, string>[]) {
      const ask = (of: string) => app.inject({ method, url: `/mood/${of}`, headers })
      const answer = await ask(id)
      t.equal(answer.statusCode, 401)
      t.strictSame(anonymous(answer, id), anonymous(await ask(never), never))
    }
  }
  for (const url of [
    '/mood',
    '/mood?typo=1',
    '/mood/nonsense',
    '/mood/streak',
    '/mood/streak/explain',
    '/profile',
    '/profile/avatar',
    '/me',
  ])
    t.equal((await app.inject(url)).statusCode, 401, url)
})
