import t from 'tap'
import { maxItems } from '../../src/yoga/items.ts'
import { build, type Person, signUp } from '../helper.ts'

const { app, clock } = await build(t, { at: '2026-03-05T12:00:00Z' })
const ines = await signUp(app, 'ines', { role: 'instructor', first_name: 'Ines' })
const maya = await signUp(app, 'maya')

const made = async (person: Person, body: object) => {
  const answer = await person.post('/sequences', body)
  if (answer.statusCode !== 201) throw new Error(answer.body)
  return answer.json()
}

t.test('an instructor makes a sequence, and reads it as it was answered', async t => {
  const answer = await ines.post('/sequences', {
    title: 'Morning',
    description: 'For the back.',
    category: 'Wake up',
    tags: ['Hips', 'hips', 'short'],
    level: 'beginner',
    poses: [
      { pose_id: 'cat', breaths: 6, section: 'warm-up', cue: 'Round.' },
      { pose_id: 'tree', seconds: 30 },
      { name: 'Walk', seconds: 60, side: null, position: 9 },
    ],
  })
  t.equal(answer.statusCode, 201)
  const sequence = answer.json()
  t.strictSame(
    { ...sequence, id: null },
    {
      id: null,
      title: 'Morning',
      description: 'For the back.',
      category: 'Wake up',
      tags: ['Hips', 'short'],
      level: 'beginner',
      visibility: 'private',
      archived: false,
      own: true,
      author: 'Ines',
      pose_count: 3,
      total_seconds: 150,
      copied_from: null,
      revision: 1,
      created_at: '2026-03-05T12:00:00.000Z',
      updated_at: '2026-03-05T12:00:00.000Z',
      poses: [
        {
          position: 1,
          pose_id: 'cat',
          name: 'Cat Pose',
          section: 'warm-up',
          side: null,
          seconds: null,
          breaths: 6,
          cue: 'Round.',
        },
        {
          position: 2,
          pose_id: 'tree',
          name: 'Tree Pose',
          section: null,
          side: 'both',
          seconds: 30,
          breaths: null,
          cue: null,
        },
        { position: 3, pose_id: null, name: 'Walk', section: null, side: null, seconds: 60, breaths: null, cue: null },
      ],
    },
  )
  t.equal(answer.headers.location, `/sequences/${sequence.id}`)
  const read = await ines.get(`/sequences/${sequence.id.toUpperCase()}`)
  t.strictSame([read.json(), read.headers.etag], [sequence, answer.headers.etag])
  t.match(answer.headers.etag, /^"1-[\w-]+"$/, 'strong')
  const unchanged = await ines.get(`/sequences/${sequence.id}`, { 'if-none-match': String(answer.headers.etag) })
  t.match([unchanged.statusCode, unchanged.body], [304, ''])
  t.equal((await ines.get(`/sequences/${sequence.id}`, { 'if-none-match': '"1-x"' })).statusCode, 200)
})

t.test('a member makes and edits none', async t => {
  const { id } = await made(ines, { title: 'x' })
  for (const answer of [
    await maya.post('/sequences', { title: 'x' }),
    await maya.patch(`/sequences/${id}`, { title: 'x' }),
    await maya.put(`/sequences/${id}/poses`, { poses: [] }),
    await maya.patch(`/sequences/${id}/poses/1`, {}),
    await ines.post(`/sequences/${id}/unpublish`, undefined),
  ])
    t.match(answer.json(), { status: 403, code: 'forbidden' })
})

t.test('what cannot be is refused by name, and nothing is made', async t => {
  const { total } = (await ines.get('/sequences')).json()
  const wrong: [object, RegExp][] = [
    [{}, /title is required/],
    [{ title: ' ' }, /title must not be blank/],
    [{ title: 'x', id: 'mine' }, /"id" is read-only/],
    [{ title: 'x', visibility: 'secret' }, /private, published/],
    [{ title: 'x', tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }, /tags must have at most 20 items/],
    [{ title: 'x', poses: Array(maxItems + 1).fill({ pose_id: 'cat' }) }, /at most 300 items/],
    [{ title: 'x', poses: [{ pose_id: 'cat' }, { pose_id: 'nope' }] }, /^poses\.1\.pose_id is neither/],
    [{ title: 'x', poses: [{ seconds: 5 }] }, /^poses\.0 must have a pose_id or a name/],
    [{ title: 'x', poses: [{ name: 'Walk' }] }, /^poses\.0 must have seconds or breaths/],
    [{ title: 'x', poses: [{ pose_id: 'cat', seconds: 5, breaths: 1 }] }, /not both/],
    [{ title: 'x', poses: [{ pose_id: 'cat', side: 'up' }] }, /poses\.0\.side/],
    [{ title: 'x', poses: [{ pose_id: 'cat', seconds: 0 }] }, /at least 1/],
    [{ title: 'x', poses: [{ pose_id: 'cat', length: 5 }] }, /poses\.0\.length/],
  ]
  for (const [body, sentence] of wrong) {
    const answer = await ines.post('/sequences', body)
    t.match(answer.json(), { status: 400, code: 'invalid_request', errors: [sentence] }, String(sentence))
  }
  const many = (await ines.post('/sequences', { title: 'x', poses: Array(50).fill({ pose_id: 'nope' }) })).json()
  t.equal(many.errors.length, 20, 'an error stays small')
  t.equal((await ines.get('/sequences')).json().total, total)
})

t.test('300 poses with the longest cues are taken, in letters of three bytes too', async t => {
  const poses = Array(maxItems).fill({ pose_id: 'tree', seconds: 3_600, cue: 'अ'.repeat(500) })
  const { id, pose_count, total_seconds } = await made(ines, { title: 'Long', poses })
  t.match([pose_count, total_seconds], [300, 300 * 7_200])
  t.equal((await ines.get(`/sequences/${id}`)).json().poses[299].cue, 'अ'.repeat(500))
  await ines.delete(`/sequences/${id}`)
})

t.test('a change keeps what it does not name, and null clears', async t => {
  const before = await made(ines, { title: 'A', description: 'B', category: 'C', tags: ['d'], level: 'advanced' })
  const url = `/sequences/${before.id}`
  clock.now += 60_000
  const renamed = await ines.patch(url, { title: 'Z' })
  t.strictSame(renamed.json(), { ...before, title: 'Z', revision: 2, updated_at: '2026-03-05T12:01:00.000Z' })
  t.match(renamed.headers.etag, /^"2-/)
  t.equal(renamed.headers.etag, (await ines.get(url)).headers.etag)
  const cleared = (await ines.patch(url, { description: null, category: null, tags: null, level: null })).json()
  t.match(cleared, { title: 'Z', description: null, category: null, tags: [], level: null })
  for (const body of [{ title: null }, { visibility: null }, { archived: null }, { poses: [] }, { author: 'x' }])
    t.equal((await ines.patch(url, body)).statusCode, 400, JSON.stringify(body))
})

t.test('a stale If-Match changes nothing; without it edits of different fields both survive', async t => {
  const answer = await ines.post('/sequences', { title: 'A' })
  const url = answer.headers.location as string
  const stale = { 'if-match': answer.headers.etag as string }
  t.equal((await ines.patch(url, { title: 'B' }, stale)).statusCode, 200)
  const refused = [
    await ines.patch(url, { title: 'C' }, stale),
    await ines.put(`${url}/poses`, { poses: [{ pose_id: 'cat' }] }, stale),
    await ines.patch(`${url}/poses/1`, {}, stale),
    await ines.delete(url, stale),
  ]
  for (const answer of refused) t.match(answer.json(), { status: 412, code: 'stale_version' })
  t.match((await ines.get(url)).json(), { title: 'B', poses: [] })

  const fields = [{ description: 'D' }, { category: 'E' }, { tags: ['f'] }, { level: 'advanced' }]
  const all = await Promise.all(fields.map(body => ines.patch(url, body)))
  for (const { statusCode } of all) t.equal(statusCode, 200)
  t.match((await ines.get(url)).json(), { description: 'D', category: 'E', tags: ['f'], level: 'advanced' })
  const current = { 'if-match': (await ines.get(url)).headers.etag as string }
  t.equal((await ines.delete(url, current)).statusCode, 204)
  t.equal((await ines.get(url)).statusCode, 404)
  t.equal((await ines.delete(url)).statusCode, 404)
})

t.test('the list has every filter, and shows no poses', async t => {
  const teacher = await signUp(app, 'teacher', { role: 'instructor' })
  const of = (title: string, more: object = {}) => made(teacher, { title, ...more })
  await of('Übung für morgens', { category: 'Morning', tags: ['Hips', '100%_!'], level: 'beginner' })
  clock.now += 1_000
  await of('Abends', { description: 'Ruhige Übung', tags: ['hips', 'quiet'], poses: [{ pose_id: 'corpse' }] })
  clock.now += 1_000
  await of('zu Hause', { category: 'MORNING', level: 'advanced', poses: [{ pose_id: 'cat' }] })
  const titles = async (query: string) =>
    (await teacher.get(`/sequences?${query}`)).json().sequences.map(({ title }: { title: string }) => title)

  t.strictSame(await titles(''), ['zu Hause', 'Abends', 'Übung für morgens'], 'the last written first')
  t.strictSame(await titles('sort=title'), ['Abends', 'Übung für morgens', 'zu Hause'])
  t.strictSame(await titles('sort=-title'), ['zu Hause', 'Übung für morgens', 'Abends'])
  t.strictSame(await titles('sort=created_at'), ['Übung für morgens', 'Abends', 'zu Hause'])
  t.strictSame(await titles('sort=-created_at'), ['zu Hause', 'Abends', 'Übung für morgens'])
  t.strictSame(await titles('sort=updated_at'), ['Übung für morgens', 'Abends', 'zu Hause'])
  t.strictSame(await titles('sort=total_seconds'), ['Übung für morgens', 'zu Hause', 'Abends'])
  t.strictSame(await titles('sort=-total_seconds'), ['Abends', 'zu Hause', 'Übung für morgens'])

  t.strictSame(await titles('category=morning&sort=title'), ['Übung für morgens', 'zu Hause'])
  t.strictSame(await titles('tag=HIPS&sort=title'), ['Abends', 'Übung für morgens'])
  t.strictSame(await titles('tag=hip'), [], 'a tag is compared as a whole')
  t.strictSame(await titles('level=advanced'), ['zu Hause'])
  t.strictSame(await titles('q=ubung&sort=title'), ['Abends', 'Übung für morgens'])
  t.strictSame(await titles('q=quiet%20ABENDS'), ['Abends'], 'every word counts, in every field')
  t.strictSame(await titles('q=100%25_!'), ['Übung für morgens'], 'what SQL makes of % and _ is no matter')
  t.strictSame(await titles('q=1_0'), [])
  t.strictSame(await titles('tag=hips&level=beginner&category=morning&q=fur'), ['Übung für morgens'])

  const { sequences, ...paging } = (await teacher.get('/sequences?per_page=2&page=2&sort=title')).json()
  t.strictSame(paging, { page: 2, per_page: 2, total: 3, total_pages: 2 })
  t.match(sequences, [{ title: 'zu Hause', pose_count: 1, total_seconds: 20, own: true }])
  t.notOk('poses' in sequences[0])
  const { link } = (await teacher.get('/sequences?per_page=1&page=2&tag=hips')).headers
  t.match(link, /<\/sequences\?per_page=1&page=1&tag=hips>; rel="prev"/)
  t.strictSame(await titles('page=99'), [])
  for (const wrong of ['sort=poses', 'scope=all', 'archived=maybe', 'level=x', 'poses=1'])
    t.equal((await teacher.get(`/sequences?${wrong}`)).statusCode, 400, wrong)
})

t.test('sequences that are equal in what they are sorted by keep one order over all pages', async t => {
  const teacher = await signUp(app, 'twins', { role: 'instructor' })
  for (let n = 0; n < 5; n++) await made(teacher, { title: 'Same' })
  for (const sort of ['title', '-title', 'updated_at', '-total_seconds']) {
    const ids = await Promise.all(
      [1, 2, 3, 4, 5].map(
        async page => (await teacher.get(`/sequences?sort=${sort}&per_page=1&page=${page}`)).json().sequences[0].id,
      ),
    )
    t.equal(new Set(ids).size, 5, sort)
  }
})

t.test('what is put away leaves the usual list, and comes back', async t => {
  const teacher = await signUp(app, 'tidy', { role: 'instructor' })
  const { id } = await made(teacher, { title: 'Old' })
  await made(teacher, { title: 'New' })
  t.match((await teacher.patch(`/sequences/${id}`, { archived: true })).json(), { archived: true })
  t.match((await teacher.get('/sequences')).json(), { total: 1, sequences: [{ title: 'New' }] })
  t.match((await teacher.get('/sequences?archived=false')).json(), { total: 1 })
  t.match((await teacher.get('/sequences?archived=true')).json(), { total: 1, sequences: [{ title: 'Old' }] })
  t.equal((await teacher.get(`/sequences/${id}`)).statusCode, 200)
  await teacher.patch(`/sequences/${id}`, { archived: false })
  t.match((await teacher.get('/sequences')).json(), { total: 2 })
})

t.test('the check looks a sequence over, against a time if one is named', async t => {
  const poses = [
    { pose_id: 'warrior-2', side: 'left', seconds: 30 },
    { pose_id: 'wheel', section: 'peak' },
  ]
  const { id } = await made(ines, { title: 'Rash', poses })
  const check = (await ines.get(`/sequences/${id}/check?minutes=20`)).json()
  t.match(check, { total_seconds: 50, target_seconds: 1_200, left_seconds: 30, right_seconds: 0, peaks: [2] })
  const codes = check.findings.map(({ code }: { code: string }) => code)
  for (const code of ['too_short', 'uneven_sides', 'peak_unprepared', 'no_counter_pose'])
    t.ok(codes.includes(code), code)
  for (const { message } of check.findings) t.match(message, /\w \w.*\.$/)
  t.match((await ines.get(`/sequences/${id}/check`)).json(), { target_seconds: null })
  t.equal((await ines.get(`/sequences/${id}/check?minutes=0`)).statusCode, 400)
  t.equal((await maya.get(`/sequences/${id}/check`)).statusCode, 404)
})
