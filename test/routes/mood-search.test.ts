import t from 'tap'
import type { WritableDatabase } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { EntryId } from '../../src/ids.ts'
import { dayOf } from '../../src/moods/calendar.ts'
import { contains, wordsIn } from '../../src/moods/entry-search.ts'
import { moodStore } from '../../src/moods/mood-store.ts'
import { build, signUp } from '../helper.ts'

const entries = [
  { date: '2026-03-01', mood: 'Happy', note: 'Slept WELL,\nlong walk.', tags: ['Sun'] },
  { date: '2026-03-02', mood: 5, note: 'Café with Ömer', tags: ['sun', 'Friends'] },
  { date: '2026-03-03', mood: 5, note: null, tags: ['run'] },
  { date: '2026-03-04', mood: 5, note: 'ﬁne straße', tags: [] },
]

t.test('every word is found somewhere in note, label or tags, also as a part, folded; accents count', async t => {
  const { app } = await build(t)
  const [maya, noor] = [await signUp(app, 'maya'), await signUp(app, 'noor')]
  for (const entry of entries) await maya.post('/mood', entry)
  await noor.post('/mood', { mood: 5, note: 'walk' })
  const found = async (q: string, more = '') => {
    const { moods, total, streak } = (await maya.get(`/mood?q=${encodeURIComponent(q)}${more}`)).json()
    t.equal(total, moods.length)
    t.equal(streak, 4, 'over all entries')
    return moods.map(({ date }: { date: string }) => Number(date.slice(-2)))
  }
  const table: [string, number[]][] = [
    ['walk', [1]],
    ['WAL sle', [1]],
    ['walk run', []],
    ['happ sun well', [1]],
    ['u', [3, 2, 1]],
    ['café', [2]],
    ['CAFE\u0301', [2]],
    ['cafe', []],
    ['ömer', [2]],
    ['strasse', [4]],
    ['fine', [4]],
    ['5', []],
    [' walk  ', [1]],
  ]
  for (const [q, days] of table) t.strictSame(await found(q), days, q)
  t.strictSame(await found('u', '&order=asc'), [1, 2, 3])
  t.strictSame(await found('u', '&tag=SUN'), [2, 1])
  t.strictSame(await found('u', '&tag=sun&order=asc&from=2026-03-02'), [2])
  t.strictSame(await found('u', '&from=2026-03-02&to=2026-03-02'), [2])
  const page = (await maya.get('/mood?q=u&page=2&per_page=2')).json()
  t.match(page, { moods: [{ date: '2026-03-01', streak: 1 }], page: 2, total: 3, total_pages: 2 })
  for (const blank of ['', '%20', '%E2%80%8B'])
    t.match((await maya.get(`/mood?q=${blank}`)).json(), { status: 400, code: 'invalid_request' }, 'blank')
  t.ok(contains(wordsIn('LONG sun'), { mood: 5, note: 'long', tags: ['Sun'] }))
})

t.test('a long search is whole, in order, in turns, and good until an entry changes', async t => {
  const { app, config } = await build(t)
  const maya = await signUp(app, 'maya')
  const other = await openDatabase(config.databaseUrl)
  const store = moodStore(other)
  const count = 620
  for (let i = 0; i < count; i++) {
    const occurredAt = new Date(Date.UTC(2022, 0, 1 + (i >> 1), 12, i % 2))
    const id = `00000000-0000-7000-8000-${String(i).padStart(12, '0')}` as EntryId
    const day = dayOf(occurredAt.toISOString().slice(0, 10))
    const note = i % 2 ? `Walk ${i}` : `swim ${i}`
    const rest = { mood: 5, valence: 0, dateSource: 'date' as const, timezone: 'UTC', onTime: true, digest: null }
    await store.add(other.atomic, maya.id, { ...rest, id, day, occurredAt, note, tags: ['many'] }, 0)
  }
  await other.close()
  const answer = await maya.get('/mood?q=walk')
  const { moods, total } = answer.json()
  t.equal(total, count / 2)
  const notes = moods.map(({ note }: { note: string }) => Number(note.slice(5)))
  t.strictSame(
    notes,
    Array.from({ length: count / 2 }, (_, n) => count - 1 - 2 * n),
  )
  t.equal((await maya.get('/mood?q=walk&tag=many')).json().total, count / 2)
  const etag = String(answer.headers.etag)
  t.equal((await maya.get('/mood?q=walk', { 'if-none-match': etag })).statusCode, 304)
  await maya.delete(`/mood/${moods[0].id}`)
  t.equal((await maya.get('/mood?q=walk', { 'if-none-match': etag })).json().total, count / 2 - 1)
})

t.test('a search whose reader has gone ends, and one that a write overtakes is made again', async t => {
  let scans = 0
  let write: () => PromiseLike<unknown> = async () => undefined
  const wrap = (database: WritableDatabase): WritableDatabase => ({
    ...database,
    prepare(name, values, make, json) {
      const prepared = database.prepare(name, values, make, json)
      if (!name.startsWith('mood_scan_')) return prepared
      const execute = async (params: Parameters<typeof prepared.execute>[0]) => {
        if (++scans === 2) await write()
        return prepared.execute(params)
      }
      return { ...prepared, execute }
    },
  })
  const { app, database } = await build(t, { wrap })
  const maya = await signUp(app, 'maya')
  for (let n = 0; n < 251; n++) await maya.post('/mood', { mood: 5, note: 'walk' })
  const walk = { order: 'asc' as const, tag: undefined, start: { date: '', at: new Date(0), id: '' }, until: 99_999 }
  const none = await moodStore(database).search(maya.id, ['walk'], walk, () => false)
  t.strictSame(none, { ids: [], version: undefined })
  t.equal(scans, 0)
  write = () => maya.post('/mood', { mood: 5, note: 'walk home', date: '2026-03-04' })
  const answer = (await maya.get('/mood?q=walk&per_page=100&page=3')).json()
  t.equal(scans, 4, 'two turns, and both again')
  t.match(answer, { total: 252, streak: 2 })
  t.match(answer.moods.at(-1), { note: 'walk home', date: '2026-03-04' })
  scans = 2
  t.match((await maya.get('/mood?q=walk')).json(), { total: 252, moods: { length: 252 } })
  t.equal(scans, 5, 'one turn tells that it is long, and then it is read once')
})
