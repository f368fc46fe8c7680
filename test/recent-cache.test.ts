import t from 'tap'
import { recentCache } from '../src/recent-cache.ts'

t.test('keeps what was used last, and no more than there is room for', async t => {
  const cache = recentCache<number, string>(4)
  for (const key of [1, 2, 3]) cache.set(key, `value ${key}`)
  t.equal(cache.get(1), 'value 1')
  cache.set(4, 'value 4')
  t.equal(cache.get(1), 'value 1')
  t.equal(cache.get(2), undefined)
  cache.set(4, 'again')
  t.equal(cache.get(4), 'again')
  const kept = [1, 2, 3, 4].filter(key => cache.get(key) !== undefined)
  t.ok(kept.length >= 2 && kept.length <= 4)
})
