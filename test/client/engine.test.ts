import t, { type Test } from 'tap'
import { ApiProblem, leaseLock, memoryStorage, NoAnswer, openSync, SignedOut, webLock } from '../../client/src/index.ts'
import { restorableMs } from '../../client/src/sync/queueing.ts'
import { restorableMs as restorableOnServerMs } from '../../src/deletions/tombstones.ts'
import { type DeviceOptions, device } from './device.ts'
import { fakeServer } from './fake-server.ts'

const at = (instant: string) => Date.parse(instant)

/** A server, and as many devices as are asked for. */
async function setUp(_t: Test, count = 2, options: Partial<DeviceOptions> = {}) {
  const clock = { now: at('2026-03-05T12:00:00Z') }
  const server = fakeServer(() => clock.now)
  const make = (more: Partial<DeviceOptions> = {}) =>
    device(server.fetch, { now: () => clock.now, ...options, ...more })
  const devices = await Promise.all(Array.from({ length: count }, () => make()))
  const [a, b] = devices.map(({ engine }) => engine)
  return { clock, server, make, devices, a: a as NonNullable<typeof a>, b: b as NonNullable<typeof b> }
}

/** A sequence that the server knows. */
function practised({ store }: ReturnType<typeof fakeServer>): { sequence: string } {
  const value = { title: 'Morning', total_seconds: 600 }
  store('sequence', 's1', { revision: 1, deleted: false, purged: false, value, made: '' })
  return { sequence: 's1' }
}

t.test('what is written without a network is there at once, and on the server later', async t => {
  const { devices, a, b } = await setUp(t)
  const [here] = devices
  if (here) here.way.offline = true
  const { id, value, pending } = await a.moods.log({ mood: ' 8 ', note: 'Slept well', tags: ['sleep', 'Sleep '] })
  t.match(value, { mood: 8, valence: 0.6, tags: ['sleep'], date: '2026-03-05', timezone: 'UTC' })
  t.equal(pending, true)
  t.equal(a.streak().streak, 1)
  await t.rejects(a.sync(), NoAnswer)
  t.equal(a.unsent(), 1)
  if (here) here.way.offline = false
  await a.sync()
  t.equal(a.unsent(), 0)
  t.equal(a.moods.get(id)?.pending, false)
  await b.sync()
  t.equal(b.moods.list()[0]?.value.note, 'Slept well')
  t.equal(b.streak().streak, 1)
})

t.test('entries are listed the latest first; of one day those whose instant nobody knows come first', async t => {
  const { a } = await setUp(t, 1)
  for (const [note, more] of Object.entries({
    noon: { occurred_at: '2026-03-03T12:00:00Z' },
    'some time': { date: '2026-03-03' },
    today: {},
    'the day before': { date: '2026-03-02' },
    morning: { occurred_at: '2026-03-03T08:00:00Z' },
  }))
    await a.moods.log({ mood: 5, note, ...more })
  t.strictSame(
    a.moods.list().map(({ value }) => value.note),
    ['today', 'some time', 'noon', 'morning', 'the day before'],
  )
})

t.test('a copy survives a restart, and belongs to one account', async t => {
  const { devices, a } = await setUp(t, 1)
  const [here] = devices
  if (!here) return
  await a.moods.log({ mood: 8 })
  a.close()
  const again = await here.open()
  t.equal(again.moods.list().length, 1)
  t.equal(again.unsent(), 1)
  const other = await openSync({ client: here.client, storage: here.storage, account: 'noor' })
  t.equal(other.moods.list().length, 0)
  await other.moods.log({ mood: 1 })
  await other.wipe()
  t.equal(other.moods.list().length, 0)
  t.equal((await here.open()).moods.list().length, 1)
  t.strictSame(await here.storage.list('noor/'), [])
})

t.test('edits of what was not sent yet are one write, and a deleted one was never there', async t => {
  const { server, a } = await setUp(t, 1)
  const { id } = await a.moods.log({ mood: 8 })
  await a.moods.update(id, { note: 'x' })
  await a.moods.update(id, { note: 'y', mood: 8 })
  t.equal(a.unsent(), 1)
  const second = await a.moods.log({ mood: 3 })
  await a.moods.delete(second.id)
  t.equal(a.moods.list().length, 1)
  t.equal(a.moods.trash().length, 1)
  await a.moods.restore(second.id)
  await a.moods.restore(second.id)
  t.equal(a.moods.list().length, 2)
  await a.moods.delete(second.id)
  await a.sync()
  t.equal(server.things('mood').size, 1)
  t.equal(server.things('mood').get(id)?.value.note, 'y')

  await a.moods.update(id, { note: 'z' })
  await a.moods.update(id, { note: 'y' })
  t.equal(a.unsent(), 0, 'back to what it was')
  await a.moods.update(id, { note: 'z' })
  await a.moods.update(id, { tags: ['b'], note: 'zz' })
  await a.moods.delete(id)
  await a.moods.restore(id)
  t.equal(a.unsent(), 1)
  await a.sync()
  t.match(server.things('mood').get(id), { value: { note: 'zz', tags: ['b'] }, revision: 2 })

  await a.moods.delete(id)
  await a.sync()
  await a.moods.restore(id)
  t.equal(a.unsent(), 1)
  await a.moods.delete(id)
  t.equal(a.unsent(), 0, 'nobody has to know of a restoration that was taken back')
  t.equal(a.moods.get(id)?.deleted, true)
  await a.sync()
  t.match(server.things('mood').get(id), { deleted: true, revision: 3 })
})

t.test('a lost answer doubles nothing, whatever was written', async t => {
  const { devices, server, a } = await setUp(t, 1)
  const [here] = devices
  if (!here) return
  await a.sync()
  const { id } = await a.moods.log({ mood: 8 })
  here.way.lostAnswers = 1
  await t.rejects(a.sync(), NoAnswer)
  await a.moods.update(id, { note: 'after' })
  await a.sync()
  t.match(server.things('mood').get(id), { value: { note: 'after' }, revision: 2 })
  await a.moods.update(id, { note: 'B' })
  here.way.lostAnswers = 1
  await t.rejects(a.sync(), NoAnswer)
  await a.moods.update(id, { note: 'C' })
  await a.moods.delete(id)
  here.way.lostAnswers = 1
  await t.rejects(a.sync(), NoAnswer)
  await a.sync()
  t.match(server.things('mood').get(id), { deleted: true, value: { note: 'C' } })
  await a.moods.restore(id)
  here.way.lostAnswers = 1
  await t.rejects(a.sync(), NoAnswer)
  await a.sync()
  const before = JSON.stringify([...server.things('mood')])
  for (const { url, init } of here.way.copies.toReversed()) await here.fetch(url, init)
  t.equal(JSON.stringify([...server.things('mood')]), before, 'nor do requests that arrive again, in any order')
  t.strictSame(a.conflicts(), [])
  t.strictSame(a.rejected(), [])
})

t.test('fields that nobody else touched are put on the new state; a field that both changed asks', async t => {
  const { server, a, b } = await setUp(t)
  const { id } = await a.moods.log({ mood: 8, note: 'first' })
  await a.sync()
  await b.sync()
  await a.moods.update(id, { note: 'from a', mood: 7 })
  await b.moods.update(id, { note: 'from b', tags: ['b'] })
  await a.sync()
  await b.sync()
  t.match(server.things('mood').get(id)?.value, { mood: 7, note: 'from a', tags: ['b'] })
  t.strictSame(b.conflicts(), [
    { kind: 'mood', id, reason: 'edited', fields: { note: { mine: 'from b', theirs: 'from a' } } },
  ])
  t.equal(b.moods.get(id)?.value.note, 'from a')
  t.ok(b.moods.get(id)?.question)
  await b.resolve(id, 'mine')
  t.strictSame(b.conflicts(), [])
  await b.sync()
  t.equal(server.things('mood').get(id)?.value.note, 'from b')

  await a.sync()
  await a.moods.update(id, { note: '1', mood: 2 })
  await b.moods.update(id, { note: '2', mood: 3 })
  await a.sync()
  await b.sync()
  await b.resolve(id, { note: '1 and 2', mood: 9 })
  t.match(b.moods.get(id)?.value, { note: '1 and 2', mood: 9, valence: 0.8 })
  await b.sync()
  await a.sync()
  t.match(a.moods.get(id)?.value, { note: '1 and 2', mood: 9 })
  await t.rejects(b.resolve(id, 'mine'), { code: 'not_found' })

  await a.moods.update(id, { note: 'same' })
  await b.moods.update(id, { note: 'same' })
  await a.sync()
  await b.sync()
  t.strictSame(b.conflicts(), [])
  await a.moods.update(id, { note: 'theirs' })
  await b.moods.update(id, { note: 'mine' })
  await a.sync()
  await b.sync()
  await b.resolve(id, 'theirs')
  t.equal(b.unsent(), 0)
})

t.test('deleted there and edited here asks; so does edited there and deleted here', async t => {
  const { server, a, b } = await setUp(t)
  const { id } = await a.moods.log({ mood: 8 })
  await a.sync()
  await b.sync()
  await a.moods.delete(id)
  await a.sync()
  await b.moods.update(id, { note: 'mine' })
  await b.moods.update(id, { mood: 5 })
  await b.sync()
  t.match(b.conflicts(), [{ reason: 'deleted', fields: { note: { mine: 'mine' }, mood: { mine: 5 } } }])
  t.equal(b.moods.list().length, 0)
  await b.resolve(id, 'mine')
  t.equal(b.moods.get(id)?.value.note, 'mine')
  await b.sync()
  t.match(server.things('mood').get(id), { deleted: false, value: { note: 'mine', mood: 5 } })

  await a.sync()
  await a.moods.update(id, { note: 'worth keeping' })
  await a.sync()
  await b.moods.delete(id)
  await b.sync()
  t.match(b.conflicts(), [{ reason: 'deleted_here', fields: { note: { theirs: 'worth keeping' } } }])
  t.equal(b.moods.get(id)?.deleted, false)
  await b.resolve(id, 'mine')
  await b.sync()
  t.equal(server.things('mood').get(id)?.deleted, true)

  await a.sync()
  await a.moods.restore(id)
  await a.sync()
  await b.sync()
  await a.moods.update(id, { note: 'edited' })
  await a.sync()
  await b.moods.delete(id)
  await b.sync()
  await b.resolve(id, { tags: ['kept'] })
  await b.sync()
  t.match(server.things('mood').get(id), { deleted: false, value: { tags: ['kept'], note: 'edited' } })

  await a.sync()
  await a.moods.delete(id)
  await b.moods.delete(id)
  await a.sync()
  await b.sync()
  t.strictSame(b.conflicts(), [])
  await t.rejects(a.moods.update(id, { note: 'x' }), { code: 'not_found' })
})

t.test('a conflict about a task is decided by a value of the person', async t => {
  const { server, a, b } = await setUp(t)
  const { id } = await a.tasks.create({ title: 'first' })
  await a.sync()
  await b.sync()
  await a.tasks.update(id, { title: 'from a' })
  await b.tasks.update(id, { title: 'from b' })
  await a.sync()
  await b.sync()
  await b.resolve(id, { title: 'both' })
  await b.sync()
  t.equal(server.things('task').get(id)?.value.title, 'both')
})

t.test('an edit answers what was asked about its fields, and the older value does not come back over it', async t => {
  const { server, a, b } = await setUp(t)
  const { id } = await a.moods.log({ mood: 8, note: 'first', tags: ['x'] })
  const clash = async (edit: object) => {
    await a.sync()
    await b.sync()
    await a.moods.update(id, { note: 'from a', tags: ['a'] })
    await b.moods.update(id, edit)
    await a.sync()
    await b.sync()
  }
  await clash({ note: 'from b', tags: ['b'] })
  await b.moods.update(id, { mood: 2, note: 'from a' })
  t.strictSame(
    Object.keys(b.conflicts()[0]?.fields ?? {}),
    ['note', 'tags'],
    'other fields, and the same value, do not',
  )
  await b.moods.update(id, { note: 'newer' })
  t.match(b.conflicts(), [{ reason: 'edited', fields: { tags: { mine: ['b'], theirs: ['a'] } } }])
  t.strictSame(Object.keys(b.conflicts()[0]?.fields ?? {}), ['tags'])
  await b.resolve(id, 'mine')
  await b.sync()
  t.match(server.things('mood').get(id)?.value, { mood: 2, note: 'newer', tags: ['b'] })

  await clash({ note: 'once more from b' })
  await b.moods.update(id, { note: 'the last word' })
  t.strictSame(b.conflicts(), [])
  await t.rejects(b.resolve(id, 'mine'), { code: 'not_found' })
  await b.sync()
  t.equal(server.things('mood').get(id)?.value.note, 'the last word')

  await a.sync()
  await a.moods.update(id, { note: 'worth keeping' })
  await a.sync()
  await b.moods.delete(id)
  await b.sync()
  t.match(b.conflicts(), [{ reason: 'deleted_here' }])
  await b.moods.update(id, { mood: 9 })
  t.strictSame(b.conflicts(), [], 'who edits it keeps it')
  await b.sync()
  t.match(server.things('mood').get(id), { deleted: false, value: { mood: 9, note: 'worth keeping' } })
})

t.test('questions stand in the order of ids, in whichever they came up', async t => {
  const { a, b } = await setUp(t)
  const ids = [await a.moods.log({ mood: 8 }), await a.moods.log({ mood: 7 })].map(({ id }) => id).sort()
  await a.sync()
  await b.sync()
  for (const id of ids.toReversed()) {
    await a.moods.update(id, { note: 'there' })
    await b.moods.update(id, { note: 'here' })
    await a.sync()
    await b.sync()
  }
  t.strictSame(
    b.conflicts().map(({ id }) => id),
    ids,
  )
})

t.test('who keeps what they had edited and then deleted is asked about their edit, too', async t => {
  const { server, a, b } = await setUp(t)
  const { id } = await a.moods.log({ mood: 8, note: 'old' })
  const asked = async (note: string) => {
    await a.sync()
    await b.sync()
    await a.sync()
    await b.moods.update(id, { note: `${note} here` })
    await b.moods.delete(id)
    await a.moods.update(id, { note: `${note} there`, mood: a.moods.get(id)?.value.mood === 8 ? 3 : 8 })
    await a.sync()
    await b.sync()
    t.match(b.conflicts(), [{ reason: 'deleted_here' }])
  }
  const both = (note: string) => [
    { reason: 'edited', fields: { note: { mine: `${note} here`, theirs: `${note} there` } } },
  ]
  await asked('one')
  await b.resolve(id, 'theirs')
  t.match(b.conflicts(), both('one'))
  t.notOk(b.conflicts()[0]?.fields.mood)
  await b.resolve(id, 'mine')
  await b.sync()
  t.match(server.things('mood').get(id), { deleted: false, value: { mood: 3, note: 'one here' } })

  await asked('two')
  await b.moods.update(id, { mood: 5 })
  t.match(b.conflicts(), both('two'), 'an edit of something else keeps it')
  await b.resolve(id, 'theirs')
  t.strictSame(b.conflicts(), [])

  await asked('three')
  await b.moods.update(id, { note: 'the last word' })
  t.strictSame(b.conflicts(), [], 'an edit of the same has decided')

  await asked('four')
  const seen = b.moods.get(id)?.value
  await a.moods.update(id, { tags: ['there'] })
  await a.sync()
  await b.sync()
  await b.moods.update(id, { tags: ['here'] }, seen)
  t.match(b.conflicts(), [{ reason: 'edited', fields: { note: { mine: 'four here' }, tags: { mine: ['here'] } } }])
})

t.test('what is brought back may hold what this device has never seen: an edit on top of it asks', async t => {
  const { server, a, b } = await setUp(t)
  const { id } = await a.moods.log({ mood: 8, note: 'old' })
  await a.sync()
  await b.sync()
  await a.moods.update(id, { note: 'theirs' })
  await a.sync()
  await a.moods.delete(id)
  await a.sync()
  await b.moods.update(id, { note: 'mine', mood: 3 })
  await b.sync()
  t.match(b.conflicts(), [{ reason: 'deleted' }])
  await b.resolve(id, 'mine')
  await b.sync()
  t.match(b.conflicts(), [{ reason: 'edited', fields: { note: { mine: 'mine', theirs: 'theirs' } } }])
  t.match(server.things('mood').get(id), { deleted: false, value: { note: 'theirs', mood: 3 } })
  await b.resolve(id, 'mine')
  await b.sync()
  t.match(server.things('mood').get(id), { deleted: false, value: { note: 'mine', mood: 3 } })
  t.equal(b.unsent(), 0)
})

t.test('from a server that never takes a write, or never ends its changes, syncing turns away', async t => {
  const { server, b } = await setUp(t)
  const { id } = await b.moods.log({ mood: 8 })
  await b.sync()
  const thing = server.things('mood').get(id)
  const conflicting = { status: 'conflict', revision: 1, value: thing && server.shown('mood', id, thing) }
  const wrong = {
    conflict: (operations: { id: string }[]) => ({ results: operations.map(one => ({ id: one.id, ...conflicting })) }),
    endless: () => ({ results: [], has_more: true }),
  }
  for (const answer of Object.values(wrong)) {
    let requests = 0
    let isWrong = false
    const fetch = async (url: string, init: RequestInit) => {
      if (!isWrong) return server.fetch(url, init)
      requests++
      const { operations, ...body } = JSON.parse(init.body as string)
      const right = await server.fetch(url, { ...init, body: JSON.stringify(body) })
      return new Response(JSON.stringify({ ...((await right.json()) as object), ...answer(operations) }), right)
    }
    const { engine } = await device(fetch, { now: () => at('2026-03-05T12:00:00Z') })
    await engine.sync()
    await engine.moods.update(id, { note: answer.name })
    isWrong = true
    t.match(await engine.sync(), { done: false })
    t.equal(requests, 10)
    t.equal(engine.moods.get(id)?.value.note, answer.name)
    isWrong = false
    t.match(await engine.sync(), { done: true }, 'and goes on when the server is right again')
    t.equal(engine.unsent(), 0)
    t.equal(server.things('mood').get(id)?.value.note, answer.name)
  }
})

t.test(
  'a server that says nothing of a write is not asked again and again: the write waits, and holds up no other',
  async t => {
    const { server } = await setUp(t)
    let isSilent = true
    const sent: number[] = []
    const fetch = async (url: string, init: RequestInit) => {
      const { operations, ...body } = JSON.parse(init.body as string)
      sent.push(operations.length)
      const kept = isSilent ? operations.filter((one: { kind: string }) => one.kind === 'task') : operations
      const answer = await server.fetch(url, { ...init, body: JSON.stringify({ ...body, operations: kept }) })
      return answer
    }
    const { engine } = await device(fetch, { now: () => at('2026-03-05T12:00:00Z') })
    await engine.sync()
    const task = await engine.tasks.create({ title: 'first' })
    const { id } = await engine.moods.log({ mood: 8, note: 'kept' })
    sent.length = 0
    t.match(await engine.sync(), { done: false })
    t.strictSame(sent, [2])
    t.match(engine.status(), { state: 'failing', error: undefined })
    t.match(engine.moods.get(id), { pending: true, value: { note: 'kept' } })
    t.equal(engine.tasks.get(task.id)?.pending, false)
    isSilent = false
    t.match(await engine.sync(), { done: true }, 'and is sent again')
    t.equal(server.things('mood').get(id)?.value.note, 'kept')
  },
)

t.test(
  'a result of a kind that only newer servers give leaves its write in the queue, and holds up no other',
  async t => {
    const { server } = await setUp(t)
    let isNewer = false
    const sent: string[][] = []
    const fetch = async (url: string, init: RequestInit) => {
      const answer = await server.fetch(url, init)
      if (!isNewer) return answer
      const body = (await answer.json()) as { results: { id?: string }[] }
      const { operations } = JSON.parse(init.body as string) as { operations: { value?: { title?: string } }[] }
      sent.push(operations.map(one => String(one.value?.title)))
      for (const [i, { value }] of operations.entries())
        if (value?.title === 'newer') body.results[i] = { id: body.results[i]?.id, status: 'postponed' } as object
      return new Response(JSON.stringify(body), answer)
    }
    const { engine } = await device(fetch, { now: () => at('2026-03-05T12:00:00Z') })
    const { id } = await engine.tasks.create({ title: 'old' })
    await engine.sync()
    isNewer = true
    await engine.tasks.update(id, { title: 'newer' })
    const other = await engine.tasks.create({ title: 'other' })
    t.match(await engine.sync(), { done: false })
    t.equal(engine.status().state, 'failing')
    await engine.tasks.update(other.id, { title: 'later' })
    t.match(await engine.sync(), { done: false })
    t.strictSame(sent, [
      ['newer', 'other'],
      ['newer', 'later'],
    ])
    t.equal(engine.unsent(), 1)
    t.match(engine.tasks.get(id), { pending: true, value: { title: 'newer' } })
    t.equal(server.things('task').get(other.id)?.value.title, 'later')
    isNewer = false
    t.match(await engine.sync(), { done: true }, 'and is sent again when the answer can be understood')
    t.equal(engine.unsent(), 0)
    t.equal(server.things('task').get(id)?.value.title, 'newer')
  },
)

t.test('what was deleted for good cannot come back, and says so', async t => {
  const { server, a } = await setUp(t, 1)
  const { id } = await a.moods.log({ mood: 8 })
  await a.sync()
  await a.moods.delete(id)
  await a.sync()
  server.emptyTrash()
  await a.moods.restore(id)
  await a.sync()
  const [rejected] = a.rejected()
  t.match(rejected, { op: 'restore', problem: { code: 'entry_deleted' } })
  t.equal(a.moods.get(id)?.deleted, true)
  await a.discard(rejected?.opId ?? '')
  t.strictSame(a.rejected(), [])
  await t.rejects(a.discard('x'), { code: 'not_found' })
})

t.test('what is deleted before the server heard of it is kept by this device alone, until it is forgotten', async t => {
  const { devices, server, a } = await setUp(t, 1)
  const [here] = devices
  if (!here) return
  const { sequence } = practised(server)
  await a.sync()
  const other = await here.open()
  const makers = [
    [a.moods, other.moods, () => a.moods.log({ mood: 8, note: 'kept' })],
    [a.tasks, other.tasks, () => a.tasks.create({ title: 'kept' })],
    [a.practices, other.practices, () => a.practices.log(sequence, { note: 'kept' })],
  ] as const
  for (const [things, elsewhere, make] of makers) {
    const { id } = await make()
    t.equal(things.get(id)?.local, true)
    await things.delete(id)
    await a.sync()
    await other.sync()
    t.match(things.trash(), [{ id, local: true, pending: false }])

    // Brought back in the other tab, and deleted there again.
    await other.refresh()
    await elsewhere.restore(id)
    t.equal(await things.forget(id), false, 'what lives is not forgotten')
    t.match(things.list(), [{ id, local: true, pending: true }])
    await elsewhere.delete(id)
    const reopened = await here.open()
    t.equal(reopened.unsent(), 0)

    await things.restore(id)
    await a.sync()
    t.equal(things.get(id)?.local, undefined)
    t.equal(things.get(id)?.deleted, false)
    await things.delete(id)
    await a.sync()
    t.equal(await things.forget(id), false, 'the server knows it')
    t.match(things.trash(), [{ id, local: undefined }])

    const second = await make()
    await things.delete(second.id)
    await other.refresh()
    t.equal(await elsewhere.forget(second.id), true)
    t.equal(await things.forget(second.id), false)
    t.equal(things.get(second.id), undefined)
    await t.rejects(things.restore(second.id), { code: 'not_found' })
  }
  t.strictSame(
    (await here.storage.list('me/op')).map(([, value]) => value),
    [],
  )
  t.equal(server.things('mood').size, 1)
})

t.test(
  'what is deleted before the server heard of it goes for good as in the trash of the server, by its clock',
  async t => {
    const days = 86_400_000
    t.equal(restorableMs, restorableOnServerMs)
    const { clock, server, make } = await setUp(t, 0)
    // Its own clock is years behind, and says nothing of when it was deleted.
    const { engine, open, storage, way } = await make({ skewMs: -1_000 * days })
    way.offline = true
    const makers = [
      [engine.moods, () => engine.moods.log({ mood: 8 })],
      [engine.tasks, () => engine.tasks.create({ title: 'kept' })],
    ] as const
    for (const [things, make] of makers) await things.delete((await make()).id)
    const { id: back } = await engine.tasks.create({ title: 'brought back' })
    await engine.tasks.delete(back)
    const [mood, task] = [engine.moods.trash()[0], engine.tasks.trash()[0]]
    clock.now += 40 * days
    await t.rejects(engine.sync(), NoAnswer)
    t.strictSame([engine.moods.trash(), engine.tasks.trash()[0]], [[mood], task], 'the server has said nothing yet')
    t.equal(mood?.expiresAt, undefined)

    way.offline = false
    await engine.sync()
    const expiresAt = clock.now + restorableMs
    t.match(engine.moods.trash(), [{ id: mood?.id, local: true, expiresAt }])
    clock.now += restorableMs - 1_000
    await engine.sync()
    t.match(engine.moods.trash(), [{ id: mood?.id, expiresAt }], 'to the second')
    await engine.tasks.restore(back)
    await engine.tasks.delete(back)
    clock.now += 1_000
    const reopened = await open()
    await reopened.sync()
    t.strictSame(reopened.moods.trash(), [])
    t.match(
      reopened.tasks.trash(),
      [{ id: back, expiresAt: clock.now + restorableMs }],
      'who deletes it again begins anew',
    )
    t.equal((await storage.list('me/op')).length, 1)
    t.equal(server.things('mood').size + server.things('task').size, 0)
  },
)

t.test('an answer about what was deleted before the server heard of it joins it, and goes with it', async t => {
  const { devices, server, a } = await setUp(t, 1)
  const [here] = devices
  if (!here) return
  const other = await here.open()
  const { id, value } = await a.moods.log({ mood: 8 })
  await other.refresh()
  await other.moods.update(id, { note: 'x' }, value)
  await a.moods.update(id, { note: 'y' }, value)
  t.match(a.conflicts(), [{ id, fields: { note: { mine: 'y', theirs: 'x' } } }])
  await a.moods.delete(id)
  await a.resolve(id, 'mine')
  t.equal(a.unsent(), 0)
  t.match(a.moods.trash(), [{ id, value: { note: 'y' } }])
  await a.moods.restore(id)
  await a.sync()
  t.match(server.things('mood').get(id), { deleted: false, value: { note: 'y' } })

  const second = await a.moods.log({ mood: 3 })
  await other.refresh()
  await other.moods.update(second.id, { note: 'x' }, second.value)
  await a.moods.update(second.id, { note: 'y' }, second.value)
  await a.moods.delete(second.id)
  t.equal(await a.moods.forget(second.id), true)
  t.strictSame(a.conflicts(), [])
})

t.test('what another device deleted for good is logged anew with what was written here', async t => {
  const { server, a, b } = await setUp(t)
  const { sequence } = practised(server)
  const computed = ['id', 'revision', 'created_at', 'updated_at', 'valence', 'title', 'total_seconds']
  await a.sync()
  const purge = (kind: 'mood' | 'task' | 'practice', id: string) => {
    const thing = server.things(kind).get(id)
    if (thing) thing.purged = true
  }
  const makers = [
    ['mood', a.moods, b.moods, () => a.moods.log({ mood: 8, note: 'before', tags: ['sleep'], date: '2026-03-02' })],
    ['task', a.tasks, b.tasks, () => a.tasks.create({ title: 'Call', description: 'before', completed: true })],
    ['practice', a.practices, b.practices, () => a.practices.log(sequence, { note: 'before', date: '2026-03-02' })],
  ] as const
  for (const [kind, things, elsewhere, make] of makers) {
    const { id, value: before } = await make()
    await a.sync()
    await b.sync()
    await elsewhere.delete(id)
    await b.sync()
    purge(kind, id)
    await a.sync()
    // As a form does that was open meanwhile.
    await things.restore(id)
    const text = kind === 'task' ? 'description' : 'note'
    await things.update(id, { [text]: 'typed' })
    await a.sync()
    t.match(a.rejected(), [{ id, op: 'restore', isGone: true }])
    t.match(a.conflicts(), [{ id, reason: 'deleted', fields: { [text]: { mine: 'typed' } } }])
    const own = await a.recreate(a.rejected()[0]?.opId ?? '')
    t.strictSame([a.rejected(), a.conflicts()], [[], []])
    const same = Object.entries(before).filter(([name]) => !computed.includes(name))
    t.match(things.list(), [{ id: own, pending: true, value: { ...Object.fromEntries(same), [text]: 'typed' } }])
    await a.sync()
    await b.sync()
    t.strictSame([a.unsent(), a.rejected(), a.conflicts()], [0, [], []])
    t.match(elsewhere.list(), [{ id: own, value: { [text]: 'typed' } }])
  }
  await t.rejects(a.recreate('x'), { code: 'not_found' })
})

t.test('all versions of a text go along when it is logged anew; without any, what was last known', async t => {
  const { devices, server, a, b } = await setUp(t)
  const [here] = devices
  if (!here) return
  const other = await here.open()
  const { id, value } = await a.moods.log({ mood: 8 })
  await a.sync()
  await b.sync()
  await other.refresh()
  await b.moods.update(id, { note: 'there' })
  await b.sync()
  await a.moods.update(id, { note: 'first' })
  await other.refresh()
  await other.moods.update(id, { note: 'second' }, value)
  await other.refresh()
  t.match(other.conflicts(), [{ fields: { note: { mine: 'second', theirs: 'first' } } }])
  const third = await here.open()
  await third.moods.update(id, { note: 'third' }, value)
  await a.refresh()
  await a.sync()
  const met = { mine: 'first', theirs: 'there', also: ['third', 'second'] }
  t.match(a.conflicts(), [{ reason: 'edited', fields: { note: met } }])
  await b.moods.delete(id)
  await b.sync()
  server.emptyTrash()
  await a.sync()
  await a.moods.restore(id)
  await a.sync()
  const [rejected] = a.rejected()
  t.match(rejected, { isGone: true })
  const own = await a.recreate(rejected?.opId ?? '')
  const left = { mine: 'third', theirs: 'first', also: ['second'] }
  t.match(a.conflicts(), [{ id: own, reason: 'edited', fields: { note: left } }])
  await a.sync()
  t.match(server.things('mood').get(own), { value: { note: 'first', mood: 8 } })
  await a.resolve(own, { note: 'second' })
  await a.sync()
  t.match(server.things('mood').get(own), { value: { note: 'second' } })

  await a.moods.delete(own)
  await a.sync()
  server.emptyTrash()
  await a.moods.restore(own)
  await a.sync()
  const last = await a.recreate(a.rejected()[0]?.opId ?? '')
  t.strictSame(a.conflicts(), [])
  t.match(a.moods.get(last)?.value, { note: 'second', mood: 8, date: value.date })

  server.settings.mood_scale = { min: 1, max: 5 }
  await a.sync()
  const [offScale] = a.rejected()
  t.match(offScale, { op: 'create', isGone: false })
  await t.rejects(a.recreate(offScale?.opId ?? ''), { code: 'not_found' })
})

t.test('a write about what the server knows no more at all is kept with its text, and logged anew', async t => {
  const { server, devices, a } = await setUp(t, 1)
  const { id } = await a.moods.log({ mood: 8, note: 'before' })
  await a.sync()
  await a.moods.update(id, { note: 'typed' })
  server.things('mood').delete(id)
  server.renewEpoch()
  await a.sync()
  t.match(a.rejected(), [{ op: 'update', isGone: true, problem: { code: 'not_found' } }])
  const own = await a.recreate(a.rejected()[0]?.opId ?? '')
  await a.sync()
  t.match(a.moods.list(), [{ id: own, value: { note: 'typed', mood: 8 } }])
  t.strictSame([a.unsent(), a.rejected()], [0, []])

  // An earlier client forgot the entry, and kept the write.
  await a.moods.update(own, { note: 'typed again' })
  server.things('mood').delete(own)
  server.renewEpoch()
  await a.sync()
  const [here] = devices
  if (!here) return
  await here.storage.write({
    put: [],
    delete: [`me/thing/mood/${own}`],
    expect: { key: 'me/own/generation', value: (await here.storage.get('me/own/generation')) as number },
  })
  const again = await here.open()
  await t.rejects(again.recreate(again.rejected()[0]?.opId ?? ''), { code: 'not_found' })
})

t.test(
  'three devices write one note at once: each text is the server’s, an earlier version, or asked about',
  async t => {
    const { server, devices, a, b } = await setUp(t, 3)
    const c = devices[2]?.engine as typeof a
    const { id } = await a.moods.log({ mood: 8 })
    for (const one of [a, b, c]) await one.sync()
    await a.moods.update(id, { note: 'a' })
    await b.moods.update(id, { note: 'b' })
    await c.moods.update(id, { note: 'c' })
    for (const one of [a, b, c, a]) await one.sync()
    t.equal(server.things('mood').get(id)?.value.note, 'a')
    t.match(b.conflicts(), [{ reason: 'edited', fields: { note: { mine: 'b', theirs: 'a' } } }])
    t.match(c.conflicts(), [{ reason: 'edited', fields: { note: { mine: 'c', theirs: 'a' } } }])
    await b.resolve(id, 'mine')
    await b.sync()
    await c.sync()
    t.match(c.conflicts(), [{ fields: { note: { mine: 'c', theirs: 'b' } } }], 'asked against what is there by now')
    await c.resolve(id, 'theirs')
    for (const one of [a, b, c]) await one.sync()
    for (const one of [a, b, c]) t.equal(one.moods.get(id)?.value.note, 'b')
    t.strictSame(
      [a, b, c].map(one => one.conflicts()),
      [[], [], []],
    )
  },
)

t.test('three texts of one device and another: all are there to choose from', async t => {
  const { server, devices, a, b } = await setUp(t)
  const [here] = devices
  if (!here) return
  const other = await here.open()
  const { id, value } = await a.moods.log({ mood: 8 })
  await a.sync()
  await b.sync()
  const meet = async (mood: number) => {
    await other.refresh()
    const seen = other.moods.get(id)?.value ?? value
    await b.sync()
    await b.moods.update(id, { note: `there ${mood}`, mood })
    await b.sync()
    await a.moods.update(id, { note: `first ${mood}` })
    await other.refresh()
    await other.moods.update(id, { note: `second ${mood}`, mood: mood + 5 }, seen)
    await a.refresh()
    await a.sync()
    const note = { mine: `first ${mood}`, theirs: `there ${mood}`, also: [`second ${mood}`] }
    t.match(a.conflicts(), [{ id, fields: { note, mood: { mine: mood + 5, theirs: mood, also: undefined } } }])
  }
  await meet(1)
  await a.resolve(id, { note: 'second 1', mood: 6 })
  await a.sync()
  t.match(server.things('mood').get(id)?.value, { note: 'second 1', mood: 6 })

  await meet(2)
  // What another device decides on is no more to choose; the rest is.
  await b.sync()
  await b.moods.update(id, { note: 'first 2' })
  await b.sync()
  await a.sync()
  t.match(a.conflicts(), [{ fields: { note: { mine: 'second 2', theirs: 'first 2', also: undefined } } }])
  await b.moods.update(id, { note: 'second 2', mood: 7 })
  await b.sync()
  await a.sync()
  t.strictSame(a.conflicts(), [])

  await meet(3)
  await a.moods.update(id, { mood: 10 }, { ...value, mood: 9 })
  t.match(a.conflicts(), [{ fields: { mood: { mine: 10, theirs: 3, also: undefined } } }], 'only texts are all kept')
  // Typed over one of them: that one is replaced, the others stay.
  await a.moods.update(id, { note: 'typed' }, { ...value, note: 'first 3' })
  t.match(a.conflicts(), [{ fields: { note: { mine: 'typed', theirs: 'there 3', also: ['second 3'] } } }])
  await a.resolve(id, 'theirs')
  t.strictSame(a.conflicts(), [])
  t.equal(a.moods.get(id)?.value.note, 'there 3')
})

t.test(
  'who deletes what they were asked about, and keeps it, is asked about their text and not the other one',
  async t => {
    const { a, b } = await setUp(t)
    const { id } = await a.moods.log({ mood: 8 })
    await a.sync()
    await b.sync()
    await b.moods.update(id, { note: 'there' })
    await b.sync()
    await a.moods.update(id, { note: 'here' })
    await a.sync()
    t.match(a.conflicts(), [{ reason: 'edited', fields: { note: { mine: 'here', theirs: 'there' } } }])
    await a.moods.delete(id)
    await b.moods.update(id, { note: 'there, later' })
    await b.sync()
    await a.sync()
    t.match(a.conflicts(), [{ reason: 'deleted_here' }])
    await a.resolve(id, 'theirs')
    t.match(a.conflicts(), [{ reason: 'edited', fields: { note: { mine: 'here', theirs: 'there, later' } } }])
  },
)

t.test('what another device deleted before this one knew that it had arrived stays deleted', async t => {
  const { devices, server, a, b } = await setUp(t)
  const [here] = devices
  if (!here) return
  await a.sync()
  const { id } = await a.moods.log({ mood: 8 })
  here.way.lostAnswers = 1
  await t.rejects(a.sync(), NoAnswer)
  await b.sync()
  await b.moods.delete(id)
  await b.sync()
  await a.moods.update(id, { note: 'later' })
  await a.sync()
  t.equal(server.things('mood').get(id)?.deleted, true)
  t.match(a.conflicts(), [{ reason: 'deleted' }])
  await a.resolve(id, 'theirs')
  t.equal(a.moods.list().length, 0)
  t.equal(a.unsent(), 0)
})

t.test('a rejected write is kept with its sentence until it is mended or given up', async t => {
  const { server, a } = await setUp(t, 1)
  await a.sync()
  const first = await a.moods.log({ mood: 8 })
  server.settings.mood_scale = { min: 0, max: 5 }
  await a.sync()
  t.equal(a.rejected()[0]?.problem.errors[0], 'mood must be between 0 and 5, or a label')
  t.equal(a.streak().streak, 0, 'the server has no entry, so it counts for nothing')
  t.equal(a.moods.get(first.id)?.rejected?.code, 'mood_off_scale')
  await a.moods.update(first.id, { mood: 4 })
  await a.sync()
  t.strictSame(a.rejected(), [])
  t.equal(server.things('mood').get(first.id)?.value.mood, 4)
  await t.rejects(a.moods.log({ mood: 9 }), ApiProblem, 'the device knows the scale by now')

  const task = await a.tasks.create({ title: 'x' })
  await a.sync()
  server.settings.mood_scale = { min: 0, max: 3 }
  await a.moods.update(first.id, { mood: 5 })
  await a.tasks.update(task.id, { completed: true })
  await a.sync()
  t.equal(server.things('task').get(task.id)?.value.completed, true, 'one that fails spoils no other')
  t.equal(a.moods.get(first.id)?.value.mood, 4)
  const opId = a.rejected()[0]?.opId ?? ''
  await a.retry(opId, { mood: 2 })
  await a.sync()
  t.equal(server.things('mood').get(first.id)?.value.mood, 2)
  await t.rejects(a.retry(opId), { code: 'not_found' })

  const second = await a.moods.log({ mood: 3 })
  server.settings.mood_scale = { min: 0, max: 2 }
  await a.sync()
  t.equal(a.rejected().length, 1)
  await a.moods.delete(second.id)
  t.strictSame(a.rejected(), [])
  await a.sync()
  t.equal(server.things('mood').size, 1)
})

t.test('what waits for a write that is rejected becomes part of it', async t => {
  const { devices, server, a } = await setUp(t, 1)
  const [here] = devices
  if (!here) return
  await a.sync()
  const one = await a.moods.log({ mood: 8 })
  const two = await a.moods.log({ mood: 8 })
  here.way.offline = true
  await t.rejects(a.sync(), NoAnswer)
  await a.moods.update(one.id, { mood: 1 })
  await a.moods.delete(two.id)
  here.way.offline = false
  server.settings.mood_scale = { min: 0, max: 5 }
  await a.sync()
  t.equal(server.things('mood').get(one.id)?.value.mood, 1)
  t.notOk(server.things('mood').get(two.id))
  t.strictSame(a.rejected(), [])
  await a.moods.restore(two.id)
  t.equal(a.rejected().length, 1)
})

t.test('an expired cursor starts over, and keeps the queue', async t => {
  const { server, a, b } = await setUp(t)
  const kept = await a.moods.log({ mood: 8 })
  const gone = await a.moods.log({ mood: 7 })
  const edited = await a.moods.log({ mood: 6 })
  await a.sync()
  await b.sync()
  await b.moods.update(edited.id, { note: 'unsent' })
  const fresh = await b.moods.log({ mood: 1 })
  // A backup without two of them.
  server.things('mood').delete(gone.id)
  server.things('mood').delete(edited.id)
  server.renewEpoch()
  await b.sync()
  t.strictSame(
    b.moods
      .list()
      .map(({ id }) => id)
      .sort(),
    [kept.id, fresh.id].sort(),
  )
  t.match(b.rejected(), [{ id: edited.id, problem: { code: 'not_found' } }])
  t.equal(server.things('mood').size, 2)
  await a.sync()
  t.equal(a.moods.list().length, 2)
})

t.test('more than 500 writes and more than 4 MiB go in several requests', async t => {
  const { devices, server, a } = await setUp(t, 1)
  const [here] = devices
  if (!here) return
  for (let i = 0; i < 510; i++) await a.tasks.create({ title: `Task ${i}` })
  t.match(await a.sync(), { done: true, sent: 510 })
  t.equal(server.things('task').size, 510)
  const sizes = here.way.copies.map(({ init }) => JSON.parse(init.body as string).operations.length)
  t.strictSame(sizes.slice(0, 3), [0, 500, 10])
  for (let i = 0; i < 200; i++) await a.tasks.create({ title: `Long ${i}`, description: 'x'.repeat(10_000) })
  await a.sync()
  t.equal(server.things('task').size, 710)
})

t.test('a batch that is too large is halved, and one write that no request can carry holds up no other', async t => {
  const clock = at('2026-03-05T12:00:00Z')
  const server = fakeServer(() => clock)
  const limited = async (url: string, init: RequestInit) => {
    const { operations } = JSON.parse(init.body as string)
    if (
      operations.length <= 3 &&
      !operations.some(({ value }: { value?: { title?: string } }) => value?.title === 'Task 5')
    )
      return server.fetch(url, init)
    const problem = {
      code: 'body_too_large',
      errors: ['Too large.'],
      detail: 'Too large.',
      title: '',
      type: '',
      instance: '',
    }
    return Response.json(problem, { status: 413 })
  }
  const { engine } = await device(limited, { now: () => clock })
  for (let i = 0; i < 10; i++) await engine.tasks.create({ title: `Task ${i}` })
  await engine.sync()
  t.equal(server.things('task').size, 9)
  t.match(engine.rejected(), [{ value: { title: 'Task 5' }, problem: { code: 'body_too_large' } }])
})

t.test('an error of the whole request leaves the queue as it is', async t => {
  const { engine, way } = await device(
    async () => Response.json({ code: 'internal_error', errors: ['?'], detail: '?' }, { status: 500 }),
    { now: Date.now },
  )
  await engine.moods.log({ mood: 8 })
  await t.rejects(engine.sync(), { code: 'internal_error' })
  t.equal(engine.unsent(), 1)
  t.equal(way.copies.length, 1)
  const enough = new AbortController()
  enough.abort(new Error('enough'))
  await t.rejects(engine.sync({ signal: enough.signal }), { message: 'enough' })
})

t.test('two tabs on one storage see each other, and one of them syncs', async t => {
  const { make, server } = await setUp(t, 0)
  const storage = memoryStorage()
  const [one, two] = [await make({ storage }), await make({ storage })]
  let told = 0
  const stop = two.engine.subscribe(() => told++)
  await one.engine.moods.log({ mood: 8 })
  await two.engine.refresh()
  t.equal(two.engine.moods.list().length, 1)
  t.ok(told > 0)
  stop()
  await Promise.all([
    one.engine.moods.log({ mood: 1 }),
    two.engine.moods.log({ mood: 2 }),
    two.engine.moods.log({ mood: 3 }),
  ])
  await one.engine.refresh()
  t.equal(one.engine.unsent(), 4)
  const outcomes = await Promise.all([one.engine.sync(), two.engine.sync()])
  t.strictSame(outcomes.map(({ done }) => done).sort(), [false, true])
  t.equal(server.things('mood').size, 4)
  await two.engine.refresh()
  t.equal(two.engine.unsent(), 0)
  await two.engine.wipe()
  await one.engine.refresh()
  t.equal(one.engine.moods.list().length, 0)
})

t.test('what a server answers after the copy was deleted does not come back into it', async t => {
  const tooLarge = () => Response.json({ code: 'body_too_large', errors: [] }, { status: 413 })
  for (const { isFirst, answer } of [{ isFirst: true }, { isFirst: false }, { isFirst: false, answer: tooLarge }]) {
    const { make, b, server } = await setUp(t)
    await b.tasks.create({ title: 'secret' })
    await b.sync()
    const storage = memoryStorage()
    const [one, two] = [await make({ storage }), await make({ storage })]
    if (!isFirst) await one.engine.sync()
    await one.engine.moods.log({ mood: 8, note: 'secret' })
    one.way.before = async () => {
      delete one.way.before
      await two.engine.refresh()
      await two.engine.wipe()
      return answer?.()
    }
    await t.rejects(one.engine.sync(), SignedOut)
    t.equal(one.engine.unsent(), 0)
    t.strictSame(await storage.list('me/'), [])
    t.equal(server.things('task').size, 1)
  }
})

t.test('two tabs without a common lock double nothing either', async t => {
  const { make, server } = await setUp(t, 0)
  const storage = memoryStorage()
  const free = { hold: <T>(work: (renew: () => Promise<boolean>) => Promise<T>) => work(async () => true) }
  const [one, two] = [await make({ storage }), await make({ storage })]
  const open = ({ client }: typeof one) =>
    openSync({ client, storage, account: 'me', lock: free, environment: { now: () => at('2026-03-05T12:00:00Z') } })
  const [a, b] = [await open(one), await open(two)]
  for (let i = 0; i < 5; i++) {
    const { id } = await a.moods.log({ mood: i })
    await Promise.all([a.sync(), b.sync()])
    await b.refresh()
    await b.moods.update(id, { note: 'b' })
    await Promise.all([a.sync(), b.sync(), a.sync()])
  }
  await a.refresh()
  t.equal(server.things('mood').size, 5)
  t.strictSame([a.unsent(), a.conflicts(), a.rejected()], [0, [], []])
  t.ok(a.moods.list().every(({ value }) => value.note === 'b'))
})

t.test('a lease ends: with its holder, or in time when that is gone', async t => {
  const storage = memoryStorage()
  const clock = { now: 1_000 }
  const lock = (name: string) => leaseLock(storage, 'lock', name, () => clock.now)
  const [a, b] = [lock('a'), lock('b')]
  const never = new Promise<never>(() => {})
  void a.hold(() => never)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(await b.hold(async () => 1), undefined)
  clock.now += 61_000
  const inner = await b.hold(async renew => {
    await renew()
    return a.hold(async () => 2)
  })
  t.equal(inner, undefined)
  t.equal(await a.hold(async () => 3), 3)
  await t.rejects(
    b.hold(() => Promise.reject(new Error('failed'))),
    { message: 'failed' },
  )
  t.equal(await a.hold(async () => 4), 4)
  await storage.write({ put: [['lock', 'b 99999999999999']], delete: [], expect: { key: 'lock', value: undefined } })
  t.equal(await a.hold(async () => 5), 5, 'nobody holds it until a clock that was wrong is right again')
  await a.hold(async () =>
    storage.write({ put: [['lock', 'b 1']], delete: [], expect: { key: 'lock', value: `a ${clock.now + 60_000}` } }),
  )
})

t.test('Web Locks are used where there are any', async t => {
  let free = true
  const locks = {
    request: <T>(_name: string, _options: object, work: (lock: unknown) => Promise<T>) => work(free ? {} : null),
  }
  const lock = webLock(locks, 'moodstreak')
  t.equal(await lock.hold(renew => renew().then(() => 1)), 1)
  free = false
  t.equal(await lock.hold(async () => 1), undefined)
})

t.test('a clock that is wrong by days is corrected by the server', async t => {
  const day = 86_400_000
  for (const skewMs of [-3 * day, 3 * day, 30_000]) {
    const { server, a, clock } = await setUp(t, 1, { skewMs, timezone: 'Europe/Berlin' })
    await a.sync()
    const { id, value } = await a.moods.log({ mood: 8 })
    t.equal(value.date, '2026-03-05')
    clock.now += 3 * day
    await a.sync()
    t.match(server.things('mood').get(id)?.value, { date: '2026-03-05' })
    t.equal(a.streak().streak_details.today, '2026-03-08')
    t.equal(a.now() - clock.now, Math.abs(skewMs) < 60_000 ? skewMs : 0)
    t.strictSame(a.rejected(), [])
    clock.now += 20 * day
    await a.moods.log({ mood: 3 })
    clock.now += 20 * day
    await a.sync()
    t.equal(server.things('mood').size, 2)
  }
})

t.test('an answer that lay in a phone that slept does not move its clock', async t => {
  const hour = 3_600_000
  for (const skewMs of [0, -5 * hour]) {
    const clock = { now: at('2026-03-05T12:00:00Z') }
    const server = fakeServer(() => clock.now)
    const sleeping = { ms: 0 }
    const slow = async (url: string, init: RequestInit) => {
      const answer = await server.fetch(url, init)
      clock.now += sleeping.ms
      return answer
    }
    const { engine } = await device(slow, { now: () => clock.now, skewMs })
    await engine.sync()
    t.equal(engine.now(), clock.now)
    sleeping.ms = 20 * hour
    await engine.sync()
    t.equal(engine.now(), at('2026-03-06T08:00:00Z'))
    t.equal((await engine.moods.log({ mood: 8 })).value.date, '2026-03-06')
  }
})

t.test('where an answer has no Date, the clock of the device is believed', async t => {
  const clock = { now: at('2026-03-05T12:00:00Z') }
  const server = fakeServer(() => clock.now)
  const dateless = async (url: string, init: RequestInit) => {
    const answer = await server.fetch(url, init)
    answer.headers.delete('date')
    return answer
  }
  const { engine } = await device(dateless, { now: () => clock.now })
  const { id } = await engine.moods.log({ mood: 8 })
  t.match(await engine.sync(), { done: true, sent: 1 })
  t.equal(server.things('mood').get(id)?.value.date, '2026-03-05')
  t.equal(engine.now(), clock.now)
  await engine.moods.update(id, { note: 'x' })
  await engine.sync()
  t.equal(server.things('mood').get(id)?.value.note, 'x')
})

t.test('an instant of logging that the server will not have is not told again', async t => {
  const { server, a, clock, devices } = await setUp(t, 1)
  const [here] = devices
  if (!here) return
  await a.sync()
  const { id } = await a.moods.log({ mood: 8 })
  here.way.offline = true
  await t.rejects(a.sync(), NoAnswer)
  clock.now += 20 * 86_400_000
  here.way.offline = false
  await a.sync()
  t.equal(server.things('mood').get(id)?.value.date, '2026-03-05')
  t.strictSame(a.rejected(), [])
})

t.test('tasks and practices work the same way', async t => {
  const { server, a, b } = await setUp(t)
  practised(server)
  await a.sync()
  t.equal(a.sequences.list()[0]?.value.title, 'Morning')
  t.equal(a.sequences.get('s1')?.id, 's1')
  const practice = await a.practices.log('s1', { note: 'good' })
  t.match(practice.value, { title: 'Morning', total_seconds: 600, date: '2026-03-05' })
  await a.practices.update(practice.id, { date: '2026-03-04' })
  const unknown = await a.practices.log('s2', { date: '2026-03-01' })
  t.equal(unknown.value.title, '')
  const task = await a.tasks.create({ title: 'Call', completed: true })
  t.ok(task.value.completed_at)
  const reopened = await a.tasks.update(task.id, { completed: false, title: 'Call back' })
  t.equal(reopened.value.completed_at, null)
  await a.sync()
  await b.sync()
  t.match(b.tasks.list(), [{ value: { title: 'Call back', completed: false } }])
  t.equal(b.practices.list().length, 2)
  await b.tasks.update(task.id, { due_on: '2026-04-01' })
  await b.sync()
  await b.practices.delete(practice.id)
  await b.sync()
  t.equal(server.things('practice').get(practice.id)?.deleted, true)
})

t.test('an instant is sent with the day that it was written on, and both are asked about together', async t => {
  const { server, devices, a, b } = await setUp(t, 2)
  const sent = () => JSON.parse(devices[0]?.way.copies.at(-1)?.init.body as string).operations
  const { id } = await a.moods.log({ mood: 8, occurred_at: '2026-03-03T02:00:00Z' })
  await a.sync()
  await b.sync()
  // Settings that change meanwhile would date it otherwise.
  await a.moods.update(id, { occurred_at: '2026-03-03T04:00:00Z' })
  await a.sync()
  t.strictSame(sent()[0].value, { date: '2026-03-03', occurred_at: '2026-03-03T04:00:00.000Z', timezone: 'UTC' })
  await a.moods.update(id, { occurred_at: '2026-03-03T03:00:00Z' })
  await a.moods.update(id, { occurred_at: '2026-03-03T01:00:00Z', note: 'x' })
  await a.sync()
  const when = { date: '2026-03-03', occurred_at: '2026-03-03T01:00:00.000Z', timezone: 'UTC' }
  t.strictSame(sent()[0].value, { note: 'x', ...when })

  await b.sync()
  await a.moods.update(id, { occurred_at: '2026-03-04T05:00:00Z', note: 'y' })
  await b.moods.update(id, { date: '2026-03-01' })
  await b.sync()
  await a.sync()
  t.strictSame(sent()[0].value, { note: 'y' }, 'an instant is not sent without its day')
  t.match(server.things('mood').get(id)?.value, { date: '2026-03-01', note: 'y' })
  t.match(a.conflicts()[0]?.fields, { date: { mine: '2026-03-04', theirs: '2026-03-01' }, occurred_at: {} })
  await a.resolve(id, 'mine')
  await a.sync()
  t.match(sent()[0].value, { date: '2026-03-04', occurred_at: '2026-03-04T05:00:00.000Z' })

  for (const answer of [{ date: '2026-03-02' }, { occurred_at: '2026-03-02T05:00:00Z' }]) {
    await b.sync()
    await a.moods.update(id, { occurred_at: '2026-03-03T06:00:00Z' })
    await b.moods.update(id, { date: '2026-03-01' })
    await b.sync()
    await a.sync()
    t.equal(a.conflicts().length, 1)
    if ('date' in answer) await a.moods.update(id, answer)
    else await a.resolve(id, answer)
    t.strictSame(a.conflicts(), [], 'who says when has said all of it')
    await a.sync()
    t.equal(server.things('mood').get(id)?.value.date, '2026-03-02')
    t.equal(a.moods.get(id)?.value.date, '2026-03-02')
  }
})

t.test('an entry is dated on the device as on the server', async t => {
  const { server, a, clock } = await setUp(t, 1, { timezone: 'America/New_York' })
  server.settings.day_starts_at = 4
  server.settings.timezone = 'Europe/Berlin'
  await a.sync()
  t.equal(a.settings().day_starts_at, 4)
  clock.now = at('2026-03-05T08:30:00Z')
  t.equal((await a.moods.log({ mood: 8 })).value.date, '2026-03-04')
  const told = await a.moods.log({ mood: 8, occurred_at: '2026-03-01T23:30:00-05:00' })
  t.match(told.value, { date: '2026-03-01', occurred_at: '2026-03-02T04:30:00.000Z', timezone: 'America/New_York' })
  const local = await a.moods.log({ mood: 8, occurred_at: '2026-03-01T23:30:00', timezone: 'Asia/Tokyo' })
  t.match(local.value, { date: '2026-03-01', timezone: 'Asia/Tokyo' })
  const backfilled = await a.moods.log({ mood: 8, date: '2026-02-20' })
  t.match(backfilled.value, { date: '2026-02-20', occurred_at: null })
  const remembered = await a.moods.update(backfilled.id, { occurred_at: '2026-02-21T20:00:00Z' })
  t.match(remembered.value, { date: '2026-02-21', occurred_at: '2026-02-21T20:00:00.000Z' })
  const { id } = await a.moods.log({ mood: 8, occurred_at: new Date('2026-03-02T20:00:00Z') })
  t.equal(a.moods.get(id)?.value.date, '2026-03-02')
  t.equal((await a.moods.update(id, { occurred_at: '2026-03-03T20:00:00Z' })).value.date, '2026-03-03')
  t.match((await a.moods.update(id, { date: '2026-03-04' })).value, {
    date: '2026-03-04',
    occurred_at: '2026-03-03T20:00:00.000Z',
  })
  t.match((await a.moods.update(id, { date: '2026-01-04' })).value, { date: '2026-01-04', occurred_at: null })
  t.match((await a.moods.update(id, { timezone: 'UTC', date: '2026-01-04' })).value, { timezone: 'UTC' })
  t.match((await a.moods.update(id, { occurred_at: null, date: '2026-01-05' })).value, { date: '2026-01-05' })
  t.match((await a.moods.update(id, { occurred_at: null, mood: 8, tags: null })).value, { tags: [] })
  t.equal(
    (await a.moods.log({ mood: 'happy', note: null, date: '2026-03-01', occurred_at: '2026-03-01T12:00:00Z' })).value
      .valence,
    0.75,
  )
  const refused = (input: object) => a.moods.log({ mood: 8, ...input }).catch((error: ApiProblem) => error.code)
  t.equal(await refused({ mood: 11 }), 'mood_off_scale')
  t.equal(await refused({ mood: '7/10' }), 'invalid_request')
  t.equal(await refused({ date: '2026-03-09' }), 'date_in_future')
  t.equal(await refused({ date: '2026-02-30' }), 'invalid_request')
  t.equal(await refused({ occurred_at: 'noon' }), 'invalid_request')
  t.equal(await refused({ occurred_at: new Date('x') }), 'invalid_request')
  t.equal(await refused({ occurred_at: null }), 'invalid_request')
  t.equal(await refused({ timezone: 'Nowhere' }), 'invalid_request')
  t.equal(await refused({ date: '2026-01-01', occurred_at: '2026-03-01T12:00:00Z' }), 'invalid_request')
  const list = a.moods.list().map(({ value }) => value.date)
  t.strictSame(list, list.toSorted().reverse())
  const again = (input: Parameters<typeof a.moods.log>[0]) => a.moods.log(input, id)
  await t.rejects(again({ mood: 1 }), { code: 'id_taken' })
  await t.rejects(a.moods.restore('none'), { code: 'not_found' })
  await t.rejects(a.moods.delete('none'), { code: 'not_found' })
  await a.sync()
  t.strictSame(a.rejected(), [])
})

t.test('the device says why a streak is what it is, and what a forgotten day would make it', async t => {
  const { a } = await setUp(t, 1)
  for (const date of ['2026-03-02', '2026-03-03', '2026-03-05']) await a.moods.log({ mood: 5, date })
  t.strictSame(a.explain(), { gap: { from: '2026-03-04', to: '2026-03-04', length: 1 }, healed: 4 })
  await a.moods.log({ mood: 5, date: '2026-03-04' })
  t.strictSame(a.explain(), { gap: null, healed: 4 })
})

t.test('a form that was open while others wrote changes what the person changed, and asks where both did', async t => {
  const { server, a, b } = await setUp(t)
  const { id } = await a.moods.log({ mood: 8, note: 'first', tags: ['x'] })
  const { id: task } = await a.tasks.create({ title: 'first' })
  await a.sync()
  await b.sync()
  const seen = b.moods.get(id)?.value ?? {}
  const seenTask = b.tasks.get(task)?.value ?? {}
  await a.moods.update(id, { mood: 2, note: 'from a' })
  await a.tasks.update(task, { completed: true, title: 'from a' })
  await a.sync()
  await b.sync()
  await b.moods.update(id, { mood: 5, tags: ['b'] }, seen)
  const asked = { kind: 'mood', id, reason: 'edited', fields: { mood: { mine: 5, theirs: 2 } } }
  t.strictSame(b.conflicts(), [asked])
  t.match(b.moods.get(id)?.value, { mood: 2, note: 'from a', tags: ['b'] })
  await b.moods.update(id, { note: 'from a' }, seen)
  t.strictSame(b.conflicts(), [asked], 'the same words are no conflict')
  await b.sync()
  t.match(server.things('mood').get(id)?.value, { mood: 2, note: 'from a', tags: ['b'] })
  await b.resolve(id, 'mine')
  await b.tasks.update(task, { title: 'from b', due_on: '2026-11-30' }, seenTask)
  t.match(b.conflicts(), [{ kind: 'task', fields: { title: { mine: 'from b', theirs: 'from a' } } }])
  await b.resolve(task, 'theirs')
  await b.sync()
  t.match(server.things('mood').get(id)?.value, { mood: 5 })
  t.match(server.things('task').get(task)?.value, { title: 'from a', completed: true, due_on: '2026-11-30' })
})

t.test('whether to keep what was edited there and deleted here can be answered when it is deleted again', async t => {
  const { server, a, b } = await setUp(t)
  const asked = async () => {
    const { id } = await a.moods.log({ mood: 8 })
    await a.sync()
    await b.sync()
    await a.moods.update(id, { note: 'worth keeping' })
    await a.sync()
    await b.moods.delete(id)
    await b.sync()
    t.match(b.conflicts(), [{ id, reason: 'deleted_here' }])
    return id
  }
  const stored = async (id: string) => {
    t.strictSame(b.conflicts(), [])
    await b.sync()
    return server.things('mood').get(id)
  }
  const first = await asked()
  await a.moods.delete(first)
  await a.sync()
  await b.sync()
  await b.resolve(first, 'mine')
  t.match(await stored(first), { deleted: true })

  const kept = await asked()
  await a.moods.delete(kept)
  await a.sync()
  await b.sync()
  await b.resolve(kept, 'theirs')
  t.match(await stored(kept), { deleted: false, value: { note: 'worth keeping' } })

  const again = await asked()
  await b.moods.delete(again)
  t.match(await stored(again), { deleted: true }, 'deleting it again is an answer')
})

t.test('undoing a deletion brings back what another device has deleted too; the same of restoring', async t => {
  const { devices, server, a, b } = await setUp(t)
  const way = devices[1]?.way
  const { id } = await a.moods.log({ mood: 8 })
  await a.sync()
  await b.sync()
  /** Does one thing while a request of b is under way, and another one when its answer has come, before anything is sent. */
  const during = async (first: () => Promise<void>, then: () => Promise<void>) => {
    let done: Promise<void> | undefined
    const stop = b.subscribe(topics => {
      if (way && !way.before && topics.has('mood')) done ??= then()
    })
    if (way)
      way.before = async () => {
        await first()
        delete way.before
        return undefined
      }
    await b.sync()
    stop()
    await done
    await b.sync()
  }
  await a.moods.delete(id)
  await a.sync()
  await during(
    () => b.moods.delete(id),
    () => b.moods.restore(id),
  )
  t.equal(b.moods.get(id)?.deleted, false)
  t.equal(server.things('mood').get(id)?.deleted, false)

  await b.moods.delete(id)
  await b.sync()
  await a.sync()
  await a.moods.restore(id)
  await a.sync()
  await during(
    () => b.moods.restore(id),
    () => b.moods.delete(id),
  )
  t.equal(b.moods.get(id)?.deleted, true)
  t.equal(server.things('mood').get(id)?.deleted, true)
})
