import { eq } from 'drizzle-orm'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { sequenceList } from '../../src/yoga/sequence-list.ts'
import { build, type Person, signUp } from '../helper.ts'

const { app, database, clock } = await build(t)
const details = { email: 'secret@example.org', last_name: 'Weber', timezone: 'Pacific/Auckland' }
const ines = await signUp(app, 'ines.the.teacher', { role: 'instructor', first_name: 'Ines', ...details })
const other = await signUp(app, 'other', { role: 'instructor' })
const maya = await signUp(app, 'maya')
const admin = await signUp(app, 'admin')
const { users, publishedSequences } = database.tables
await database.query(db => db.update(users).set({ role: 'admin' }).where(eq(users.id, admin.id)))

const made = async (person: Person, body: object) => {
  const answer = await person.post('/sequences', { title: 'A', poses: [{ pose_id: 'cat' }], ...body })
  if (answer.statusCode !== 201) throw new Error(answer.body)
  return { id: answer.json().id as string, url: answer.headers.location as string }
}
const publishedTitles = async (query = '') =>
  (await maya.get(`/sequences?scope=published&sort=title${query}`))
    .json()
    .sequences.map(({ title }: { title: string }) => title)
const published = () => database.query(db => db.select().from(publishedSequences))

/** An answer without its time and without the requested id. */
const anonymous = ({ statusCode, headers: { date: _, ...headers }, body }: LightMyRequestResponse, id: string) => ({
  statusCode,
  headers: JSON.stringify(headers).replaceAll(id, '<id>'),
  body: body.replaceAll(id, '<id>'),
})

/** Every operation on a sequence. */
const attempts: ((person: Person, id: string) => Promise<LightMyRequestResponse>)[] = [
  (person, id) => person.get(`/sequences/${id}`),
  (person, id) => person.get(`/sequences/${id}`, { 'if-none-match': '*' }),
  (person, id) => person.get(`/sequences/${id}/check`),
  (person, id) => person.patch(`/sequences/${id}`, { title: 'x' }),
  (person, id) => person.patch(`/sequences/${id}`, { title: 'x' }, { 'if-match': '"9-x"' }),
  (person, id) => person.put(`/sequences/${id}/poses`, { poses: [] }),
  (person, id) => person.put(`/sequences/${id}/poses`, { order: [1] }, { 'if-match': '*' }),
  (person, id) => person.patch(`/sequences/${id}/poses/1`, { cue: 'x' }),
  (person, id) => person.delete(`/sequences/${id}`),
  (person, id) => person.post(`/sequences/${id}/copy`, {}),
  (person, id) => person.post(`/sequences/${id}/practices`, {}),
  (person, id) => person.get(`/sequences/${id}/practices`),
  (person, id) => person.get(`/practices?sequence=${id}`),
  (person, id) => person.post(`/sequences/${id}/unpublish`, undefined),
]

t.test('issue 14: the published list joins no table of users, and shows the names that an author has now', async t => {
  const author = await signUp(app, 'author', { role: 'instructor' })
  const { id, url } = await made(author, { title: 'Flow', tags: ['a'], category: 'Calm', description: 'Slow.' })
  await author.patch(url, { visibility: 'published' })
  const copy = await author.post(`${url}/copy`, {})
  await author.patch(copy.headers.location as string, { title: 'Second', visibility: 'published' })
  const statements: string[] = []
  const noted = <Q>(query: Q): Q => {
    statements.push((query as unknown as { toSQL(): { sql: string } }).toSQL().sql)
    return query
  }
  const noting: typeof database = {
    ...database,
    query: build => database.query(db => noted(build(db))),
    prepare: (name, values, build, json) =>
      database.prepare(`noted_${name}`, values, (db, bound) => noted(build(db, bound)), json),
  }
  const lists = sequenceList(noting, 0)
  for (const filter of [{ sort: 'title' } as const, { sort: 'title', q: 'calm' } as const]) {
    const { rows } = await lists.published(filter, { limit: 9, offset: 0 })
    t.match(rows, [
      { id, title: 'Flow', author: { username: 'author' } },
      { title: 'Second', copiedFrom: id },
    ])
  }
  t.equal(statements.length, 5)
  for (const statement of statements) t.notMatch(statement, /["`](users|sequences)["`]/)
  const seen = async () => {
    const { sequences } = (await maya.get('/sequences?scope=published&sort=title')).json()
    return sequences.map(({ author }: { author: string }) => author)
  }
  t.strictSame(await seen(), ['author', 'author'])
  await author.put('/account/username', { username: 'teacher' })
  t.strictSame(await seen(), ['teacher', 'teacher'])
  await author.patch('/profile', { first_name: 'Ana' })
  t.strictSame(await seen(), ['Ana', 'Ana'])
  await author.patch('/profile', { last_name: 'Ruiz' })
  t.strictSame(await seen(), ['Ana Ruiz', 'Ana Ruiz'])
  await author.patch('/profile', { first_name: null, last_name: null })
  t.strictSame(await seen(), ['teacher', 'teacher'])
  const [listed] = (await author.get(`/sequences?scope=published&q=flow`)).json().sequences
  const { poses: _, ...whole } = (await author.get(url)).json()
  t.strictSame(listed, whole, 'what is listed is what is read')
  for (const address of [url, copy.headers.location as string]) await author.delete(address)
})

t.test('somebody else’s private or archived sequence is exactly as absent as one that never existed', async t => {
  const secret = await made(ines, { title: 'Secret' })
  const hidden = await made(ines, { title: 'Secret too', visibility: 'published', archived: true })
  const before = [(await ines.get(secret.url)).body, (await ines.get(hidden.url)).body]
  for (const { id } of [secret, hidden]) {
    for (const person of [other, maya, admin]) {
      for (const attempt of attempts) {
        const never = uuidv7()
        t.strictSame(anonymous(await attempt(person, id), id), anonymous(await attempt(person, never), never))
      }
      t.match((await person.get(`/sequences/${id}`)).json(), {
        code: 'not_found',
        errors: ['No such sequence.'],
      })
    }
  }
  t.strictSame([(await ines.get(secret.url)).body, (await ines.get(hidden.url)).body], before)
  for (const query of ['', '?scope=published', '?archived=true', '?q=secret', '?scope=published&q=secret'])
    t.equal((await other.get(`/sequences${query}`)).json().total, 0, query)
  for (const { url } of [secret, hidden])
    for (const headers of [{}, { authorization: 'Bearer null' }] as Record<string, string>[])
      t.equal((await app.inject({ url, headers })).statusCode, 401)
})

t.test(
  'a published sequence shows everybody its poses and the name of its author, and nothing else of them',
  async t => {
    const { id: poseId } = (await ines.post('/poses', { name: 'My invention' })).json()
    const source = await made(ines, { title: 'Private source' })
    const copy = (await ines.post(`${source.url}/copy`, { title: 'Open' })).json()
    const url = `/sequences/${copy.id}`
    await ines.put(`${url}/poses`, { poses: [{ pose_id: poseId, seconds: 20 }, { pose_id: 'cat' }] })
    t.equal((await maya.get(url)).statusCode, 404, 'a copy begins private')
    await ines.patch(url, { visibility: 'published' })

    const answer = await maya.get(url)
    t.match(answer.json(), {
      own: false,
      author: 'Ines Weber',
      copied_from: null,
      poses: [
        { pose_id: null, name: 'My invention' },
        { pose_id: 'cat', name: 'Cat Pose' },
      ],
    })
    t.match((await ines.get(url)).json(), { own: true, copied_from: source.id, poses: [{ pose_id: poseId }, {}] })
    const list = await maya.get('/sequences?scope=published&q=open')
    t.match(list.json(), {
      total: 1,
      sequences: [{ id: copy.id, own: false, author: 'Ines Weber', copied_from: null }],
    })
    t.match((await ines.get('/sequences?scope=published&q=open')).json(), { sequences: [{ own: true }] })
    const secrets = [ines.id, 'ines.the.teacher', details.email, details.timezone, source.id, poseId]
    for (const { body } of [answer, list, await maya.get(`${url}/check`), await maya.post(`${url}/copy`, {})])
      for (const secret of secrets) t.notOk(body.includes(secret), secret)

    t.equal((await maya.get('/sequences')).json().sequences.length, 1, 'the own list holds the own copy only')
    t.not(answer.headers.etag, (await ines.get(url)).headers.etag, 'one is no validator for the other')
    await ines.delete(url)
  },
)

t.test('who gave no name goes by the username', async t => {
  const { url } = await made(other, { visibility: 'published' })
  t.match((await maya.get(url)).json(), { author: 'other' })
  await other.patch('/profile', { first_name: 'Noor' })
  t.match((await maya.get(url)).json(), { author: 'Noor' })
  await other.delete(url)
})

t.test('what everybody may read can be changed by its author only', async t => {
  const { id, url } = await made(ines, { title: 'Open', visibility: 'published' })
  const before = (await ines.get(url)).body
  const writes = [
    (of: string) => other.patch(`/sequences/${of}`, { title: 'x' }),
    (of: string) => other.put(`/sequences/${of}/poses`, { poses: [] }),
    (of: string) => other.patch(`/sequences/${of}/poses/1`, { cue: 'x' }),
    (of: string) => other.delete(`/sequences/${of}`),
    (of: string) => maya.delete(`/sequences/${of}`),
    (of: string) => admin.delete(`/sequences/${of}`),
  ]
  for (const write of writes) {
    const never = uuidv7()
    t.strictSame(anonymous(await write(id), id), anonymous(await write(never), never))
  }
  for (const person of [other, ines, maya])
    t.match((await person.post(`${url}/unpublish`, undefined)).json(), { status: 403, code: 'forbidden' })
  t.equal((await ines.get(url)).body, before)
  await ines.delete(url)
})

t.test('the published list has every filter, and follows each change at once', async t => {
  const one = await made(ines, {
    title: 'Über',
    category: 'Morning',
    tags: ['Hips'],
    level: 'beginner',
    visibility: 'published',
  })
  clock.now += 1_000
  const two = await made(other, { title: 'Abend', visibility: 'published', poses: [{ pose_id: 'corpse' }] })
  t.strictSame(await publishedTitles(), ['Abend', 'Über'])
  for (const query of ['&category=MORNING', '&tag=hips', '&level=beginner', '&q=uber'])
    t.strictSame(await publishedTitles(query), ['Über'], query)
  const order = async (sort: string) =>
    (await maya.get(`/sequences?scope=published&sort=${sort}`)).json().sequences.map(({ id }: { id: string }) => id)
  t.strictSame(await order('-total_seconds'), [two.id, one.id])
  t.strictSame(await order('-created_at'), [two.id, one.id])
  t.match((await maya.get('/sequences?scope=published&per_page=1&page=2&sort=title')).json(), {
    total: 2,
    total_pages: 2,
    sequences: [{ title: 'Über' }],
  })
  t.match((await maya.get('/sequences?scope=published&archived=true')).json(), { status: 400, errors: [/scope=own/] })

  clock.now += 1_000
  await ines.patch(one.url, { title: 'Zeit', tags: ['back'], level: null, category: null })
  t.strictSame(await publishedTitles(), ['Abend', 'Zeit'])
  t.strictSame(await publishedTitles('&tag=back'), ['Zeit'])
  t.strictSame(await publishedTitles('&tag=hips'), [])
  t.strictSame(await order('-updated_at'), [one.id, two.id])
  await ines.put(`${one.url}/poses`, { poses: [{ name: 'Sit', seconds: 3_600 }] })
  t.strictSame(await order('-total_seconds'), [one.id, two.id])

  await ines.patch(one.url, { archived: true })
  t.strictSame(await publishedTitles(), ['Abend'])
  await ines.patch(one.url, { archived: false })
  t.strictSame(await publishedTitles(), ['Abend', 'Zeit'])
  await ines.patch(one.url, { visibility: 'private' })
  t.strictSame(await publishedTitles(), ['Abend'])
  await ines.patch(one.url, { visibility: 'published' })
  await ines.delete(one.url)
  await other.delete(two.url)
  t.strictSame(await publishedTitles(), [])
  t.strictSame(await published(), [], 'and nothing stays behind in the index')
})

t.test('a copy is one’s own: neither it nor the original changes with the other', async t => {
  const { id, url } = await made(ines, {
    title: 'Original',
    description: 'd',
    category: 'c',
    tags: ['t'],
    level: 'advanced',
    visibility: 'published',
  })
  const answer = await other.post(`${url}/copy`, undefined)
  const copy = answer.json()
  t.equal(answer.statusCode, 201)
  t.match(copy, {
    title: 'Original',
    description: 'd',
    category: 'c',
    tags: ['t'],
    level: 'advanced',
    visibility: 'private',
    archived: false,
    own: true,
    author: 'Noor',
    copied_from: id,
    pose_count: 1,
    total_seconds: 20,
  })
  t.match(answer.headers.etag, /^"1-/)
  t.strictSame((await other.get(answer.headers.location as string)).json(), copy)
  t.equal((await ines.get(`/sequences/${copy.id}`)).statusCode, 404, 'its author does not see it')

  t.equal((await other.patch(`/sequences/${copy.id}`, { title: 'Changed' })).statusCode, 200)
  t.match((await ines.get(url)).json(), { title: 'Original' })
  await ines.put(`${url}/poses`, { poses: [] })
  t.equal((await ines.delete(url)).statusCode, 204)
  t.match((await other.get(`/sequences/${copy.id}`)).json(), { title: 'Changed', pose_count: 1, copied_from: id })
  for (const body of [{ title: '' }, { typo: 1 }, []])
    t.equal((await other.post(`/sequences/${copy.id}/copy`, body)).statusCode, 400)
  t.match((await other.post(`/sequences/${copy.id}/copy`, { title: 'Third' })).json(), {
    title: 'Third',
    copied_from: copy.id,
  })
})

t.test('a copy of one’s own keeps own poses, of somebody else’s their names', async t => {
  const { id: poseId } = (await ines.post('/poses', { name: 'Mine' })).json()
  const { url } = await made(ines, {
    poses: [{ pose_id: poseId, seconds: 9 }],
    visibility: 'published',
    archived: false,
  })
  t.match((await ines.post(`${url}/copy`, {})).json().poses, [{ pose_id: poseId, name: 'Mine' }])
  const theirs = (await other.post(`${url}/copy`, {})).json()
  t.match(theirs.poses, [{ pose_id: null, name: 'Mine' }])
  await ines.patch(`/poses/${poseId}`, { name: 'Renamed' })
  t.match((await other.get(`/sequences/${theirs.id}`)).json().poses, [{ name: 'Mine' }])
  await ines.delete(url)
})

t.test('a member finds, copies and practises a sequence, and throws the copy away', async t => {
  const { id, url } = await made(ines, { title: 'For all', visibility: 'published' })
  t.match((await maya.get('/sequences?scope=published&q=all')).json(), { total: 1, sequences: [{ id }] })
  const copy = (await maya.post(`${url}/copy`, {})).json()
  t.equal((await maya.post(`/sequences/${copy.id}/practices`, {})).statusCode, 201)
  t.equal(
    (await maya.patch(`/sequences/${copy.id}`, { title: 'x' })).statusCode,
    403,
    'to change it takes an instructor',
  )
  t.equal((await maya.delete(`/sequences/${copy.id}`)).statusCode, 204)
  t.equal((await maya.get(`/sequences/${copy.id}`)).statusCode, 404)
  t.equal((await ines.get(url)).statusCode, 200)
  for (const method of ['POST', 'DELETE'] as const) {
    const address = method === 'POST' ? `${url}/copy` : url
    t.equal((await app.inject({ method, url: address })).statusCode, 401, 'a stranger does neither')
  }
  await ines.delete(url)
})

t.test('an admin takes a published sequence back; its author keeps it', async t => {
  const answer = await ines.post('/sequences', { title: 'Doubtful', visibility: 'published' })
  const url = answer.headers.location as string
  t.equal((await admin.post(`${url}/unpublish`, undefined)).statusCode, 204)
  t.equal((await maya.get(url)).statusCode, 404)
  t.equal((await admin.get(url)).statusCode, 404)
  t.equal((await admin.post(`${url}/unpublish`, undefined)).statusCode, 404, 'once')
  t.match((await ines.get(url)).json(), { title: 'Doubtful', visibility: 'private' })
  const stale = { 'if-match': answer.headers.etag as string }
  t.equal((await ines.patch(url, { title: 'x' }, stale)).statusCode, 412, 'and is told that it was changed')
  await ines.delete(url)
})

t.test('what its author publishes and somebody takes back at the same moment is one or the other, whole', async t => {
  const { url } = await made(ines, { visibility: 'published' })
  for (let round = 0; round < 5; round++) {
    await Promise.all([
      ines.patch(url, { visibility: 'published' }),
      admin.post(`${url}/unpublish`, undefined),
      ines.patch(url, { archived: round % 2 === 0 }),
    ])
    const { visibility, archived } = (await ines.get(url)).json()
    const isPublic = visibility === 'published' && !archived
    t.equal((await maya.get(url)).statusCode, isPublic ? 200 : 404)
    t.equal((await published()).length, isPublic ? 1 : 0)
    await ines.patch(url, { visibility: 'published', archived: false })
  }
})
