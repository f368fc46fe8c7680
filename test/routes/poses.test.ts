import { eq } from 'drizzle-orm'
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { maxOwnPoses } from '../../src/quotas/quotas.ts'
import { catalogue } from '../../src/yoga/catalogue.ts'
import { build, signUp } from '../helper.ts'

const { app, database } = await build(t)
const ines = await signUp(app, 'ines', { role: 'instructor' })
const maya = await signUp(app, 'maya')

interface Listed {
  id: string
  name: string
  own: boolean
}

t.test('everybody who is signed in finds the catalogue, a page at a time', async t => {
  const first = await maya.get('/poses')
  t.match(first.json(), {
    page: 1,
    per_page: 20,
    total: catalogue.length,
    total_pages: Math.ceil(catalogue.length / 20),
  })
  t.match(first.headers.link, /<\/poses\?page=2&per_page=20>; rel="next"/)
  const pages = await Promise.all([1, 2].map(page => maya.get(`/poses?per_page=100&page=${page}`)))
  const all = pages.flatMap(page => page.json().poses as Listed[])
  t.equal(new Set(all.map(({ id }) => id)).size, catalogue.length)
  t.strictSame((await maya.get('/poses?page=99')).json().poses, [])
  t.strictSame((await maya.get('/poses?page=2147483647')).json().poses, [])
  t.equal((await app.inject('/poses')).statusCode, 401)
})

t.test('poses are filtered by level, category, sides and words of either language', async t => {
  const total = async (query: string) => (await maya.get(`/poses?${query}`)).json().total
  const found = (await maya.get('/poses?q=VRIKSASANA&level=beginner')).json()
  t.match(found, { total: 1, poses: [{ id: 'tree', slug: 'tree', sanskrit_name: 'Vṛkṣāsana', own: false }] })
  t.match((await maya.get(`/poses?q=${encodeURIComponent('śavāsana')}`)).json(), { poses: [{ id: 'corpse' }] })
  t.ok((await total('category=inversion')) > 3)
  t.equal((await total('two_sided=true')) + (await total('two_sided=false')), catalogue.length)
  t.equal(await total('q=nothing%20like%20this'), 0)
  for (const wrong of ['level=easy', 'category=flying', 'two_sided=maybe', `q=${'x'.repeat(101)}`])
    t.equal((await maya.get(`/poses?${wrong}`)).statusCode, 400, wrong)
})

t.test('a pose is read by its slug', async t => {
  const { statusCode, body } = await maya.get('/poses/half-lord-of-the-fishes')
  t.equal(statusCode, 200)
  t.match(JSON.parse(body), { slug: 'half-lord-of-the-fishes', sanskrit_name: 'Ardha Matsyendrāsana', own: false })
  t.match((await maya.get('/poses/no-such-pose')).json(), { code: 'not_found', errors: ['No such pose.'] })
})

t.test('an instructor adds, changes and deletes poses of their own; a member does not', async t => {
  const answer = await ines.post('/poses', { name: 'Tree at the Wall', categories: ['standing'], two_sided: true })
  t.equal(answer.statusCode, 201)
  const pose = answer.json()
  t.strictSame(
    { ...pose, id: null },
    {
      id: null,
      slug: null,
      name: 'Tree at the Wall',
      sanskrit_name: null,
      level: 'beginner',
      categories: ['standing'],
      two_sided: true,
      hold_seconds: 30,
      benefits: null,
      cautions: null,
      own: true,
    },
  )
  const url = `/poses/${pose.id}`
  t.equal(answer.headers.location, url)
  const read = await ines.get(`/poses/${pose.id.toUpperCase()}`)
  t.strictSame([read.json(), read.headers.etag], [pose, answer.headers.etag])
  t.match((await ines.get('/poses?q=wall%20tree')).json(), { total: 1, poses: [pose] })

  const more = { sanskrit_name: 'Bhitti Vṛkṣāsana', level: 'advanced', hold_seconds: 60, benefits: 'a', cautions: 'b' }
  const changed = await ines.patch(url, more)
  t.strictSame(changed.json(), { ...pose, ...more })
  t.equal(changed.headers.etag, (await ines.get(url)).headers.etag)
  const cleared = { sanskrit_name: null, level: null, hold_seconds: null, benefits: null, cautions: null }
  t.strictSame((await ines.patch(url, { ...cleared, categories: null, two_sided: null })).json(), {
    ...pose,
    categories: [],
    two_sided: false,
  })
  t.equal((await ines.patch(url, { name: null })).statusCode, 400)
  t.equal((await ines.patch(url, { slug: 'tree' })).statusCode, 400)

  t.match((await maya.post('/poses', { name: 'x' })).json(), { status: 403, code: 'forbidden' })
  t.match((await maya.patch(url, { name: 'x' })).json(), { status: 403, code: 'forbidden' })
  t.equal((await maya.delete(url)).statusCode, 403)

  t.equal((await ines.delete(url)).statusCode, 204)
  t.equal((await ines.get(url)).statusCode, 404)
  t.equal((await ines.delete(url)).statusCode, 404)
})

t.test('a stale If-Match changes and deletes nothing', async t => {
  const answer = await ines.post('/poses', { name: 'Once' })
  const url = answer.headers.location as string
  const etag = answer.headers.etag as string
  t.match((await ines.patch(url, { name: 'Twice' }, { 'if-match': etag })).json(), { name: 'Twice' })
  t.match((await ines.patch(url, { name: 'Never' }, { 'if-match': etag })).json(), {
    status: 412,
    code: 'stale_version',
  })
  t.equal((await ines.delete(url, { 'if-match': etag })).statusCode, 412)
  t.match((await ines.patch(url, {}, { 'if-match': '*' })).json(), { name: 'Twice' })
  const { etag: now } = (await ines.get(url)).headers
  t.equal((await ines.delete(url, { 'if-match': `"9-x", ${now}` })).statusCode, 204)
})

t.test('the catalogue cannot be changed by anybody', async t => {
  for (const answer of [await ines.patch('/poses/tree', { name: 'x' }), await ines.delete('/poses/tree')])
    t.match(answer.json(), { status: 403, code: 'forbidden', errors: [/read-only/] })
  t.match((await ines.get('/poses/tree')).json(), { name: 'Tree Pose' })
})

t.test('somebody else’s own pose is exactly as absent as one that never existed', async t => {
  const other = await signUp(app, 'other', { role: 'instructor' })
  const { id } = (await ines.post('/poses', { name: 'Secret' })).json()
  const never = uuidv7()
  const attempts = [
    (of: string) => other.get(`/poses/${of}`),
    (of: string) => maya.get(`/poses/${of}`),
    (of: string) => other.patch(`/poses/${of}`, { name: 'x' }),
    (of: string) => other.delete(`/poses/${of}`),
    (of: string) => other.post('/sequences', { title: 'x', poses: [{ pose_id: of }] }),
  ]
  for (const attempt of attempts) {
    const [theirs, none] = [await attempt(id), await attempt(never)]
    t.ok([400, 404].includes(theirs.statusCode))
    t.strictSame([theirs.statusCode, theirs.body.replaceAll(id, never)], [none.statusCode, none.body])
  }
  t.equal((await other.get('/poses?q=secret')).json().total, 0)
  t.equal((await other.get('/poses')).json().total, catalogue.length)
  t.match((await ines.get(`/poses/${id}`)).json(), { name: 'Secret' })
})

t.test(`a person has at most ${maxOwnPoses} own poses`, async t => {
  const eager = await signUp(app, 'eager', { role: 'instructor' })
  const { users } = database.tables
  await database.query(db =>
    db
      .update(users)
      .set({ poseCount: maxOwnPoses - 1 })
      .where(eq(users.id, eager.id)),
  )
  t.equal((await eager.post('/poses', { name: 'The last' })).statusCode, 201)
  t.match((await eager.post('/poses', { name: 'One more' })).json(), { status: 409, code: 'limit_reached' })
  t.equal((await eager.get('/poses')).json().total, catalogue.length + 1)
})
