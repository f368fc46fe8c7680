import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import type { WritableDatabase } from '../../src/db/database.ts'
import { build, signUp } from '../helper.ts'

/** The number of statements that reached the database. */
let statements = 0
const counting = (database: WritableDatabase): WritableDatabase => ({
  ...database,
  prepare(name, values, build) {
    const prepared = database.prepare(name, values, build)
    return {
      ...prepared,
      execute: params => {
        statements++
        return prepared.execute(params)
      },
    }
  },
  query: build => {
    statements++
    return database.query(build)
  },
})

const { app } = await build(t, { wrap: counting })
const ines = await signUp(app, 'ines', { role: 'instructor' })
const maya = await signUp(app, 'maya')

const made = async (poses: object[], more: object = {}) => {
  const answer = await ines.post('/sequences', { title: 'A', poses, ...more })
  if (answer.statusCode !== 201) throw new Error(answer.body)
  return { url: answer.headers.location as string, etag: answer.headers.etag as string, sequence: answer.json() }
}
const letters = (...names: string[]) => names.map(name => ({ name, seconds: 10 }))
const namesOf = (answer: LightMyRequestResponse) =>
  answer
    .json()
    .poses.map(({ name }: { name: string }) => name)
    .join('')

t.test('the poses are replaced all at once, and the totals follow', async t => {
  const { url, etag } = await made(letters('a', 'b'))
  const put = await ines.put(`${url}/poses`, { poses: [{ pose_id: 'tree', seconds: 30 }, ...letters('c')] })
  t.match(put.json(), { pose_count: 2, total_seconds: 70, poses: [{ position: 1, pose_id: 'tree' }, { name: 'c' }] })
  t.not(put.headers.etag, etag)
  t.equal(put.headers.etag, (await ines.get(url)).headers.etag)
  t.strictSame((await ines.get(url)).json(), put.json())
  t.match((await ines.put(`${url}/poses`, { poses: [] })).json(), { pose_count: 0, total_seconds: 0, poses: [] })
})

t.test('what was read can be sent back as it is', async t => {
  const { id } = (await ines.post('/poses', { name: 'Mine', two_sided: true })).json()
  const { url, sequence } = await made([{ pose_id: id, side: null }, { pose_id: 'cat', breaths: 3 }, ...letters('a')])
  const { poses } = (await ines.put(`${url}/poses`, { poses: sequence.poses })).json()
  t.strictSame(poses, sequence.poses)
})

t.test('the poses are re-ordered by naming their positions', async t => {
  const { url } = await made(letters('a', 'b', 'c'))
  const moved = await ines.put(`${url}/poses`, { order: [3, 1, 2] })
  t.equal(namesOf(moved), 'cab')
  t.strictSame(
    moved.json().poses.map(({ position }: { position: number }) => position),
    [1, 2, 3],
  )
  for (const order of [[], [1, 2], [1, 2, 2], [1, 2, 4]])
    t.match((await ines.put(`${url}/poses`, { order })).json(), {
      code: 'invalid_request',
      errors: ['order must list each of the 3 positions exactly once'],
    })
  for (const body of [{}, { poses: [], order: [] }])
    t.match((await ines.put(`${url}/poses`, body)).json(), { status: 400, errors: [/exactly one of poses and order/] })
  t.match((await ines.put(`${url}/poses`, { poses: [{ pose_id: 'nope' }] })).json(), { status: 400 })
  t.equal(namesOf(await ines.get(url)), 'cab', 'and nothing of that was kept')
})

t.test('of parallel re-orders with one If-Match exactly one is 200, the others 412, and nothing is mixed', async t => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const { url } = await made(letters(...names))
  const back = names.map((_, i) => names.length - i)
  const turned = [...names.slice(1).map((_, i) => i + 2), 1]
  for (let round = 0; round < 10; round++) {
    const before = await ines.get(url)
    const headers = { 'if-match': before.headers.etag as string }
    const answers = await Promise.all(
      [back, turned, back, turned].map(order => ines.put(`${url}/poses`, { order }, headers)),
    )
    t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, 412, 412, 412])
    const won = answers.find(({ statusCode }) => statusCode === 200) as LightMyRequestResponse
    const after = await ines.get(url)
    t.equal(after.body, won.body, 'what is there is what the one was answered')
    const order = [...namesOf(after)].map(name => namesOf(before).indexOf(name) + 1)
    t.ok([back, turned].some(asked => String(asked) === String(order)))
  }
})

t.test('parallel re-orders without If-Match all happen, one after the other', async t => {
  const { url } = await made(letters('a', 'b', 'c'))
  const answers = await Promise.all([1, 2, 3].map(() => ines.put(`${url}/poses`, { order: [2, 3, 1] })))
  for (const { statusCode } of answers) t.equal(statusCode, 200)
  t.equal(namesOf(await ines.get(url)), 'abc', 'three turns lead back')
})

t.test('one pose is changed where it stands', async t => {
  const { url, etag } = await made([{ pose_id: 'tree', breaths: 4, cue: 'Tall.' }, ...letters('b')])
  const patched = await ines.patch(`${url}/poses/1`, { seconds: 60, section: 'peak' }, { 'if-match': etag })
  t.match(patched.json(), {
    total_seconds: 130,
    poses: [
      { pose_id: 'tree', side: 'both', seconds: 60, breaths: null, cue: 'Tall.', section: 'peak' },
      { name: 'b' },
    ],
  })
  t.match((await ines.patch(`${url}/poses/2`, { pose_id: 'cat' })).json().poses[1], { name: 'Cat Pose', seconds: 10 })
  t.match((await ines.patch(`${url}/poses/2`, { name: 'Own', cue: null })).json().poses[1], {
    pose_id: null,
    name: 'Own',
  })
  t.match((await ines.patch(`${url}/poses/1`, { pose_id: 'nope' })).json(), {
    status: 400,
    errors: [/^pose_id is neither/],
  })
  t.match((await ines.patch(`${url}/poses/3`, { cue: 'x' })).json(), {
    status: 404,
    errors: [/No pose at this position/],
  })
  for (const position of ['0', '301', 'x', '1.5'])
    t.equal((await ines.patch(`${url}/poses/${position}`, {})).statusCode, 400, position)
  t.equal((await ines.patch(`${url}/poses/1`, { position: 2 })).statusCode, 400)
  t.equal((await ines.patch(`${url}/poses/1`, {}, { 'if-match': etag })).statusCode, 412)
})

t.test('a sequence shows an own pose as it is called today, and by its last name when it is gone', async t => {
  const { id } = (await ines.post('/poses', { name: 'Once' })).json()
  const { url, etag } = await made([{ pose_id: id.toUpperCase() }])
  t.match((await ines.get(url)).json().poses, [{ pose_id: id, name: 'Once' }])
  await ines.patch(`/poses/${id}`, { name: 'Now' })
  const renamed = await ines.get(url, { 'if-none-match': etag })
  t.match([renamed.statusCode, renamed.json().poses[0].name], [200, 'Now'], 'and its ETag is another one')
  t.equal((await ines.patch(url, {}, { 'if-match': etag })).statusCode, 200, 'which is no reason to refuse an edit')

  await ines.put(`${url}/poses`, { order: [1] })
  await ines.delete(`/poses/${id}`)
  t.match((await ines.get(url)).json().poses, [{ pose_id: null, name: 'Now' }])
  t.match((await ines.patch(`${url}/poses/1`, { cue: 'x' })).json().poses, [{ pose_id: null, name: 'Now', cue: 'x' }])
})

t.test('reading a sequence takes as many statements with 200 poses as with two', async t => {
  const own = await Promise.all([1, 2, 3].map(async n => (await ines.post('/poses', { name: `Own ${n}` })).json().id))
  const poses = (count: number) => Array.from({ length: count }, (_, i) => ({ pose_id: i % 2 ? own[i % 3] : 'tree' }))
  const small = await made(poses(2), { visibility: 'published' })
  const large = await made(poses(200), { visibility: 'published' })
  const plain = await made(Array(200).fill({ pose_id: 'tree' }))
  const cost = async (person: typeof ines, url: string) => {
    const before = statements
    t.equal((await person.get(url)).statusCode, 200)
    return statements - before
  }
  t.equal(await cost(ines, plain.url), 2, 'the session and the sequence')
  for (const { url } of [small, large]) {
    t.equal(await cost(ines, url), 3, 'and the own poses')
    t.equal(await cost(maya, url), 5, 'and, for others, that they have none of that id, and whose it is')
    t.equal(await cost(ines, `${url}/check`), 3)
  }
  t.equal(await cost(ines, '/sequences'), 3, 'the session, the page, the total')
  t.equal(await cost(maya, '/sequences?scope=published'), 3)
})
