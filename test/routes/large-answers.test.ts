import type { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { Database, Params, WritableDatabase } from '../../src/db/database.ts'
import { moodStore } from '../../src/moods/mood-store.ts'
import { type App, build, type Person, password, signUp, until } from '../helper.ts'

/** Called before each prepared query; awaited. */
type Before = (name: string, params: Params) => Promise<unknown> | undefined

/** A database that waits for the test before each prepared query. */
const awaiting = (hook: { before: Before }) => (database: WritableDatabase) => ({
  ...database,
  prepare: ((name, values, build, json) => {
    const prepared = database.prepare(name, values, build, json)
    return {
      ...prepared,
      async execute(params) {
        await hook.before(name, params)
        return prepared.execute(params)
      },
    }
  }) as Database['prepare'],
})

/** True for a read of a list that goes on where another one ended. */
const goesOn = (name: string, params: Params) => name === 'mood_list_desc' && String(params.startId).length > 1

/** In one request, because what is tested here is what is read of them. */
async function log(person: Person, count: number, note: string) {
  const date = '2026-03-05'
  const operations = Array.from({ length: count }, () => ({
    kind: 'mood',
    op: 'create',
    id: uuidv7(),
    value: { mood: 5, date, note },
  }))
  const { results = [] } = (await person.post('/sync', { operations })).json()
  if (results.filter(({ status }: { status: string }) => status === 'applied').length < count)
    throw new Error('not logged')
}

/** Entries of more than 1 MiB together. */
const logMuch = (person: Person) => log(person, 130, 'é'.repeat(5_000))

async function streamOf(app: App, { token }: Person, url: string): Promise<Readable> {
  return (await app.inject({ url, headers: { authorization: `Bearer ${token}` }, payloadAsStream: true })).stream()
}

async function textOf(stream: Readable): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts).toString()
}

async function withMuch(t: Test, ...names: string[]) {
  const built = await build(t)
  const people: Person[] = []
  for (const name of names) {
    const person = await signUp(built.app, name)
    await logMuch(person)
    people.push(person)
  }
  return { ...built, people }
}

t.test(
  'security 37: between two reads of a long answer the event loop turns, and what is short is no stream',
  async t => {
    const hook: { before: Before } = { before: () => undefined }
    const { app } = await build(t, { wrap: awaiting(hook) })
    const maya = await signUp(app, 'maya')
    await log(maya, 450, 'short')
    let turns = 0
    let counting = true
    const count = () => {
      turns++
      if (counting) setImmediate(count)
    }
    const turnsAtReads: number[] = []
    hook.before = (name, params) => {
      if (goesOn(name, params)) turnsAtReads.push(turns)
      return undefined
    }
    setImmediate(count)
    const answer = await maya.get('/mood')
    counting = false
    t.equal(turnsAtReads.length, 4)
    t.equal(new Set(turnsAtReads).size, 4, 'each read is in another turn')
    t.equal(answer.headers['content-length'], String(answer.rawPayload.length), 'below 1 MiB it is no stream')
    t.equal(answer.json().moods.length, 450)
  },
)

t.test('the bytes and the ETag of a list do not depend on how it is read', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  await log(maya, 99, 'a "note"\n')
  const short = await maya.get('/mood')
  await log(maya, 60, 'another')
  const long = await maya.get('/mood')
  t.equal(JSON.stringify(long.json()), long.body)
  t.strictSame(Object.keys(long.json()), Object.keys(short.json()))
  const pages = [(await maya.get('/mood?per_page=100')).json(), (await maya.get('/mood?per_page=100&page=2')).json()]
  const { moods, ...head } = long.json()
  t.strictSame(moods, [...pages[0].moods, ...pages[1].moods])
  const { page: _page, per_page: _perPage, total_pages: _totalPages, moods: _moods, ...fields } = pages[0]
  t.strictSame(head, fields)
  t.equal((await maya.get('/mood', { 'if-none-match': long.headers.etag as string })).statusCode, 304)
  t.equal((await maya.get('/mood')).body, long.body, 'kept as it was sent')
})

t.test('security 37: one large answer per user, a few per process; the others wait in line', async t => {
  const { app, people } = await withMuch(t, 'maya', 'ines', 'noor', 'sam')
  const [maya, ines, noor, sam] = people as [Person, Person, Person, Person]
  const open = [
    await streamOf(app, maya, '/account/export'),
    await streamOf(app, ines, '/account/export'),
    await streamOf(app, noor, '/account/export'),
  ]
  t.strictSame(app.streamLoad, { running: 3, aside: 0, waiting: 0 })
  const second = streamOf(app, maya, '/mood')
  const fourth = streamOf(app, sam, '/account/export')
  await until(() => app.streamLoad.waiting === 2)
  t.equal((await sam.get('/me')).statusCode, 200, 'nothing else waits')
  for (const stream of open) JSON.parse(await textOf(stream))
  for (const stream of [await second, await fourth]) t.equal(JSON.parse(await textOf(stream)).moods.length, 130)
  await until(() => app.streamLoad.running === 0)
  t.strictSame(app.streamLoad, { running: 0, aside: 0, waiting: 0 })
})

t.test('whoever was signed out while waiting in line gets nothing, and the place goes to the next', async t => {
  const { app, people } = await withMuch(t, 'maya')
  const [maya] = people as [Person]
  const open = await streamOf(app, maya, '/account/export')
  const waiting = maya.get('/mood')
  const next = streamOf(app, maya, '/account/export')
  await until(() => app.streamLoad.waiting === 2)
  const again = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  t.equal((await maya.delete('/logout')).statusCode, 204)
  t.ok(await textOf(open))
  t.match((await waiting).json(), { status: 401, code: 'invalid_token' })
  t.match(JSON.parse(await textOf(await next)), { status: 401 })
  const headers = { authorization: `Bearer ${again.json().token}` }
  t.equal((await app.inject({ url: '/mood', headers })).json().moods.length, 130)
  await until(() => app.streamLoad.running === 0)
  t.equal(app.streamLoad.waiting, 0)
})

t.test('security 37: readers that trickle keep nobody else waiting, and get all of it', async t => {
  const { app, clock, people } = await withMuch(t, 'maya', 'ines', 'noor', 'sam', 'kim')
  const [maya, ines, noor, sam, kim] = people as [Person, Person, Person, Person, Person]
  const slow = [
    await streamOf(app, maya, '/mood'),
    await streamOf(app, ines, '/mood'),
    await streamOf(app, noor, '/account/export'),
  ]
  const others = [streamOf(app, sam, '/mood'), streamOf(app, kim, '/account/export')]
  // Both have read their first MiB and let go of it: they read it again when it is their turn.
  await until(() => app.streamLoad.waiting === 2)
  clock.now += 2_000
  await until(() => app.streamLoad.waiting === 0)
  t.equal(app.streamLoad.aside, 2, 'two have made way')
  for (const stream of others) t.equal(JSON.parse(await textOf(await stream)).moods.length, 130)
  // The slow ones are left: a slot is free some turns after the end of its answer.
  await until(() => app.streamLoad.running === 1 && app.streamLoad.aside === 2)
  const texts = await Promise.all(slow.map(textOf))
  t.ok(
    texts.every(text => text.length > 0),
    'what they have not taken yet came too',
  )
})

t.test('a list that changes while a slow reader takes it is cut, if others needed its place', async t => {
  const { app, clock, people } = await withMuch(t, 'maya', 'ines', 'noor', 'sam')
  const [maya, ines, noor, sam] = people as [Person, Person, Person, Person]
  const slow: Readable[] = []
  for (const person of [maya, ines, noor]) slow.push(await streamOf(app, person, '/mood'))
  await maya.post('/mood', { mood: 9 })
  const other = streamOf(app, sam, '/mood')
  await until(() => app.streamLoad.waiting === 1)
  clock.now += 2_000
  await until(() => app.streamLoad.waiting === 0)
  t.equal(JSON.parse(await textOf(await other)).moods.length, 130)
  await t.rejects(textOf(slow[0] as Readable))
  for (const stream of slow.slice(1)) await textOf(stream)
})

t.test('more than may wait are told to come back', async t => {
  const { app, people } = await withMuch(t, 'maya')
  const [maya] = people as [Person]
  const first = await streamOf(app, maya, '/account/export')
  const others = Array.from({ length: 9 }, () =>
    app.inject({ url: '/account/export', headers: { authorization: `Bearer ${maya.token}` } }),
  )
  const refused = await Promise.race(others)
  t.match(refused.json(), { status: 503, code: 'too_busy' })
  t.match(refused.headers, { 'retry-after': '10', 'content-disposition': undefined })
  t.equal(app.streamLoad.waiting, 8)
  await textOf(first)
  const answers = await Promise.all(others)
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 8)
  const { events } = (await maya.get('/account/events')).json()
  t.equal(events.filter(({ kind }: { kind: string }) => kind === 'exported').length, 1, 'and all of it is one event')
})

t.test('security 38: of many requests at the same time few begin to be read, and the rest hold nothing', async t => {
  let reads = 0
  const begin = Promise.withResolvers<void>()
  const { app } = await build(t, {
    wrap: database => ({
      ...database,
      async query(build) {
        reads++
        await begin.promise
        return database.query(build)
      },
    }),
  })
  const maya = await signUp(app, 'maya')
  const answers = Array.from({ length: 40 }, () => maya.get('/account/export'))
  const refused: unknown[] = []
  for (const answer of answers) void answer.then(({ statusCode }) => statusCode === 503 && refused.push(statusCode))
  await until(() => refused.length === 23 && reads > 0)
  t.equal(reads, 1, 'one is read, 16 wait, and nothing is held for the others')
  begin.resolve()
  const codes = (await Promise.all(answers)).map(({ statusCode }) => statusCode)
  t.equal(codes.filter(code => code === 200).length, 17)
})

t.test('security 38: of many long lists asked for at the same time no entry is read before its turn', async t => {
  const begin = Promise.withResolvers<void>()
  const hook: { before: Before } = { before: () => undefined }
  const { app } = await build(t, { wrap: awaiting(hook) })
  const maya = await signUp(app, 'maya')
  await log(maya, 130, 'short')
  let reads = 0
  hook.before = name => {
    if (name !== 'mood_list_desc') return undefined
    reads++
    return begin.promise
  }
  const answers = Array.from({ length: 40 }, () => maya.get('/mood'))
  let refused = 0
  for (const answer of answers) void answer.then(({ statusCode }) => statusCode === 503 && refused++)
  await until(() => refused === 23 && reads > 0)
  t.equal(reads, 1)
  begin.resolve()
  const all = await Promise.all(answers)
  t.equal(all.filter(({ statusCode }) => statusCode === 200).length, 17)
})

t.test('security 38: a reader that takes nothing holds little, and is cut after 30 seconds', async t => {
  let reads = 0
  const { app, clock } = await build(t, {
    wrap: database => ({
      ...database,
      query: build => {
        reads++
        return database.query(build)
      },
    }),
  })
  const maya = await signUp(app, 'maya')
  // Far more than the 1 MiB that is read at a time.
  for (let part = 0; part < 2; part++) await log(maya, 130, 'é'.repeat(10_000))
  reads = 0
  const silent = await streamOf(app, maya, '/account/export')
  t.equal(reads, 1, 'what has been read is 1 MiB')
  t.ok(silent.readableLength < 300_000, 'and most of it is still to be offered')
  const waiting = streamOf(app, maya, '/account/export')
  await until(() => app.streamLoad.waiting === 1)
  await until(() => {
    clock.now += 10_000
    return app.streamLoad.waiting === 0
  })
  const next = await waiting
  t.equal(app.streamLoad.running, 1, 'the silent one was cut, and the next one has its turn')
  t.equal(JSON.parse(await textOf(next)).moods.length, 260)
})

t.test('HEAD of a large answer reads no more than tells that it is large', async t => {
  const { app, people } = await withMuch(t, 'maya')
  const [maya] = people as [Person]
  for (const url of ['/mood', '/account/export']) {
    const head = await app.inject({ method: 'HEAD', url, headers: { authorization: `Bearer ${maya.token}` } })
    t.match([head.statusCode, head.body], [200, ''], url)
    t.equal(app.streamLoad.running, 0)
  }
})

t.test('field case 22: a list that a write overtakes is read again before its first byte', async t => {
  const hook: { before: Before } = { before: () => undefined }
  const { app } = await build(t, { wrap: awaiting(hook) })
  const maya = await signUp(app, 'maya')
  await log(maya, 250, 'before')
  let overtaken = false
  hook.before = (name, params) => {
    if (overtaken || !goesOn(name, params)) return undefined
    overtaken = true
    return maya.post('/mood', { mood: 9, note: 'overtaking', date: '2026-03-04' })
  }
  const answer = await maya.get('/mood')
  t.ok(overtaken)
  t.match(answer.json(), { total: 251, streak: 2 })
  t.equal(new Set(answer.json().moods.map(({ id }: { id: string }) => id)).size, 251)
  t.match(answer.json().moods.at(-1), { note: 'overtaking', streak: 1 })
  t.equal((await maya.get('/mood')).headers.etag, answer.headers.etag)
})

t.test(
  'field case 22: so is a list whose last entry is deleted meanwhile, and nothing comes after the entries read',
  async t => {
    const hook: { before: Before } = { before: () => undefined }
    const { app } = await build(t, { wrap: awaiting(hook) })
    const maya = await signUp(app, 'maya')
    await log(maya, 101, 'before')
    const [last] = (await maya.get('/mood?per_page=100&page=2')).json().moods
    let reads = 0
    hook.before = (name, params) =>
      goesOn(name, params) && ++reads === 1 ? maya.delete(`/mood/${last.id}`) : undefined
    const answer = await maya.get('/mood')
    t.equal(reads, 2)
    const { moods, total } = answer.json()
    t.strictSame([moods.length, total], [100, 100])
    t.notOk(moods.some(({ id }: { id: string }) => id === last.id))
    t.equal((await maya.get('/mood')).headers.etag, answer.headers.etag)
  },
)

t.test('field case 22: a list that is overtaken without end is sent whole nevertheless, and is not cached', async t => {
  const hook: { before: Before } = { before: () => undefined }
  const { app } = await build(t, { wrap: awaiting(hook) })
  const maya = await signUp(app, 'maya')
  await log(maya, 250, 'before')
  let writes = 0
  hook.before = (name, params) =>
    goesOn(name, params) ? maya.post('/mood', { mood: 9, note: `overtaking ${++writes}` }) : undefined
  const stream = await streamOf(app, maya, '/mood')
  const { moods, total } = JSON.parse(await textOf(stream))
  t.ok(writes > 3)
  t.equal(moods.length, total)
  t.equal(moods.filter(({ note }: { note: string }) => note === 'before').length, 250, 'no entry is lost')
  hook.before = () => undefined
  t.equal((await maya.get('/mood')).json().total, 250 + writes)
})

t.test(
  'field case 22: a list too long for memory goes on over a write, each entry as it was when it was read',
  async t => {
    const fake: { version: number; reads: number; rows?: object[] } = { version: 5, reads: 0 }
    const { app } = await build(t, {
      wrap: database => ({
        ...database,
        prepare: ((name, values, build, json) => {
          const prepared = database.prepare(name, values, build, json)
          return {
            ...prepared,
            async execute(params) {
              if (name === 'mood_days' && fake.rows)
                return [{ version: fake.version, date: '2026-03-05', entries: 250 }]
              if (name !== 'mood_list_desc' || !fake.rows) return prepared.execute(params)
              const [row] = fake.rows as { entry: string; date: string }[]
              fake.reads = String((params as Params).startId).length > 1 ? fake.reads + 1 : 0
              const note = 'long '.repeat(fake.reads === 0 ? 110_000 : 1)
              const entry = JSON.stringify({ ...JSON.parse(`${row?.entry}}`), note, mood: fake.reads }).slice(0, -1)
              return Array.from({ length: [100, 100, 50][fake.reads] as number }, () => ({
                entry,
                date: row?.date,
                version: fake.version,
              }))
            },
          } as typeof prepared
        }) as Database['prepare'],
      }),
    })
    const maya = await signUp(app, 'maya')
    await log(maya, 1, 'one')
    const store = moodStore({
      ...app.database,
      prepare: (name, values, build, json) => app.database.prepare(`other_${name}`, values, build, json),
    })
    fake.rows = await store.list(maya.id, {
      order: 'desc',
      start: { date: '9999-12-31', at: new Date(Date.UTC(9999, 0)), id: '~' },
      until: 0 as never,
      offset: 0,
      limit: 1,
    })
    const stream = await streamOf(app, maya, '/mood')
    fake.version = 6
    const { moods, total } = JSON.parse(await textOf(stream))
    t.equal(fake.reads, 2)
    t.strictSame([moods.length, total], [250, 250])
  },
)
