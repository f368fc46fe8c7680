import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { build, type Person, signUp } from '../helper.ts'

const { app, clock } = await build(t, { at: '2026-03-05T12:00:00Z' })
const noon = clock.now
t.beforeEach(() => {
  clock.now = noon
})
const ines = await signUp(app, 'ines', { role: 'instructor' })

const made = async (body: object = {}) => {
  const answer = await ines.post('/sequences', { title: 'A', poses: [{ pose_id: 'tree' }], ...body })
  return { id: answer.json().id as string, url: answer.headers.location as string }
}
const open = await made({ title: 'Open', visibility: 'published' })
const practise = async (person: Person, body: unknown, headers: Record<string, string> = {}) =>
  (await person.post(`${open.url}/practices`, body, headers)).json()

t.test('a practice of an own or a published sequence is logged for today, and read as it was answered', async t => {
  const maya = await signUp(app, 'maya')
  const answer = await maya.post(`${open.url}/practices`, undefined)
  t.equal(answer.statusCode, 201)
  const practice = answer.json()
  t.strictSame(
    { ...practice, id: null },
    {
      id: null,
      sequence_id: open.id,
      title: 'Open',
      total_seconds: 80,
      date: '2026-03-05',
      note: null,
      revision: 1,
      created_at: '2026-03-05T12:00:00.000Z',
      updated_at: '2026-03-05T12:00:00.000Z',
    },
  )
  t.equal(answer.headers.location, `/practices/${practice.id}`)
  t.strictSame((await maya.get(`/practices/${practice.id.toUpperCase()}`)).json(), practice)
  t.match((await maya.get('/practices')).json(), { total: 1, practices: [practice] })
  t.match((await maya.get(`${open.url}/practices`)).json(), { total: 1, practices: [practice] })
  t.match(await practise(ines, { date: '2026-03-01', note: 'Good.' }), { date: '2026-03-01', note: 'Good.' })
  t.match(await practise(ines, { date: null, note: null }), { date: '2026-03-05', note: null })
})

t.test('today is where the person is, by the header before the profile, and begins when their day does', async t => {
  const maya = await signUp(app, 'early', { timezone: 'Pacific/Auckland' })
  t.match(await practise(maya, {}), { date: '2026-03-06' })
  t.match(await practise(maya, {}, { 'x-timezone': 'Europe/Berlin' }), { date: '2026-03-05' })
  await maya.patch('/profile', { day_starts_at: 4 })
  t.match(await practise(maya, {}), { date: '2026-03-05' }, 'at one in the night it is still the day before')
  const nowhere = await practise(maya, {}, { 'x-timezone': 'Nowhere' })
  t.match(nowhere, { date: '2026-03-05' }, 'a zone that is none is ignored')
})

t.test('a day that lies ahead everywhere on earth is refused, and so is what is no day', async t => {
  const maya = await signUp(app, 'ahead')
  t.equal((await practise(maya, { date: '2026-03-06' })).date, '2026-03-06', 'it is the 6th somewhere')
  t.match(await practise(maya, { date: '2026-03-07' }), { status: 400, code: 'date_in_future' })
  for (const body of [{ date: '2026-02-30' }, { typo: 1 }, { note: 'x'.repeat(10_001) }, []])
    t.match(await practise(maya, body), { status: 400 })
  t.equal((await maya.get('/practices')).json().total, 1)
})

t.test('the log is read by pages, days and sequence, the latest first', async t => {
  const maya = await signUp(app, 'diligent')
  const second = await made({ title: 'Second', visibility: 'published' })
  for (const day of [3, 1, 2]) await practise(maya, { date: `2026-03-0${day}` })
  await maya.post(`${second.url}/practices`, { date: '2026-03-02' })
  const days = async (query: string) =>
    (await maya.get(`/practices${query}`)).json().practices.map(({ date }: { date: string }) => date.slice(-1))
  t.strictSame(await days(''), ['3', '2', '2', '1'])
  t.strictSame(await days('?from=2026-03-02'), ['3', '2', '2'])
  t.strictSame(await days('?to=2026-03-02'), ['2', '2', '1'])
  t.strictSame(await days('?from=2026-03-02&to=2026-03-02'), ['2', '2'])
  t.strictSame(await days(`?sequence=${open.id.toUpperCase()}`), ['3', '2', '1'])
  t.strictSame(await days(`?sequence=${uuidv7()}`), [])
  const page = await maya.get('/practices?per_page=3&page=2')
  t.match(page.json(), { page: 2, per_page: 3, total: 4, total_pages: 2, practices: [{ date: '2026-03-01' }] })
  t.match(page.headers.link, /<\/practices\?per_page=3&page=1>; rel="prev"/)
  const [a, b] = await Promise.all([2, 3].map(n => maya.get(`/practices?per_page=1&page=${n}`)))
  t.not(a?.json().practices[0].id, b?.json().practices[0].id, 'of one day each comes once')

  const ofOne = await maya.get(`${open.url}/practices?from=2026-03-02&per_page=1`)
  t.match(ofOne.json(), { total: 2, practices: [{ date: '2026-03-03' }] })
  t.match(ofOne.headers.link, new RegExp(`<${open.url}/practices\\?from=2026-03-02&per_page=1&page=2>; rel="next"`))
  for (const url of ['/practices', `${open.url}/practices`])
    t.match((await maya.get(`${url}?from=2026-03-03&to=2026-03-02`)).json(), { errors: ['from must not be after to'] })
})

t.test('a practice outlives the sequence, with the title and the length of then', async t => {
  const maya = await signUp(app, 'faithful')
  const { id, url } = await made({ title: 'Then', visibility: 'published' })
  const practice = (await maya.post(`${url}/practices`, { note: 'n' })).json()
  const mine = (await ines.post(`${url}/practices`, {})).json()
  await ines.patch(url, { title: 'Now' })
  await ines.put(`${url}/poses`, { poses: [] })
  t.strictSame((await maya.get(`/practices/${practice.id}`)).json(), practice)
  await ines.patch(url, { visibility: 'private' })
  t.equal((await maya.get(`${url}/practices`)).statusCode, 404, 'the sequence is no longer there for others')
  t.match((await maya.get(`/practices?sequence=${id}`)).json(), { total: 1, practices: [practice] })
  await ines.delete(url)
  t.strictSame((await maya.get(`/practices/${practice.id}`)).json(), practice)
  t.match((await ines.get(`/practices/${mine.id}`)).json(), { title: 'Then', sequence_id: id })
  t.equal((await maya.delete(`/practices/${practice.id}`)).statusCode, 204)
  t.equal((await maya.get(`/practices/${practice.id}`)).statusCode, 404)
})

t.test('with If-Match only the practice that was seen is deleted', async t => {
  const maya = await signUp(app, 'careful')
  const answer = await maya.post(`${open.url}/practices`, {})
  const url = answer.headers.location as string
  const seen = { 'if-match': answer.headers.etag as string }
  await maya.patch(url, { note: 'added on another device' })
  t.match((await maya.delete(url, seen)).json(), { status: 412, code: 'stale_version' })
  t.equal((await maya.delete(url, { 'if-match': (await maya.get(url)).headers.etag as string })).statusCode, 204)
  t.match((await maya.delete(url)).json(), { status: 404, errors: ['No such practice.'] })
})

t.test('nobody sees who practises what, the author of the sequence neither', async t => {
  const [maya, other] = [await signUp(app, 'private'), await signUp(app, 'curious', { role: 'instructor' })]
  const before = (await ines.get(`${open.url}/practices`)).body
  const { id } = await practise(maya, { note: 'secret' })
  t.equal((await ines.get(`${open.url}/practices`)).body, before)
  const never = uuidv7()
  for (const person of [ines, other]) {
    for (const attempt of [
      (of: string) => person.get(`/practices/${of}`),
      (of: string) => person.delete(`/practices/${of}`),
    ]) {
      const [theirs, none] = [await attempt(id), await attempt(never)]
      t.strictSame([theirs.statusCode, theirs.body.replaceAll(id, never)], [404, none.body])
    }
  }
  t.match((await other.get('/practices')).json(), { total: 0, practices: [] })
  t.match((await maya.get(`/practices/${id}`)).json(), { note: 'secret' })
  for (const url of ['/practices', `/practices/${id}`, `${open.url}/practices`])
    t.equal((await app.inject(url)).statusCode, 401)
})

t.test('what one may not read one cannot practise', async t => {
  const maya = await signUp(app, 'barred')
  const secret = await made()
  t.match((await maya.post(`${secret.url}/practices`, {})).json(), {
    status: 404,
    errors: ['No such sequence.'],
  })
  t.equal((await maya.get('/practices')).json().total, 0)
  t.equal((await ines.post(`${secret.url}/practices`, {})).statusCode, 201)
})

t.test('a practice with an id of the client is logged once: again it is 200, with other content 409', async t => {
  const lena = await signUp(app, 'lena')
  const id = uuidv7()
  const body = { id: id.toUpperCase(), note: 'Once.' }
  const first = await lena.post(`${open.url}/practices`, body)
  t.match([first.statusCode, first.json()], [201, { id, revision: 1 }])
  const again = await lena.post(`${open.url}/practices`, body)
  t.equal(again.statusCode, 200)
  t.strictSame(again.json(), first.json())
  t.equal(again.headers.etag, first.headers.etag)
  for (const other of [{ ...body, note: 'Twice.' }, { id }, { ...body, date: '2026-03-01' }])
    t.match((await lena.post(`${open.url}/practices`, other)).json(), { status: 409, code: 'id_taken' })
  const elsewhere = await made({ title: 'Elsewhere', visibility: 'published' })
  t.match((await lena.post(`${elsewhere.url}/practices`, body)).json(), { code: 'id_taken' }, 'of another sequence')
  t.equal((await lena.get('/practices')).json().total, 1)
  const other = await signUp(app, 'tom')
  t.equal((await other.post(`${open.url}/practices`, body)).statusCode, 201, 'ids are a person’s own')
})

t.test('a practice is changed where nobody has changed it since it was read', async t => {
  const kofi = await signUp(app, 'kofi')
  const practice = await practise(kofi, { note: 'Hips feel free.', date: '2026-03-04' })
  const url = `/practices/${practice.id}`
  const read = await kofi.get(url)
  const etag = String(read.headers.etag)
  t.match(etag, /^"1-/)
  t.equal((await kofi.get(url, { 'if-none-match': etag })).statusCode, 304)

  clock.now += 60_000
  const changed = await kofi.patch(url, { date: '2026-03-03' }, { 'if-match': etag })
  const expected = { ...practice, date: '2026-03-03', revision: 2, updated_at: '2026-03-05T12:01:00.000Z' }
  t.strictSame(changed.json(), expected)
  t.strictSame((await kofi.get(url)).json(), expected)
  t.equal((await kofi.get(url)).headers.etag, changed.headers.etag)
  const late = await kofi.patch(url, { note: 'Lost.' }, { 'if-match': etag })
  t.match(late.json(), { status: 412, code: 'stale_version' })
  t.match((await kofi.patch(url, { note: null })).json(), { note: null, date: '2026-03-03', revision: 3 })

  const future = await kofi.patch(url, { date: '2026-03-09' })
  t.match(future.json(), { status: 400, code: 'date_in_future' })
  t.match((await kofi.patch(url, { date: null })).json(), { status: 400 })
  const stranger = await signUp(app, 'zoe')
  t.match((await stranger.patch(url, { note: 'Mine.' })).json(), { status: 404, code: 'not_found' })
  t.match((await kofi.get(url)).json(), { note: null, revision: 3 })
})
