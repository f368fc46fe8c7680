import { randomUUID } from 'node:crypto'
import t from 'tap'
import { dayOf } from '../../src/moods/calendar.ts'
import { build, replayOf, signUp } from '../helper.ts'

t.test('a mood comes back exactly as it was submitted, numbers and labels alike', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const logged = async (mood: unknown) => (await maya.post('/mood', { mood })).json().mood
  t.match(await logged(7), { mood: 7, valence: 0.4 })
  t.match(await logged(7.25), { mood: 7.25, valence: 0.45 })
  t.match(await logged('7.5'), { mood: 7.5, valence: 0.5 }, 'a numeric string is the number')
  t.match(await logged('happy'), { mood: 'happy', valence: 0.75 })
  t.match(await logged('  HAPPY '), { mood: 'HAPPY', valence: 0.75 }, 'but for space, which keyboards add')
  t.match(await logged('Current Mood'), { mood: 'Current Mood', valence: null })
  t.match(await logged('24/7 tired'), { mood: '24/7 tired', valence: null })
  for (const off of [11, -1, '10.5', '-3']) {
    const answer = await maya.post('/mood', { mood: off })
    t.match(answer.json(), {
      status: 400,
      code: 'mood_off_scale',
      errors: ['mood must be between 0 and 10, or a label'],
    })
  }
})

t.test('a new entry says where it is and what it did to the streak', async t => {
  const { app } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const maya = await signUp(app, 'maya')
  const answer = await maya.post('/mood', { mood: 8, note: 'Slept well.', tags: ['Sleep', 'sleep', 'walk'] })
  t.equal(answer.statusCode, 201)
  const { mood, streak, streak_details } = answer.json()
  t.equal(answer.headers.location, `/mood/${mood.id}`)
  t.match(mood, {
    note: 'Slept well.',
    tags: ['Sleep', 'walk'],
    date: '2026-03-05',
    occurred_at: '2026-03-05T12:00:00.000Z',
    timezone: 'UTC',
    streak: 1,
    created_at: '2026-03-05T12:00:00.000Z',
    updated_at: '2026-03-05T12:00:00.000Z',
  })
  t.equal(streak, 1)
  t.equal(streak_details.status, 'active')
  const read = await maya.get(`/mood/${mood.id}`)
  t.strictSame(read.json().mood, mood)
  t.equal(read.headers.etag, answer.headers.etag, 'the answer to the write names the same version')
})

t.test('an entry with a client-made id can be sent again and again', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const entry = { id: randomUUID(), mood: 8, note: 'offline', tags: ['bus'] }
  const first = await maya.post('/mood', entry)
  const reordered = { tags: ['bus'], note: 'offline', mood: 8, id: entry.id.toUpperCase() }
  const again = await maya.post('/mood', reordered)
  t.equal(first.statusCode, 201)
  t.equal(again.statusCode, 200)
  t.strictSame(again.json(), replayOf(first))
  t.equal((await maya.get('/mood')).json().total, 1)

  t.match((await maya.post('/mood', { ...entry, mood: 3 })).json(), { status: 409, code: 'id_taken' })
  const racing = { id: randomUUID(), mood: 5 }
  const answers = await Promise.all(Array.from({ length: 20 }, () => maya.post('/mood', racing)))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [...Array(19).fill(200), 201])
  t.equal((await maya.get('/mood')).json().total, 2)
})

t.test('a retry after an edit answers with the entry as it is now', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const entry = { id: randomUUID(), mood: 8 }
  await maya.post('/mood', entry)
  await maya.patch(`/mood/${entry.id}`, { mood: 4 })
  const again = await maya.post('/mood', entry)
  t.equal(again.statusCode, 200)
  t.equal(again.json().mood.mood, 4)
})

t.test('PATCH keeps what is absent and clears what is null', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const { mood } = (await maya.post('/mood', { mood: 8, note: 'n', tags: ['a'], date: '2026-03-04' })).json()
  clock.now += 60_000
  const patched = (await maya.patch(`/mood/${mood.id}`, { mood: 'sad' })).json().mood
  t.match(patched, { ...mood, mood: 'sad', valence: -0.5, revision: 2, updated_at: '2026-03-05T12:01:00.000Z' })
  const cleared = (await maya.patch(`/mood/${mood.id}`, { note: null, tags: null })).json().mood
  t.match(cleared, { mood: 'sad', note: null, tags: [], date: '2026-03-04' })
  for (const change of [{ mood: null }, { date: null }, { id: mood.id }, { streak: 9 }]) {
    t.equal((await maya.patch(`/mood/${mood.id}`, change)).statusCode, 400)
  }
  t.match((await maya.patch(`/mood/${mood.id}`, { mood: 11 })).json(), { code: 'mood_off_scale' })
  t.match((await maya.patch(`/mood/${mood.id}`, { date: '2026-04-01' })).json(), { code: 'date_in_future' })
  t.strictSame((await maya.get(`/mood/${mood.id}`)).json().mood, cleared)
})

t.test('a new occurred_at decides the day anew, a new time zone alone does not', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const { mood } = (
    await maya.post('/mood', { mood: 8, occurred_at: '2026-03-01T23:30:00Z', timezone: 'Europe/Berlin' })
  ).json()
  t.equal(mood.date, '2026-03-02')
  const change = async (body: object, headers = {}) => (await maya.patch(`/mood/${mood.id}`, body, headers)).json().mood
  t.match(await change({ timezone: 'America/New_York' }), { date: '2026-03-02', timezone: 'America/New_York' })
  t.match(await change({ occurred_at: '2026-03-03T01:00:00Z' }), { date: '2026-03-02' }, 'seen where it was made')
  t.match(await change({ occurred_at: '2026-03-03T01:30:00Z' }, { 'x-timezone': 'Asia/Tokyo' }), {
    date: '2026-03-03',
    timezone: 'Asia/Tokyo',
  })
  t.match(await change({ occurred_at: '2026-03-04T23:00:00-05:00' }), { date: '2026-03-04' }, 'its own offset')
  t.match(await change({ occurred_at: '2026-03-04T01:00:00Z', date: '2026-03-02' }), {
    date: '2026-03-02',
    occurred_at: '2026-03-04T01:00:00.000Z',
  })
})

t.test('DELETE answers with the streak that is left', async t => {
  const { app } = await build(t, { at: '2026-03-03T12:00:00Z' })
  const maya = await signUp(app, 'maya')
  const ids: string[] = []
  for (const day of ['2026-03-01', '2026-03-02', '2026-03-03']) {
    ids.push((await maya.post('/mood', { mood: 5, date: day })).json().mood.id)
  }
  const answer = await maya.delete(`/mood/${ids[1]}`)
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), { streak: 1, streak_details: { longest: { length: 1, from: '2026-03-03' } } })
  t.equal((await maya.get(`/mood/${ids[1]}`)).statusCode, 404)
  t.equal((await maya.delete(`/mood/${ids[1]}`)).statusCode, 404)
  t.equal((await maya.get('/mood?tag=x')).json().total, 0)
})

t.test('If-Match refuses an edit of what has been edited since, and only that', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const { mood } = (await maya.post('/mood', { mood: 8 })).json()
  const url = `/mood/${mood.id}`
  const first = (await maya.get(url)).headers.etag as string
  await maya.post('/mood', { mood: 2 })
  t.equal((await maya.patch(url, { mood: 7 }, { 'if-match': first })).statusCode, 200, 'another entry is no edit of it')
  t.match((await maya.patch(url, { mood: 6 }, { 'if-match': first })).json(), { status: 412, code: 'stale_version' })
  t.match((await maya.delete(url, { 'if-match': first })).json(), { status: 412, code: 'stale_version' })
  t.equal((await maya.get(url)).json().mood.mood, 7)
  const now = (await maya.get(url)).headers.etag as string
  t.equal(
    (await maya.patch(url, { mood: 6 }, { 'if-match': `W/${first}` })).statusCode,
    412,
    'also where a proxy marked it as weak',
  )
  t.equal((await maya.patch(url, { mood: 5 }, { 'if-match': `"other", ${now}` })).statusCode, 200)
  t.equal((await maya.delete(url, { 'if-match': '*' })).statusCode, 200)
})

t.test('parallel edits of different fields all survive', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const { mood } = (await maya.post('/mood', { mood: 8 })).json()
  const changes = [{ mood: 3 }, { note: 'from the tablet' }, { tags: ['phone'] }, { date: '2026-03-01' }]
  const answers = await Promise.all(changes.map(change => maya.patch(`/mood/${mood.id}`, change)))
  t.ok(answers.every(({ statusCode }) => statusCode === 200))
  t.match((await maya.get(`/mood/${mood.id}`)).json().mood, Object.assign({}, ...changes))
})

t.test('an edit that never comes through says so and loses nothing', async t => {
  const { app, database } = await build(t)
  const maya = await signUp(app, 'maya')
  const { mood } = (await maya.post('/mood', { mood: 8 })).json()
  const { moodStore } = await import('../../src/moods/mood-store.ts')
  const store = moodStore({
    ...database,
    prepare: (name, values, build) => database.prepare(`other_${name}`, values, build),
  })
  const entry = { ...mood, created_at: new Date(0) }
  const found = { entry, revision: 99, bytes: 0, dateSource: 'date' as const, onTime: true, digest: null, version: 1 }
  t.equal(await store.replace(database.atomic, maya.id, found, { ...fieldsOf(mood) }, 0), undefined)
  const how = { now: 0, permanently: false }
  t.equal(await store.remove(database.atomic, maya.id, found, how), undefined)
  const deleted = { id: mood.id, revision: 99, bytes: 0, digest: null, deletedAt: new Date(0) }
  const restorable = { ...deleted, content: { ...mood, date_source: 'date' } }
  t.equal(await store.restore(database.atomic, maya.id, restorable, 0), undefined)
  t.equal((await maya.get(`/mood/${mood.id}`)).json().mood.mood, 8)
})

function fieldsOf(mood: { date: string; occurred_at: string }) {
  return {
    mood: 1,
    valence: -1,
    note: null,
    tags: ['lost'],
    day: dayOf(mood.date),
    dateSource: 'date' as const,
    occurredAt: new Date(mood.occurred_at),
    onTime: true,
    timezone: 'UTC',
  }
}

t.test('the longest note is stored however it is written', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const escaped = `{"mood": 5, "note": "${'\\ud83d\\ude00'.repeat(10_000)}"}`
  const answer = await maya.post('/mood', escaped, { 'content-type': 'application/json' })
  t.equal(answer.statusCode, 201)
  t.equal(answer.json().mood.note, '😀'.repeat(10_000))
  t.equal((await maya.post('/mood', { mood: 5, note: '😀'.repeat(10_001) })).statusCode, 400)
})

t.test('an instant too close to the year 10000 or to 1900 to have a day everywhere is refused', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  for (const occurred_at of ['9999-12-31T23:59:59-14:00', '1900-01-01T00:00:00Z']) {
    const answer = await maya.post('/mood', { mood: 5, date: '2026-03-05', occurred_at })
    t.match(answer.json(), { status: 400, code: 'invalid_request', errors: [/^occurred_at must be/] })
  }
  t.equal((await maya.get('/mood')).json().total, 0)
})

t.test('a corrected time says what decided its day', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const { mood } = (await maya.post('/mood', { mood: 5 }, { 'x-timezone': 'Pacific/Auckland' })).json()
  const change = async (occurred_at: string) => (await maya.patch(`/mood/${mood.id}`, { occurred_at })).json().mood
  const decidedBy = async () => (await maya.get('/mood/streak/explain')).json().days[0].decided_by
  t.match(await change('2026-03-05T10:00:00Z'), { timezone: 'Pacific/Auckland', date: '2026-03-05' })
  t.strictSame(await decidedBy(), ['entry'])
  t.match(await change('2026-03-05T10:00:00+02:00'), { timezone: '+02:00', date: '2026-03-05' })
  t.strictSame(await decidedBy(), ['offset'])
})
