import { eq } from 'drizzle-orm'
import t from 'tap'
import { Unavailable, type WritableDatabase } from '../src/db/database.ts'
import { erasureStore } from '../src/db/erasure.ts'
import { demoSequences } from '../src/demo/sequences.ts'
import type { EntryId, SequenceId, UserId } from '../src/ids.ts'
import { dayOf } from '../src/moods/calendar.ts'
import { moodStore } from '../src/moods/mood-store.ts'
import { inCatalogue } from '../src/yoga/catalogue.ts'
import { poseStore } from '../src/yoga/pose-store.ts'
import type { Pose } from '../src/yoga/poses.ts'
import { practiceStore } from '../src/yoga/practice-store.ts'
import { sequenceStore } from '../src/yoga/sequence-store.ts'
import type { SequenceFields } from '../src/yoga/sequences.ts'
import { build, signUp } from './helper.ts'
import { type Intervention, meddling } from './meddling.ts'

t.test('while the database is away every route answers 503 and says when to come back', async t => {
  const lines: string[] = []
  const logger = { level: 'error', stream: { write: (line: string) => void lines.push(line) } }
  const meddle: { with: Intervention; atomic?: () => Promise<undefined> } = { with: () => undefined }
  const { app } = await build(t, { wrap: meddling(meddle), logger })
  const maya = await signUp(app, 'maya')
  meddle.with = () => Promise.reject(new Unavailable('SQLITE_BUSY'))
  meddle.atomic = () => Promise.reject(new Unavailable('SQLITE_FULL'))
  const answers = [
    await app.inject('/ready'),
    await maya.get('/me'),
    await maya.get('/mood'),
    await maya.post('/mood', { mood: 5 }),
    await app.inject({
      method: 'POST',
      url: '/signup',
      payload: { username: 'ines', password: 'correct horse battery' },
    }),
    await app.inject({
      method: 'POST',
      url: '/login',
      payload: { username: 'maya', password: 'correct horse battery' },
    }),
  ]
  for (const answer of answers) {
    t.match(answer.json(), { status: 503, code: 'unavailable', errors: [String] })
    t.equal(answer.headers['retry-after'], '5')
  }
  t.equal((await app.inject('/health')).statusCode, 200)
  t.equal(lines.length, answers.length)
  t.match(JSON.parse(lines[0] as string), { database: 'SQLITE_BUSY' })

  meddle.with = () => undefined
  delete meddle.atomic
  t.equal((await maya.post('/mood', { mood: 5 })).statusCode, 201, 'and it recovers by itself')
})

t.test('field case 12: while the disk is full people read and export, and /ready says that writes fail', async t => {
  const meddle: { with: Intervention; atomic?: () => Promise<undefined> } = { with: () => undefined }
  const { app, clock } = await build(t, { wrap: meddling(meddle) })
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 8 })
  t.strictSame((await app.inject('/ready')).json(), { status: 'ready', writes: 'ok' })
  const fail = (error: Error) => {
    meddle.atomic = () => Promise.reject(error)
    meddle.with = name => (name === 'readiness_write' ? Promise.reject(error) : undefined)
  }
  fail(new Unavailable('SQLITE_FULL'))
  t.equal((await maya.post('/mood', { mood: 5 })).statusCode, 503)
  const exported = await maya.get('/account/export')
  t.equal(exported.statusCode, 200)
  t.match(exported.json(), { moods: { length: 1 }, events: { length: 1 } }, 'a record of a read never fails the read')
  t.equal((await app.inject('/ready')).json().writes, 'ok', 'an answer is cached for a second')
  clock.now += 1_000
  t.strictSame((await app.inject('/ready')).json(), { status: 'ready', writes: 'failing' })

  delete meddle.atomic
  meddle.with = () => undefined
  clock.now += 1_000
  t.equal((await app.inject('/ready')).json().writes, 'ok', 'without a restart')
  const { token } = (await maya.post('/tokens', { name: 'backup', scopes: ['account:export'] })).json()
  fail(new Error('a bug'))
  const failed = await app.inject({ url: '/account/export', headers: { authorization: `Bearer ${token}` } })
  t.equal(failed.statusCode, 500, 'other failures are not hidden')
  clock.now += 1_000
  t.equal((await app.inject('/ready')).statusCode, 500)
})

t.test('probes of /ready cost the database one look a second, however many there are', async t => {
  let pings = 0
  const meddle: { with: Intervention } = {
    with: name => {
      if (name === 'ping') pings++
      return undefined
    },
  }
  const { app, clock } = await build(t, { wrap: meddling(meddle) })
  await Promise.all(Array.from({ length: 20 }, () => app.inject('/ready')))
  t.equal(pings, 1)
  clock.now += 999
  await app.inject('/ready')
  t.equal(pings, 1)
  clock.now += 1
  await app.inject('/ready')
  t.equal(pings, 2)
})

t.test('security 28: what nobody expected is logged with its cause and answered without it', async t => {
  const lines: string[] = []
  const logger = { level: 'error', stream: { write: (line: string) => void lines.push(line) } }
  const meddle: { with: Intervention } = { with: () => undefined }
  const { app } = await build(t, { wrap: meddling(meddle), logger })
  const maya = await signUp(app, 'maya')
  meddle.with = () => Promise.reject(new Error('the cause'))
  const answer = await maya.get('/mood')
  t.match(answer.json(), { status: 500, code: 'internal_error' })
  t.notMatch(answer.body, /cause|stack|\.ts/)
  t.match(lines, [/the cause/])
})

t.test('a route that forgets its guard fails instead of serving everybody', async t => {
  const { app } = await build(t, { own: true })
  app.get('/forgotten', async request => request.principal.user)
  t.match((await app.inject('/forgotten')).json(), { status: 500, code: 'internal_error' })
})

t.test('who is deleted in the middle of a request is a stranger at its end', async t => {
  const meddle: { with: Intervention; atomic?: () => Promise<undefined> } = { with: () => undefined }
  const { app } = await build(t, { wrap: meddling(meddle) })
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const sequence = (await maya.post('/sequences', { title: 'A' })).json()
  meddle.with = name => (name === 'mood_days' ? Promise.resolve([]) : undefined)
  t.match((await maya.get('/mood?from=2026-03-01')).json(), { status: 401, code: 'authentication_required' })

  meddle.atomic = () => Promise.resolve(undefined)
  for (const [url, payload] of [
    ['/mood', { mood: 5 }],
    ['/tasks', { title: 'x' }],
    ['/poses', { name: 'x' }],
    ['/sequences', { title: 'x' }],
    [`/sequences/${sequence.id}/copy`, {}],
    [`/sequences/${sequence.id}/practices`, {}],
  ] as const) {
    for (const headers of [{}, { 'idempotency-key': 'k' }]) {
      const answer = await maya.post(url, payload, headers)
      t.match(answer.json(), { status: 401, code: 'authentication_required' }, url)
      t.equal(answer.headers.location, undefined)
    }
  }

  let attempts = 0
  meddle.atomic = () => {
    if (++attempts === 1) delete meddle.atomic
    return Promise.resolve(undefined)
  }
  meddle.with = () => undefined
  t.equal((await maya.post('/mood', { mood: 5 })).statusCode, 201, 'what was in the way may have gone')

  meddle.with = name => (name === 'session_principal' ? Promise.resolve([]) : undefined)
  for (const [url, username, code] of [
    ['/login', 'maya', 'invalid_credentials'],
    ['/signup', 'ines', 'unavailable'],
  ] as const) {
    const payload = { username, password: 'correct horse battery' }
    const answer = await app.inject({ method: 'POST', url, payload })
    t.match(answer.json(), { code })
    t.equal(answer.headers['set-cookie'], undefined)
  }
  meddle.with = name => (name === 'mood_count_by_tag' ? Promise.resolve([]) : undefined)
  t.match((await maya.get('/mood?tag=a')).json(), { total: 0, moods: [] })

  meddle.with = name => (name === 'profile_by_user' ? Promise.resolve([]) : undefined)
  const gone = await maya.patch('/profile', { day_starts_at: 3 })
  t.match(gone.json(), { status: 401, code: 'authentication_required' })
  t.match(gone.headers['www-authenticate'], /^Bearer/)
})

t.test('a history is of somebody: nobody has none', async t => {
  const { database } = await build(t)
  const store = moodStore({
    ...database,
    prepare: (name, values, build) => database.prepare(`other_${name}`, values, build),
  })
  t.equal(await store.history('nobody' as UserId), undefined)
})

t.test('an edit that always comes too late gives up in the end, says so, and loses nothing', async t => {
  const meddle: { with: Intervention; atomic?: () => Promise<undefined> } = { with: () => undefined }
  const { app } = await build(t, { wrap: meddling(meddle) })
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const sequence = (await maya.post('/sequences', { title: 'mine', poses: [{ pose_id: 'cat' }] })).json()
  const pose = (await maya.post('/poses', { name: 'mine' })).json()
  const { mood } = (await maya.post('/mood', { mood: 8 })).json()
  const task = (await maya.post('/tasks', { title: 'mine' })).json()
  const edited = (await maya.post('/mood', { mood: 1 })).json().mood
  await maya.patch(`/mood/${edited.id}`, { mood: 2 })
  const deleted = (await maya.post('/mood', { mood: 3 })).json().mood
  await maya.delete(`/mood/${deleted.id}`)
  let attempts = 0
  meddle.atomic = () => {
    attempts++
    return Promise.resolve(undefined)
  }
  // At once, because each of them waits longer and longer for its next attempt.
  const answers = await Promise.all([
    maya.patch(`/mood/${mood.id}`, { mood: 1 }),
    maya.patch(`/tasks/${task.id}`, { title: 'x' }),
    maya.put(`/sequences/${sequence.id}/poses`, { poses: [] }),
    maya.delete(`/poses/${pose.id}`),
    maya.delete(`/mood/${edited.id}/revisions`),
    maya.post(`/mood/${deleted.id}/restore`, undefined),
    maya.put('/account/username', { username: 'noor' }),
    maya.delete('/account'),
  ])
  for (const answer of answers) {
    t.match(answer.json(), { status: 503, code: 'unavailable' })
    t.equal(answer.headers['retry-after'], '1')
  }
  t.equal(attempts, 40 * answers.length, 'after some patience')
  delete meddle.atomic
  t.equal((await maya.get(`/mood/${edited.id}/revisions`)).json().total, 1)
  t.equal((await maya.get('/mood/trash')).json().total, 1)
  t.equal((await maya.get(`/mood/${mood.id}`)).json().mood.mood, 8)
  t.equal((await maya.get(`/tasks/${task.id}`)).json().title, 'mine')
  t.match((await maya.get(`/sequences/${sequence.id}`)).json(), { title: 'mine', pose_count: 1 })
  t.match((await maya.get(`/poses/${pose.id}`)).json(), { name: 'mine' })
  t.match((await maya.get('/me')).json(), { username: 'maya' })
})

t.test('nothing is added for somebody who is gone', async t => {
  const { database } = await build(t)
  const renamed = {
    ...database,
    prepare: (name, values, build) => database.prepare(`other_${name}`, values, build),
  } as WritableDatabase
  const sequence = { ...demoSequences[0], visibility: 'published' } as SequenceFields
  const practice = { date: '2026-03-05', sequenceId: 'none' as SequenceId, title: 'A', totalSeconds: 0, note: null }
  const [poses, sequences, practices] = [poseStore(renamed), sequenceStore(renamed), practiceStore(renamed)]
  for (const { writes } of [
    poses.create('nobody' as UserId, inCatalogue('tree') as Pose, 0),
    sequences.create('nobody' as UserId, sequence, 0),
    practices.create('nobody' as UserId, practice, 0),
  ])
    t.equal(await database.atomic(writes), undefined)
  t.strictSame(await database.query(db => db.select().from(database.tables.publishedSequences)), [])
})

t.test('who goes takes their published sequences out of sight', async t => {
  const { app, database } = await build(t)
  const [ines, maya] = [
    await signUp(app, 'ines', { role: 'instructor' }),
    await signUp(app, 'maya', { role: 'instructor' }),
  ]
  for (const person of [ines, maya]) await person.post('/sequences', { title: 'A', visibility: 'published' })
  const renamed = {
    ...database,
    prepare: (name, values, build) => database.prepare(`other_${name}`, values, build),
  } as WritableDatabase
  const { users } = database.tables
  await database.atomic(erasureStore(renamed).erasureWrites(ines.id))
  t.match((await maya.get('/sequences?scope=published')).json(), { total: 1, sequences: [{ own: true }] })
  await database.query(db => db.delete(users).where(eq(users.id, ines.id)))
  t.match((await maya.get('/sequences?scope=published')).json(), { total: 1, sequences: [{ own: true }] })
})

t.test('a write between two reads of one list makes it read again, not mix the two', async t => {
  const meddle: { with: Intervention } = { with: () => undefined }
  const { app, database } = await build(t, { wrap: meddling(meddle) })
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 8, date: '2026-03-04' })
  const store = moodStore({
    ...database,
    prepare: (name, values, build) => database.prepare(`other_${name}`, values, build),
  })
  const entry = {
    mood: 5,
    valence: 0,
    note: null,
    tags: [],
    day: dayOf('2026-03-05'),
    dateSource: 'date' as const,
    onTime: true,
    occurredAt: new Date(),
    timezone: 'UTC',
    digest: null,
  }
  let written = false
  meddle.with = name => {
    if (name !== 'mood_list_desc' || written) return undefined
    written = true
    const id = '00000000-0000-7000-8000-000000000000' as EntryId
    return store.add(database.atomic, maya.id, { ...entry, id }, 0).then(() => store.list(maya.id, latest))
  }
  const { moods, streak, total } = (await maya.get('/mood?per_page=20')).json()
  t.ok(written)
  t.match([streak, total, moods.map(({ streak }: { streak: number }) => streak)], [2, 2, [2, 1]])
})

t.test('moods that change faster than they can be read are refused, not mixed', async t => {
  const meddle: { with: Intervention } = { with: () => undefined }
  const { app } = await build(t, { wrap: meddling(meddle) })
  const maya = await signUp(app, 'maya')
  const { mood } = (await maya.post('/mood', { mood: 8 })).json()
  meddle.with = name =>
    name === 'mood_by_id' ? Promise.resolve([{ entry: mood, version: 99, revision: 1, digest: null }]) : undefined
  const answer = await maya.get(`/mood/${mood.id}`)
  t.match(answer.json(), { status: 503, code: 'unavailable' })
  t.equal(answer.headers['retry-after'], '1')
})

const latest = {
  order: 'desc' as const,
  start: { date: '9999-12-31', at: new Date(Date.UTC(9999, 0)), id: '~' },
  until: dayOf('1900-01-01'),
  offset: 0,
  limit: 20,
}
