import t from 'tap'
import { recentValues } from '../src/recent-values.ts'

t.test('a value is found by its key, until another key has its place', async t => {
  const values = recentValues<number>()
  t.equal(values.get('"1ab"'), undefined)
  values.set('"1ab"', 1)
  values.set('"1ac"', 2)
  t.equal(values.get('"1ab"'), 1)
  t.equal(values.get('"1ac"'), 2)
  t.equal(values.get('"2ab"'), undefined, 'which is another key at the same place')
  values.set('"2ab"', 3)
  t.equal(values.get('"1ab"'), undefined)
  t.equal(values.get('"2ab"'), 3)
})

t.test('keys may be short', async t => {
  const values = recentValues<number>()
  for (const [n, key] of ['', 'a', 'ab'].entries()) {
    values.set(key, n)
    t.equal(values.get(key), n)
  }
})
