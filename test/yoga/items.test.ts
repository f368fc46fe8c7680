import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { type SequenceItem, sides } from '../../src/vocabulary.ts'
import { catalogue, inCatalogue } from '../../src/yoga/catalogue.ts'
import {
  readItem,
  readItems,
  reordered,
  resolved,
  type SentItem,
  secondsOf,
  totalSeconds,
  withChange,
  withItemChanged,
} from '../../src/yoga/items.ts'

const read = (sent: SentItem) => readItem(sent, inCatalogue, 'poses.0')
const tree = read({ pose_id: 'tree', breaths: 4 }) as SequenceItem

t.test('a breath counts 5 seconds, and both sides count twice', async t => {
  t.equal(secondsOf({ seconds: 30, breaths: null, side: null }), 30)
  t.equal(secondsOf({ seconds: 30, breaths: null, side: 'left' }), 30)
  t.equal(secondsOf({ seconds: 30, breaths: null, side: 'both' }), 60)
  t.equal(secondsOf({ seconds: null, breaths: 3, side: 'right' }), 15)
  t.equal(secondsOf({ seconds: null, breaths: 3, side: 'both' }), 30)
  t.equal(secondsOf({ seconds: null, breaths: null, side: null }), 0)
})

t.test('what is not said is filled in from the pose', async t => {
  t.strictSame(read({ pose_id: 'tree' }), {
    pose_id: 'tree',
    name: 'Tree Pose',
    section: null,
    side: 'both',
    seconds: 40,
    breaths: null,
    cue: null,
  })
  t.match(read({ pose_id: 'tree', name: 'My tree', side: null, breaths: 3 }), {
    name: 'Tree Pose',
    side: null,
    seconds: null,
    breaths: 3,
  })
  t.match(read({ pose_id: 'mountain' }), { side: null, seconds: 45 })
  t.match(read({ name: 'Shake', seconds: 20, side: 'left', section: 'a', cue: 'b' }), {
    pose_id: null,
    name: 'Shake',
    side: 'left',
    seconds: 20,
    section: 'a',
    cue: 'b',
  })
})

t.test('an item that says too little, too much, or names no pose is refused with its place and the reason', async t => {
  t.match(read({ pose_id: 'nope' }), /^poses\.0\.pose_id is neither/)
  t.match(read({ seconds: 3 }), /^poses\.0 must have a pose_id or a name/)
  t.match(read({ pose_id: null, name: null, seconds: 3 }), /pose_id or a name/)
  t.match(read({ name: 'Shake' }), /^poses\.0 must have seconds or breaths/)
  t.match(read({ pose_id: 'tree', seconds: 3, breaths: 3 }), /not both/)
  t.match(readItem({ pose_id: 'nope' }, inCatalogue), /^pose_id is neither/)
  t.match(readItem({ name: 'Shake' }, inCatalogue), /^the body must have seconds or breaths/)
})

t.test('a change keeps what it does not name', async t => {
  const change = (sent: SentItem, item = tree) => read(withChange(item, sent))
  t.strictSame(change({}), tree)
  t.match(change({ cue: 'Breathe.' }), { ...tree, cue: 'Breathe.' })
  t.match(change({ seconds: 60 }), { seconds: 60, breaths: null }, 'seconds replace breaths')
  t.match(change({ breaths: 6 }, { ...tree, breaths: null, seconds: 9 }), { seconds: null, breaths: 6 })
  t.match(change({ seconds: 60, breaths: 6 }), /not both/)
  t.match(change({ breaths: null }), { seconds: 40, breaths: null }, 'without a time the typical one')
  t.match(change({ name: 'Shake' }), { pose_id: null, name: 'Shake' }, 'a name alone is a free name')
  t.match(change({ pose_id: 'mountain' }), { pose_id: 'mountain', name: 'Mountain Pose' })
  t.match(change({ pose_id: 'mountain', name: 'Shake' }), { pose_id: 'mountain', name: 'Mountain Pose' })
  t.match(change({ pose_id: null }), { pose_id: null, name: 'Tree Pose' })
  t.match(change({ side: null, section: 'peak' }), { side: null, section: 'peak' })
})

t.test('a pose that is there no longer leaves its name; one that was renamed shows its new one', async t => {
  const own = { ...tree, pose_id: 'own', name: 'Once' }
  const pose = { ...(inCatalogue('tree') as NonNullable<ReturnType<typeof inCatalogue>>), id: 'own', name: 'Now' }
  t.match(
    resolved([own], () => pose),
    [{ pose_id: 'own', name: 'Now' }],
  )
  t.match(
    resolved([own, { ...own, pose_id: null }], () => undefined),
    [
      { pose_id: null, name: 'Once' },
      { pose_id: null, name: 'Once' },
    ],
  )
})

t.test('an order must name every position once', async t => {
  const items = ['a', 'b', 'c'].map(name => ({ ...tree, name }))
  t.strictSame(
    reordered(items, [3, 1, 2]).map(({ name }) => name),
    ['c', 'a', 'b'],
  )
  t.strictSame(reordered([], []), [])
  for (const wrong of [[], [1, 2], [1, 2, 2], [0, 1, 2], [1, 2, 4], [1, 2, 3, 3], [1, 1, 9], [-1, 2, 3], [1.5, 2, 3]])
    t.throws(
      () => reordered(items, wrong),
      { code: 'invalid_request', errors: [/each of the 3 positions/] },
      String(wrong),
    )
})

t.test('items that are wrong are named one by one, twenty at most', async t => {
  const sent = Array.from({ length: 30 }, (_, i) => (i === 0 ? { pose_id: 'tree' } : { name: 'Rest' }))
  t.throws(() => readItems(sent, inCatalogue), { code: 'invalid_request', errors: { length: 20 } })
  t.match(readItems(sent.slice(0, 1), inCatalogue), [{ name: 'Tree' }])
})

t.test('one item is changed in its place, and must make an item again', async t => {
  const items = ['a', 'b'].map(name => ({ ...tree, name }))
  t.match(withItemChanged(items, 2, { cue: 'Slowly.' }, inCatalogue), [{ cue: null }, { cue: 'Slowly.' }])
  for (const nowhere of [0, 3])
    t.throws(() => withItemChanged(items, nowhere, {}, inCatalogue), { code: 'not_found' }, String(nowhere))
  t.throws(() => withItemChanged(items, 1, { pose_id: 'none' }, inCatalogue), { code: 'invalid_request' })
})

const item: fc.Arbitrary<SequenceItem> = fc
  .record({
    pose: fc.constantFrom(...catalogue),
    side: fc.option(fc.constantFrom(...sides)),
    time: fc.oneof(
      fc.record({ seconds: fc.integer({ min: 1, max: 3_600 }), breaths: fc.constant(null) }),
      fc.record({ seconds: fc.constant(null), breaths: fc.integer({ min: 1, max: 500 }) }),
    ),
    cue: fc.option(fc.string()),
  })
  .map(({ pose, side, time, cue }) => ({ pose_id: pose.id, name: pose.name, section: null, side, cue, ...time }))
const list = fc.array(item, { maxLength: 30 })

t.test('whatever is read and sent back comes out the same', async () => {
  fc.assert(
    fc.property(item, sent => assert.deepEqual(read(sent), sent)),
    { numRuns: 200 },
  )
})

t.test('another order has the same poses and takes the same time, and its inverse leads back', async () => {
  const shuffled = list.chain(items =>
    fc
      .shuffledSubarray(
        items.map((_, i) => i + 1),
        { minLength: items.length },
      )
      .map(order => ({ items, order })),
  )
  fc.assert(
    fc.property(shuffled, ({ items, order }) => {
      const moved = reordered(items, order)
      const back = order.map((_, i) => order.indexOf(i + 1) + 1)
      assert.equal(totalSeconds(moved), totalSeconds(items))
      assert.deepEqual(reordered(moved, back), items)
    }),
    { numRuns: 100 },
  )
})

t.test('on the left and then on the right takes as long as on both', async () => {
  fc.assert(
    fc.property(item, one => {
      const apart = [
        { ...one, side: 'left' as const },
        { ...one, side: 'right' as const },
      ]
      assert.equal(totalSeconds(apart), secondsOf({ ...one, side: 'both' }))
    }),
    { numRuns: 100 },
  )
})
