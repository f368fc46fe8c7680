import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { build, type Person, signUp } from '../helper.ts'
import { meddling } from '../meddling.ts'

/** Logs a mood on each of some days before a date. */
async function logDays(client: Person, days: number, moodOf: (i: number) => object, until = '2026-03-05') {
  for (let i = 0; i < days; i++) {
    const date = new Date(Date.parse(until) - i * 86_400_000).toISOString().slice(0, 10)
    const answer = await client.post('/mood', { date, ...moodOf(i) })
    if (answer.statusCode !== 201) throw new Error(answer.body)
  }
}

t.test('the calendar has the days with entries, their mean, their streak and their run', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 10, date: '2026-03-05' })
  await maya.post('/mood', { mood: 5, date: '2026-03-05' })
  await maya.post('/mood', { mood: 'flummoxed', date: '2026-03-04' })
  await maya.post('/mood', { mood: 0, date: '2026-03-01' })
  await maya.post('/mood', { mood: 0, date: '2024-03-01' })
  const answer = await maya.get('/mood/calendar')
  t.strictSame(
    answer.json().days,
    [
      { date: '2026-03-01', entries: 1, valence: -1, streak: 1, run: 1 },
      { date: '2026-03-04', entries: 1, valence: null, streak: 1, run: 2 },
      { date: '2026-03-05', entries: 2, valence: 0.5, streak: 2, run: 2 },
    ],
    'of the last 366 days',
  )
  t.match(answer.json(), { from: '2025-03-05', to: '2026-03-05', timezone: 'UTC', streak: 2 })
  const again = await maya.get('/mood/calendar', { 'if-none-match': String(answer.headers.etag) })
  t.equal(again.statusCode, 304)
  t.equal((await maya.get('/mood/calendar')).body, answer.body, 'from the cache')

  const old = await maya.get('/mood/calendar?from=2024-02-01&to=2024-03-31')
  t.match(old.json(), { from: '2024-02-01', to: '2024-03-31', days: [{ date: '2024-03-01' }] })
  t.equal((await maya.get('/mood/calendar?from=2016-01-15&to=2026-03-02')).statusCode, 200, '3 700 days')
  t.match((await maya.get('/mood/calendar?from=2016-01-15&to=2026-03-03')).json(), { errors: [/at most 3700 days/] })
  t.match((await maya.get('/mood/calendar?from=2026-01-02&to=2026-01-01')).json(), {
    errors: [/from must not be after to/],
  })
})

t.test('the calendar is a picture too', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 10, date: '2026-03-05' })
  const answer = await maya.get('/mood/calendar.svg')
  t.match(answer.headers, { 'content-type': 'image/svg+xml; charset=utf-8' })
  t.match(answer.body, '2026-03-05: 1 entry, valence 1.00')
  t.equal((await maya.get('/mood/calendar.svg')).body, answer.body)
  t.match((await maya.get('/mood/calendar.svg?year=2025&theme=dark')).body, 'Moods of 2025')
  t.equal((await maya.get('/mood/calendar.svg', { 'if-none-match': String(answer.headers.etag) })).statusCode, 304)
  t.equal((await maya.get('/mood/calendar.svg?year=1899')).statusCode, 400)
})

t.test('statistics are about days: moods, weekdays, hours, months, a trend', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  t.match((await maya.get('/mood/stats')).json(), {
    from: '2026-03-05',
    to: '2026-03-05',
    days: 0,
    entries: 0,
    trend: null,
  })
  await logDays(maya, 40, i => ({
    mood: i % 2 === 0 ? 10 : 0,
    occurred_at: new Date(Date.parse('2026-03-05T08:30:00Z') - i * 86_400_000).toISOString(),
  }))
  await maya.post('/mood', { mood: 'flummoxed', date: '2026-03-05' })
  const stats = (await maya.get('/mood/stats')).json()
  t.match(stats, {
    from: '2026-01-25',
    to: '2026-03-05',
    timezone: 'UTC',
    days: 40,
    entries: 41,
    valence: { n: 40, mean: 0, median: 0, min: -1, max: 1 },
    moods: [
      { mood: 0, n: 20 },
      { mood: 10, n: 20 },
      { mood: 'flummoxed', n: 1 },
    ],
    by_hour: [{ hour: 8, n: 40, mean: 0 }],
    months: [
      { month: '2026-01', n: 7 },
      { month: '2026-02', n: 28 },
      { month: '2026-03', n: 5 },
    ],
    compared: 0,
  })
  t.equal(stats.by_weekday.length, 7)
  t.ok(stats.trend.interval[0] <= 0 && stats.trend.interval[1] >= 0)
  const part = (await maya.get('/mood/stats?from=2026-03-01&to=2026-03-02')).json()
  t.match(part, { days: 2, entries: 2, trend: null })
  await maya.post('/mood', { mood: 3, date: '2026-03-06' })
  t.equal((await maya.get('/mood/stats')).json().to, '2026-03-06', 'a day that has begun somewhere else')
})

t.test('what days have in common is compared: tags, tasks, practices; a token sees what it may', async t => {
  const { app } = await build(t)
  const nina = await signUp(app, 'nina', { role: 'instructor' })
  await nina.patch('/profile', { timezone: 'Pacific/Auckland' })
  // Noise that is the same each time, and a tag that works.
  await logDays(nina, 60, i => ({
    mood: 4 + ((i * 7) % 5) / 2 + (i % 3 === 0 ? 3 : 0),
    tags: i % 3 === 0 ? ['Walk'] : ['rare'],
  }))
  const { associations, compared } = (await nina.get('/mood/stats')).json()
  const walk = associations.find(({ name }: { name: string }) => name === 'Walk')
  t.match(walk, { kind: 'tag', found: true, with: { n: 20 }, without: { n: 40 } })
  t.ok(walk.interval[0] > 0)
  t.equal(compared, 2)

  const sequence = (
    await nina.post('/sequences', { title: 'Sun', poses: [{ name: 'Tree', side: 'both', seconds: 60 }] })
  ).json()
  for (let i = 0; i < 12; i++) {
    const date = new Date(Date.parse('2026-03-05') - i * 86_400_000).toISOString().slice(0, 10)
    const practice = await nina.post(`/sequences/${sequence.id}/practices`, { date })
    t.equal(practice.statusCode, 201)
  }
  const all = (await nina.get('/mood/stats')).json()
  t.match(
    all.associations.find(({ kind }: { kind: string }) => kind === 'practice'),
    { name: 'Sun', with: { n: 12 } },
  )
  const { token } = (await nina.post('/tokens', { name: 'script', scopes: ['mood:read'] })).json()
  const seen = await app.inject({ url: '/mood/stats', headers: { authorization: `Bearer ${token}` } })
  t.notOk(seen.json().associations.some(({ kind }: { kind: string }) => kind === 'practice'))
})

t.test('a completed task belongs to the day of its person', async t => {
  const { app, clock } = await build(t, { at: '2026-02-01T13:00:00Z' })
  const maya = await signUp(app, 'maya')
  await maya.patch('/profile', { timezone: 'Pacific/Auckland' })
  const scopes = ['mood:read', 'mood:write', 'tasks:read', 'tasks:write']
  const made = (await maya.post('/tokens', { name: 'for a month', scopes })).json()
  const authorization = { authorization: `Bearer ${made.token}` }
  for (let i = 0; i < 24; i++) {
    await maya.post('/mood', { mood: i % 2 === 0 ? 8 : 2 }, authorization)
    if (i % 2 === 0) {
      const { id } = (await maya.post('/tasks', { title: i === 2 ? 'RUN' : 'Run' }, authorization)).json()
      await maya.patch(`/tasks/${id}`, { completed: true }, authorization)
    }
    clock.now += 86_400_000
  }
  const { associations } = (await maya.get('/mood/stats', authorization)).json()
  t.match(
    associations.find(({ kind }: { kind: string }) => kind === 'task'),
    { name: 'Run', with: { n: 12, mean: 0.6 }, without: { n: 12, mean: -0.6 }, found: true },
  )
})

t.test('long periods are read in steps', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const entries = 1_001
  await Promise.all(Array.from({ length: entries }, (_, i) => maya.post('/mood', { mood: i % 10, date: '2026-03-05' })))
  t.equal((await maya.get('/mood/stats')).json().entries, entries)
  t.match((await maya.get('/mood/calendar')).json(), { days: [{ entries }] })

  const { token } = (await maya.post('/tokens', { name: 'script', scopes: ['mood:read'] })).json()
  const alone = await maya.get('/mood/stats', { authorization: `Bearer ${token}` })
  t.equal(alone.json().entries, entries)
})

t.test('as many tasks and practices as one likes are read in steps', async t => {
  const { app } = await build(t)
  const nina = await signUp(app, 'nina', { role: 'instructor' })
  await logDays(nina, 24, i => ({ mood: i % 2 === 0 ? 8 : 2 }))
  const poses = [{ name: 'Tree', side: 'both', seconds: 60 }]
  const { id: sequence_id } = (await nina.post('/sequences', { title: 'Sun', poses })).json()
  const days = Array.from({ length: 12 }, (_, i) => new Date(Date.parse('2026-03-05') - i * 86_400_000))
  for (let round = 0; round < 3; round++) {
    const operations = Array.from({ length: 400 }, (_, i) => {
      const date = days[i % 12]?.toISOString().slice(0, 10)
      const value = i % 400 < 380 ? { kind: 'practice', value: { sequence_id, date } } : undefined
      return { op: 'create', id: uuidv7(), kind: 'task', value: { title: 'Run', completed: true }, ...value }
    })
    t.equal((await nina.post('/sync', { operations })).statusCode, 200)
  }
  for (let round = 0; round < 3; round++) {
    const operations = Array.from({ length: 400 }, () => {
      return { op: 'create', id: uuidv7(), kind: 'task', value: { title: 'Run', completed: true } }
    })
    t.equal((await nina.post('/sync', { operations })).statusCode, 200)
  }
  const { associations } = (await nina.get('/mood/stats')).json()
  const practice = associations.find(({ kind }: { kind: string }) => kind === 'practice')
  t.match(practice, { name: 'Sun', with: { n: 12 }, without: { n: 12 } })
})

t.test('who is deleted between two statements gets no statistics', async t => {
  let gone = false
  const { app } = await build(t, {
    wrap: meddling({ with: name => (gone && name === 'statistics_versions' ? Promise.resolve([]) : undefined) }),
  })
  const maya = await signUp(app, 'maya')
  gone = true
  t.equal((await maya.get('/mood/stats')).statusCode, 401)
})

t.test('this day in earlier years', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  t.strictSame((await maya.get('/mood/on-this-day')).json().years, [])
  for (const date of ['2026-03-05', '2025-03-05', '2025-03-04', '2023-03-05', '2024-02-29']) {
    await maya.post('/mood', { mood: 7, date, note: date })
  }
  t.match((await maya.get('/mood/on-this-day')).json(), {
    date: '2026-03-05',
    streak: 1,
    years: [
      { year: 2025, moods: [{ note: '2025-03-05', streak: 2 }] },
      { year: 2023, moods: [{ note: '2023-03-05', streak: 1 }] },
    ],
  })
  t.match((await maya.get('/mood/on-this-day?date=2028-02-29')).json().years, [{ year: 2024 }])
})

t.test('what is written meanwhile is in the answer, or the answer says that it cannot be', async t => {
  let times = 0
  let write: () => Promise<unknown> = async () => {}
  const { app } = await build(t, {
    wrap: meddling({ with: name => (name === 'mood_walk' && times-- > 0 ? write().then(() => []) : undefined) }),
  })
  const maya = await signUp(app, 'maya')
  write = () => maya.post('/mood', { mood: 1 })
  await write()
  times = 1
  t.equal((await maya.get('/mood/stats')).json().entries, 2)
  times = 100
  const mixed = await maya.get('/mood/stats?from=2026-01-01')
  t.equal(mixed.statusCode, 200, 'figures of several moments are figures')
  times = 0
  const again = await maya.get('/mood/stats?from=2026-01-01', { 'if-none-match': String(mixed.headers.etag) })
  t.match(again.json(), { entries: 6 }, 'but nobody is told that they are still right')
  times = 100
  const late = await maya.get('/mood/calendar')
  t.equal(late.statusCode, 503)
  t.equal(late.headers['retry-after'], '1')
})
