import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { build, type Person, signUp } from '../helper.ts'
import { type Change, device } from '../sync-device.ts'

const day = 86_400_000

async function world(t: Test) {
  const built = await build(t)
  const maya = await signUp(built.app, 'maya', { role: 'instructor' })
  return { ...built, maya }
}

const made = async (person: Person, url: string, body: object) => {
  const answer = (await person.post(url, body)).json()
  return (answer.mood ?? answer) as { id: string; revision: number }
}

t.test('without a cursor: everything there is, as its own GET gives it', async t => {
  const { maya } = await world(t)
  const mood = await made(maya, '/mood', { mood: 7, note: 'n', tags: ['sun'] })
  const task = await made(maya, '/tasks', { title: 'one', completed: true, due_on: '2026-03-09' })
  const sequence = await made(maya, '/sequences', {
    title: 'mine',
    poses: [{ name: 'free', seconds: 30 }],
  })
  const practice = await made(maya, `/sequences/${sequence.id}/practices`, { note: 'p' })
  const gone = await made(maya, '/tasks', { title: 'gone' })
  await maya.delete(`/tasks/${gone.id}`)

  const answer = await maya.get('/sync')
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['cache-control'], 'no-store')
  const { changes, cursor, has_more, settings, streak, streak_details, results } = answer.json()
  const { streak: _, ...entry } = (await maya.get(`/mood/${mood.id}`)).json().mood
  const own = async (url: string) => (await maya.get(url)).json()
  t.strictSame(changes, [
    { kind: 'mood', id: mood.id, revision: 1, deleted: false, value: entry },
    { kind: 'task', id: task.id, revision: 1, deleted: false, value: await own(`/tasks/${task.id}`) },
    { kind: 'practice', id: practice.id, revision: 1, deleted: false, value: await own(`/practices/${practice.id}`) },
    { kind: 'sequence', id: sequence.id, revision: 1, deleted: false, value: await own(`/sequences/${sequence.id}`) },
  ])
  t.match(cursor, /^[\w-]{1,512}$/)
  t.equal(has_more, false)
  t.strictSame(settings, { timezone: 'UTC', day_starts_at: 0, mood_scale: { min: 0, max: 10 } })
  t.equal(streak, 1)
  t.equal(streak_details.last_logged_on, '2026-03-05')
  t.strictSame(results, [])
})

t.test('along a chain of cursors every change comes once, also what is deleted and restored', async t => {
  const { maya } = await world(t)
  const phone = device(maya, { limit: 2 })
  const moods: { id: string }[] = []
  for (let i = 0; i < 5; i++) moods.push(await made(maya, '/mood', { mood: i }))
  const ids = moods.map(({ id }) => id)
  const first = await phone.pull()
  t.strictSame(
    first.map(({ id }) => id),
    ids.slice(0, 2),
  )
  // Deleted before it was sent: the device learns that it is gone, and nothing else.
  await maya.delete(`/mood/${ids[4]}`)
  await maya.delete(`/mood/${ids[0]}`)
  await maya.patch(`/mood/${ids[1]}`, { note: 'again' })
  const rest = await phone.pullAll()
  t.strictSame(
    rest.map(({ id, deleted, revision }) => [ids.indexOf(id), deleted, revision]),
    [
      [2, false, 1],
      [3, false, 1],
      [4, true, 2],
      [0, true, 2],
      [1, false, 2],
    ],
  )
  await maya.post(`/mood/${ids[0]}/restore`, undefined)
  t.strictSame(
    (await phone.pullAll()).map(({ id, deleted, revision }) => [ids.indexOf(id), deleted, revision]),
    [[0, false, 3]],
  )
  t.strictSame(await phone.pullAll(), [], 'nothing twice')
  t.equal(phone.things.size, 4)
})

t.test('`has_more` is said when there is more, and not when a page is just full', async t => {
  const { maya } = await world(t)
  for (let i = 0; i < 2; i++) await made(maya, '/mood', { mood: i })
  const asked = async (limit: number) => (await maya.get(`/sync?limit=${limit}`)).json()
  t.match(await asked(1), { has_more: true, changes: { length: 1 } })
  t.match(await asked(2), { has_more: false, changes: { length: 2 } })
  await made(maya, '/tasks', { title: 'one' })
  const { cursor, ...full } = await asked(2)
  t.match(full, { has_more: true, changes: { length: 2 } })
  t.match((await maya.get(`/sync?cursor=${cursor}`)).json(), { has_more: false, changes: [{ kind: 'task' }] })
})

t.test('kinds can be read apart, and one that was not asked for begins later', async t => {
  const { maya } = await world(t)
  await made(maya, '/mood', { mood: 1 })
  await made(maya, '/tasks', { title: 'one' })
  const kinds = (answer: { changes: Change[] }) => answer.changes.map(({ kind }) => kind)
  const moods = (await maya.get('/sync?kinds=mood')).json()
  t.strictSame(kinds(moods), ['mood'])
  const nothing = (await maya.get(`/sync?kinds=&cursor=${moods.cursor}`)).json()
  t.strictSame([nothing.changes, nothing.cursor], [[], moods.cursor])
  t.strictSame(kinds((await maya.get(`/sync?cursor=${moods.cursor}`)).json()), ['task'])
  const begun = (await maya.get('/sync?kinds=')).json()
  t.strictSame(kinds((await maya.get(`/sync?cursor=${begun.cursor}`)).json()), ['mood', 'task'])
  t.equal((await maya.get('/sync?kinds=mood,pose')).statusCode, 400)
})

t.test('a page ends early where it is long', async t => {
  const { maya } = await world(t)
  for (let i = 0; i < 60; i++) await made(maya, '/mood', { mood: 1, note: '😀'.repeat(10_000) })
  const phone = device(maya, { limit: 2000 })
  const first = await phone.pull()
  t.ok(first.length > 40 && first.length < 60)
  await phone.pullAll()
  t.equal(phone.things.size, 60)
})

t.test('a cursor that cannot be followed says so', async t => {
  const { app, clock, maya, database } = await world(t)
  const noah = await signUp(app, 'noah')
  await made(maya, '/mood', { mood: 1 })
  const { cursor } = (await maya.get('/sync')).json()
  const refused = async (person: Person, cursor: string) => (await person.get(`/sync?cursor=${cursor}`)).json().code
  t.equal(await refused(noah, cursor), 'cursor_expired', "somebody else's")
  const whole = Buffer.from(cursor, 'base64url')
  t.equal(await refused(maya, `${whole.subarray(0, 40).toString('base64url')}`), 'invalid_request', 'a part of one')
  t.equal(await refused(maya, 'abc'), 'invalid_request')
  t.equal(await refused(maya, ''), 'invalid_request')

  clock.now += 179 * day
  const again = await signUp(app, 'later')
  t.equal(again.id.length, 36)
  const login = await app.inject({
    method: 'POST',
    url: '/login',
    payload: { username: 'maya', password: 'correct horse battery' },
  })
  const headers = { authorization: `Bearer ${login.json().token}` }
  const ask = () => app.inject({ url: `/sync?cursor=${cursor}`, headers })
  t.equal((await ask()).statusCode, 200)
  clock.now += day
  const fresh = await app.inject({
    method: 'POST',
    url: '/login',
    payload: { username: 'maya', password: 'correct horse battery' },
  })
  headers.authorization = `Bearer ${fresh.json().token}`
  t.equal((await ask()).json().code, 'cursor_expired', 'older than tombstones are kept')

  const current = (await app.inject({ url: '/sync', headers })).json().cursor
  const { users, installation } = database.tables
  await database.query(db => db.update(users).set({ moodVersion: 0 }))
  t.equal((await app.inject({ url: `/sync?cursor=${current}`, headers })).json().code, 'cursor_expired', 'ahead')
  await database.query(db => db.update(users).set({ moodVersion: 1 }))
  t.equal((await app.inject({ url: `/sync?cursor=${current}`, headers })).statusCode, 200)
  await database.query(db => db.update(installation).set({ epoch: uuidv7().replaceAll('-', '') }))
  t.equal((await app.inject({ url: `/sync?cursor=${current}`, headers })).json().code, 'cursor_expired', 'epoch')
})

t.test('a token reads the kinds of its scopes', async t => {
  const { app, maya } = await world(t)
  await made(maya, '/mood', { mood: 1 })
  await made(maya, '/tasks', { title: 'one' })
  const { token } = (await maya.post('/tokens', { name: 'script', scopes: ['tasks:read'] })).json()
  const headers = { authorization: `Bearer ${token}` }
  const answer = (await app.inject({ url: '/sync', headers })).json()
  t.strictSame(
    answer.changes.map(({ kind }: Change) => kind),
    ['task'],
  )
  t.notOk('streak' in answer || 'streak_details' in answer || 'settings' in answer)
  const refused = await app.inject({ url: '/sync?kinds=mood,task', headers })
  t.equal(refused.json().code, 'insufficient_scope')
})
