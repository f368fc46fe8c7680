import t from 'tap'
import type { UserId } from '../../src/ids.ts'
import type { VersionedHistory } from '../../src/moods/entry-list.ts'
import { historyCache } from '../../src/moods/histories.ts'
import { type History, historyOf, withEntry } from '../../src/moods/streak.ts'

const of = (version: number, ...days: number[]): VersionedHistory => ({
  ...historyOf(
    days,
    days.map(() => 1),
  ),
  version,
})

const [maya, noor, sam] = ['maya', 'noor', 'sam'] as UserId[] as [UserId, UserId, UserId]

/** A cache over a database that holds one history per user and counts how often it is read. */
function cacheOver(kept: Record<string, VersionedHistory>) {
  const reads: string[] = []
  const cache = historyCache(async user => {
    reads.push(user)
    return kept[user]
  })
  return { cache, reads }
}

t.test('a history is derived once and kept until someone needs a newer version', async t => {
  const kept = { maya: of(3, 1, 2) }
  const { cache, reads } = cacheOver(kept)
  t.strictSame(await cache.at(maya, 3), of(3, 1, 2))
  t.strictSame(await cache.at(maya, 3), of(3, 1, 2))
  t.strictSame(await cache.at(maya, 2), of(3, 1, 2), 'who knows of an older version gets the newer one')
  t.equal(reads.length, 1)

  kept.maya = of(4, 1, 2, 3)
  t.strictSame(await cache.at(maya, 4), of(4, 1, 2, 3))
  t.equal(reads.length, 2)
})

t.test('one user never gets the history of another', async t => {
  const { cache } = cacheOver({ maya: of(1, 1), noor: of(1, 2) })
  t.strictSame(await cache.at(maya, 1), of(1, 1))
  t.strictSame(await cache.at(noor, 1), of(1, 2))
})

t.test('a user who is gone has no history, and none is kept', async t => {
  const { cache, reads } = cacheOver({})
  t.equal(await cache.at(maya, 0), undefined)
  t.equal(await cache.at(maya, 0), undefined)
  t.equal(reads.length, 2)
})

t.test('a write carries the kept history over without reading', async t => {
  const { cache, reads } = cacheOver({ maya: of(1, 1) })
  await cache.at(maya, 1)
  cache.apply(maya, 2, history => withEntry(history, 2))
  t.strictSame(await cache.at(maya, 2), of(2, 1, 2))
  t.equal(reads.length, 1)
})

t.test('a write is not carried over a version that this process did not see', async t => {
  const { cache, reads } = cacheOver({ maya: of(1, 1) })
  await cache.at(maya, 1)
  const unexpected = (history: History) => {
    t.fail('must not be applied')
    return history
  }
  cache.apply(maya, 3, unexpected)
  cache.apply(maya, 1, unexpected)
  cache.apply(noor, 1, unexpected)
  t.strictSame(await cache.at(maya, 1), of(1, 1))
  t.equal(reads.length, 1)
})

t.test('a slow reader never puts an old history over a newer one', async t => {
  const slow = Promise.withResolvers<VersionedHistory>()
  const answers = [Promise.resolve(of(1, 1)), slow.promise]
  let reads = 0
  const cache = historyCache(async () => answers[reads++])
  await cache.at(maya, 1)
  const late = cache.at(maya, 2)
  cache.apply(maya, 2, history => withEntry(history, 2))
  cache.apply(maya, 3, history => withEntry(history, 3))
  slow.resolve(of(2, 1, 2))
  t.strictSame(await late, of(3, 1, 2, 3), 'the reader gets what it read and what was written since')
  t.strictSame(await cache.at(maya, 3), of(3, 1, 2, 3), 'the others what is newest')
  t.equal(reads, 2)
})

t.test('what is written while the history is read is not lost, and readers share a reading', async t => {
  const slow = Promise.withResolvers<VersionedHistory>()
  let reads = 0
  const cache = historyCache(() => {
    reads++
    return slow.promise
  })
  const readers = [cache.at(maya, 1), cache.at(maya, 1)]
  cache.apply(maya, 2, history => withEntry(history, 2))
  cache.apply(maya, 4, () => {
    throw new Error('of the version between nothing is known')
  })
  slow.resolve(of(1, 1))
  t.strictSame(await Promise.all(readers), [of(2, 1, 2), of(2, 1, 2)])
  cache.apply(maya, 3, history => withEntry(history, 3))
  t.strictSame(await cache.at(maya, 3), of(3, 1, 2, 3))
  t.equal(reads, 1)
})

t.test('who knows of a newer version than a reading under way reads again', async t => {
  const slow = Promise.withResolvers<VersionedHistory>()
  const answers = [slow.promise, Promise.resolve(of(5, 1, 2))]
  let reads = 0
  const cache = historyCache(() => answers[reads++] as Promise<VersionedHistory>)
  const [early, late] = [cache.at(maya, 1), cache.at(maya, 5)]
  slow.resolve(of(1, 1))
  t.strictSame(await late, of(5, 1, 2))
  await early
  t.strictSame(await cache.at(maya, 5), of(5, 1, 2))
  t.equal(reads, 2)
})

t.test('what is kept is bounded by the number of days, not by the number of users', async t => {
  const long = (): VersionedHistory => ({
    days: new Array(1_500_000),
    counts: [],
    runs: [],
    total: 0,
    skipped: [],
    version: 1,
  })
  const { cache, reads } = cacheOver({ maya: long(), noor: long(), sam: of(1, 1) })
  await cache.at(maya, 1)
  await cache.at(sam, 1)
  await cache.at(noor, 1)
  await cache.at(sam, 1)
  t.strictSame(reads, ['maya', 'sam', 'noor'], 'a short one stays')
  await cache.at(maya, 1)
  t.strictSame(reads, ['maya', 'sam', 'noor', 'maya'], 'a long one made room for the other')
})
