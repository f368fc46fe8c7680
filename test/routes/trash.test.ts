import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { checkSqlite } from '../../src/db/check.sqlite.ts'
import type { WritableDatabase } from '../../src/db/database.ts'
import { fileOf, isPostgres } from '../../src/db/open.ts'
import { deletionStore } from '../../src/deletions/deletions.ts'
import { purgeDeletions } from '../../src/deletions/purge-deletions.ts'
import type { EntryId } from '../../src/ids.ts'
import { type App, build, elsewhere, type Person, password, signUp } from '../helper.ts'

const day = 86_400_000

const kinds = ['mood', 'task', 'practice'] as const
type Kind = (typeof kinds)[number]

/** How a thing of a kind is made and found. */
async function places(person: Person, kind: Kind) {
  if (kind === 'mood') return { make: '/mood', one: '/mood', body: { mood: 7, note: 'n', tags: ['Run', 'sun'] } }
  if (kind === 'task')
    return { make: '/tasks', one: '/tasks', body: { title: 'one', description: 'd', completed: true } }
  const sequence = (await person.post('/sequences', { title: 'mine' })).json().id
  return { make: `/sequences/${sequence}/practices`, one: '/practices', body: { note: 'n' } }
}

/** The thing itself. */
const thingIn = (answer: { json(): Record<string, unknown> }) => {
  const { mood, ...bare } = answer.json()
  return (mood ?? bare) as Record<string, unknown>
}

/** Headers of a session of Maya's that began now. */
async function signedInAgain(app: App) {
  const answer = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  return { authorization: `Bearer ${answer.json().token}` }
}

async function world(t: Test, env: Record<string, string> = {}) {
  const built = await build(t, { env })
  const maya = await signUp(built.app, 'maya', { role: 'instructor' })
  const { database } = built
  const { users, moods, tasks, practices, sequences, deletions, revisions } = database.tables
  /** Whether the counter of bytes is what the rows are. */
  const agrees = async () => {
    let sum = 0
    for (const table of [moods, tasks, practices, sequences, deletions, revisions]) {
      const rows = await database.query(db =>
        db
          .select({ bytes: (table as typeof moods).bytes })
          .from(table as typeof moods)
          .where(eq((table as typeof moods).userId, maya.id)),
      )
      sum += rows.reduce((sum, { bytes }) => sum + bytes, 0)
    }
    const [user] = await database.query(db => db.select().from(users).where(eq(users.id, maya.id)))
    t.equal(user?.storedBytes, sum, 'the counter of bytes is what the rows are')
    return user as NonNullable<typeof user>
  }
  const deleted = () => database.query(db => db.select().from(deletions).orderBy(deletions.kind, deletions.id))
  return { ...built, maya, agrees, deleted }
}

for (const kind of kinds) {
  t.test(`field case 11: a deleted ${kind} that is sent again stays deleted; restored it is as it was`, async t => {
    const { app, maya, clock, agrees } = await world(t)
    const { make, one, body } = await places(maya, kind)
    const id = uuidv7()
    const made = thingIn(await maya.post(make, { ...body, id }, { 'idempotency-key': 'k' }))
    clock.now += 1000
    t.match((await maya.delete(`${one}/${id}`)).statusCode, kind === 'mood' ? 200 : 204)
    for (const headers of [{}, { 'idempotency-key': 'k' }, { 'idempotency-key': 'other' }]) {
      const again = await maya.post(make, { ...body, id }, headers)
      t.match(again.json(), { status: 410, code: 'entry_deleted' })
    }
    const otherBody = kind === 'mood' ? { mood: 1 } : kind === 'task' ? { title: 'other' } : { note: 'other' }
    t.equal((await maya.post(make, { ...otherBody, id })).statusCode, 410, 'whatever is sent with the id')
    t.equal((await maya.get(`${one}/${id}`)).statusCode, 404)
    t.equal((await maya.patch(`${one}/${id}`, {})).statusCode, 404)
    t.equal((await maya.delete(`${one}/${id}`)).statusCode, 404)
    const list = await maya.get(one)
    t.match(list.json(), { total: 0 })
    await agrees()

    const other = await signUp(app, 'other', { role: 'instructor' })
    const theirs = await places(other, kind)
    t.equal((await other.post(`${one}/${id}/restore`, undefined)).statusCode, 404)
    t.equal((await other.delete(`${one}/${id}?permanently=true`)).statusCode, 404)
    t.equal((await other.post(theirs.make, { ...theirs.body, id })).statusCode, 201, 'an id is taken for its owner')

    const restored = await maya.post(`${one}/${id}/restore`, undefined)
    t.equal(restored.statusCode, 200)
    const { updated_at: _, revision: __, ...lasting } = made
    t.match(thingIn(restored), { ...lasting, revision: 3, updated_at: '2026-03-05T12:00:01.000Z' })
    t.equal(restored.headers.etag, (await maya.get(`${one}/${id}`)).headers.etag)
    t.strictSame(thingIn(await maya.get(`${one}/${id}`)), thingIn(restored))
    t.equal((await maya.post(make, { ...body, id })).statusCode, 200, 'a retry finds it again')
    const unchanged = await maya.post(`${one}/${id}/restore`, undefined)
    t.strictSame([unchanged.statusCode, thingIn(unchanged)], [200, thingIn(restored)], 'a living one stays as it is')
    t.equal((await maya.post(`${one}/${uuidv7()}/restore`, undefined)).statusCode, 404)
    await agrees()
  })

  t.test(`security 58: a ${kind} goes at once, from the trash, or after 30 days; its id is free after 180`, async t => {
    const { app, maya, clock, database, agrees, deleted } = await world(t)
    const { make, one, body } = await places(maya, kind)
    const [atOnce, later, expired] = [uuidv7(), uuidv7(), uuidv7()]
    for (const id of [atOnce, later, expired]) t.equal((await maya.post(make, { ...body, id })).statusCode, 201)
    const forGood = (id: string) => maya.delete(`${one}/${id}?permanently=true`)
    t.match((await forGood(atOnce)).statusCode, /20[04]/)
    await maya.delete(`${one}/${later}`)
    await maya.delete(`${one}/${expired}`)
    t.match((await forGood(later)).statusCode, /20[04]/)
    for (const id of [atOnce, later]) {
      t.equal((await forGood(id)).statusCode, 404, 'it has gone')
      t.match((await maya.post(`${one}/${id}/restore`, undefined)).json(), { status: 410, code: 'entry_deleted' })
    }
    await agrees()
    clock.now += 30 * day
    const headers = await signedInAgain(app)
    const restored = await maya.post(`${one}/${expired}/restore`, undefined, headers)
    t.equal(restored.statusCode, 410, 'no job was there yet')
    t.equal((await maya.delete(`${one}/${expired}?permanently=true`, headers)).statusCode, 404)
    await purgeDeletions(database, database.atomic, clock.now)
    for (const row of await deleted())
      t.match(row, { content: null, digest: null, bytes: 200, kind }, 'nothing is left but a tombstone')
    t.equal((await deleted()).length, 3)
    await agrees()
    clock.now += 150 * day - 1
    await purgeDeletions(again(database), database.atomic, clock.now)
    const then = await signedInAgain(app)
    for (const id of [atOnce, later, expired]) t.equal((await maya.post(make, { ...body, id }, then)).statusCode, 410)
    clock.now += 1
    await purgeDeletions(again(database), database.atomic, clock.now)
    t.strictSame(await deleted(), [])
    for (const id of [atOnce, later, expired]) t.equal((await maya.post(make, { ...body, id }, then)).statusCode, 201)
    await agrees()
  })

  t.test(`of a ${kind} that is deleted, restored and sent again at once, one state is left`, async t => {
    const { maya, agrees, deleted } = await world(t)
    const { make, one, body } = await places(maya, kind)
    const id = uuidv7()
    await maya.post(make, { ...body, id })
    await Promise.all(
      Array.from({ length: 5 }, () => [
        maya.delete(`${one}/${id}`),
        maya.post(`${one}/${id}/restore`, undefined),
        maya.post(make, { ...body, id }),
        maya.delete(`${one}/${id}?permanently=${kind === 'mood'}`),
      ]).flat(),
    )
    await agrees()
    const lives = (await maya.get(`${one}/${id}`)).statusCode === 200
    t.equal((await deleted()).length, lives ? 0 : 1)
  })

  t.test(`restoring a ${kind} needs room, deleting never does; what is in the trash takes room`, async t => {
    const max = { mood: 'MAX_MOODS', task: 'MAX_TASKS', practice: 'MAX_PRACTICES' }[kind]
    const { maya, agrees } = await world(t, { [max]: '1' })
    const { make, one, body } = await places(maya, kind)
    const first = thingIn(await maya.post(make, body)).id
    const { storedBytes } = await agrees()
    await maya.delete(`${one}/${first}`)
    t.equal((await agrees()).storedBytes, storedBytes, 'it still takes what it took')
    t.equal((await maya.post(make, body)).statusCode, 201)
    const refused = await maya.post(`${one}/${first}/restore`, undefined)
    t.match(refused.json(), { status: 409, code: 'limit_reached' })
    await maya.delete(`${one}/${first}?permanently=true`)
    await agrees()
  })
}

/** The database for another set of the same statements. */
let sets = 0
const again = <D extends { prepare: (name: string, ...rest: never[]) => unknown }>(database: D): D => {
  const set = sets++
  return { ...database, prepare: (name: string, ...rest: never[]) => database.prepare(`set_${set}_${name}`, ...rest) }
}

t.test('what is restored between two looks for it is found: living or deleted, never nowhere', async t => {
  let meanwhile: { reads: string; happens: () => Promise<unknown> } | undefined
  const wrap = (database: WritableDatabase): WritableDatabase => ({
    ...database,
    prepare(name, values, build, json) {
      const prepared = database.prepare(name, values, build, json)
      const execute: typeof prepared.execute = async params => {
        const due = meanwhile
        if (due && name.startsWith(due.reads)) {
          meanwhile = undefined
          await due.happens()
        }
        return prepared.execute(params)
      }
      return { ...prepared, execute }
    },
  })
  const built = await build(t, { wrap })
  const maya = await signUp(built.app, 'maya')
  const other = await elsewhere(t, built, maya)
  const deleted = async () => {
    const { id } = (await maya.post('/mood', { mood: 5 })).json().mood
    await maya.delete(`/mood/${id}`)
    const restore = () => other.post(`/mood/${id}/restore`, undefined)
    return { id, restore }
  }
  const first = await deleted()
  meanwhile = { reads: 'mood_deletion_by_id', happens: first.restore }
  t.equal((await maya.delete(`/mood/${first.id}?permanently=true`)).statusCode, 200)
  t.match((await first.restore()).json(), { status: 410 }, 'and is gone for good')

  const second = await deleted()
  meanwhile = { reads: 'mood_deletion_by_id', happens: second.restore }
  t.equal((await second.restore()).statusCode, 200)

  const third = await deleted()
  meanwhile = { reads: 'mood_deletions_by_ids', happens: third.restore }
  const operation = { kind: 'mood', op: 'update', id: third.id, op_id: uuidv7(), value: { mood: 7 } }
  const answer = await maya.post('/sync', { kinds: [], operations: [operation] })
  t.match(answer.json().results, [{ status: 'applied' }])
})

t.test('the trash is a list, the latest deletion first, and can be emptied', async t => {
  const { maya, clock, agrees, deleted } = await world(t)
  t.match((await maya.get('/mood/trash')).json(), { moods: [], page: 1, total: 0, total_pages: 0 })
  t.equal((await maya.delete('/mood/trash')).statusCode, 204, 'also an empty one')
  const ids: string[] = []
  for (const mood of [1, 'Current Mood', 3])
    ids.push((await maya.post('/mood', { mood, note: `n${mood}` })).json().mood.id)
  const task = (await maya.post('/tasks', { title: 'stays in the trash' })).json().id
  await maya.delete(`/tasks/${task}`)
  for (const id of ids) {
    clock.now += 1000
    await maya.delete(`/mood/${id}`)
  }
  const first = await maya.get('/mood/trash?per_page=2')
  t.match(first.json(), {
    moods: [
      { id: ids[2], mood: 3, note: 'n3', date: '2026-03-05', revision: 2, deleted_at: '2026-03-05T12:00:03.000Z' },
      { id: ids[1], mood: 'Current Mood', purges_at: '2026-04-04T12:00:02.000Z' },
    ],
    total: 3,
    total_pages: 2,
  })
  t.notOk('streak' in first.json().moods[0])
  t.match(first.headers.link, /<\/mood\/trash\?per_page=2&page=2>; rel="next"/)
  t.match((await maya.get('/mood/trash?per_page=2&page=2')).json().moods, [{ id: ids[0] }])
  await maya.post(`/mood/${ids[1]}/restore`, undefined)
  t.match((await maya.get('/mood/trash')).json(), { total: 2 })

  t.equal((await maya.delete('/mood/trash')).statusCode, 204)
  t.match((await maya.get('/mood/trash')).json(), { moods: [], total: 0 })
  t.equal((await maya.post(`/mood/${ids[0]}/restore`, undefined)).statusCode, 410)
  t.equal((await maya.post(`/tasks/${task}/restore`, undefined)).statusCode, 200, 'what is no entry is not concerned')
  t.equal((await deleted()).length, 2)
  await agrees()
})

t.test('a large trash is emptied in steps, and purged in steps', async t => {
  const { maya, clock, database, agrees, deleted } = await world(t)
  for (let n = 0; n < 260; n++) await maya.post('/tasks', { id: uuidv7(), title: `${n}` })
  const ids = (await Promise.all([1, 2, 3].map(page => maya.get(`/tasks?per_page=100&page=${page}`))))
    .flatMap(answer => answer.json().tasks)
    .map(({ id }) => id)
  for (let from = 0; from < 260; from += 100)
    t.match((await maya.post('/tasks/delete', { ids: ids.slice(from, from + 100) })).json(), { missing: [] })
  await agrees()
  clock.now += 30 * day
  await purgeDeletions(database, database.atomic, clock.now, AbortSignal.abort())
  t.ok(
    (await deleted()).every(({ content }) => content !== null),
    'a stop ends it',
  )
  await purgeDeletions(again(database), async () => undefined, clock.now)
  t.ok(
    (await deleted()).every(({ content }) => content !== null),
    'what is in the way is left for the next time',
  )
  await purgeDeletions(again(database), database.atomic, clock.now)
  t.ok((await deleted()).every(({ content }) => content === null))
  await agrees()
})

t.test('a trash that changes all the while is not emptied for ever', async t => {
  const { maya, database } = await world(t)
  const { id } = (await maya.post('/mood', { mood: 5 })).json().mood
  await maya.delete(`/mood/${id}`)
  const { moodStore } = await import('../../src/moods/mood-store.ts')
  const { deletions } = moodStore(again(database))
  await t.rejects(
    deletions.purgeAll(async () => undefined, maya.id, Date.now() + 1e12),
    { code: 'unavailable' },
  )
})

t.test('a trash is emptied however often others take from it', async t => {
  const { maya, database, agrees } = await world(t)
  const ids: string[] = []
  for (let i = 0; i < 10; i++) ids.push((await maya.post('/mood', { mood: 5 })).json().mood.id)
  for (const id of ids) await maya.delete(`/mood/${id}`)
  const restored = ids.slice(0, 7)
  const waiting = restored.values()
  const { moodStore } = await import('../../src/moods/mood-store.ts')
  await moodStore(again(database)).deletions.purgeAll(
    async (writes, relation) => {
      const { value } = waiting.next()
      if (value) await maya.post(`/mood/${value}/restore`, undefined)
      return database.atomic(writes, relation)
    },
    maya.id,
    Date.now() + 1e12,
  )
  t.match((await maya.get('/mood/trash')).json(), { total: 0 })
  t.match((await maya.get('/mood')).json(), { total: restored.length })
  await agrees()
})

t.test(
  'streaks 31, 32: an entry that is deleted and sent again stays out of the streak; restored it is back',
  async t => {
    const { maya } = await world(t)
    const ids = [uuidv7(), uuidv7(), uuidv7()]
    const body = (i: number) => ({ id: ids[i], mood: 5, date: `2026-03-0${3 + i}` })
    for (const i of [0, 1, 2]) await maya.post('/mood', body(i))
    t.equal((await maya.get('/mood/streak')).json().streak, 3)
    t.equal((await maya.delete(`/mood/${ids[1]}`)).json().streak, 1)
    t.equal((await maya.post('/mood', body(1))).statusCode, 410)
    t.equal((await maya.get('/mood')).json().streak, 1)
    const restored = (await maya.post(`/mood/${ids[1]}/restore`, undefined)).json()
    t.match(restored, { streak: 3, mood: { streak: 2 } })
    t.match((await maya.get('/mood')).json(), { streak: 3, total: 3 })
    t.match((await maya.get('/mood?tag=none')).json(), { total: 0 })
  },
)

t.test('a restored entry is found by its tags, and by a token that may only write nothing of it is told', async t => {
  const { app, maya } = await world(t)
  const { id } = (await maya.post('/mood', { mood: 5, tags: ['Run'] })).json().mood
  const { token } = (await maya.post('/tokens', { name: 'w', scopes: ['mood:write', 'tasks:write'] })).json()
  await maya.delete(`/mood/${id}`)
  t.match((await maya.get('/mood?tag=run')).json(), { total: 0, moods: [] })
  const headers = { authorization: `Bearer ${token}` }
  const restored = await app.inject({ method: 'POST', url: `/mood/${id}/restore`, headers })
  t.strictSame(restored.json().mood, { id, revision: 3 })
  t.match((await maya.get('/mood?tag=run')).json(), { total: 1, moods: [{ id }] })
})

t.test('what was deleted is in the export, and leaves with the account', async t => {
  const { maya, database, deleted } = await world(t)
  const { id } = (await maya.post('/mood', { mood: 5, note: 'to be exported' })).json().mood
  await maya.delete(`/mood/${id}`)
  const task = (await maya.post('/tasks', { title: 'gone' })).json().id
  await maya.delete(`/tasks/${task}?permanently=true`)
  const exported = (await maya.get('/account/export')).json().deleted
  t.match(exported, [
    {
      kind: 'mood',
      id,
      content: { note: 'to be exported', date: '2026-03-05' },
      deleted_at: '2026-03-05T12:00:00.000Z',
    },
    { kind: 'task', id: task, content: null },
  ])
  t.notMatch(JSON.stringify(exported), /digest|due_at|version/)
  await maya.delete('/account')
  t.strictSame(await deleted(), [])
  t.strictSame(await database.query(db => db.select().from(database.tables.users)), [])
})

t.test('processes that write at once leave no gap between versions, and one state of what they delete', async t => {
  const { app, maya, config, database, agrees, deleted } = await world(t)
  const { app: other } = await build(t, { databaseUrl: config.databaseUrl })
  const isSound = async () =>
    isPostgres(config.databaseUrl) || (await checkSqlite(fileOf(config.databaseUrl))).isCurrent
  const headers = { authorization: `Bearer ${maya.token}` }
  const send = (i: number, method: 'POST' | 'DELETE', url: string, payload?: object) =>
    [app, other][i % 2]?.inject({ method, url, headers, ...(payload && { payload }) })
  const { moods } = database.tables
  const numbers = Array.from({ length: 20 }, (_, i) => i)
  await Promise.all(numbers.map(i => send(i, 'POST', '/mood', { mood: 5, ...(i % 4 === 0 && { id: uuidv7() }) })))
  const rows = await database.query(db => db.select({ version: moods.version }).from(moods).orderBy(moods.version))
  t.strictSame(
    rows.map(({ version }) => version),
    numbers.map(i => i + 1),
  )
  const ids = numbers.slice(0, 8).map(() => uuidv7())
  await Promise.all(ids.map(id => maya.post('/mood', { id, mood: 5 })))
  await Promise.all(
    ids.flatMap((id, i) => [
      send(i, 'DELETE', `/mood/${id}`),
      send(i + 1, 'POST', '/mood', { id, mood: 5 }),
      send(i + 1, 'POST', '/mood', { id, mood: 6 }),
    ]),
  )
  const living = await database.query(db => db.select({ id: moods.id }).from(moods))
  t.equal(living.length, 20, 'what is deleted stays deleted')
  t.equal((await deleted()).length, 8)
  await agrees()
  t.ok(await isSound(), 'db:check counts the same')
})

t.test('every change gives its row the next version of its kind, and the deletion too', async t => {
  const { maya, database, deleted } = await world(t)
  const { moods, tasks, practices, sequences } = database.tables
  const versions = async (table: typeof moods | typeof tasks | typeof practices | typeof sequences) =>
    (
      await database.query(db =>
        db
          .select({ version: (table as typeof moods).version })
          .from(table as typeof moods)
          .orderBy((table as typeof moods).id),
      )
    ).map(({ version }) => version)
  const made = [
    (await maya.post('/mood', { mood: 1, id: uuidv7() })).json().mood.id,
    (await maya.post('/mood', { mood: 2 })).json().mood.id,
    (await maya.post('/mood', { mood: 3 }, { 'idempotency-key': 'k' })).json().mood.id,
  ]
  t.strictSame(await versions(moods), [1, 2, 3])
  await maya.patch(`/mood/${made[0]}`, { note: 'x' })
  await maya.delete(`/mood/${made[1]}`)
  t.strictSame(await versions(moods), [4, 3])
  t.match(await deleted(), [{ kind: 'mood', id: made[1], version: 5, revision: 2 }])
  await maya.post(`/mood/${made[1]}/restore`, undefined)
  t.strictSame((await versions(moods)).sort(), [3, 4, 6])

  const [one, two] = [
    (await maya.post('/tasks', { title: 'one' })).json().id,
    (await maya.post('/tasks', { title: 'two' })).json().id,
  ]
  await maya.post('/tasks/complete', { ids: [two], completed: true })
  t.strictSame(await versions(tasks), [1, 3])
  await maya.post('/tasks/complete', { ids: [one, two], completed: true })
  t.strictSame(await versions(tasks), [4, 3], 'what stays as it is keeps its version')
  await maya.patch(`/tasks/${one}`, { title: 'x' })
  t.strictSame(await versions(tasks), [5, 3])

  const sequence = (await maya.post('/sequences', { title: 'mine' })).json().id
  await maya.post('/sequences', { title: 'other' })
  await maya.patch(`/sequences/${sequence}`, { title: 'still mine' })
  t.strictSame(await versions(sequences), [3, 2])
  const practice = (await maya.post(`/sequences/${sequence}/practices`, {})).json().id
  await maya.post(`/sequences/${sequence}/practices`, {})
  await maya.patch(`/practices/${practice}`, { note: 'x' })
  t.strictSame(await versions(practices), [3, 2])
  await maya.delete(`/practices/${practice}`)
  await maya.delete(`/sequences/${sequence}`)
  t.match(await deleted(), [
    { kind: 'practice', version: 4 },
    { kind: 'sequence', version: 4, content: null },
  ])
})

t.test('what is restored while the trash is exported takes nothing else with it', async t => {
  const { app, maya, database } = await world(t)
  const made = await maya.post('/sync', {
    cursor: null,
    operations: Array.from({ length: 250 }, (_, i) => ({
      op_id: uuidv7(),
      kind: 'mood',
      op: 'create',
      id: uuidv7(),
      value: { mood: 5, note: `n${i}`, date: '2026-03-04' },
    })),
  })
  const ids: string[] = made.json().results.map(({ id }: { id: string }) => id)
  const gone = await maya.post('/sync', {
    cursor: null,
    operations: ids.map(id => ({ op_id: uuidv7(), kind: 'mood', op: 'delete', id })),
  })
  t.ok(gone.json().results.every(({ status }: { status: string }) => status === 'applied'))
  const { rows } = deletionStore<EntryId>(database, 'mood')
  const seen: string[] = []
  const restored: string[] = []
  for await (const some of rows(maya.id, app.now)) {
    const here = some.map(row => (row as unknown as { id: string }).id)
    seen.push(...here)
    const later = ids.find(id => !seen.includes(id))
    for (const id of [here[0] as string, ...(later && restored.length === 0 ? [later] : [])]) {
      t.equal((await maya.post(`/mood/${id}/restore`, undefined)).statusCode, 200)
      if (id === later) restored.push(id)
    }
  }
  t.equal(restored.length, 1)
  t.strictSame(seen.toSorted(), ids.filter(id => !restored.includes(id)).toSorted())
  t.equal((await maya.get('/mood/trash')).json().total, 250 - restored.length - 3)
  const after = rows(maya.id, () => app.now() + 31 * day)
  t.strictSame(await Array.fromAsync(after), [], 'after 30 days nothing is left of it')
})
