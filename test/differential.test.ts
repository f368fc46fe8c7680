import fc from 'fast-check'
import t from 'tap'
import { taskSorts } from '../src/tasks/task-list.ts'
import { build, type Person, signUp } from './helper.ts'
import { postgresDatabase, startPostgres } from './postgres-server.ts'

/**
 * Sends the same history of calls to both engines and compares every answer. `HISTORIES` and `CALLS` make it longer.
 */

const histories = Number(process.env.HISTORIES ?? 12)
const calls = Number(process.env.CALLS ?? 40)

t.setTimeout(600_000 + histories * calls * 20)
const server = await startPostgres(t)
const at = '2026-03-10T12:00:00Z'
const sqlite = await build(t, { at })
const postgres = await build(t, { at, databaseUrl: await postgresDatabase(t, server) })

const day = fc.integer({ min: 1, max: 14 }).map(n => `2026-03-${String(n).padStart(2, '0')}`)
const ids = Array.from({ length: 6 }, (_, i) => `00000000-0000-4000-8000-00000000000${i}`)
const id = fc.constantFrom(...ids)
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('ß', 'É', 'e\u0301', '😀', '%_', "'; --", '1e1', 'true', 'null'),
)
const body = fc.record(
  {
    id,
    mood: fc.oneof(
      fc.integer({ min: -1, max: 11 }),
      fc.double({ noNaN: true }),
      fc.constantFrom('happy', '7.50', '1e1', '٧', 'true', ' meh'),
    ),
    note: fc.option(text),
    tags: fc.array(text, { maxLength: 3 }),
    date: fc.option(day, { nil: undefined }),
    occurred_at: fc.option(fc.constantFrom('2026-03-05T23:30:00-05:00', '2026-03-06T01:00:00Z'), { nil: undefined }),
  },
  { requiredKeys: ['mood'] },
)
const asQuery = (params: object) =>
  new URLSearchParams(Object.entries(params).map(([key, value]) => [key, String(value)] as [string, string]))
const query = fc
  .record(
    {
      page: fc.integer({ min: 1, max: 4 }),
      per_page: fc.integer({ min: 1, max: 5 }),
      from: day,
      to: day,
      tag: text,
      order: fc.constantFrom('asc', 'desc'),
      as_of: day,
    },
    { requiredKeys: [] },
  )
  .map(asQuery)
const task = fc.record(
  {
    id,
    title: text,
    description: fc.option(text),
    completed: fc.boolean(),
    due_on: fc.option(day),
  },
  { requiredKeys: ['title'] },
)
const taskQuery = fc
  .record(
    {
      page: fc.integer({ min: 1, max: 4 }),
      per_page: fc.integer({ min: 1, max: 5 }),
      completed: fc.boolean(),
      due_from: day,
      due_to: day,
      q: text,
      sort: fc.constantFrom(...taskSorts),
    },
    { requiredKeys: [] },
  )
  .map(asQuery)

const call = fc.oneof(
  { weight: 5, arbitrary: body.map(payload => (person: Person) => person.post('/mood', payload)) },
  {
    weight: 2,
    arbitrary: fc.tuple(id, body).map(
      ([id, { id: _, ...change }]) =>
        (person: Person) =>
          person.patch(`/mood/${id}`, change),
    ),
  },
  { weight: 1, arbitrary: id.map(id => (person: Person) => person.delete(`/mood/${id}`)) },
  { weight: 3, arbitrary: query.map(query => (person: Person) => person.get(`/mood?${query}`)) },
  {
    weight: 1,
    arbitrary: fc.tuple(id, day).map(
      ([id, day]) =>
        (person: Person) =>
          person.get(`/mood/${id}?as_of=${day}`),
    ),
  },
  { weight: 1, arbitrary: day.map(day => (person: Person) => person.get(`/mood/streak/explain?as_of=${day}`)) },
  { weight: 4, arbitrary: task.map(payload => (person: Person) => person.post('/tasks', payload)) },
  {
    weight: 1,
    arbitrary: fc.tuple(id, task).map(
      ([id, { id: _, ...change }]) =>
        (person: Person) =>
          person.patch(`/tasks/${id}`, change),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('complete', 'delete'), fc.array(id), fc.boolean()).map(
      ([what, ids, completed]) =>
        (person: Person) =>
          person.post(`/tasks/${what}`, what === 'complete' ? { ids, completed } : { ids }),
    ),
  },
  { weight: 3, arbitrary: taskQuery.map(query => (person: Person) => person.get(`/tasks?${query}`)) },
  {
    weight: 1,
    arbitrary: fc
      .record({ timezone: fc.constantFrom('Asia/Tokyo', 'UTC', null), day_starts_at: fc.integer({ min: 0, max: 6 }) })
      .map(change => (person: Person) => person.patch('/profile', change)),
  },
)

/** Ids made by the server differ between the engines. */
const normalised = (text: string) =>
  text.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'made')

t.test(`${histories} random histories of ${calls} calls have the same answers on both engines`, async t => {
  let people = 0
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: calls, maxLength: calls }), async history => {
      const name = `person${people++}`
      const [left, right] = [await signUp(sqlite.app, name), await signUp(postgres.app, name)]
      for (const send of history) {
        const [one, other] = [await send(left), await send(right)]
        const seen = ({ statusCode, body, headers }: typeof one) => [
          statusCode,
          normalised(body),
          headers.link,
          normalised(String(headers.location)),
        ]
        t.strictSame(seen(other), seen(one))
        if (JSON.stringify(seen(other)) !== JSON.stringify(seen(one))) return false
      }
      return true
    }),
    { numRuns: histories, endOnFailure: true },
  )
})
