import t, { type Test } from 'tap'
import { chunkSize } from '../../routes/mood/list-query.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { EntryId } from '../../src/ids.ts'
import { utcDay } from '../../src/moods/calendar.ts'
import { moodStore } from '../../src/moods/mood-store.ts'
import { build, type Person, signUp } from '../helper.ts'

interface Listed {
  id: string
  date: string
  occurred_at: string
  streak: number
  tags: string[]
}

// biome-ignore lint/suspicious/noExplicitAny: an answer, untyped as for a client.
type Answer = Record<string, any> & { links: string | undefined; status: number }

const listOf = async (person: Person, url: string) => {
  const answer = await person.get(url)
  return { ...answer.json(), links: answer.headers.link as string | undefined, status: answer.statusCode } as Answer
}

/** Logs a mood on each date; `tag` on every third. */
async function logDays(person: Person, dates: string[]) {
  for (const [i, date] of dates.entries()) {
    const answer = await person.post('/mood', { mood: i % 11, date, tags: i % 3 === 0 ? ['Third'] : [] })
    if (answer.statusCode !== 201) throw new Error(answer.body)
  }
}

const march = Array.from({ length: 25 }, (_, i) => `2026-03-${String(i + 1).padStart(2, '0')}`)

t.test('without paging parameters all entries come, newest first, and with a page only its own', async t => {
  const { app } = await build(t, { at: '2026-03-25T12:00:00Z' })
  const maya = await signUp(app, 'maya')
  await logDays(maya, march)
  const all = await listOf(maya, '/mood')
  t.equal(all.moods.length, 25)
  t.equal(all.total, 25)
  t.notOk('page' in all || 'per_page' in all || 'total_pages' in all || all.links)
  t.strictSame(
    all.moods.map(({ date }: Listed) => date),
    march.toReversed(),
  )
  const pages = await Promise.all([1, 2, 3, 4].map(page => listOf(maya, `/mood?page=${page}&per_page=10`)))
  t.strictSame(
    pages.flatMap(({ moods }) => moods),
    all.moods,
    'the pages are the list',
  )
  t.match(pages[1], { page: 2, per_page: 10, total: 25, total_pages: 3, streak: 25 })
  t.strictSame(pages[3]?.moods, [], 'a page past the end is empty')
  t.match(await listOf(maya, '/mood?page=2'), { page: 2, per_page: 20, total_pages: 2 })
  t.match(await listOf(maya, '/mood?per_page=7'), { page: 1, per_page: 7 })
  const oldest = await listOf(maya, '/mood?order=asc&page=2&per_page=10')
  t.strictSame(
    oldest.moods.map(({ date }: Listed) => date),
    march.slice(10, 20),
  )
})

t.test('Link names the neighbours of a page and keeps the filters', async t => {
  const { app } = await build(t, { at: '2026-03-25T12:00:00Z' })
  const maya = await signUp(app, 'maya')
  await logDays(maya, march)
  const { links } = await listOf(maya, '/mood?page=2&per_page=10&from=2026-03-02')
  const targets = Object.fromEntries(
    (links ?? '').split(', ').map(link => [/rel="(\w+)"/.exec(link)?.[1], /<(.*)>/.exec(link)?.[1] ?? '']),
  )
  t.strictSame(Object.keys(targets).sort(), ['first', 'last', 'next', 'prev'])
  const next = await listOf(maya, targets.next as string)
  t.match(next, { page: 3, per_page: 10, total: 24 })
  t.match((await listOf(maya, targets.last as string)).page, 3)
  t.match((await listOf(maya, '/mood?page=9&per_page=10')).links, /page=3&per_page=10>; rel="prev"/)
  t.notMatch((await listOf(maya, '/mood?page=1&per_page=100')).links, /next|prev/)
  t.match((await listOf(await signUp(app, 'nobody'), '/mood?page=1')).links, /page=1&per_page=20>; rel="last"/)
})

t.test('from, to and tag filter the list and its total, never the streak', async t => {
  const { app } = await build(t, { at: '2026-03-25T12:00:00Z' })
  const maya = await signUp(app, 'maya')
  await logDays(maya, march)
  for (const paging of ['', '&per_page=100', '&per_page=100&order=asc']) {
    const span = await listOf(maya, `/mood?from=2026-03-05&to=2026-03-07${paging}`)
    t.match(span, { total: 3, streak: 25 })
    t.strictSame(span.moods.map(({ date }: Listed) => date).sort(), march.slice(4, 7))
    t.strictSame(span.moods.map(({ streak }: Listed) => streak).sort(), [5, 6, 7])
    const tagged = await listOf(maya, `/mood?tag=THIRD&from=2026-03-02&to=2026-03-20${paging}`)
    t.equal(tagged.total, 6)
    t.ok(tagged.moods.every(({ tags }: Listed) => tags[0] === 'Third'))
    t.equal(tagged.moods.length, 6)
    t.match(await listOf(maya, `/mood?tag=nothing${paging}`), { total: 0, moods: [], streak: 25 })
    t.match(await listOf(maya, `/mood?from=2027-01-01${paging}`), { total: 0, moods: [] })
  }
  t.match(await listOf(maya, '/mood?tag=third&page=2&per_page=5'), { total: 9, total_pages: 2, moods: { length: 4 } })
  t.match(await listOf(maya, '/mood?tag=third&page=1000&per_page=5'), { total: 9, moods: [] })
  t.match(await listOf(maya, '/mood?from=2026-03-07&to=2026-03-05'), {
    code: 'invalid_request',
    errors: ['from must not be after to'],
  })
  const noLonger = (await listOf(maya, '/mood?tag=third&per_page=1')).moods[0]
  await maya.patch(`/mood/${noLonger.id}`, { tags: ['other'] })
  t.equal((await listOf(maya, '/mood?tag=third')).total, 8)
  t.equal((await listOf(maya, '/mood?tag=OTHER')).total, 1)
})

t.test('entries of one day are ordered by when they were felt, then by id', async t => {
  const { app } = await build(t, { at: '2026-03-05T20:00:00Z' })
  const maya = await signUp(app, 'maya')
  for (const hour of ['09', '23', '11', '11']) {
    await maya.post('/mood', { mood: 5, date: '2026-03-04', occurred_at: `2026-03-04T${hour}:00:00Z` })
  }
  await maya.post('/mood', { mood: 5, date: '2026-03-03', occurred_at: '2026-03-05T10:00:00Z' })
  const { moods } = await listOf(maya, '/mood?order=asc')
  t.strictSame(
    moods.map(({ occurred_at }: Listed) => occurred_at.slice(5, 13)),
    ['03-05T10', '03-04T09', '03-04T11', '03-04T11', '03-04T23'],
  )
  t.ok(moods[2].id < moods[3].id)
  const paged = await Promise.all([1, 2, 3, 4, 5].map(page => listOf(maya, `/mood?order=asc&per_page=1&page=${page}`)))
  t.strictSame(
    paged.flatMap(page => page.moods),
    moods,
    'a page may begin in the middle of a day',
  )
})

/** Writes many entries directly into the database, as another process would. */
async function logMany(t: Test, databaseUrl: string, person: Person, count: number) {
  const other = await openDatabase(databaseUrl)
  const store = moodStore(other)
  const entries = Array.from({ length: count }, (_, i) => {
    const occurredAt = new Date(Date.UTC(2022, 0, 1 + Math.floor(i / 2), 12, i % 2))
    const day = utcDay(occurredAt.getTime())
    const id = `00000000-0000-7000-8000-${String(i).padStart(12, '0')}` as EntryId
    const rest = { mood: 5, valence: 0, note: null, tags: ['many'], dateSource: 'date' as const, timezone: 'UTC' }
    return { ...rest, onTime: true, id, day, occurredAt, digest: null }
  })
  // Those that come together share a commit, and are written in the order they came in.
  while (entries.length > 0) {
    await Promise.all(entries.splice(0, 256).map(entry => store.add(other.atomic, person.id, entry, 0)))
  }
  await other.close()
  t.pass(`${count} entries`)
}

t.test('a long list is streamed whole, in order, and the same with every filter', async t => {
  const { app, config } = await build(t)
  const maya = await signUp(app, 'maya')
  const count = chunkSize * 2 + 7
  await logMany(t, config.databaseUrl, maya, count)
  for (const filter of ['', '?order=asc', '?tag=Many', '?tag=many&order=asc', '?from=2022-01-01&to=2030-01-01']) {
    const { moods, total, streak_details } = await listOf(maya, `/mood${filter}`)
    t.equal(total, count)
    t.equal(streak_details.longest.length, Math.ceil(count / 2))
    const ids = moods.map(({ id }: Listed) => id)
    t.strictSame(filter.includes('asc') ? ids : ids.toReversed(), [...ids].sort(), filter)
    t.equal(new Set(ids).size, count)
    t.ok(moods.every(({ streak }: Listed) => streak > 0))
  }
  const deep = await listOf(maya, `/mood?per_page=100&page=${Math.ceil(count / 100)}`)
  t.equal(deep.moods.length, count % 100)
  const head = await app.inject({ method: 'HEAD', url: '/mood', headers: { authorization: `Bearer ${maya.token}` } })
  t.equal(head.statusCode, 200)
  t.equal(head.body, '')
})

t.test('what another process writes is seen by the next request', async t => {
  const { app, config } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 5, date: '2026-03-05' })
  t.equal((await listOf(maya, '/mood?per_page=20')).total, 1)
  await logMany(t, config.databaseUrl, maya, 3)
  t.match(await listOf(maya, '/mood?per_page=20'), { total: 4, streak_details: { longest: { length: 2 } } })
  await maya.post('/mood', { mood: 5, date: '2026-03-04' })
  t.match(await listOf(maya, '/mood?per_page=20'), { total: 5, streak: 2 })
})

t.test('an unchanged list answers 304, until an entry, the day, the zone or the settings change', async t => {
  const { app, clock } = await build(t, { at: '2026-03-05T23:59:00Z' })
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 5 })
  for (const url of ['/mood', '/mood?per_page=20', `/mood/${(await listOf(maya, '/mood')).moods[0].id}`]) {
    const { headers, statusCode } = await maya.get(url)
    t.equal(statusCode, 200)
    t.equal(headers['cache-control'], 'private, no-cache')
    t.match(headers.vary, /X-Timezone/)
    const etag = headers.etag as string
    t.match(etag, /^"[^"]+"$/, 'strong')
    const again = async (more: Record<string, string> = {}) =>
      (await maya.get(url, { 'if-none-match': `"x", ${etag}`, ...more })).statusCode
    const unchanged = await maya.get(url, { 'if-none-match': etag })
    t.match([unchanged.statusCode, unchanged.body, unchanged.headers.etag], [304, '', etag])
    t.equal(await again({ 'x-timezone': 'Asia/Tokyo' }), 200, 'another zone')
    t.equal(await again(), 304)

    clock.now += 60_000
    t.equal(await again(), 200, 'midnight has passed')
    clock.now -= 60_000
    await maya.patch('/profile', { day_starts_at: 4 })
    t.equal(await again(), 200, 'the day starts elsewhere')
    await maya.patch('/profile', { day_starts_at: 0 })
    t.equal(await again(), 304)
    await maya.post('/mood', { mood: 5 })
    t.equal(await again(), 200, 'another entry')
  }
})

t.test('the list is seen anew at midnight: the streak turns from active to at risk to broken', async t => {
  const { app, clock } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const maya = await signUp(app, 'maya', { timezone: 'America/New_York' })
  await maya.post('/mood', { mood: 5 })
  const standing = async () => {
    const { streak, streak_details } = await listOf(maya, '/mood?per_page=20')
    return [streak, streak_details.status]
  }
  t.strictSame(await standing(), [1, 'active'])
  clock.now = Date.parse('2026-03-06T05:00:00Z')
  // The clock moved beyond the token's lifetime, so the user signs in again.
  const login = await app.inject({
    method: 'POST',
    url: '/login',
    payload: { username: 'maya', password: 'correct horse battery' },
  })
  const again = { authorization: `Bearer ${login.json().token}` }
  const later = async () => {
    const { streak, streak_details } = (await maya.get('/mood?per_page=20', again)).json()
    return [streak, streak_details.status]
  }
  t.strictSame(await later(), [1, 'at_risk'])
})

t.test('a streak can be asked for alone, and explains itself', async t => {
  const { app } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const maya = await signUp(app, 'maya')
  const explained = async (asOf = '') => (await maya.get(`/mood/streak/explain${asOf}`)).json()
  t.match(await explained(), {
    streak: 0,
    run: { length: 0 },
    days: [],
    gap: null,
    heal: [],
    message: /Nothing logged yet/,
  })
  for (const day of ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-05'])
    await maya.post('/mood', { mood: 5, date: day })
  await maya.post('/mood', { mood: 5 }, { 'x-timezone': 'Europe/Berlin' })
  t.match((await maya.get('/mood/streak')).json(), { streak: 1, streak_details: { status: 'active' } })
  t.match((await maya.get('/mood/streak?as_of=2026-03-04')).json(), {
    streak: 3,
    streak_details: { status: 'at_risk' },
  })
  t.match(await explained(), {
    streak: 1,
    run: { length: 1, from: '2026-03-05' },
    days: [{ date: '2026-03-05', streak: 1, entries: 2, decided_by: ['date', 'timezone'] }],
    gap: { from: '2026-03-04', to: '2026-03-04', length: 1 },
    heal: ['2026-03-04'],
    healed: 5,
    message:
      'Nothing was logged on 2026-03-04, so the streak starts on 2026-03-05. Logging that day would make it 5 days.',
  })
  t.match(await explained('?as_of=2026-03-09'), { streak: 0, gap: { from: '2026-03-06', to: '2026-03-08' }, healed: 4 })
  t.match(await explained('?as_of=2026-03-03'), { streak: 3, gap: null, healed: 3, days: { length: 3 } })
  await maya.post('/mood', { mood: 5, date: '2026-03-04' })
  t.match(await explained(), { streak: 5, gap: null }, 'it heals as it said')
})
