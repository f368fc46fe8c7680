import t from 'tap'
import { newId } from '../../src/ids.ts'
import { build, replayOf, signUp } from '../helper.ts'

const key = (value: string) => ({ 'idempotency-key': value })
const day = 86_400_000

t.test(
  'security 30: a request with a key makes one thing, and answers the same status and the thing as it is now',
  async t => {
    const { app } = await build(t)
    const maya = await signUp(app, 'maya')
    const body = { mood: 7, note: 'once', tags: ['walk'] }
    const first = await maya.post('/mood', body, key('k-1'))
    const { id } = first.json().mood
    t.equal(first.statusCode, 201)
    const again = await maya.post('/mood', body, key('k-1'))
    t.equal(again.statusCode, 201)
    t.equal(again.headers.location, `/mood/${id}`)
    t.strictSame(again.json(), replayOf(first))
    await maya.patch(`/mood/${id}`, { note: 'changed' })
    t.match((await maya.post('/mood', body, key('k-1'))).json(), { mood: { id, note: 'changed' } })
    t.equal((await maya.get('/mood')).json().total, 1)

    const other = await maya.post('/mood', { ...body, mood: 8 }, key('k-1'))
    t.match(other.json(), { status: 422, code: 'idempotency_key_reused' })
    t.equal((await maya.post('/mood', body, key('k-2'))).statusCode, 201)
    t.equal((await maya.get('/mood')).json().total, 2)

    await maya.delete(`/mood/${id}`)
    t.match((await maya.post('/mood', body, key('k-1'))).json(), { status: 410, code: 'entry_deleted' })
  },
)

t.test('security 30: a task is made once too, and a key is of one kind of request', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const first = await maya.post('/tasks', { title: 'Buy milk' }, key('k'))
  const again = await maya.post('/tasks', { title: 'Buy milk' }, key('k'))
  t.strictSame([first.statusCode, again.statusCode], [201, 201])
  t.strictSame(again.json(), replayOf(first))
  t.equal(again.headers.location, `/tasks/${first.json().id}`)
  t.equal((await maya.get('/tasks')).json().total, 1)
  t.equal((await maya.post('/mood', { mood: 7 }, key('k'))).statusCode, 422)
  t.equal((await maya.post('/tasks', { title: 'Buy bread' }, key('k'))).statusCode, 422)
})

t.test('security 30: poses, sequences, their copies and practices are made once too', async t => {
  const { app } = await build(t)
  const ines = await signUp(app, 'ines', { role: 'instructor' })
  const once = async (url: string, payload: object) => {
    const headers = key(`for ${url}`.replaceAll(' ', '-'))
    const [first, again] = [await ines.post(url, payload, headers), await ines.post(url, payload, headers)]
    t.strictSame([first.statusCode, again.statusCode], [201, 201], url)
    t.strictSame([again.json(), again.headers.location], [replayOf(first), first.headers.location], url)
    return first.json().id as string
  }
  await once('/poses', { name: 'Tree at the Wall' })
  const id = await once('/sequences', { title: 'Short', poses: [{ pose_id: 'cat' }] })
  await once(`/sequences/${id}/copy`, {})
  await once(`/sequences/${id}/practices`, {})
  t.equal((await ines.get('/sequences')).json().total, 2)
  t.equal((await ines.get('/practices')).json().total, 1)
})

t.test('security 30: a key belongs to its person', async t => {
  const { app } = await build(t)
  const [maya, other] = [await signUp(app, 'maya'), await signUp(app, 'other')]
  const mine = (await maya.post('/mood', { mood: 7 }, key('shared'))).json().mood
  const theirs = await other.post('/mood', { mood: 3 }, key('shared'))
  t.equal(theirs.statusCode, 201)
  t.not(theirs.json().mood.id, mine.id)
})

t.test('security 30: the same request on its way many times makes one thing', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const answers = await Promise.all(Array.from({ length: 20 }, () => maya.post('/mood', { mood: 7 }, key('storm'))))
  t.strictSame([...new Set(answers.map(answer => answer.statusCode))], [201])
  t.equal(new Set(answers.map(answer => answer.json().mood.id)).size, 1)
  t.equal((await maya.get('/mood')).json().total, 1)
})

t.test('security 30: a key is forgotten after a day', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const script = (await maya.post('/tokens', { name: 'script', scopes: ['mood:read', 'mood:write'] })).json()
  const headers = { authorization: `Bearer ${script.token}`, ...key('daily') }
  const log = (mood: number) => app.inject({ method: 'POST', url: '/mood', headers, payload: { mood } })
  await log(7)
  clock.now += day - 1
  t.equal((await log(8)).statusCode, 422)
  clock.now += 1
  t.equal((await log(8)).statusCode, 201)
  t.equal((await log(8)).statusCode, 201)
  t.equal((await app.inject({ url: '/mood', headers })).json().total, 2)
})

t.test('a request that fails uses no key up', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  t.equal((await maya.post('/mood', { mood: 11 }, key('k'))).statusCode, 400)
  t.equal((await maya.post('/mood', { mood: 10 }, key('k'))).statusCode, 201)
})

t.test('a key goes together with an id of the client', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const body = { id: crypto.randomUUID(), mood: 7 }
  t.equal((await maya.post('/mood', body)).statusCode, 201)
  t.equal((await maya.post('/mood', body, key('k'))).statusCode, 200)
  t.equal((await maya.post('/mood', { ...body, mood: 8 }, key('k'))).json().code, 'id_taken')
  t.equal((await maya.get('/mood')).json().total, 1)
})

t.test('a key that is none is refused', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  for (const bad of ['', 'two words', 'ä', 'x'.repeat(256)])
    t.match((await maya.post('/mood', { mood: 7 }, key(bad))).json(), { status: 400, code: 'invalid_request' })
  t.equal((await maya.get('/mood')).json().total, 0)
})

t.test('security 30: another node, and a server that was started again, know what a key has made', async t => {
  const { app, config, database } = await build(t)
  const maya = await signUp(app, 'maya')
  const requests = [
    ['/mood', { mood: 7, note: 'once' }],
    ['/tasks', { title: 'once' }],
  ] as const
  const { idempotencyKeys } = database.tables
  for (const [url, payload] of requests) {
    const headers = { authorization: `Bearer ${maya.token}`, ...key(url) }
    const first = await app.inject({ method: 'POST', url, payload, headers })
    const { app: other } = await build(t, { databaseUrl: config.databaseUrl })
    const again = await other.inject({ method: 'POST', url, payload, headers })
    t.strictSame([again.statusCode, again.headers.location], [201, first.headers.location])
    t.strictSame(again.json(), replayOf(first))
    const changed = await other.inject({
      method: 'POST',
      url,
      payload: { ...payload, id: crypto.randomUUID() },
      headers,
    })
    t.equal(changed.statusCode, 422)
  }
  const kept = await database.query(db => db.select().from(idempotencyKeys))
  t.equal(kept.length, 2)
  t.notMatch(JSON.stringify(kept), /once/, 'of the payload a digest is kept')
})

t.test(
  'security 43: too many keys of a day are refused, what has one is still answered, and nothing is made twice',
  async t => {
    const { app, clock, config, database } = await build(t)
    const maya = await signUp(app, 'maya')
    const other = await signUp(app, 'other')
    const first = await maya.post('/mood', { mood: 5 }, key('first'))
    const { idempotencyKeys } = database.tables
    const used = { userId: maya.id, digest: 'x', outcome: 201, resourceId: newId(), createdAt: new Date(clock.now) }
    for (let n = 0; n < 20; n++) {
      const rows = Array.from({ length: 1_000 }, (_, i) => ({ ...used, key: `${n} ${i}` }))
      await database.query(db => db.insert(idempotencyKeys).values(rows))
    }
    const fresh = await build(t, { databaseUrl: config.databaseUrl })
    const retry = { authorization: `Bearer ${maya.token}`, ...key('first') }
    const post = (headers: Record<string, string>) =>
      fresh.app.inject({ method: 'POST', url: '/mood', payload: { mood: 5 }, headers })
    const { authorization } = retry
    const refused = await post({ authorization, ...key('second') })
    t.match([refused.statusCode, refused.headers['retry-after']], [429, String(day / 1000)])
    t.match(refused.json(), { code: 'too_many_requests', detail: /20000 idempotency keys/ })
    t.strictSame((await post(retry)).json(), replayOf(first), 'the one that was used is answered')
    t.equal((await post({ authorization })).statusCode, 201, 'without a key it goes on')
    t.equal((await other.post('/mood', { mood: 5 }, key('second'))).statusCode, 201)
  },
)
