import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { build, type Person, signUp } from '../helper.ts'

async function world(t: Test, env: Record<string, string> = {}) {
  const built = await build(t, { env })
  const maya = await signUp(built.app, 'maya')
  const { query, tables } = built.database
  /** Everything of hers that a write could change. */
  const everything = async () => {
    const { users, moods, moodTags, deletions, revisions, idempotencyKeys } = tables
    const all = [users, moods, moodTags, deletions, revisions, idempotencyKeys] as (typeof moods)[]
    const rows = await Promise.all(all.map(table => query(db => db.select().from(table))))
    // A reader may keep the history that it derived.
    return JSON.parse(JSON.stringify(rows), (key, value) => (key === 'moodHistory' ? undefined : value))
  }
  /** Sends a dry run, which must change nothing. */
  const rehearse = async (
    method: 'post' | 'patch' | 'delete',
    url: string,
    body?: object,
    headers: Record<string, string> = {},
  ) => {
    const before = await everything()
    const address = `${url}${url.includes('?') ? '&' : '?'}dry_run=true`
    const answer =
      method === 'delete' ? await maya.delete(address, headers) : await maya[method](address, body, headers)
    t.strictSame(await everything(), before, `${method} ${address} stores nothing`)
    t.notOk(answer.headers.location)
    return answer
  }
  return { ...built, maya, rehearse }
}

const log = async (person: Person, body: object = {}) => (await person.post('/mood', { mood: 5, ...body })).json().mood

const same = ({ mood: { id: _, ...mood }, ...rest }: { mood: Record<string, unknown> }) => ({ mood, ...rest })

t.test('a dry run answers as the write then does, and stores nothing', async t => {
  const { maya, rehearse } = await world(t)
  const first = await log(maya, { date: '2026-03-03' })
  const body = { mood: 7, note: 'n', tags: ['Sun'], date: '2026-03-04' }
  const tried = await rehearse('post', '/mood', body)
  t.match([tried.statusCode, tried.json()], [200, { mood: { streak: 2, revision: 1 }, streak: 2, streak_before: 0 }])
  const made = await maya.post('/mood', body)
  t.equal(made.statusCode, 201)
  t.strictSame(same(tried.json()), same(made.json()))

  const { id } = made.json().mood
  for (const change of [
    { note: null, tags: ['rain'] },
    { date: '2026-03-05' },
    { mood: 'happy', date: '2026-03-01' },
  ]) {
    const patched = await rehearse('patch', `/mood/${id}`, change)
    t.strictSame(patched.json(), (await maya.patch(`/mood/${id}`, change)).json(), JSON.stringify(change))
  }
  const nothing = await maya.patch(`/mood/${id}?dry_run=true`, {})
  t.match(nothing.json(), { mood: { revision: 4 }, streak: 0, streak_before: 0 })
  await maya.patch(`/mood/${id}`, { date: '2026-03-04' })

  const removed = await rehearse('delete', `/mood/${id}`)
  t.match(removed.json(), { streak: 0, streak_before: 2 })
  t.strictSame(removed.json(), (await maya.delete(`/mood/${id}`)).json())
  const restored = await rehearse('post', `/mood/${id}/restore`)
  t.match(restored.json(), { mood: { streak: 2 }, streak: 2, streak_before: 0 })
  t.strictSame(restored.json(), (await maya.post(`/mood/${id}/restore`, undefined)).json())
  t.equal((await maya.post(`/mood/${id}/restore?dry_run=true`, undefined)).json().streak_before, 2, 'a living one')
  await maya.delete(`/mood/${first.id}`)
  t.match((await rehearse('delete', `/mood/${first.id}?permanently=true`)).json(), { streak: 1, streak_before: 1 })
})

t.test('a dry run fails as the write would', async t => {
  const { maya, rehearse } = await world(t, { MAX_MOODS: '3' })
  const id = randomUUID()
  const body = { mood: 5, id, note: 'first' }
  await maya.post('/mood', body)
  const errors: ['post' | 'patch' | 'delete', string, object | undefined, string][] = [
    ['post', '/mood', { mood: 11 }, 'mood_off_scale'],
    ['post', '/mood', { mood: 5, date: '2027-01-01' }, 'date_in_future'],
    ['post', '/mood', { mood: 5, occurred_at: null }, 'invalid_request'],
    ['post', '/mood', { ...body, note: 'other' }, 'id_taken'],
    ['patch', `/mood/${id}`, { mood: 11 }, 'mood_off_scale'],
    ['patch', `/mood/${randomUUID()}`, { mood: 1 }, 'not_found'],
    ['delete', `/mood/${randomUUID()}`, undefined, 'not_found'],
    ['post', `/mood/${randomUUID()}/restore`, undefined, 'not_found'],
  ]
  for (const [method, url, sent, code] of errors) t.equal((await rehearse(method, url, sent)).json().code, code, code)
  for (const [method, sent] of [
    ['patch', { mood: 1 }],
    ['delete', undefined],
  ] as const) {
    const stale = await rehearse(method, `/mood/${id}`, sent, { 'if-match': '"9-x"' })
    t.equal(stale.json().code, 'stale_version')
  }
  const again = await maya.post('/mood?dry_run=true', body)
  t.match([again.statusCode, again.json()], [200, { mood: { id }, streak: 1, streak_before: 1 }], 'a retry is one')

  await maya.delete(`/mood/${id}`)
  t.equal((await rehearse('post', '/mood', body)).json().code, 'entry_deleted')
  const others = [await log(maya), await log(maya), await log(maya)]
  t.equal((await rehearse('post', '/mood', { mood: 5 })).json().code, 'limit_reached')
  t.equal((await rehearse('post', `/mood/${id}/restore`)).json().code, 'limit_reached')
  t.equal((await rehearse('patch', `/mood/${others[0].id}`, { note: 'fits' })).statusCode, 200)
  await maya.delete(`/mood/${id}?permanently=true`)
  t.equal((await rehearse('post', `/mood/${id}/restore`)).json().code, 'entry_deleted')
})

t.test('a dry run does not use up an Idempotency-Key, and finds what one has made', async t => {
  const { maya, rehearse } = await world(t)
  const headers = { 'idempotency-key': 'once' }
  const body = { mood: 5 }
  for (let n = 0; n < 2; n++) t.equal((await rehearse('post', '/mood', body, headers)).statusCode, 200)
  const other = await rehearse('post', '/mood', { mood: 6 }, headers)
  t.equal(other.statusCode, 200, 'nor for one request')
  const made = await maya.post('/mood', body, headers)
  t.match([made.statusCode, made.json()], [201, { streak: 1, streak_before: 0 }])
  const replay = await maya.post('/mood', body, headers)
  t.match([replay.statusCode, replay.json()], [201, { streak: 1, streak_before: 1, mood: { id: made.json().mood.id } }])
  const rehearsed = await maya.post('/mood?dry_run=true', body, headers)
  t.match([rehearsed.statusCode, rehearsed.json()], [200, { mood: { id: made.json().mood.id } }])
  t.equal((await rehearse('post', '/mood', { mood: 6 }, headers)).json().code, 'idempotency_key_reused')
})

t.test('streak_before is the streak without the change, also when another process wrote between', async t => {
  const { app, config } = await build(t)
  const other = await build(t, { databaseUrl: config.databaseUrl })
  const maya = await signUp(app, 'maya')
  const elsewhere = (payload: object) =>
    other.app.inject({ method: 'POST', url: '/mood', payload, headers: { authorization: `Bearer ${maya.token}` } })
  let streak = 0
  for (const [n, date] of ['2026-03-05', '2026-03-04', '2026-03-03', '2026-03-01', '2026-03-02'].entries()) {
    const answer = n % 2 ? await elsewhere({ mood: 5, date }) : await maya.post('/mood', { mood: 5, date })
    t.equal(answer.json().streak_before, streak, date)
    streak = answer.json().streak
  }
  t.equal(streak, 5)
  const dates = Array.from({ length: 8 }, (_, n) => `2026-02-2${n + 1}`)
  const all = await Promise.all(
    dates.map((date, n) => (n % 2 ? elsewhere({ mood: 5, date }) : maya.post('/mood', { mood: 5, date }))),
  )
  for (const answer of all) t.ok(answer.json().streak_before <= answer.json().streak, answer.body)
  const { moods } = (await maya.get('/mood')).json()
  const [{ id }] = moods
  t.match((await maya.patch(`/mood/${id}`, { date: '2026-03-04' })).json(), { streak_before: 13, streak: 12 })
  t.match((await maya.delete(`/mood/${id}`)).json(), { streak_before: 12, streak: 12 })
})

t.test('a token that may only write gets a receipt, with both streaks', async t => {
  const { maya } = await world(t)
  const made = await maya.post('/tokens', { name: 'script', scopes: ['mood:write'] })
  const headers = { authorization: `Bearer ${made.json().token}` }
  const answer = await maya.post('/mood?dry_run=true', { mood: 5, note: 'x' }, headers)
  t.match(answer.json(), { mood: { revision: 1 }, streak: 1, streak_before: 0 })
  t.notOk(answer.json().mood.note)
})
