import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { digestOfSubmission } from '../../routes/writing.ts'
import { build, grant, type Person, signUp } from '../helper.ts'

/** What people have reported of software like this, replayed; the numbers are those of docs/field-cases.md. */

async function living(t: Test, at = '2026-11-27T10:00:00Z', timezone = 'Europe/Berlin') {
  const { app, clock } = await build(t, { at })
  const maya = await signUp(app, 'maya', { timezone })
  return { app, clock, maya, ...callsOf(maya) }
}

function callsOf(maya: Person) {
  return {
    log: async (body: object, headers = {}) => (await maya.post('/mood', { mood: 5, ...body }, headers)).json(),
    change: async (id: string, body: object) => maya.patch(`/mood/${id}`, body),
  }
}

t.test('field case 1: phone keyboards add a space after a suggested word', async t => {
  const { maya, log } = await living(t)
  const { mood } = await log({ mood: ' Current  Mood ', tags: ['run', 'run ', ' run'] })
  t.match(mood, { mood: 'Current Mood', tags: ['run'] })
  await log({ tags: ['❤'] })
  await log({ tags: ['❤️', '❤'] })
  const found = async (tag: string) => (await maya.get(`/mood?tag=${encodeURIComponent(tag)}`)).json().total
  t.strictSame([await found('run '), await found('Run'), await found('❤️')], [1, 1, 2])
  t.match(await log({ tags: ['\u200b'] }), { status: 400, errors: ['tags.0 must not be blank'] })

  const id = randomUUID()
  await log({ id, mood: '7 ', tags: ['bus '] })
  const again = await maya.post('/mood', { id, mood: 7, tags: ['bus', 'bus '] })
  t.match(
    [again.statusCode, again.json()],
    [200, { mood: { mood: 7, tags: ['bus'] } }],
    'a retry is one in any spelling',
  )
  t.match(await log({ id, mood: 8, tags: ['bus'] }), { status: 409 })
})

t.test('field case 1: the same in tasks, practices, the profile and names', async t => {
  const { app, maya } = await living(t)
  const { title } = (await maya.post('/tasks', { title: ' Call   mum ' })).json()
  t.equal(title, 'Call mum')
  t.match((await maya.post('/tasks', { title: '\u200b\ufeff' })).json(), { errors: ['title must not be blank'] })
  t.equal((await maya.post('/tasks', { title: `${'x'.repeat(200)} ` })).statusCode, 201, 'space is no length')
  t.match((await maya.patch('/profile', { first_name: ' Maya ', country: 'Sierra  Leone' })).json(), {
    first_name: 'Maya',
    country: 'Sierra Leone',
  })
  const noor = await signUp(app, 'noor', { role: 'instructor', first_name: 'Noor ' })
  const made = await noor.post('/sequences', {
    title: ' Slow  flow',
    category: 'Evening ',
    tags: ['hips', 'hips '],
    poses: [{ name: ' Rest ', seconds: 60, section: 'peak ' }],
  })
  t.match(made.json(), {
    title: 'Slow flow',
    category: 'Evening',
    tags: ['hips'],
    author: 'Noor',
    poses: [{ name: 'Rest', section: 'peak' }],
  })
  for (const query of ['tag=hips%20', 'category=%20evening', 'q=slow%20%20']) {
    t.equal((await noor.get(`/sequences?${query}`)).json().total, 1, query)
  }
})

t.test('field case 1: the same in usernames, e-mail addresses and the other texts of a profile', async t => {
  const { app, maya } = await living(t)
  const password = 'correct horse battery'
  const send = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
  const made = await send('/signup', { username: ' noor\u200b', email: 'Noor@example.org ', password })
  t.match([made.statusCode, made.json()], [201, { username: 'noor', email: 'Noor@example.org' }])
  t.equal((await send('/signup', { username: 'noor ', password })).json().code, 'username_taken')
  t.equal((await send('/signup', { username: 'ali', email: ' noor@example.org', password })).json().code, 'email_taken')
  t.match((await send('/signup', { username: 'no or', password })).json(), { errors: [/username/] })
  for (const name of [{ username: 'noor ' }, { username: ' noor@example.org' }, { email: 'noor@example.org\t' }]) {
    t.equal((await send('/login', { ...name, password })).statusCode, 200, JSON.stringify(name))
  }
  t.equal((await send('/login', { username: 'noor', password: `${password} ` })).statusCode, 401, 'never the password')
  for (const query of ['username=noor%20', 'email=%20noor@example.org']) {
    t.strictSame((await maya.get(`/availability?${query}`)).json(), { available: false }, query)
  }
  t.match((await maya.patch('/profile', { home_address: ' 12  Hill Street \r\nLimuru ' })).json(), {
    home_address: '12 Hill Street\nLimuru',
  })
  const description = ' Teaches.\n\n  Sleeps. '
  t.match((await maya.patch('/profile', { description })).json(), { description }, 'a long text is as it was written')
})

t.test('field case 1: a task that version 0.1 kept with its space is a retry today', async t => {
  const { app, maya } = await living(t)
  const task = { id: randomUUID(), title: 'Call  mum ', due_on: '2026-12-01' }
  t.equal((await maya.post('/tasks', task)).statusCode, 201)
  t.equal((await maya.post('/tasks', { ...task, title: 'Call mum' })).statusCode, 200, 'in any spelling')
  const { id, ...asSent } = task
  const { tasks } = app.database.tables
  await app.database.query(db => db.update(tasks).set({ ...asSent, digest: digestOfSubmission(asSent) }))
  const again = await maya.post('/tasks', task)
  t.match([again.statusCode, again.json()], [200, { id, title: task.title }])
  t.equal((await maya.post('/tasks', { ...task, title: 'Call dad ' })).json().code, 'id_taken')
})

t.test('field case 2: numbers typed on a phone', async t => {
  const { log } = await living(t)
  for (const mood of [' 7', '7 ', '٧', '７']) t.match(await log({ mood }), { mood: { mood: 7, valence: 0.4 } }, mood)
  for (const mood of ['7,5', '7/10', '1e1', '+7', 'NaN']) {
    t.match(await log({ mood }), { status: 400, errors: [/7\.5/] }, mood)
  }
  for (const mood of ['24/7 tired', '100%']) t.match(await log({ mood }), { mood: { mood, valence: null } })
})

t.test('field cases 3 and 4: a change is judged on what it changes', async t => {
  const { app, maya, clock, log, change } = await living(t)
  const { mood } = await log({ mood: 8, note: 'x' })
  await maya.patch('/profile', { mood_scale: { min: 1, max: 5 } })
  const kept = await change(mood.id, { mood: 8, note: 'y', tags: [], date: mood.date, occurred_at: mood.occurred_at })
  t.match([kept.statusCode, kept.json().mood], [200, { mood: 8, valence: 0.6, note: 'y', date: mood.date }])
  t.match((await change(mood.id, { mood: 9 })).json(), { code: 'mood_off_scale' })

  const { etag } = (await maya.get(`/mood/${mood.id}`)).headers
  const same = await change(mood.id, { mood: '8', note: 'y' })
  t.match([same.statusCode, same.headers.etag], [200, etag], 'what changes nothing is no edit')

  // By the cookie: an access token would be of tomorrow then.
  const later = (payload: object) =>
    app.inject({
      method: 'PATCH',
      url: `/mood/${mood.id}`,
      headers: { cookie: maya.cookie, 'sec-fetch-site': 'same-origin' },
      payload,
    })
  clock.now -= 5 * 86_400_000
  t.equal((await later({ note: 'the clock was set back' })).statusCode, 200)
  t.equal((await later({ note: null, date: mood.date, occurred_at: mood.occurred_at })).statusCode, 200)
  const said = async (body: object) => (await later(body)).json().errors[0].split(' ')[0]
  t.equal(await said({ date: '2026-11-26' }), 'date')
  t.equal(await said({ occurred_at: '2026-11-26T10:00:00Z' }), 'occurred_at')
  t.equal(await said({ date: mood.date, occurred_at: '2026-11-26T10:00:00Z' }), 'occurred_at')
  t.equal((await later({ date: mood.date, occurred_at: '2026-11-22T08:00:00Z' })).statusCode, 400, 'far apart')
})

t.test('field case 3: a retry of what could not be logged today is a retry', async t => {
  const { maya, log } = await living(t)
  const entry = { id: randomUUID(), mood: 8 }
  await log(entry)
  await maya.patch('/profile', { mood_scale: { min: 1, max: 5 } })
  t.equal((await maya.post('/mood', entry)).statusCode, 200)
  t.equal((await maya.post('/mood', { id: randomUUID(), mood: 8 })).json().code, 'mood_off_scale')
})

t.test('field case 3: a form of a task, a practice or a sequence that changes nothing is no edit', async t => {
  const { app } = await living(t)
  const noor = await signUp(app, 'noor', { role: 'instructor' })
  const poses = [{ name: 'Rest', seconds: 60 }]
  const sequence = (await noor.post('/sequences', { title: 'flow', tags: ['hips'], poses })).json()
  const practice = (await noor.post(`/sequences/${sequence.id}/practices`, { note: 'x' })).json()
  const task = (await noor.post('/tasks', { title: 'call', due_on: '2026-12-01' })).json()
  for (const [url, body] of [
    [`/tasks/${task.id}`, { title: 'call ', due_on: '2026-12-01', completed: false, description: null }],
    [`/sequences/${sequence.id}`, { title: 'flow', tags: ['hips', 'hips '], archived: false }],
    [`/sequences/${sequence.id}/poses/1`, { seconds: 60 }],
    [`/practices/${practice.id}`, { date: practice.date, note: 'x' }],
  ] as const) {
    const answer = await noor.patch(url, body)
    t.match([answer.statusCode, answer.json().revision], [200, 1], url)
  }
})

t.test('field case 3: a form of a pose that changes nothing writes nothing', async t => {
  const { app, clock } = await living(t)
  const noor = await signUp(app, 'noor', { role: 'instructor' })
  const { id } = (await noor.post('/poses', { name: 'Tree', categories: ['balance', 'standing'] })).json()
  const { etag } = (await noor.get(`/poses/${id}`)).headers
  const { poses } = app.database.tables
  const stored = () => app.database.query(db => db.select().from(poses))
  const before = await stored()
  clock.now += 1_000
  const { own, slug, id: _, ...form } = (await noor.get(`/poses/${id}`)).json()
  for (const body of [form, { name: ' Tree ', level: null, two_sided: null, benefits: null }, {}]) {
    const answer = await noor.patch(`/poses/${id}`, body, { 'if-match': String(etag) })
    t.match([answer.statusCode, answer.headers.etag, answer.json()], [200, etag, { name: 'Tree', own: true }])
  }
  t.strictSame(await stored(), before)
  t.equal((await noor.patch(`/poses/${id}`, { categories: ['standing', 'balance'] })).statusCode, 200)
  t.match(await stored(), [{ revision: 2, updatedAt: new Date(clock.now) }], 'another order is another value')
})

t.test('field case 3: an admin who changes nothing of an account leaves no trace', async t => {
  const { app, clock, maya } = await living(t)
  const ada = await signUp(app, 'ada')
  await grant(app, ada.id, 'admin')
  const { users, events, adminAudit } = app.database.tables
  const stored = async () => [
    await app.database.query(db => db.select().from(users).orderBy(users.id)),
    await app.database.query(db => db.select().from(events).orderBy(events.id)),
    await app.database.query(db => db.select().from(adminAudit)),
  ]
  const before = await stored()
  clock.now += 1_000
  for (const body of [{ role: 'member', disabled: false }, { disabled: false }, {}]) {
    const answer = await ada.patch(`/admin/users/${maya.id}`, body)
    t.match([answer.statusCode, answer.json()], [200, { role: 'member', disabled: false }])
  }
  t.strictSame(await stored(), before)
  t.equal((await maya.get('/me')).statusCode, 200, 'no session ended')
})

t.test('field case 5: a device sends back what it got', async t => {
  const { maya, log, change } = await living(t)
  const { mood } = await log({})
  const { errors } = (await change(mood.id, mood)).json()
  t.ok(
    errors.includes('field "id" is read-only: leave it out') &&
      errors.includes('field "streak" is read-only: leave it out'),
  )
  t.match((await change(mood.id, { user_id: 'x' })).json(), { errors: ['field "user_id" is not allowed'] })
  t.match((await maya.post('/tasks', { title: 'x', completed_at: null })).json(), {
    errors: [/completed_at.*read-only/],
  })
  t.match((await maya.patch('/profile', { full_name: 'x' })).json(), { errors: [/full_name.*read-only/] })
})

t.test('field case 6: an entry for last Tuesday does not claim that it was felt now', async t => {
  const { maya, clock, log, change } = await living(t)
  const { mood } = await log({ date: '2026-11-20' })
  t.equal(mood.occurred_at, null)
  t.equal((await log({ date: '2026-11-27' })).mood.occurred_at, '2026-11-27T10:00:00.000Z', 'today it is now')
  t.equal((await log({ date: '2026-11-27', occurred_at: null })).mood.occurred_at, null)
  t.match(await log({ occurred_at: null }), { status: 400, errors: [/occurred_at.*date/] })
  t.match(await log({ date: '2026-11-20', occurred_at: '2026-11-23T10:00:00Z' }), { status: 400, errors: [/two days/] })
  clock.now += 1000
  const last = (await log({ date: '2026-11-20', note: 'last' })).mood
  const first = (await log({ date: '2026-11-20', occurred_at: '2026-11-20T22:59:59Z', tags: ['x'] })).mood
  const ids = async (query: string) =>
    (await maya.get(`/mood?${query}`)).json().moods.map(({ id }: { id: string }) => id)
  const day = 'from=2026-11-20&to=2026-11-20'
  t.strictSame(await ids(`${day}&order=asc`), [first.id, mood.id, last.id], 'later than every instant of its day')
  t.strictSame(await ids(`${day}&page=1`), [last.id, mood.id, first.id])
  t.strictSame(await ids(`${day}&order=asc&page=2&per_page=2`), [last.id])

  t.match((await change(last.id, { occurred_at: '2026-11-20T08:00:00Z' })).json().mood, { date: '2026-11-20' })
  t.match((await change(last.id, { date: '2026-11-21' })).json().mood, { occurred_at: '2026-11-20T08:00:00.000Z' })
  t.match((await change(last.id, { date: '2026-11-25' })).json().mood, { occurred_at: null })
  t.match((await change(first.id, { occurred_at: null })).json().mood, { date: '2026-11-20', occurred_at: null })
  t.equal((await change(first.id, { occurred_at: null })).statusCode, 200)
})

t.test('field case 7: what date libraries print', async t => {
  const { log } = await living(t, undefined, 'UTC')
  const felt = { timezone: 'Europe/Berlin', occurred_at: '2026-11-26T09:00:00.000Z', date: '2026-11-26' }
  t.match((await log({ occurred_at: '2026-11-26T10:00:00+01:00[Europe/Berlin]' })).mood, felt)
  t.match((await log({ occurred_at: '2026-11-26T10:00:00', timezone: 'Europe/Berlin' })).mood, felt)
  t.match((await log({ occurred_at: '2026-11-26T10:00:00[Europe/Berlin]' }, { 'x-timezone': 'Asia/Tokyo' })).mood, felt)
  t.match(await log({ occurred_at: '2026-11-26T10:00:00' }), { status: 400, errors: [/offset.*timezone/] })
  t.match(await log({ occurred_at: '2026-11-26T10:00:00+02:00[Europe/Berlin]' }), { status: 400 })
})

t.test('field case 8: the phone has no usable zone', async t => {
  const { log } = await living(t)
  for (const zone of ['Etc/Unknown', 'undefined', '', 'x'.repeat(200)]) {
    const answer = await log({}, { 'x-timezone': zone })
    t.match(answer, { mood: { timezone: 'Europe/Berlin' }, streak_details: { timezone: 'Europe/Berlin' } }, zone)
  }
  t.match(await log({}, { 'x-timezone': 'GMT+02:00' }), { mood: { timezone: '+02:00' } })
  t.match(await log({ timezone: 'Etc/Unknown' }), { status: 400 })
  t.match(await log({ timezone: 'GMT+02:00' }), { mood: { timezone: '+02:00' } })
})

t.test('field case 9: zone names as typed', async t => {
  const { app, maya, log, change } = await living(t)
  const zone = async (timezone: string) => (await maya.patch('/profile', { timezone })).json()
  t.match(await zone('asia/kolkata'), { timezone: 'Asia/Kolkata' })
  t.match(await zone(' europe/berlin '), { timezone: 'Europe/Berlin' })
  for (const short of ['PST', 'IST', 'EST', 'CET'])
    t.match(await zone(short), { status: 400, errors: [/timezone/] }, short)
  t.match(await log({ timezone: 'europe/berlin' }), { mood: { timezone: 'Europe/Berlin' } })
  t.match(await log({ timezone: 'IST' }), { status: 400 })
  t.equal(
    (
      await app.inject({
        method: 'POST',
        url: '/signup',
        payload: { username: 'noor', password: 'correct horse battery', timezone: 'PST' },
      })
    ).statusCode,
    400,
  )

  const { users, moods } = app.database.tables
  await app.database.query(db => db.update(users).set({ timezone: 'EST' }))
  await app.database.query(db => db.update(moods).set({ timezone: 'EST' }))
  t.match(await zone('EST'), { timezone: 'EST' }, 'what is stored keeps working, and may be sent back')
  const { mood } = await log({})
  t.match(mood, { timezone: 'EST' })
  t.equal((await change(mood.id, { timezone: 'EST', note: 'x' })).statusCode, 200)
})

t.test('field case 10: the release of the zones is told', async t => {
  const { maya } = await living(t)
  t.match((await maya.get('/version')).json(), { api: 1, tz: process.versions.tz })
})

t.test('field case 15: nginx compresses and weakens the ETag', async t => {
  const { maya, log } = await living(t)
  const urls = [`/mood/${(await log({})).mood.id}`, `/tasks/${(await maya.post('/tasks', { title: 'x' })).json().id}`]
  for (const url of urls) {
    const weak = `W/${(await maya.get(url)).headers.etag}`
    const change = url.startsWith('/mood') ? { note: 'y' } : { title: 'y' }
    t.equal((await maya.patch(url, change, { 'if-match': weak })).statusCode, 200, url)
    t.equal((await maya.delete(url, { 'if-match': weak })).statusCode, 412, 'and when it is not current it is refused')
  }
})

t.test('field case 16: tasks without a due date come last both ways, and can be asked for', async t => {
  const { maya } = await living(t)
  for (const [title, due_on] of [
    ['a', null],
    ['b', '2026-12-01'],
    ['c', '2026-11-01'],
    ['d', null],
  ] as const) {
    await maya.post('/tasks', { title, due_on })
  }
  const titles = async (query: string) =>
    (await maya.get(`/tasks?${query}`))
      .json()
      .tasks.map(({ title }: { title: string }) => title)
      .join('')
  t.match(await titles('sort=due_on'), /^cb[ad]{2}$/)
  t.match(await titles('sort=-due_on'), /^bc[ad]{2}$/)
  t.equal(await titles('sort=-due_on&page=2&per_page=2').then(rest => [...rest].sort().join('')), 'ad')
  t.equal(await titles('due_on=none&sort=title'), 'ad')
  t.equal((await maya.get('/tasks?due_on=2026-12-01')).statusCode, 400)
})

t.test('field case 20: a practice cannot be logged on a day that did not exist', async t => {
  const { app } = await living(t, '2012-01-02T10:00:00Z')
  const noor = await signUp(app, 'noor', { role: 'instructor', timezone: 'Pacific/Apia' })
  const { id } = (await noor.post('/sequences', { title: 'flow' })).json()
  t.match((await noor.post(`/sequences/${id}/practices`, { date: '2011-12-30' })).json(), { errors: [/2011-12-30/] })
  t.equal((await noor.post(`/sequences/${id}/practices`, { date: '2011-12-31' })).statusCode, 201)
})
