import t from 'tap'
import { newId } from '../src/ids.ts'

t.test('ids are UUIDv7 of the present, none of them twice', async t => {
  const from = Date.now()
  const ids = Array.from({ length: 10_000 }, () => newId<never>() as string)
  const to = Date.now()
  t.equal(new Set(ids).size, ids.length)
  t.ok(ids.every(id => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)))
  const times = ids.map(id => Number.parseInt(id.replace('-', '').slice(0, 12), 16))
  t.ok(times.every(time => time >= from && time <= to))
})

t.test('ids are in the order of time, also within a millisecond and after the clock was set back', async t => {
  const clock = { now: Date.UTC(2100, 0, 1) }
  t.intercept(Date, 'now', { value: () => clock.now })
  const within = Array.from({ length: 1_000 }, () => newId<never>() as string)
  clock.now -= 60_000
  const after = Array.from({ length: 1_000 }, () => newId<never>() as string)
  const ids = [...within, ...after]
  t.strictSame(ids, ids.toSorted())
  t.equal(new Set(ids.map(id => id.slice(0, 13))).size, 1, 'the time of an id never goes back')
  clock.now += 60_001
  t.ok((newId<never>() as string) > (ids.at(-1) as string))
})

t.test('the last ten digits of an id are random, also where a new stock of random bytes begins', async t => {
  const ends = Array.from({ length: 130 }, () => (newId<never>() as string).slice(-10))
  t.equal(new Set(ends).size, ends.length)
})
