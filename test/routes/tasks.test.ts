import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { TaskId } from '../../src/ids.ts'
import { taskStore } from '../../src/tasks/task-store.ts'
import { type App, build, type Person, signUp } from '../helper.ts'

const { app, clock, database } = await build(t, { at: '2026-03-05T12:00:00Z' })
const started = clock.now
let people = 0
const somebody = () => signUp(app, `person${people++}`)

/** A user with tasks of these titles, and their ids. */
async function withTasks(...titles: string[]): Promise<[Person, ...string[]]> {
  const person = await somebody()
  const ids: string[] = []
  for (const title of titles) ids.push((await person.post('/tasks', { title })).json().id)
  return [person, ...ids]
}

t.beforeEach(() => {
  clock.now = started
})

t.test('a new task says where it is, and is answered bare', async t => {
  const maya = await somebody()
  const task = { title: ' Call the dentist ', description: 'Before noon.', due_on: '2026-03-09' }
  const answer = await maya.post('/tasks', task)
  t.equal(answer.statusCode, 201)
  const { id } = answer.json()
  t.equal(answer.headers.location, `/tasks/${id}`)
  t.strictSame(answer.json(), {
    id,
    ...task,
    title: 'Call the dentist',
    completed: false,
    completed_at: null,
    revision: 1,
    created_at: '2026-03-05T12:00:00.000Z',
    updated_at: '2026-03-05T12:00:00.000Z',
  })
  const read = await maya.get(`/tasks/${id.toUpperCase()}`)
  t.strictSame(read.json(), answer.json())
  t.equal(read.headers.etag, answer.headers.etag, 'the answer to the write names the same version')
  t.match((await maya.post('/tasks', { title: 'Just a title' })).json(), { description: null, due_on: null })
})

t.test('a due date stays the date that was sent, wherever server and client are', async t => {
  const maya = await signUp(app, 'traveller', { timezone: 'Pacific/Auckland' })
  for (const due_on of ['2026-03-29', '2024-02-29', '1900-01-01', '9999-12-31']) {
    const answer = await maya.post('/tasks', { title: 'x', due_on }, { 'x-timezone': 'America/Los_Angeles' })
    t.equal((await maya.get(`/tasks/${answer.json().id}`)).json().due_on, due_on)
    t.equal((await maya.get(`/tasks?due_from=${due_on}&due_to=${due_on}`)).json().total, 1, due_on)
  }
})

t.test('what is not valid is named, and nothing is made or changed', async t => {
  const [maya, id] = await withTasks('mine')
  const bad: [string, unknown[]][] = [
    ['title', ['', '   ', '\u00a0', 'x'.repeat(201), 5, null, {}, 'NUL \0', '\ud800']],
    ['description', [5, 'x'.repeat(10_001), [], '\udc00']],
    ['completed', ['true', 1, null, {}]],
    ['due_on', ['2026-02-30', '2026-3-1', '2026-03-01T00:00:00Z', 'tomorrow', '', '~', 20260301]],
    ['completed_at', ['2026-03-01T00:00:00Z']],
    ['created_at', ['2026-03-01T00:00:00Z']],
    ['user_id', ['x']],
    ['titel', ['a typo']],
  ]
  for (const [field, values] of bad) {
    for (const value of values) {
      for (const answer of [
        await maya.post('/tasks', { title: 'new', [field]: value }),
        await maya.patch(`/tasks/${id}`, { title: 'changed', [field]: value }),
      ]) {
        t.match(answer.json(), { status: 400, code: 'invalid_request' }, `${field}: ${String(value).slice(0, 30)}`)
        t.ok(
          answer.json().errors.some((sentence: string) => sentence.includes(field)),
          answer.json().errors,
        )
      }
    }
  }
  t.equal((await maya.post('/tasks', {})).statusCode, 400)
  t.equal((await maya.post('/tasks', { title: 'x', id: 'no uuid' })).statusCode, 400)
  t.equal((await maya.patch(`/tasks/${id}`, { id })).statusCode, 400)
  t.equal((await maya.get('/tasks/nonsense')).statusCode, 400)
  t.match((await maya.get('/tasks')).json(), { total: 1, tasks: [{ title: 'mine' }] })
})

t.test('the longest title and description are stored however they are written', async t => {
  const maya = await somebody()
  const body = `{"title": "${'\\ufdfa'.repeat(200)}", "description": "${'\\ud83d\\ude00'.repeat(10_000)}"}`
  const answer = await maya.post('/tasks', body, { 'content-type': 'application/json' })
  t.equal(answer.statusCode, 201)
  t.equal(answer.json().title, '\ufdfa'.repeat(200), 'a letter that folds to eighteen')
  t.equal(answer.json().description, '😀'.repeat(10_000))
  t.equal((await maya.get('/tasks?sort=title&q=😀😀')).json().total, 1)
})

t.test('a task with a client-made id can be sent again and again', async t => {
  const maya = await somebody()
  const task = { id: randomUUID(), title: 'offline', due_on: '2026-03-09', completed: true }
  const first = await maya.post('/tasks', task)
  clock.now += 60_000
  const again = await maya.post('/tasks', { ...task, id: task.id.toUpperCase() })
  t.strictSame([first.statusCode, again.statusCode], [201, 200])
  t.strictSame(again.json(), first.json())
  t.strictSame([again.headers.location, again.headers.etag], [first.headers.location, first.headers.etag])

  await maya.patch(`/tasks/${task.id}`, { title: 'changed since' })
  t.equal((await maya.post('/tasks', task)).json().title, 'changed since', 'a late retry undoes nothing')
  const clash = await maya.post('/tasks', { ...task, title: 'other' })
  t.match(clash.json(), { status: 409, code: 'id_taken', errors: ['You already used this id for something else.'] })

  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      maya.post('/tasks', { id: '00000000-0000-4000-8000-000000000001', title: 'once' }),
    ),
  )
  t.equal(answers.filter(({ statusCode }) => statusCode === 201).length, 1, 'of ten at once, one makes it')
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 9)
  t.equal((await maya.get('/tasks')).json().total, 2)

  const made = (await maya.post('/tasks', { title: 'made here' })).json()
  t.equal(
    (await maya.post('/tasks', { id: made.id, title: 'made here' })).statusCode,
    409,
    'an id of the server is no retry',
  )
})

t.test('PATCH keeps what is absent, clears what is null and notes when it was', async t => {
  const [maya, id] = await withTasks('Call the dentist')
  clock.now += 60_000
  const url = `/tasks/${id}`
  t.match((await maya.patch(url, { description: 'Ask about June.', due_on: '2026-06-01' })).json(), {
    title: 'Call the dentist',
    description: 'Ask about June.',
    due_on: '2026-06-01',
    created_at: '2026-03-05T12:00:00.000Z',
    updated_at: '2026-03-05T12:01:00.000Z',
  })
  const cleared = await maya.patch(url, { title: 'Call them', description: null, due_on: null })
  t.match(cleared.json(), { title: 'Call them', description: null, due_on: null, completed: false })
  t.strictSame((await maya.get(url)).json(), cleared.json())
  t.equal((await maya.get(url)).headers.etag, cleared.headers.etag)
})

t.test('completed_at is set when a task is completed, kept while it is, and cleared when it is opened', async t => {
  const [maya, id] = await withTasks('Buy milk')
  const change = async (body: object) => {
    clock.now += 60_000
    const { completed, completed_at } = (await maya.patch(`/tasks/${id}`, body)).json()
    return [completed, completed_at]
  }
  t.strictSame(await change({ completed: true }), [true, '2026-03-05T12:01:00.000Z'])
  t.strictSame(await change({ completed: true }), [true, '2026-03-05T12:01:00.000Z'])
  t.strictSame(await change({ title: 'Buy oat milk' }), [true, '2026-03-05T12:01:00.000Z'])
  t.strictSame(await change({ completed: false }), [false, null])
  t.strictSame(await change({ completed: false }), [false, null])
  t.strictSame(await change({ completed: true }), [true, '2026-03-05T12:06:00.000Z'])
  t.match((await maya.post('/tasks', { title: 'Done already', completed: true })).json(), {
    completed: true,
    completed_at: '2026-03-05T12:06:00.000Z',
  })
})

t.test('DELETE answers 204, and what is gone is gone', async t => {
  const [maya, id, other] = await withTasks('one', 'two')
  const answer = await maya.delete(`/tasks/${id}`, { 'content-type': 'application/json' })
  t.strictSame([answer.statusCode, answer.body], [204, ''])
  for (const gone of [
    await maya.get(`/tasks/${id}`),
    await maya.delete(`/tasks/${id}`),
    await maya.patch(`/tasks/${id}`, {}),
  ])
    t.match(gone.json(), { status: 404, code: 'not_found', errors: ['No such task.'] })
  t.match((await maya.get('/tasks')).json(), { total: 1, tasks: [{ id: other }] })
})

t.test('If-Match refuses an edit of what has been edited since', async t => {
  const [maya, id] = await withTasks('one', 'two')
  const url = `/tasks/${id}`
  const first = (await maya.get(url)).headers.etag as string
  t.match(first, /^"[^"]+"$/, 'strong')
  t.equal((await maya.patch(url, { title: 'tablet' }, { 'if-match': first })).statusCode, 200)
  const stale = { status: 412, code: 'stale_version' }
  t.match((await maya.patch(url, { title: 'phone' }, { 'if-match': first })).json(), stale)
  t.match((await maya.delete(url, { 'if-match': first })).json(), stale)
  const now = (await maya.get(url)).headers.etag as string
  t.match((await maya.patch(url, {}, { 'if-match': `W/${first}` })).json(), stale)
  t.equal((await maya.patch(url, {}, { 'if-match': `W/${now}` })).statusCode, 200, 'a proxy may mark it as weak')
  t.equal((await maya.get(url)).json().title, 'tablet')
  t.equal((await maya.patch(url, { title: 'phone' }, { 'if-match': `"other", ${now}` })).statusCode, 200)
  t.equal((await maya.patch(url, { title: 'laptop' })).statusCode, 200, 'without it the last one wins')
  t.equal((await maya.delete(url, { 'if-match': ' * ' })).statusCode, 204)
})

t.test('a task that was deleted and restored is another version', async t => {
  const maya = await somebody()
  const task = { id: randomUUID(), title: 'again' }
  const first = (await maya.post('/tasks', task)).headers.etag as string
  await maya.delete(`/tasks/${task.id}`)
  await maya.post(`/tasks/${task.id}/restore`, undefined)
  t.equal((await maya.patch(`/tasks/${task.id}`, { title: 'x' }, { 'if-match': first })).statusCode, 412)
})

t.test('an unchanged task answers 304', async t => {
  const [maya, id] = await withTasks('one')
  const { headers } = await maya.get(`/tasks/${id}`)
  t.equal(headers['cache-control'], 'private, no-cache')
  const again = () => maya.get(`/tasks/${id}`, { 'if-none-match': String(headers.etag) })
  const { statusCode, body } = await again()
  t.strictSame([statusCode, body], [304, ''])
  await maya.patch(`/tasks/${id}`, { completed: true })
  t.equal((await again()).statusCode, 200)
})

t.test('parallel edits of different fields all survive', async t => {
  const [maya, id] = await withTasks('one')
  const changes = [{ title: 'two' }, { description: 'from the tablet' }, { due_on: '2026-03-09' }, { completed: true }]
  const answers = await Promise.all(changes.map(change => maya.patch(`/tasks/${id}`, change)))
  t.ok(answers.every(({ statusCode }) => statusCode === 200))
  t.match((await maya.get(`/tasks/${id}`)).json(), Object.assign({}, ...changes))
})

t.test('an edit that never comes through says so and loses nothing', async t => {
  const [maya, id] = await withTasks('one')
  const store = taskStore({
    ...database,
    prepare: (name, values, build) => database.prepare(`other_${name}`, values, build),
  })
  const fields = { title: 'lost', description: null, completedAt: null, dueOn: null }
  const task = (await maya.get(`/tasks/${id}`)).json()
  const stale = { task, revision: 99, bytes: 0, digest: null }
  t.equal(await store.replace(database.atomic, maya.id, stale, fields, 0), undefined)
  t.equal(await store.remove(database.atomic, maya.id, stale, { now: 0, permanently: false }), false)
  const deleted = { id: task.id, revision: 99, bytes: 0, digest: null, deletedAt: new Date(0), content: task }
  t.equal(await store.restore(database.atomic, maya.id, deleted, 0), undefined)
  const never = { ...database, atomic: async () => undefined }
  await t.rejects(store.removeAll(never.atomic, maya.id, [id as TaskId], 0), { code: 'unavailable' })
  t.equal((await maya.get(`/tasks/${id}`)).json().title, 'one')
})

t.test('many tasks are completed and opened in one go; those that are so already stay as they are', async t => {
  const [maya, one, two, three] = await withTasks('one', 'two', 'three')
  clock.now += 60_000
  await maya.patch(`/tasks/${one}`, { completed: true })
  const before = await maya.get(`/tasks/${one}`)
  const old = (await maya.get(`/tasks/${two}`)).headers.etag as string
  clock.now += 60_000
  const answer = await maya.post('/tasks/complete', { ids: [two, one?.toUpperCase(), two], completed: true })
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), {
    tasks: [
      { id: two, completed: true, completed_at: '2026-03-05T12:02:00.000Z', updated_at: '2026-03-05T12:02:00.000Z' },
      { id: one, completed: true, completed_at: '2026-03-05T12:01:00.000Z', updated_at: '2026-03-05T12:01:00.000Z' },
    ],
    missing: [],
  })
  t.equal(answer.json().tasks.length, 2)
  const after = await maya.get(`/tasks/${one}`)
  t.strictSame([after.body, after.headers.etag], [before.body, before.headers.etag])
  t.equal((await maya.patch(`/tasks/${two}`, {}, { 'if-match': old })).statusCode, 412, 'it is an edit like any other')
  t.equal((await maya.get(`/tasks/${three}`)).json().completed, false)

  const opened = (await maya.post('/tasks/complete', { ids: [one, three], completed: false })).json()
  t.match(opened.tasks, [
    { id: one, completed: false, completed_at: null, updated_at: '2026-03-05T12:02:00.000Z' },
    { id: three, updated_at: '2026-03-05T12:00:00.000Z' },
  ])
})

t.test('of many tasks what is not there, or is not one’s own, is named and stops nothing', async t => {
  const [maya, one, two] = await withTasks('one', 'two')
  const [, theirs] = await withTasks('of somebody else')
  const never = randomUUID()
  t.match((await maya.post('/tasks/complete', { ids: [never, one, theirs], completed: true })).json(), {
    tasks: [{ id: one }],
    missing: [never, theirs],
  })
  t.strictSame((await maya.post('/tasks/delete', { ids: [theirs, one, never, one] })).json(), {
    deleted: [one],
    missing: [theirs, never],
  })
  t.strictSame((await maya.post('/tasks/delete', { ids: [one] })).json(), { deleted: [], missing: [one] }, 'again')
  t.strictSame((await maya.post('/tasks/delete', { ids: [] })).json(), { deleted: [], missing: [] })
  t.match((await maya.get('/tasks')).json(), { total: 1, tasks: [{ id: two }] })
})

t.test('a hundred tasks at once, and no more', async t => {
  const maya = await somebody()
  const ids = Array.from({ length: 100 }, () => randomUUID())
  for (const id of ids) await maya.post('/tasks', { id, title: id })
  t.equal((await maya.post('/tasks/complete', { ids, completed: true })).json().tasks.length, 100)
  t.match((await maya.get('/tasks?completed=true&per_page=1')).json(), { total: 100 })
  for (const url of ['/tasks/complete', '/tasks/delete']) {
    const completed = url.endsWith('complete') ? { completed: false } : {}
    t.match((await maya.post(url, { ids: [...ids, randomUUID()], ...completed })).json(), {
      status: 400,
      errors: ['ids must have at most 100 items'],
    })
    for (const body of [
      { ...completed },
      { ids: 'x', ...completed },
      { ids: ['x'], ...completed },
      { ids: [null], ...completed },
    ])
      t.equal((await maya.post(url, body)).statusCode, 400)
  }
  t.equal((await maya.post('/tasks/complete', { ids })).statusCode, 400)
  t.equal((await maya.get('/tasks?completed=true')).json().total, 100)
  t.equal((await maya.post('/tasks/delete', { ids })).json().deleted.length, 100)
  t.equal((await maya.get('/tasks')).json().total, 0)
})

/** Everything that a user can see of their tasks. */
async function view(person: Person, id: string) {
  const seen: unknown[] = []
  for (const url of ['/tasks', '/tasks?q=mine', '/tasks?completed=false', `/tasks/${id}`]) {
    const { body, headers } = await person.get(url)
    seen.push(body, headers.etag)
  }
  return seen
}

t.test('security 24: the id of somebody else is answered exactly like one that never existed', async t => {
  const [maya, id] = await withTasks('mine')
  const other = await somebody()
  const before = await view(maya, id as string)
  const never = randomUUID()
  const attempts = [
    { method: 'GET' },
    { method: 'GET', headers: { 'if-none-match': '*' } },
    { method: 'PATCH', payload: { title: 'stolen' } },
    { method: 'PATCH', payload: {}, headers: { 'if-match': '"1-x"' } },
    { method: 'DELETE' },
    { method: 'DELETE', headers: { 'if-match': '*' } },
  ] as const
  const ask = (app: App, attempt: (typeof attempts)[number], of: string) =>
    app.inject({
      ...attempt,
      url: `/tasks/${of}`,
      headers: { authorization: `Bearer ${other.token}`, ...('headers' in attempt && attempt.headers) },
    })
  for (const attempt of attempts) {
    const [theirs, nobodys] = [await ask(app, attempt, id as string), await ask(app, attempt, never)]
    t.equal(theirs.statusCode, 404)
    t.equal(theirs.body.replaceAll(id as string, '<id>'), nobodys.body.replaceAll(never, '<id>'))
  }
  const same = await other.post('/tasks', { id, title: 'mine' })
  t.equal(same.statusCode, 201, 'even the same id is free')
  t.not(same.headers.etag, (await maya.get(`/tasks/${id}`)).headers.etag)
  t.match(same.headers.vary, /Authorization, Cookie/)
  t.equal((await other.post('/tasks/delete', { ids: [id] })).json().deleted.length, 1)
  t.strictSame(await view(maya, id as string), before)
})

t.test('strangers are told nothing, and a cookie from another site changes nothing', async t => {
  const [maya, id] = await withTasks('mine')
  for (const url of ['/tasks', '/tasks?typo=1', `/tasks/${id}`]) t.equal((await app.inject(url)).statusCode, 401, url)
  for (const [method, url] of [
    ['POST', '/tasks'],
    ['POST', '/tasks/complete'],
    ['POST', '/tasks/delete'],
    ['PATCH', `/tasks/${id}`],
    ['DELETE', `/tasks/${id}`],
  ] as const) {
    const payload = { ids: [id], completed: true }
    t.equal((await app.inject({ method, url, payload })).statusCode, 401, `${method} ${url}`)
    const foreign = { cookie: maya.cookie, origin: 'https://evil.example' }
    const answer = await app.inject({ method, url, payload, headers: foreign })
    t.match(answer.json(), { status: 403, code: 'cross_site_request' }, `${method} ${url}`)
  }
  t.match((await maya.get(`/tasks/${id}`)).json(), { title: 'mine', completed: false })
})
