import t from 'tap'
import type { UserId } from '../../src/ids.ts'
import { historyCache, type UserRow } from '../../src/moods/histories.ts'
import type { VersionedHistory } from '../../src/moods/outline.ts'
import { snapshotOf } from '../../src/moods/snapshot.ts'
import { historyOf } from '../../src/moods/streak.ts'

const of = (version: number, ...days: number[]): VersionedHistory => ({
  ...historyOf(
    days,
    days.map(() => 1),
  ),
  version,
})

/** An entry of a day, logged on it. */
const on = (day: number) => ({ day, onTime: true })

const [maya, noor, sam] = ['maya', 'noor', 'sam'] as UserId[] as [UserId, UserId, UserId]

/** The user's row as a request has read it. */
const row = (moodVersion: number, moodHistory: string | null = null, timezone: string | null = null): UserRow => ({
  moodVersion,
  moodHistory,
  timezone,
})
/** Of a version that no request asks for. */
const bare = row(-1)

const keep = async () => {}

/** A cache over a database that holds one history per user, counts how often it is read, and keeps snapshots. */
function cacheOver(kept: Record<string, VersionedHistory>) {
  const reads: string[] = []
  const snapshots: [string, number, string][] = []
  const cache = historyCache({
    read: async user => {
      reads.push(user)
      return kept[user]
    },
    keep: async (...snapshot) => void snapshots.push(snapshot),
  })
  return { cache, reads, snapshots }
}

t.test('a history is derived once and kept until someone needs a newer version', async t => {
  const kept = { maya: of(3, 1, 2) }
  const { cache, reads } = cacheOver(kept)
  t.strictSame(await cache.at(maya, 3, bare), of(3, 1, 2))
  t.strictSame(await cache.at(maya, 3, bare), of(3, 1, 2))
  t.strictSame(await cache.at(maya, 2, bare), of(3, 1, 2), 'who knows of an older version gets the newer one')
  t.equal(reads.length, 1)

  kept.maya = of(4, 1, 2, 3)
  t.strictSame(await cache.at(maya, 4, bare), of(4, 1, 2, 3))
  t.equal(reads.length, 2)
})

t.test('one user never gets the history of another', async t => {
  const { cache } = cacheOver({ maya: of(1, 1), noor: of(1, 2) })
  t.strictSame(await cache.at(maya, 1, bare), of(1, 1))
  t.strictSame(await cache.at(noor, 1, bare), of(1, 2))
})

t.test('a user who is gone has no history, and none is kept', async t => {
  const { cache, reads } = cacheOver({})
  t.equal(await cache.at(maya, 0, bare), undefined)
  t.equal(await cache.at(maya, 0, bare), undefined)
  t.equal(reads.length, 2)
})

t.test('a write carries the kept history over without reading', async t => {
  const { cache, reads } = cacheOver({ maya: of(1, 1) })
  await cache.at(maya, 1, bare)
  cache.apply(maya, 2, { added: on(2) })
  t.strictSame(await cache.at(maya, 2, bare), of(2, 1, 2))
  t.equal(reads.length, 1)
})

t.test('a write is not carried over a version that this process did not see', async t => {
  const { cache, reads } = cacheOver({ maya: of(1, 1) })
  await cache.at(maya, 1, bare)
  cache.apply(maya, 3, { added: on(9) })
  cache.apply(maya, 1, { added: on(9) })
  cache.apply(noor, 1, { added: on(9) })
  t.strictSame(await cache.at(maya, 1, bare), of(1, 1))
  t.equal(reads.length, 1)
})

t.test('a slow reader never puts an old history over a newer one', async t => {
  const slow = Promise.withResolvers<VersionedHistory>()
  const answers = [Promise.resolve(of(1, 1)), slow.promise]
  let reads = 0
  const cache = historyCache({ read: async () => answers[reads++], keep })
  await cache.at(maya, 1, bare)
  const late = cache.at(maya, 2, bare)
  cache.apply(maya, 2, { added: on(2) })
  cache.apply(maya, 3, { added: on(3) })
  slow.resolve(of(2, 1, 2))
  t.strictSame(await late, of(3, 1, 2, 3), 'the reader gets what it read and what was written since')
  t.strictSame(await cache.at(maya, 3, bare), of(3, 1, 2, 3), 'the others what is newest')
  t.equal(reads, 2)
})

t.test('what is written while the history is read is not lost, and readers share a reading', async t => {
  const slow = Promise.withResolvers<VersionedHistory>()
  let reads = 0
  const cache = historyCache({
    read: () => {
      reads++
      return slow.promise
    },
    keep,
  })
  const readers = [cache.at(maya, 1, bare), cache.at(maya, 1, bare)]
  cache.apply(maya, 2, { added: on(2) })
  cache.apply(maya, 4, { added: on(9) })
  slow.resolve(of(1, 1))
  t.strictSame(await Promise.all(readers), [of(2, 1, 2), of(2, 1, 2)])
  cache.apply(maya, 3, { added: on(3) })
  t.strictSame(await cache.at(maya, 3, bare), of(3, 1, 2, 3))
  t.equal(reads, 1)
})

t.test('who knows of a newer version than a reading under way reads again', async t => {
  const slow = Promise.withResolvers<VersionedHistory>()
  const answers = [slow.promise, Promise.resolve(of(5, 1, 2))]
  let reads = 0
  const cache = historyCache({ read: () => answers[reads++] as Promise<VersionedHistory>, keep })
  const [early, late] = [cache.at(maya, 1, bare), cache.at(maya, 5, bare)]
  slow.resolve(of(1, 1))
  t.strictSame(await late, of(5, 1, 2))
  await early
  t.strictSame(await cache.at(maya, 5, bare), of(5, 1, 2))
  t.equal(reads, 2)
})

t.test('what is kept is bounded by the number of days, not by the number of users', async t => {
  const long = (): VersionedHistory => ({
    days: new Array(1_000_000),
    counts: [],
    onTimeCounts: [],
    runs: [],
    onTimeRuns: [],
    total: 0,
    skipped: [],
    version: 1,
  })
  const { cache, reads } = cacheOver({ maya: long(), noor: long(), sam: of(1, 1) })
  await cache.at(maya, 1, bare)
  await cache.at(sam, 1, bare)
  await cache.at(noor, 1, bare)
  await cache.at(sam, 1, bare)
  t.strictSame(reads, ['maya', 'sam', 'noor'], 'a short one stays')
  await cache.at(maya, 1, bare)
  t.strictSame(reads, ['maya', 'sam', 'noor', 'maya'], 'a long one made room for the other')
})

const outline = ({ days: _, counts: __, onTimeCounts: ___, ...rest }: VersionedHistory) => rest

t.test(
  'a snapshot of the version spares the read, one of another version or with other skipped days does not',
  async t => {
    const kept = { maya: of(3, 1, 2, 5), noor: of(4, 1), sam: of(2, 7) }
    const { cache, reads } = cacheOver(kept)
    t.strictSame(await cache.at(maya, 3, row(3, snapshotOf(kept.maya, 3))), outline(kept.maya))
    t.strictSame(reads, [])

    await cache.at(noor, 4, row(4, snapshotOf(of(3, 9), 3)))
    t.strictSame(reads, ['noor'], 'an older one')
    await cache.at(sam, 2, row(2, snapshotOf(kept.sam, 2), 'Pacific/Apia'))
    t.strictSame(reads, ['noor', 'sam'], 'one made for a zone that skipped nothing')
  },
)

t.test('who has never logged anything has a history without reading it', async t => {
  const { cache, reads } = cacheOver({})
  t.strictSame(await cache.at(maya, 0, row(0)), outline(of(0)))
  t.equal(cache.carry(maya, row(0), { added: on(7) })?.snapshot, snapshotOf(of(1, 7), 1))
  t.strictSame(reads, [])
})

t.test('who knows of a newer version than the one the row was read with does not take its snapshot', async t => {
  const { cache, reads } = cacheOver({ maya: of(4, 1, 2) })
  t.strictSame(await cache.at(maya, 4, row(3, snapshotOf(of(3, 1), 3))), of(4, 1, 2))
  t.strictSame(reads, ['maya'])
})

t.test('what had to be derived is kept for the next process, at the version that it was read at', async t => {
  const { cache, snapshots } = cacheOver({ maya: of(3, 1, 2, 5) })
  await cache.at(maya, 2, bare)
  t.strictSame(snapshots, [['maya', 3, snapshotOf(of(3, 1, 2, 5), 3)]])
})

t.test('days are read where a snapshot has none, and then serve everybody', async t => {
  const kept = { maya: of(3, 1, 2, 5) }
  const { cache, reads } = cacheOver(kept)
  await cache.at(maya, 3, row(3, snapshotOf(kept.maya, 3)))
  t.strictSame(await cache.withDaysAt(maya, 3), kept.maya)
  t.strictSame(await cache.withDaysAt(maya, 3), kept.maya)
  t.strictSame(await cache.at(maya, 3, bare), kept.maya)
  t.strictSame(reads, ['maya'])
})

t.test('a write carries the snapshot of what comes after it, where what was before is known', async t => {
  const { cache, reads } = cacheOver({})
  const before = of(3, 1, 2)
  const read = row(3, snapshotOf(before, 3))
  const carried = cache.carry(maya, read, { added: on(3) })
  t.match(carried, {
    from: 3,
    before: outline(before),
    after: outline(of(4, 1, 2, 3)),
    snapshot: snapshotOf(of(4, 1, 2, 3), 4),
  })
  cache.apply(maya, 4, { added: on(3) }, carried)
  t.strictSame(await cache.at(maya, 4, bare), outline(of(4, 1, 2, 3)))

  t.equal(cache.carry(maya, read, { added: on(9) })?.from, 4, 'what this process has written since counts')
  cache.apply(maya, 5, { added: on(5) }, { from: 3, before: of(3), after: of(4, 9), snapshot: null })
  t.strictSame(await cache.at(maya, 5, bare), outline(of(5, 1, 2, 3, 5)), 'what was carried from elsewhere does not')
  t.equal(cache.carry(noor, row(3), { added: on(1) }), undefined, 'nothing is known of noor')
  t.strictSame(reads, [])
})

t.test('an entry that goes takes the days to know what is left: without them nothing is carried', async t => {
  const kept = { maya: of(5, 1, 2) }
  const { cache, reads } = cacheOver(kept)
  const read = row(3, snapshotOf(of(3, 1, 2, 4), 3))
  t.equal(cache.carry(maya, read, { removed: on(4) }), undefined)
  t.equal(
    cache.carry(maya, read, { removed: on(4), added: on(4) })?.snapshot,
    snapshotOf(of(3, 1, 2, 4), 4),
    'an edit stays',
  )
  cache.apply(maya, 4, { removed: on(4) })
  t.strictSame(await cache.at(maya, 5, bare), of(5, 1, 2))
  t.strictSame(reads, ['maya'])
  t.equal(cache.carry(maya, bare, { removed: on(2) })?.snapshot, snapshotOf(of(6, 1), 6), 'with its days it is known')
})
