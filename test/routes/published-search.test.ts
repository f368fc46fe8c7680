import t from 'tap'
import { newId, type SequenceId } from '../../src/ids.ts'
import { sequenceStore } from '../../src/yoga/sequence-store.ts'
import { blankSequence } from '../../src/yoga/sequences.ts'
import { build, type Person, signUp } from '../helper.ts'

const { app, database } = await build(t)
const ines = await signUp(app, 'ines', { role: 'instructor' })
const maya = await signUp(app, 'maya')
const store = sequenceStore({ ...database, prepare: (name, ...rest) => database.prepare(`other_${name}`, ...rest) })
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
