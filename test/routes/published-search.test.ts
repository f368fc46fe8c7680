import t from 'tap'
import { eq } from '../../src/db/conditions.ts'
import { searchable } from '../../src/fold.ts'
import { newId, type SequenceId } from '../../src/ids.ts'
import { publishedSearch } from '../../src/yoga/published-search.ts'
import { sequenceList } from '../../src/yoga/sequence-list.ts'
import { type FoundSequence, sequenceStore } from '../../src/yoga/sequence-store.ts'
import { blankSequence } from '../../src/yoga/sequences.ts'
import { build, type Person, signUp } from '../helper.ts'

const { app, database } = await build(t)
const ines = await signUp(app, 'ines', { role: 'instructor' })
const nora = await signUp(app, 'nora', { role: 'instructor' })
const maya = await signUp(app, 'maya')
const { tables } = database
/** The database with names of statements that nobody else has. */
const renamed = (as: string): typeof database => ({
  ...database,
  prepare: (name, ...rest) => database.prepare(`${as}_${name}`, ...rest),
})
const store = sequenceStore(renamed('other'))
const titles = Array.from({ length: 450 }, (_, i) => `Flow ${String(i).padStart(3, '0')}${i % 3 ? '' : ' evening'}`)
const writes = titles.flatMap((title, i) => {
  const fields = {
    ...blankSequence,
    title,
    visibility: 'published' as const,
    level: i % 2 ? null : ('beginner' as const),
  }
  return store.create(ines.id, fields, Date.parse('2026-01-01T00:00:00Z') + i, null, newId<SequenceId>()).writes
})
await app.commitUnguarded(writes)

interface List {
  total: number
  sequences: { title: string; author: string }[]
}
const listOf = async (query: string): Promise<List> => (await maya.get(`/sequences?scope=published&${query}`)).json()
const titlesOf = ({ sequences }: List) => sequences.map(({ title }) => title)

t.test('a search over all published sequences finds, orders and pages as a list does', async t => {
  const evening = titles.filter(title => title.endsWith('evening'))
  for (const [sort, expected] of [
    ['title', evening],
    ['-title', evening.toReversed()],
    ['created_at', evening],
    ['-created_at', evening.toReversed()],
    ['-updated_at', evening.toReversed()],
  ] as const) {
    const { total, ...page } = await listOf(`q=EVEN%20low&sort=${sort}&per_page=20&page=2`)
    t.equal(total, evening.length)
    t.strictSame(titlesOf({ total, ...page }), expected.slice(20, 40), sort)
  }
  t.match(await listOf('q=evening'), { total: 150, sequences: [{ title: evening.at(-1), author: 'ines' }] })
  t.match(await listOf('q=evening&sort=total_seconds'), { total: 150 })
  t.match(await listOf('q=evening&level=beginner'), { total: 75 })
  t.strictSame(await listOf('q=nowhere').then(({ total, sequences }) => [total, sequences]), [0, []])
})

t.test('a search is of what is published now, whichever process published it', async t => {
  const search = 'q=zebra'
  t.match(await listOf(search), { total: 0 })
  // Another process has another store, and a search of its own that keeps no text at all.
  const other = sequenceList(renamed('second'), 0)
  const created = await nora.post('/sequences', { title: 'Zèbra', tags: ['ÉTÉ'], visibility: 'published' })
  const url = created.headers.location as string
  t.match(await listOf(search), { total: 1, sequences: [{ title: 'Zèbra' }] })
  t.match(await listOf('q=zebra%20ete&tag=été'), { total: 1 })
  t.match(await listOf('q=zebra&tag=hiver'), { total: 0 })
  t.match(await listOf('q=zebra&category=calm'), { total: 0 })
  t.match(await other.published({ q: 'zebra' }, { limit: 1, offset: 0 }), { total: 1 })

  const found = (await store.find(nora.id, created.json().id)) as FoundSequence
  const { author: _, ...fields } = found
  await store.replace(app.commitUnguarded, found, { ...fields, title: 'Gnu', category: 'Calm' }, Date.now())
  t.match(await listOf(search), { total: 0 }, 'its old title')
  t.match(await listOf('q=gnu&category=calm'), { total: 1 })
  await nora.patch(url, { visibility: 'private' })
  t.match(await listOf('q=gnu'), { total: 0 })
  t.match(await other.published({ q: 'gnu' }, { limit: 1, offset: 0 }), { total: 0 })
})

t.test('an id that has become the id of another sequence is read again', async t => {
  const search = publishedSearch(renamed('reborn'), 1_000_000)
  const find = (word: string) =>
    search.find({ categoryKey: undefined, tagLine: undefined, level: undefined, words: [word] }, 'titleKey', false)
  const id = newId<SequenceId>()
  const publish = async (title: string, at: number) => {
    const fields = { ...blankSequence, title, visibility: 'published' as const }
    await app.commitUnguarded(store.create(nora.id, fields, at, null, id).writes)
  }
  await publish('Okapi', 1)
  t.strictSame(await find('okapi'), [id])
  await database.query(db => db.delete(tables.publishedSequences).where(eq(tables.publishedSequences.id, id)))
  await database.query(db => db.delete(tables.sequences).where(eq(tables.sequences.id, id)))
  await publish('Zorilla', 2)
  t.strictSame(await find('okapi'), [])
  t.strictSame(await find('zorilla'), [id])
})

t.test(
  'published texts take a bounded part of the memory, and those that are published no longer take none',
  async t => {
    const [none, some, all] = [0, 20_000, 10_000_000].map((bytes, i) => publishedSearch(renamed(`of_${i}`), bytes))
    const condition = { categoryKey: undefined, tagLine: undefined, level: undefined, words: ['evening'] }
    const expected = await all?.find(condition, 'titleKey', true)
    for (const search of [none, some, all]) {
      for (const _ of [1, 2]) t.strictSame(await search?.find(condition, 'titleKey', true), expected)
    }
    t.strictSame(none?.load, { sequences: 0, bytes: 0 })
    t.ok(some && some.load.bytes <= 20_000 && some.load.sequences > 10)
    const before = all?.load.sequences as number
    await database.query(db =>
      db.delete(tables.publishedSequences).where(eq(tables.publishedSequences.id, expected?.[0] as SequenceId)),
    )
    t.strictSame(await all?.find(condition, 'titleKey', true), expected?.slice(1))
    t.equal(all?.load.sequences, before - 1)
  },
)

t.test('titles are in the order of their bytes, as a database has them', async t => {
  const titles = ['\u{1f600} quokka', '\uff5e quokka', 'a quokka', '木 quokka']
  for (const title of titles) await nora.post('/sequences', { title, visibility: 'published' })
  const listed = titlesOf(await listOf('q=quokka&sort=title'))
  const bytes = (title: string) => Buffer.from(searchable(title))
  t.strictSame(
    listed,
    titles.toSorted((a, b) => Buffer.compare(bytes(a), bytes(b))),
  )
})

t.test('security 37: a user searches once at a time, and others do not wait for that user', async t => {
  const order: string[] = []
  const search = async (person: Person, name: string, query = 'q=evening') => {
    const answer = await person.get(`/sequences?scope=published&${query}`)
    order.push(answer.statusCode === 200 ? name : `${name}: ${answer.json().code}`)
  }
  const own = Array.from({ length: 6 }, (_, n) => search(maya, `maya ${n + 1}`))
  await Promise.all([...own, search(ines, 'ines'), search(maya, 'list', 'level=beginner')])
  t.equal(order[0], 'maya 6: too_busy', 'one searches and four wait')
  t.ok(order.indexOf('ines') < order.indexOf('maya 2'))
  t.ok(order.indexOf('list') < order.indexOf('maya 2'), 'a list is no search')
  t.strictSame(
    order.filter(name => /maya \d$/.test(name)),
    ['maya 1', 'maya 2', 'maya 3', 'maya 4', 'maya 5'],
  )
})

t.test('security 37: a search over all published sequences lets others be served in between', async t => {
  let turns = 0
  let searching = true
  const turn = () => {
    turns++
    if (searching) setImmediate(turn)
  }
  setImmediate(turn)
  const idle = turns
  await listOf('q=evening')
  searching = false
  t.ok(turns - idle >= 2, `${turns} turns`)
})
