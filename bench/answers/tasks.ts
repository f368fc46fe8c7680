import { givenId } from './normal.ts'
import type { Script } from './script.ts'

/** Tasks: one, a page, many at once. */
export async function taskCalls(script: Script) {
  const tom = await script.signUp('tom')
  const other = await script.signUp('toms-neighbour')
  const make = (what: string, body: unknown, sent: object = {}) =>
    script.call(`make a task: ${what}`, 'POST /tasks', { as: tom, body, ...sent })
  const dentist = await make('dentist', {
    title: ' Call  the dentist ',
    description: 'Before noon.',
    due_on: '2020-03-09',
  })
  await make('milk', { title: 'Buy milk', id: givenId(200) })
  await make('milk again', { title: 'Buy milk', id: givenId(200) })
  await make('other milk', { title: 'Buy oat milk', id: givenId(200) })
  await make('done', { title: 'Übung', completed: true, due_on: null })
  await make('by key', { title: 'Once' }, { headers: { 'idempotency-key': 'task-1' } })
  await make('by the same key', { title: 'Once' }, { headers: { 'idempotency-key': 'task-1' } })
  await make('else by the same key', { title: 'Twice' }, { headers: { 'idempotency-key': 'task-1' } })
  await make('without a title', { description: 'x' })
  await make('with an empty title', { title: ' ' })
  await make('with a long title', { title: 'x'.repeat(201) })
  await make('with a day that is none', { title: 'x', due_on: '2020-02-30' })
  await make('with an unknown field', { title: 'x', done: true })
  await make('as nobody', { title: 'x' }, { as: undefined })
  await make('by cookie', { title: 'By cookie', due_on: '2020-03-01' }, { as: undefined, cookie: tom })

  for (const query of [
    '',
    '?per_page=2',
    '?per_page=2&page=2&sort=title',
    '?page=9',
    '?completed=true',
    '?completed=false&sort=due_on',
    '?completed=maybe',
    '?due_from=2020-03-02&due_to=2020-03-31',
    '?q=DENT+call',
    '?q=ubung',
    '?q=',
    '?sort=-due_on',
    '?sort=id',
    '?per_page=0',
    '?due_from=x',
    '?due_on=none',
  ]) {
    await script.call(`tasks ${query}`, `GET /tasks${query}`, { as: tom })
  }
  const page = await script.call('tasks by HEAD', 'HEAD /tasks', { as: tom })
  await script.call('tasks, unchanged', 'GET /tasks', {
    as: tom,
    headers: { 'if-none-match': String(page.headers.etag) },
  })
  await script.call('tasks as nobody', 'GET /tasks')
  await script.call('tasks of somebody without any', 'GET /tasks', { as: other })

  const path = `/tasks/${dentist.at('id')}`
  const read = await script.call('a task', `GET ${path}`, { as: tom })
  const etag = String(read.headers.etag)
  await script.call('a task, unchanged', `GET ${path}`, { as: tom, headers: { 'if-none-match': etag } })
  await script.call("somebody else's task", `GET ${path}`, { as: other })
  await script.call('a task whose id is none', 'GET /tasks/none', { as: tom })
  const patch = (what: string, body: unknown, sent: object = {}) =>
    script.call(`change a task: ${what}`, `PATCH ${path}`, { as: tom, body, ...sent })
  await patch('its day', { due_on: '2020-03-10' }, { headers: { 'if-match': etag } })
  await patch('with a stale ETag', { due_on: '2020-03-11' }, { headers: { 'if-match': etag } })
  await patch('completed', { completed: true })
  await patch('completed again', { completed: true })
  await patch('open', { completed: false, description: null })
  await patch('nothing', {})
  await patch('a null title', { title: null })
  await patch("somebody else's", { title: 'mine' }, { as: other })

  const many = (what: string, action: string, body: unknown, sent: object = {}) =>
    script.call(`many tasks: ${what}`, `POST /tasks/${action}`, { as: tom, body, ...sent })
  const ids = [dentist.at('id'), givenId(200), givenId(201)]
  await many('complete', 'complete', { ids, completed: true })
  await many('open again', 'complete', { ids: [givenId(200), givenId(200)], completed: false })
  await many("complete somebody else's", 'complete', { ids, completed: true }, { as: other })
  await many('complete without saying', 'complete', { ids })
  await many('complete too many', 'complete', {
    ids: Array.from({ length: 101 }, (_, n) => givenId(n)),
    completed: true,
  })
  await many('none', 'complete', { ids: [], completed: true })
  await many('delete', 'delete', { ids: [givenId(200), givenId(201)] })
  await many('delete what is none', 'delete', { ids: ['none'] })
  await script.call('delete a task with a stale ETag', `DELETE ${path}`, { as: tom, headers: { 'if-match': etag } })
  await script.call("delete somebody else's task", `DELETE ${path}`, { as: other })
  await script.call('delete a task', `DELETE ${path}`, { as: tom })
  await script.call('delete a task again', `DELETE ${path}`, { as: tom })
}
