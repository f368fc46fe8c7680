import { hash } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { Unavailable, type WritableDatabase } from '../../src/db/database.ts'
import { maxRevisions } from '../../src/revisions/revisions.ts'
import { build, elsewhere, type Person, signUp, until } from '../helper.ts'
import { type Intervention, meddling } from '../meddling.ts'
import type { Answer } from '../sync-device.ts'

const send = async (person: Person, operations: readonly object[]) =>
  (await person.post('/sync', { operations })).json() as Answer

const statuses = ({ results }: Answer) => results.map(({ status }) => status)

t.test('an operation whose thing others write again and again is not rejected: the request may come again', async t => {
  let attempts: number | undefined
  const { app, database } = await build(t, {
    wrap: (database: WritableDatabase) => ({
      ...database,
      async atomic(...batch: Parameters<WritableDatabase['atomic']>) {
        if (attempts !== undefined) {
          attempts++
          const { tasks } = database.tables
          await database.query(db => db.update(tasks).set({ revision: sql`${tasks.revision} + 1` }))
        }
        return database.atomic(...batch) as never
      },
    }),
  })
  const maya = await signUp(app, 'maya')
  const [id, other] = [uuidv7(), uuidv7()]
  await send(maya, [{ kind: 'task', op: 'create', id, value: { title: 'one' } }])
  const update = { kind: 'task', op: 'update', id, op_id: uuidv7(), value: { title: 'two' } }
  attempts = 0
  const operations = [update, { kind: 'task', op: 'create', id: other, value: {} }]
  const answer = await maya.post('/sync', { operations })
  t.match(answer.json(), { status: 503, code: 'unavailable' })
  t.equal(answer.headers['retry-after'], '1')
  t.equal(attempts, 40)
  attempts = undefined
  t.equal((await maya.get(`/tasks/${id}`)).json().title, 'one')
  const [row] = await database.query(db => db.select().from(database.tables.users))
  t.equal(row?.taskVersion, 1)
  t.strictSame(statuses(await send(maya, operations)), ['applied', 'rejected'])
})

t.test('security 37: between some operations and the next ones others have their turn', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const operations = Array.from({ length: 500 }, (_, i) => ({
    kind: 'mood',
    op: 'create',
    id: uuidv7(),
    value: { mood: 5, date: '2026-03-01', timezone: `Nowhere/At-${i}` },
  }))
  const turnsFor = async (count: number) => {
    const turns = t.capture(globalThis, 'setImmediate', setImmediate)
    const answer = await send(maya, operations.slice(0, count))
    turns.restore()
    t.strictSame([...new Set(statuses(answer))], ['rejected'])
    return turns.args().length
  }
  const few = await turnsFor(50)
  t.ok((await turnsFor(500)) - few >= 9)
})

t.test('a cursor of another layout is that of another release: the device starts over', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const bytes = Buffer.from([2, 1, 2, 3])
  const sum = hash('sha256', bytes, 'buffer').subarray(0, 4)
  const cursor = Buffer.concat([bytes, sum]).toString('base64url')
  const answer = await maya.get(`/sync?cursor=${cursor}`)
  t.match(answer.json(), { status: 410, code: 'cursor_expired' })
  const operations = [{ kind: 'task', op: 'create', id: uuidv7(), value: { title: 'one' } }]
  t.equal((await maya.post('/sync', { cursor, operations })).statusCode, 410)
  t.equal((await maya.get('/tasks')).json().total, 0, 'and nothing was done')
})

t.test('the last 2 000 operations are remembered', async t => {
  const { app, clock, database } = await build(t)
  const maya = await signUp(app, 'maya')
  const id = uuidv7()
  const title = (title: string) => ({ kind: 'task', op: 'update', id, op_id: uuidv7(), value: { title } })
  await send(maya, [{ kind: 'task', op: 'create', id, value: { title: 'one' } }])
  const [first, second] = [title('two'), title('three')]
  const nothing = (n: number) => Array.from({ length: n }, () => ({ kind: 'task', op: 'restore', id, op_id: uuidv7() }))
  for (const operations of [[first], [second, ...nothing(499)], nothing(500), nothing(500), nothing(500)]) {
    clock.now += 1
    await send(maya, operations)
  }
  const { syncOperations } = database.tables
  t.equal((await database.query(db => db.select().from(syncOperations))).length, 2_000)
  t.strictSame(statuses(await send(maya, [second])), ['unchanged'], 'remembered')
  t.strictSame(statuses(await send(maya, [first])), ['applied'], 'forgotten')
})

t.test('an account that was deleted since the request was let in', async t => {
  const meddle: { with: Intervention } = { with: () => undefined }
  const built = await build(t, { wrap: meddling(meddle) })
  const { database } = built
  const { users } = database.tables
  const leave = (id: Person['id']) => database.query(db => db.delete(users).where(eq(users.id, id)))

  const maya = await signUp(built.app, 'maya')
  meddle.with = name => (name === 'sync_versions' ? Promise.resolve([]) : undefined)
  t.equal((await maya.get('/sync')).statusCode, 401, 'before its versions are read')
  t.equal((await maya.post('/sync', {})).statusCode, 401)
  meddle.with = () => undefined

  await maya.post('/mood', { mood: 5 })
  // Another process, which does not know the history, and finds no snapshot of it.
  const { app } = await build(t, { wrap: meddling(meddle), databaseUrl: built.config.databaseUrl })
  await database.query(db => db.update(users).set({ moodHistory: null }))
  meddle.with = name => (name === 'sync_deleted_sequence' ? leave(maya.id).then(() => []) : undefined)
  await maya.get('/me')
  const headers = { authorization: `Bearer ${maya.token}` }
  const gone = await app.inject({ url: '/sync', headers })
  t.equal(gone.statusCode, 401, 'before its streak is')
})

t.test('while the database is away no operation is called wrong: the request fails, and comes again', async t => {
  const meddle: { with: Intervention; atomic?: () => Promise<undefined> } = { with: () => undefined }
  const { app } = await build(t, { wrap: meddling(meddle) })
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const sequence = (await maya.post('/sequences', { title: 'mine' })).json().id
  const operations = [
    { kind: 'task', op: 'create', id: uuidv7(), value: { title: 'one' } },
    { kind: 'practice', op: 'create', id: uuidv7(), value: { sequence_id: sequence } },
  ]
  const away = () => Promise.reject(new Unavailable('SQLITE_BUSY'))
  meddle.with = name => (name === 'sequence_by_id' ? away() : undefined)
  t.match((await maya.post('/sync', { operations })).json(), { status: 503, code: 'unavailable' })
  meddle.with = () => undefined
  meddle.atomic = away
  t.match((await maya.post('/sync', { operations })).json(), { status: 503, code: 'unavailable' })
  delete meddle.atomic
  t.strictSame(statuses(await send(maya, operations)), ['applied', 'applied'])
})

t.test('what another device created and deleted since the batch was read stays deleted', async t => {
  const meddle: { with: Intervention } = { with: () => undefined }
  const built = await build(t, { wrap: meddling(meddle) })
  const maya = await signUp(built.app, 'maya', { role: 'instructor' })
  const other = await elsewhere(t, built, maya)
  const sequence_id = (await maya.post('/sequences', { title: 'mine' })).json().id
  const values = {
    mood: { mood: 5, date: '2026-03-04' },
    task: { title: 'one' },
    practice: { sequence_id, date: '2026-03-04' },
  }
  for (const kind of ['mood', 'task', 'practice'] as const) {
    const ids = Array.from({ length: 5 }, () => uuidv7())
    meddle.with = name => {
      if (!new RegExp(`^${kind}_deletions_by_ids_`).test(name)) return undefined
      meddle.with = () => undefined
      // Read as if nothing was deleted, and then it is.
      return createAndDelete(kind, ids[3] as string).then(() => [])
    }
    const { results } = await send(
      maya,
      ids.map(id => ({ kind, op: 'create', id, value: values[kind] })),
    )
    t.strictSame(
      results.map(({ status }) => status),
      ['applied', 'applied', 'applied', 'deleted', 'applied'],
      kind,
    )
  }

  async function createAndDelete(kind: keyof typeof values, id: string) {
    const create = { kind, op: 'create', id, value: values[kind] }
    const remove = { kind, op: 'delete', id, op_id: uuidv7() }
    t.strictSame(statuses(await send(other, [create, remove])), ['applied', 'applied'])
  }
})

t.test('an entry that a device made names its date or its instant', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const create = (value: object) => ({ kind: 'mood', op: 'create', id: uuidv7(), value })
  const { results } = await send(maya, [
    create({ mood: 5 }),
    create({ mood: 5, occurred_at: '2026-03-04T21:00:00+01:00' }),
  ])
  t.match(results, [{ status: 'rejected', problem: { code: 'invalid_request' } }, { status: 'applied' }])
})

t.test('an edit is not rejected for want of room for what it replaces', async t => {
  const { app, database } = await build(t, { env: { MAX_ACCOUNT_MB: '1' } })
  const maya = await signUp(app, 'maya')
  const note = 'x'.repeat(9_000)
  const made = await send(
    maya,
    Array.from({ length: 115 }, () => ({
      kind: 'mood',
      op: 'create',
      id: uuidv7(),
      value: { mood: 5, date: '2026-03-04', note },
    })),
  )
  const { results } = made
  const ids = results.flatMap(({ id, status }) => (status === 'applied' ? [id as string] : []))
  t.match(results.at(-1), { status: 'rejected', problem: { code: 'limit_reached' } }, 'it is full')
  const update = (id: string, text: string) => ({
    kind: 'mood',
    op: 'update',
    id,
    op_id: uuidv7(),
    value: { note: text },
  })
  const edits = ids.slice(0, 3).map(id => update(id, 'y'.repeat(9_000)))
  t.strictSame(statuses(await send(maya, edits)), ['applied', 'applied', 'applied'])
  const kept = await Promise.all(ids.slice(0, 3).map(id => maya.get(`/mood/${id}/revisions`)))
  t.ok(
    kept.some(answer => answer.json().total === 0),
    'not all that was replaced had room',
  )
  const { tables, query } = database
  let sum = 0
  for (const table of [tables.moods, tables.revisions]) {
    for (const { bytes } of await query(db => db.select().from(table as typeof tables.moods))) sum += bytes
  }
  const [user] = await query(db => db.select().from(tables.users))
  t.equal(user?.storedBytes, sum, 'the counter of bytes is what the rows are')
})

t.test('of an entry that is edited often the last states are kept, also by operations', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const id = uuidv7()
  const edits = Array.from({ length: maxRevisions + 5 }, (_, i) => ({
    kind: 'mood',
    op: 'update',
    id,
    op_id: uuidv7(),
    value: { note: `${i}` },
  }))
  const { results } = await send(maya, [
    { kind: 'mood', op: 'create', id, value: { mood: 5, date: '2026-03-04' } },
    ...edits,
  ])
  t.ok(results.every(({ status }) => status === 'applied'))
  const revisions = async () => (await maya.get(`/mood/${id}/revisions`)).json()
  await until(async () => (await revisions()).total <= maxRevisions)
  t.match(await revisions(), { total: maxRevisions, revisions: [{ note: `${maxRevisions + 3}` }] })
})

t.test('a cursor that somebody made up is refused, whatever it says', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const { cursor } = (await maya.get('/sync')).json()
  const head = Buffer.from(cursor, 'base64url').subarray(0, 33)
  const askedWith = async (...positions: Buffer[]) => {
    const bytes = Buffer.concat([head, ...positions])
    const sum = hash('sha256', bytes, 'buffer').subarray(0, 4)
    const made = Buffer.concat([bytes, sum]).toString('base64url')
    const [read, sent] = [await maya.get(`/sync?cursor=${made}`), await maya.post('/sync', { cursor: made })]
    t.equal(sent.statusCode, read.statusCode)
    return read.json()
  }
  const position = (kind: number, start: number) => {
    const bytes = Buffer.alloc(13)
    bytes.writeUInt8(kind)
    bytes.writeUInt32BE(start, 5)
    bytes.writeUInt32BE(app.now() / 1000, 9)
    return bytes
  }
  t.match(await askedWith(position(0, 0)), { changes: [] })
  t.match(await askedWith(Buffer.from([0, 1])), { status: 400, code: 'invalid_request' }, 'half a position')
  // A number that no column of PostgreSQL takes.
  for (const start of [1, 2 ** 31, 2 ** 32 - 1])
    t.match(await askedWith(position(0, start)), { status: 410, code: 'cursor_expired' }, 'begun ahead of the server')
})

t.test('text that cannot be stored rejects its operation and keeps nothing else back', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const values = ['{"title":"\\u0000"}', '{"title":"\\ud83d"}', '{"title":"x","\\udfff":1}']
  const create = (value: string) => `{"kind":"task","op":"create","id":"${uuidv7()}","value":${value}}`
  const send = (payload: string) =>
    app.inject({
      method: 'POST',
      url: '/sync',
      headers: { authorization: `Bearer ${maya.token}`, 'content-type': 'application/json' },
      payload,
    })
  const answer = await send(`{"operations":[${[...values, '{"title":"last"}'].map(create).join()}]}`)
  t.equal(answer.statusCode, 200)
  const problem = (sentence: string) => ({
    status: 'rejected',
    problem: { status: 400, code: 'invalid_request', errors: [`${sentence} contains NUL or an unpaired surrogate.`] },
  })
  t.match(answer.json().results, [problem('title'), problem('title'), problem('A field name'), { status: 'applied' }])
  t.match((await maya.get('/tasks')).json(), { total: 1 })
  for (const rest of [
    '"operations":["x",[1],null]',
    '"\\ud83d":1',
    '"cursor":"\\u0000"',
    '"kinds":["\\ud83d"]',
    '"operations":[{"id":"\\u0000"}]',
  ])
    t.match((await send(`{${rest}}`)).json(), { status: 400, code: 'invalid_request' }, 'elsewhere: the request')
})
