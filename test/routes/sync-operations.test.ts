import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { build, type Person, signUp } from '../helper.ts'
import { type Answer, device } from '../sync-device.ts'

async function world(t: Test, env: Record<string, string> = {}) {
  const built = await build(t, { env })
  const maya = await signUp(built.app, 'maya', { role: 'instructor' })
  const sequence = (await maya.post('/sequences', { title: 'mine' })).json().id as string
  return { ...built, maya, sequence }
}

type Kind = 'mood' | 'task' | 'practice'
const kinds = ['mood', 'task', 'practice'] as const

/** Values of each kind: to create, and two changes. */
const valuesOf = (sequence: string) => ({
  mood: { create: { mood: 7, date: '2026-03-04', tags: ['sun'] }, one: { note: 'a' }, two: { note: 'b' } },
  task: { create: { title: 'one' }, one: { description: 'a' }, two: { completed: true } },
  practice: { create: { sequence_id: sequence, date: '2026-03-04' }, one: { note: 'a' }, two: { note: 'b' } },
})

const pathOf = { mood: '/mood', task: '/tasks', practice: '/practices' }

const send = async (person: Person, operations: readonly object[], more: object = {}) => {
  const answer = await person.post('/sync', { operations, ...more })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return answer.json() as Answer
}

const statuses = (answer: Answer) => answer.results.map(({ status }) => status)

const thing = async (person: Person, kind: Kind, id: string) => {
  const answer = await person.get(`${pathOf[kind]}/${id}`)
  if (answer.statusCode !== 200) return undefined
  const { mood, ...bare } = answer.json()
  if (!mood) return bare
  const { streak: _, ...entry } = mood
  return entry
}

/** An operation with an id of its own. */
const op = (kind: Kind, op: string, id: string, more: object = {}) => ({ kind, op, id, op_id: uuidv7(), ...more })

for (const kind of kinds) {
  t.test(`${kind}: created, changed, deleted and restored in one request, and each only once`, async t => {
    const { maya, sequence, database } = await world(t)
    const values = valuesOf(sequence)[kind]
    const id = uuidv7()
    const operations = [
      { kind, op: 'create', id, value: values.create },
      op(kind, 'update', id, { value: values.one }),
      op(kind, 'delete', id),
      op(kind, 'restore', id),
      op(kind, 'update', id, { value: values.two }),
    ]
    const first = await send(maya, operations)
    t.strictSame(
      first.results.map(({ status, revision }) => [status, revision]),
      [1, 2, 3, 4, 5].map(revision => ['applied', revision]),
    )
    const { changes } = await send(maya, [], { kinds: [kind] })
    t.strictSame(changes, [{ kind, id, revision: 5, deleted: false, value: await thing(maya, kind, id) }])
    t.match(changes[0]?.value, values.two)

    const again = await send(maya, operations)
    t.strictSame(statuses(again), Array(5).fill('unchanged'))
    t.strictSame(
      again.results.map(({ revision }) => revision),
      Array(5).fill(5),
    )
    t.strictSame(await thing(maya, kind, id), changes[0]?.value)
    const [user] = await database.query(db => db.select().from(database.tables.users))
    t.match(user, { moodCount: kind === 'mood' ? 1 : 0, taskCount: kind === 'task' ? 1 : 0 })
  })

  t.test(`${kind}: what others did is not undone`, async t => {
    const { maya, sequence } = await world(t)
    const values = valuesOf(sequence)[kind]
    const [id, other] = [uuidv7(), uuidv7()]
    const create = { kind, op: 'create', id, value: values.create }
    await send(maya, [create])
    t.strictSame(statuses(await send(maya, [create])), ['unchanged'], 'a replay')
    await send(maya, [op(kind, 'update', id, { value: values.one })])
    const current = await thing(maya, kind, id)

    const stale = await send(maya, [
      op(kind, 'update', id, { value: values.two, if_revision: 1 }),
      op(kind, 'delete', id, { if_revision: 2 }),
      { kind, op: 'create', id: other, value: values.create },
    ])
    t.match(stale.results, [
      { id, status: 'conflict', revision: 2, value: current },
      { id, status: 'conflict', revision: 2, value: current },
      { id: other, status: 'applied', revision: 1 },
    ])
    t.strictSame(
      statuses(await send(maya, [op(kind, 'update', id, { value: values.one, if_revision: 1 })])),
      ['unchanged'],
      'equal already, whatever the revision',
    )
    t.strictSame(statuses(await send(maya, [create])), ['unchanged'], 'however it was edited since')
    const clash = {
      kind,
      op: 'create',
      id,
      value: { ...values.create, ...(kind === 'task' ? { title: 'x' } : { note: 'x' }) },
    }
    t.match((await send(maya, [clash])).results, [{ status: 'conflict', revision: 2, value: current }])

    t.strictSame(statuses(await send(maya, [op(kind, 'delete', id, { if_revision: 1 })])), ['conflict'])
    const removal = op(kind, 'delete', id)
    t.match((await send(maya, [removal])).results, [{ status: 'applied', revision: 3 }])
    t.match((await send(maya, [create])).results, [{ status: 'deleted', revision: 3 }])
    t.strictSame(statuses(await send(maya, [op(kind, 'delete', id)])), ['unchanged'], 'deleted already')
    t.strictSame(statuses(await send(maya, [op(kind, 'update', id, { value: values.two }), op(kind, 'restore', id)])), [
      'deleted',
      'deleted',
    ])
    t.match((await send(maya, [op(kind, 'restore', id, { if_revision: 2 })])).results, [
      { status: 'conflict', revision: 3, value: null },
    ])
    t.strictSame(statuses(await send(maya, [op(kind, 'restore', id)])), ['applied'])
    t.strictSame(statuses(await send(maya, [op(kind, 'restore', id)])), ['unchanged'], 'living already')
    t.strictSame(statuses(await send(maya, [removal])), ['unchanged'], 'a replay deletes nothing')
    await maya.delete(`${pathOf[kind]}/${id}?permanently=true`)
    t.strictSame(statuses(await send(maya, [op(kind, 'restore', id)])), ['deleted'], 'purged')
  })

  t.test(`${kind}: what cannot be is rejected, with the problem of the single request`, async t => {
    const { app, maya, sequence } = await world(t, {
      MAX_MOODS: '1',
      MAX_TASKS: '1',
      MAX_PRACTICES: '1',
    })
    const noah = await signUp(app, 'noah')
    const values = valuesOf(sequence)[kind]
    const id = uuidv7()
    const answer = await send(maya, [
      op(kind, 'update', id, { value: values.one }),
      op(kind, 'delete', id),
      op(kind, 'restore', id),
      { kind, op: 'create', id, value: {} },
      { kind, op: 'create', id },
      { kind, op: 'create', id, value: { ...values.create, colour: 'red' } },
      { kind, op: 'create', id, value: values.create },
      { kind, op: 'delete', id },
      op(kind, 'delete', id, { value: {} }),
      op(kind, 'update', id, { value: { note: 7, description: 7 } }),
      { kind, op: 'create', id: uuidv7(), value: values.create },
    ])
    t.strictSame(
      answer.results.map(({ status, problem }) => (problem as { code: string } | undefined)?.code ?? status),
      [
        ...Array(3).fill('not_found'),
        ...Array(3).fill('invalid_request'),
        'applied',
        ...Array(3).fill('invalid_request'),
        'limit_reached',
      ],
    )
    t.match(answer.results[10]?.problem, { status: 409, title: 'Limit reached', instance: '/sync' })
    t.strictSame(
      (await send(noah, [op(kind, 'delete', id)])).results.map(({ problem }) => problem),
      (await send(noah, [op(kind, 'delete', uuidv7())])).results.map(({ problem }) => problem),
      "somebody else's is as if it never was",
    )
    t.strictSame(
      statuses(await send(maya, [op(kind, 'delete', id), { kind, op: 'create', id: uuidv7(), value: values.create }])),
      ['applied', 'applied'],
      'room is made in the same request',
    )
    t.equal((await maya.get('/mood/streak')).json().streak, kind === 'mood' ? 1 : 0)
  })
}

t.test('a lost answer: what follows is built upon what this device did itself', async t => {
  const { maya } = await world(t)
  const id = uuidv7()
  const create = { kind: 'task', op: 'create', id, value: { title: 'one' } }
  await send(maya, [create])
  const first = op('task', 'update', id, { value: { title: 'two' }, if_revision: 1 })
  await send(maya, [first])
  const second = op('task', 'update', id, { value: { description: 'd' }, if_revision: 1 })
  t.strictSame(statuses(await send(maya, [first, second])), ['unchanged', 'applied'])
  const removal = op('task', 'delete', id)
  await send(maya, [removal])
  t.strictSame(statuses(await send(maya, [create, removal, op('task', 'restore', id)])), [
    'deleted',
    'unchanged',
    'applied',
  ])
  await maya.patch(`/tasks/${id}`, { title: 'by somebody else' })
  const third = op('task', 'update', id, { value: { description: 'e' }, if_revision: 1 })
  t.strictSame(statuses(await send(maya, [first, third])), ['unchanged', 'conflict'])
  t.strictSame(statuses(await send(maya, [second, second])), ['unchanged', 'unchanged'])
})

t.test('a request that arrives twice leads to the same: what others had done before is not its own', async t => {
  const { maya } = await world(t)
  const id = uuidv7()
  await send(maya, [{ kind: 'mood', op: 'create', id, value: { mood: 5, date: '2026-03-04', note: 'a' } }])
  await send(maya, [op('mood', 'delete', id)])
  await send(maya, [op('mood', 'restore', id)])
  // Of a device that saw it deleted.
  const late = [op('mood', 'restore', id), op('mood', 'update', id, { if_revision: 2, value: { note: 'b' } })]
  for (const time of ['first', 'second'])
    t.strictSame(statuses(await send(maya, late)), ['unchanged', 'conflict'], `the ${time} time`)
  t.match(await thing(maya, 'mood', id), { note: 'a', revision: 3 })
})

t.test('nothing that is unchanged raises a version', async t => {
  const { maya, database } = await world(t)
  const id = uuidv7()
  const update = op('task', 'update', id, { value: { title: 'one' } })
  const { cursor } = await send(maya, [{ kind: 'task', op: 'create', id, value: { title: 'one' } }])
  t.strictSame(statuses(await send(maya, [update, op('task', 'restore', id)])), ['unchanged', 'unchanged'])
  await maya.post('/tasks/complete', { ids: [id], completed: false })
  const { changes } = await send(maya, [], { cursor })
  t.strictSame(changes, [])
  const [user] = await database.query(db => db.select().from(database.tables.users))
  t.equal(user?.taskVersion, 1)
})

t.test('a request of another shape changes nothing', async t => {
  const { maya } = await world(t)
  const good = { kind: 'task', op: 'create', id: uuidv7(), value: { title: 'one' } }
  const bad = [
    { operations: [good, { ...good, id: 'x' }] },
    { operations: [good, { ...good, kind: 'sequence' }] },
    { operations: [good, { ...good, op: 'upsert' }] },
    { operations: [good, { ...good, extra: 1 }] },
    { operations: [good, { ...good, op_id: 'x' }] },
    { operations: [good, { ...good, value: [] }] },
    { operations: [good], extra: 1 },
    { operations: [good], limit: 0 },
    { operations: [good], kinds: ['pose'] },
    { operations: [good], cursor: 'abc' },
    { operations: Array.from({ length: 501 }, () => good) },
  ]
  for (const body of bad) t.equal((await maya.post('/sync', body)).statusCode, 400, JSON.stringify(body).slice(0, 200))
  t.equal((await maya.get('/tasks')).json().total, 0)
  const large = { operations: [{ ...good, value: { title: 'one', description: 'x'.repeat(4 * 1024 * 1024) } }] }
  t.equal((await maya.post('/sync', large)).statusCode, 413)
})

t.test('a token does what its scopes let it, and sees no more', async t => {
  const { app, maya } = await world(t)
  const task = (await maya.post('/tasks', { title: 'secret' })).json().id
  const { token } = (await maya.post('/tokens', { name: 'script', scopes: ['tasks:write'] })).json()
  const answer = await app.inject({
    method: 'POST',
    url: '/sync',
    headers: { authorization: `Bearer ${token}` },
    payload: {
      operations: [
        op('task', 'update', task, { value: { title: 'new' }, if_revision: 9 }),
        { kind: 'mood', op: 'create', id: uuidv7(), value: { mood: 5, date: '2026-03-05' } },
      ],
    },
  })
  const { results, changes, cursor, ...rest } = answer.json()
  t.match(results[0], { status: 'conflict', revision: 1 })
  t.notOk('value' in results[0])
  t.match(results[1], { status: 'rejected', problem: { code: 'insufficient_scope' } })
  t.strictSame(changes, [])
  t.match(cursor, /./)
  t.strictSame(rest, { has_more: false })
})

t.test('the same operations at the same time do everything once', async t => {
  const { maya } = await world(t)
  const ids = Array.from({ length: 130 }, () => uuidv7())
  const operations = ids.flatMap((id, i) => [
    { kind: 'mood', op: 'create', id, value: { mood: i % 10, date: '2026-03-01', note: `${i}` } },
    op('mood', 'update', id, { value: { note: `again ${i}` } }),
  ])
  const answers = await Promise.all([1, 2, 3].map(() => send(maya, operations)))
  for (const answer of answers) t.ok(statuses(answer).every(status => status === 'applied' || status === 'unchanged'))
  for (const i of operations.keys())
    t.equal(answers.filter(({ results }) => results[i]?.status === 'applied').length, 1)
  const { moods } = (await maya.get('/mood')).json()
  t.equal(moods.length, 130)
  t.ok(moods.every(({ revision, note }: { revision: number; note: string }) => revision === 2 && /^again/.test(note)))
})

t.test('the streak is that of all entries, whatever was done to them together', async t => {
  const { maya } = await world(t)
  const days = ['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05']
  const ids = days.map(() => uuidv7())
  const phone = device(maya)
  await phone.push(days.map((date, i) => ({ kind: 'mood', op: 'create', id: ids[i], value: { mood: 5, date } })))
  const streak = async () => (await maya.get('/mood/streak')).json().streak
  t.equal(await streak(), 4)
  await phone.push([
    op('mood', 'delete', ids[2] as string),
    op('mood', 'update', ids[0] as string, { value: { mood: 6 } }),
  ])
  t.equal(await streak(), 1)
  await phone.push([
    op('mood', 'restore', ids[2] as string),
    op('mood', 'update', ids[3] as string, { value: { date: '2026-03-01' } }),
  ])
  t.equal(await streak(), 4)
  t.equal(phone.things.size, 5)
})

t.test('`logged_at` is when the device logged it: within 14 days, and no part of what tells a retry', async t => {
  const { maya } = await world(t)
  const create = (logged_at: string, id = uuidv7()) => ({
    kind: 'mood',
    op: 'create',
    id,
    value: { mood: 5, date: '2026-03-04', logged_at },
  })
  const logged = create('2026-03-04T20:00:00Z')
  const answer = await send(maya, [
    logged,
    create('2026-03-05T12:00:01Z'),
    create('2026-02-19T11:59:59Z'),
    create('yesterday'),
  ])
  t.strictSame(statuses(answer), ['applied', 'rejected', 'rejected', 'rejected'])
  t.match(answer.changes, [{ value: { logged_at: '2026-03-04T20:00:00.000Z' } }, { kind: 'sequence' }])
  const { logged_at: _, ...value } = logged.value
  t.strictSame(statuses(await send(maya, [{ ...logged, value }])), ['unchanged'])
})
