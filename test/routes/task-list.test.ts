import t from 'tap'
import type { WritableDatabase } from '../../src/db/database.ts'
import { build, type Person, signUp } from '../helper.ts'

/** Called between two reads of a list. */
let meanwhile: (() => Promise<unknown>) | undefined
const { app, clock, database } = await build(t, {
  wrap: (database): WritableDatabase => ({
    ...database,
    async query(build) {
      const rows = await database.query(build)
      await meanwhile?.()
      return rows
    },
  }),
})
let people = 0
const somebody = () => signUp(app, `person${people++}`)

interface Sent {
  title: string
  description?: string
  due_on?: string
  completed?: boolean
}

/** A user who created tasks one second apart. */
async function withTasks(...tasks: (Sent | string)[]): Promise<Person> {
  const person = await somebody()
  for (const task of tasks) {
    clock.now += 1_000
    const answer = await person.post('/tasks', typeof task === 'string' ? { title: task } : task)
    if (answer.statusCode !== 201) throw new Error(answer.body)
  }
  return person
}

// biome-ignore lint/suspicious/noExplicitAny: an answer, untyped as for a client.
type Answer = Record<string, any> & { links: string; status: number }

const listOf = async (person: Person, query = ''): Promise<Answer> => {
  const answer = await person.get(`/tasks${query}`)
  return { ...answer.json(), status: answer.statusCode, links: String(answer.headers.link) }
}
const titles = async (person: Person, query: string) =>
  (await listOf(person, query)).tasks.map(({ title }: Sent) => title)

t.test('tasks come in pages, newest first, and the pages are the list', async t => {
  const maya = await withTasks(...Array.from({ length: 23 }, (_, i) => `task ${i}`))
  const newestFirst = Array.from({ length: 23 }, (_, i) => `task ${22 - i}`)
  t.match(await listOf(maya), { page: 1, per_page: 20, total: 23, total_pages: 2, tasks: { length: 20 } })
  const pages = []
  for (const page of [1, 2, 3, 4, 5]) pages.push(...(await titles(maya, `?page=${page}&per_page=5`)))
  t.strictSame(pages, newestFirst)
  t.match(await listOf(maya, '?page=3&per_page=5'), { page: 3, per_page: 5, total: 23, total_pages: 5 })
  t.strictSame(await titles(maya, '?per_page=100&sort=created_at'), newestFirst.toReversed())
  t.match(await listOf(await somebody()), { page: 1, per_page: 20, total: 0, total_pages: 0, tasks: [] })
})

t.test('a page past the end is an empty list, however far', async t => {
  const maya = await withTasks('one', 'two')
  for (const page of ['2', '1000', '2147483647']) {
    t.match(await listOf(maya, `?page=${page}`), { status: 200, total: 2, total_pages: 1, tasks: [] }, page)
    t.match(await listOf(maya, `?page=${page}&q=o`), { status: 200, total: 2, tasks: [] }, page)
  }
})

t.test('Link names the neighbours of a page and keeps the filters', async t => {
  const maya = await withTasks(...Array.from({ length: 9 }, (_, i) => `task ${i}`))
  const { links } = await listOf(maya, '?page=2&per_page=3&sort=title&q=task+&completed=false')
  const targets = Object.fromEntries(
    links.split(', ').map(link => [/rel="(\w+)"/.exec(link)?.[1], /<\/tasks(.*)>/.exec(link)?.[1]]),
  )
  t.strictSame(Object.keys(targets).sort(), ['first', 'last', 'next', 'prev'])
  t.strictSame(await titles(maya, String(targets.next)), ['task 6', 'task 7', 'task 8'])
  t.strictSame(await titles(maya, String(targets.prev)), ['task 0', 'task 1', 'task 2'])
  t.notMatch((await listOf(maya)).links, /next|prev/)
})

t.test('filters by completion, due day and words go together, and total counts what they leave', async t => {
  const maya = await withTasks(
    { title: 'Buy milk', due_on: '2026-03-05' },
    { title: 'Buy bread', due_on: '2026-03-06', completed: true },
    { title: 'Sweep', due_on: '2026-03-07', description: 'Buy a broom first' },
    { title: 'Some day' },
    { title: 'In the end', due_on: '9999-12-31' },
  )
  const expected: [string, string[]][] = [
    ['?completed=true', ['Buy bread']],
    ['?completed=false', ['Buy milk', 'Sweep', 'Some day', 'In the end']],
    ['?due_from=2026-03-06', ['Buy bread', 'Sweep', 'In the end']],
    ['?due_to=2026-03-06', ['Buy milk', 'Buy bread']],
    ['?due_to=9999-12-31', ['Buy milk', 'Buy bread', 'Sweep', 'In the end']],
    ['?due_from=2026-03-06&due_to=2026-03-06', ['Buy bread']],
    ['?q=buy', ['Buy milk', 'Buy bread', 'Sweep']],
    ['?q=buy&completed=false&due_from=2026-03-06', ['Sweep']],
    ['?q=nothing', []],
  ]
  for (const [query, found] of expected) {
    t.strictSame(await titles(maya, `${query}&sort=created_at`), found, query)
    t.match(await listOf(maya, `${query}&per_page=1`), { total: found.length, total_pages: found.length }, query)
  }
})

t.test('a search finds words by their parts, in title and description, whatever their case and accents', async t => {
  const maya = await withTasks(
    { title: 'Café Übung', description: 'STRASSE nach Ḥaṭha, Ёлка' },
    { title: '100 % sure_thing', description: 'C:\\temp' },
    { title: 'ｆｕｌｌ width', description: "it's “quoted”; drop table" },
    { title: 'हिंदी', description: 'プール' },
  )
  const finds = async (q: string) => titles(maya, `?sort=created_at&q=${encodeURIComponent(q)}`)
  for (const q of [
    'cafe',
    'CAFÉ',
    'cafe\u0301',
    'ubung',
    'übung caf',
    '  ung\u00a0 afe ',
    'straße',
    'hatha',
    'ḥaṭha',
    'елка',
    'ёл',
  ])
    t.strictSame(await finds(q), ['Café Übung'], q)
  for (const q of ['100 %', '%', '_', 'sure_', '\\', 'c:\\t', '0 % thing'])
    t.strictSame(await finds(q), ['100 % sure_thing'], q)
  for (const q of ['full', 'FULL', "it's", '“quoted”;']) t.strictSame(await finds(q), ['ｆｕｌｌ width'], q)
  for (const q of ['हिंदी', 'हिं', 'プール']) t.strictSame(await finds(q), ['हिंदी'], q)
  for (const q of ['cafes', 'c%e', 'c_fe', 'sure\\', 'cafe 100', 'हींदी', 'フール']) t.strictSame(await finds(q), [], q)
  t.equal((await finds('\u0301')).length, 4, 'an accent alone asks for nothing')
})

t.test(
  'every sort is the same list in another order, ties by id, and its reverse is its reverse but for undated tasks',
  async t => {
    const maya = await somebody()
    const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`
    const made = [
      { id: id(5), title: 'banana', due_on: '2026-03-07' },
      { id: id(3), title: 'Éclair' },
      { id: id(4), title: 'apple', due_on: '9999-12-31' },
      { id: id(1), title: 'Banana', due_on: '2026-03-07' },
      { id: id(2), title: 'zoo', due_on: '1999-01-01' },
      { id: id(6), title: 'Ananas' },
    ]
    for (const task of made) await maya.post('/tasks', task)
    const order = async (sort: string) => {
      const pages = await Promise.all([1, 2, 3].map(page => listOf(maya, `?sort=${sort}&per_page=2&page=${page}`)))
      return pages.flatMap(({ tasks }) => tasks.map((task: { id: string }) => Number(task.id.at(-1))))
    }
    const expected = { created_at: [1, 2, 3, 4, 5, 6], title: [6, 4, 1, 5, 3, 2] }
    for (const [sort, ids] of Object.entries(expected)) {
      t.strictSame(await order(sort), ids, sort)
      t.strictSame(await order(`-${sort}`), ids.toReversed(), `-${sort}`)
    }
    t.strictSame(await order('due_on'), [2, 1, 5, 4, 3, 6])
    t.strictSame(await order('-due_on'), [4, 5, 1, 2, 6, 3], 'tasks without a due day are last both ways')
    await maya.patch(`/tasks/${id(2)}`, { title: 'aardvark', due_on: null })
    t.strictSame(await order('title'), [2, 6, 4, 1, 5, 3], 'a change moves it')
    t.strictSame(await order('due_on'), [1, 5, 4, 2, 3, 6])
    t.match(await titles(maya, '?q=aardvark'), ['aardvark'])
    t.strictSame(await titles(maya, '?q=zoo'), [])
  },
)

t.test('a list that is asked for wrongly says what is wrong', async t => {
  const maya = await somebody()
  const wrong = {
    page: ['0', '-1', '1.5', 'x', ''],
    per_page: ['0', '101', 'all'],
    completed: ['yes', '2'],
    due_from: ['2026-02-30', 'today', ''],
    due_to: ['2026-3-1', '~'],
    sort: ['id', '--title', 'updated_at', 'title,due_on', ''],
    q: ['', ' ', 'x'.repeat(101), '%00'],
    completd: ['true'],
  }
  for (const [parameter, values] of Object.entries(wrong)) {
    for (const value of values) {
      const { status, errors } = await listOf(maya, `?${parameter}=${value}`)
      t.equal(status, 400, `${parameter}=${value}`)
      t.ok(
        errors.some((sentence: string) => sentence.includes(parameter)),
        errors,
      )
    }
  }
  t.match(await listOf(maya, '?due_from=2026-03-02&due_to=2026-03-01'), {
    status: 400,
    errors: ['due_from must not be after due_to'],
  })
})

t.test('an unchanged list answers 304, until a task changes, and each change shows at once', async t => {
  const maya = await withTasks('one')
  const { id } = (await listOf(maya)).tasks[0]
  const changes: [string, () => Promise<unknown>][] = [
    ['a new one', () => maya.post('/tasks', { title: 'two' })],
    ['a changed one', () => maya.patch(`/tasks/${id}`, { title: 'uno' })],
    ['a completed one', () => maya.post('/tasks/complete', { ids: [id], completed: true })],
    ['a deleted one', () => maya.delete(`/tasks/${id}`)],
    ['another deleted one', async () => maya.post('/tasks/delete', { ids: [(await listOf(maya)).tasks[0].id] })],
  ]
  for (const [what, change] of changes) {
    for (const query of ['', '?q=o', '?page=7']) {
      const { headers, body } = await maya.get(`/tasks${query}`)
      t.equal(headers['cache-control'], 'private, no-cache')
      const again = await maya.get(`/tasks${query}`)
      t.strictSame([again.body, again.headers.link, again.headers.etag], [body, headers.link, headers.etag])
      const unchanged = await maya.get(`/tasks${query}`, { 'if-none-match': String(headers.etag) })
      t.strictSame([unchanged.statusCode, unchanged.body, unchanged.headers.etag], [304, '', headers.etag])
    }
    const { body, headers } = await maya.get('/tasks')
    await change()
    const changed = await maya.get('/tasks', { 'if-none-match': String(headers.etag) })
    t.equal(changed.statusCode, 200, what)
    t.not(changed.body, body, what)
  }
  const other = await withTasks('one')
  t.not((await other.get('/tasks')).headers.etag, (await maya.get('/tasks')).headers.etag)
})

t.test('a task that comes while an empty list is read is either in it or not', async t => {
  const maya = await somebody()
  meanwhile = async () => {
    meanwhile = undefined
    await maya.post('/tasks', { title: 'just now' })
  }
  const { tasks, total } = await listOf(maya, '?q=just')
  t.strictSame([tasks.length, total], [1, 1])
  t.strictSame((await listOf(maya, '?q=just')).total, 1)
})

t.test('who is deleted while their list is read is told to sign in', async t => {
  const maya = await somebody()
  const { users } = database.tables
  meanwhile = async () => {
    meanwhile = undefined
    const { eq } = await import('drizzle-orm')
    await database.query(db => db.delete(users).where(eq(users.id, maya.id)))
  }
  t.match((await maya.get('/tasks?q=x')).json(), { status: 401, code: 'authentication_required' })
})
