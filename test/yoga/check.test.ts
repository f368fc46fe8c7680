import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { demoDraft, demoSequences } from '../../src/demo/sequences.ts'
import type { SequenceItem } from '../../src/vocabulary.ts'
import { catalogue, inCatalogue } from '../../src/yoga/catalogue.ts'
import { checkSequence } from '../../src/yoga/check.ts'
import { readItem, type SentItem, totalSeconds } from '../../src/yoga/items.ts'

const items = (...sent: SentItem[]) => sent.map(item => readItem(item, inCatalogue) as SequenceItem)
const check = (sent: SentItem[], minutes?: number) =>
  checkSequence(items(...sent), inCatalogue, minutes && minutes * 60)
/** The findings with a code, as positions and message. */
const found = (code: string, sent: SentItem[], minutes?: number) =>
  check(sent, minutes).findings.filter(finding => finding.code === code)

t.test('a sound sequence has no findings', async t => {
  for (const { poses } of demoSequences) for (const item of poses) t.type(item, 'object')
  const finished = demoSequences.filter((_, n) => n !== demoDraft)
  for (const { poses, title } of finished) t.strictSame(checkSequence(poses, inCatalogue).findings, [], title)
})

t.test('an empty sequence is told so', async t => {
  t.match(check([]), {
    total_seconds: 0,
    target_seconds: null,
    left_seconds: 0,
    right_seconds: 0,
    peaks: [],
    findings: [{ code: 'empty', positions: [] }],
  })
})

t.test('the time may be a tenth off its target, and no more', async t => {
  const lasting = (seconds: number) => [{ name: 'Walk', seconds }]
  for (const fine of [540, 600, 660]) t.strictSame(check(lasting(fine), 10).findings, [], String(fine))
  t.match(found('too_short', lasting(539), 10), [
    { message: 'It takes 8 min 59 s of the intended 10 min: 1 min 1 s too short.' },
  ])
  t.match(found('too_long', lasting(661), 10), [{ message: /11 min 1 s .* 1 min 1 s too long/ }])
  t.equal(check(lasting(30), 10).target_seconds, 600)
})

t.test('a pose held longer on one side than on the other is named with both times', async t => {
  const left = { pose_id: 'warrior-2', side: 'left', seconds: 30 } as const
  const right = { pose_id: 'warrior-2', side: 'right', seconds: 30 } as const
  t.match(found('uneven_sides', [left, { pose_id: 'cat' }]), [
    { positions: [1], message: 'Warrior II is held 30 s on the left and 0 s on the right.' },
  ])
  t.strictSame(found('uneven_sides', [left, right]), [])
  t.strictSame(found('uneven_sides', [left, { ...right, seconds: 35 }]), [], 'a breath is no matter')
  t.match(found('uneven_sides', [left, { ...right, seconds: 36 }]), [{ positions: [1, 2] }])
  t.strictSame(found('uneven_sides', [{ ...left, side: 'both' }]), [])
  t.match(found('uneven_sides', [{ name: 'Reach', side: 'left', seconds: 9 }]), [{ message: /^Reach/ }])
  t.strictSame(
    found('uneven_sides', [
      { name: 'Reach', side: 'left', seconds: 9 },
      { name: 'réach', side: 'right', seconds: 9 },
    ]),
    [],
    'a free name is the same however it is written',
  )
  t.match(check([left, { ...right, side: 'both' }]), { left_seconds: 60, right_seconds: 30 })
})

t.test('a side is said exactly where there are two', async t => {
  t.match(found('side_missing', [{ pose_id: 'tree', side: null }]), [{ positions: [1], message: /Tree Pose/ }])
  t.match(found('side_needless', [{ pose_id: 'mountain', side: 'both' }]), [{ message: /counts its time twice/ }])
  t.match(found('side_needless', [{ pose_id: 'mountain', side: 'left' }]), [{ message: 'Mountain Pose has no sides.' }])
  t.strictSame(found('side_missing', [{ pose_id: 'tree' }, { pose_id: 'mountain' }]), [])
  t.strictSame(found('side_needless', [{ name: 'Reach', side: 'left', seconds: 9 }]), [])
})

t.test('the peak is what a section of that name holds, or else the hard poses', async t => {
  t.strictSame(check([{ pose_id: 'cat' }, { pose_id: 'wheel' }, { pose_id: 'camel' }]).peaks, [2, 3])
  t.strictSame(check([{ pose_id: 'wheel' }, { pose_id: 'tree', section: 'The Peak' }]).peaks, [2])
  t.strictSame(check([{ pose_id: 'wheel', section: 'speaking' }, { pose_id: 'tree' }]).peaks, [1])
  t.strictSame(check([{ pose_id: 'eagle' }, { name: 'Wheel', seconds: 20 }]).peaks, [])
})

t.test('a peak wants a sixth of the time before it, five minutes at most', async t => {
  const after = (seconds: number, rest: number) => [
    { pose_id: 'child', seconds },
    { pose_id: 'bridge', seconds: 60, section: 'peak' },
    { pose_id: 'corpse', seconds: rest },
  ]
  t.match(found('no_warm_up', after(99, 441)), [
    {
      positions: [2],
      message: 'Bridge Pose comes after 1 min 39 s; at least 1 min 40 s of warm-up should come before it.',
    },
  ])
  t.strictSame(found('no_warm_up', after(100, 440)), [])
  t.strictSame(found('no_warm_up', after(300, 3_600)), [])
  t.match(found('no_warm_up', after(299, 3_600)), [{ positions: [2] }])
  t.match(found('no_warm_up', [{ pose_id: 'wheel' }]), [{ message: /after 0 s/ }])
})

t.test('a backbend wants a milder one or open shoulders before it, and something that undoes it after it', async t => {
  const bend = { pose_id: 'wheel', section: 'peak' }
  const unprepared = [{ pose_id: 'mountain', seconds: 300 }, bend, { pose_id: 'corpse' }]
  t.match(found('peak_unprepared', unprepared), [
    {
      positions: [2],
      message:
        'Nothing before Upward Bow (Wheel) Pose prepares for it as a backbend: a backbend or a shoulder-opener would.',
    },
  ])
  t.strictSame(found('peak_unprepared', [{ pose_id: 'bridge' }, bend]), [])
  t.match(found('peak_unprepared', [bend, { pose_id: 'bridge' }]), [{ positions: [1] }], 'after it is too late')
  t.match(found('peak_unprepared', [bend, bend]), [{ positions: [1] }, { positions: [2] }], 'no peak prepares another')

  t.match(found('no_counter_pose', [{ pose_id: 'bridge' }, bend, { pose_id: 'cobra' }]), [
    { positions: [2], message: /counters it as a backbend: a forward-bend or a twist or a restorative pose would/ },
  ])
  for (const pose_id of ['knees-to-chest', 'supine-twist', 'corpse'])
    t.strictSame(found('no_counter_pose', [{ pose_id: 'bridge' }, bend, { pose_id }]), [], pose_id)
  t.match(found('no_counter_pose', [{ pose_id: 'child' }, bend]), [{ positions: [2] }], 'before it is too early')
  t.match(found('no_counter_pose', [bend, { name: 'Rest', seconds: 60 }]), [{ positions: [1] }])
})

t.test('each kind of peak has its own wants, and a pose without any has none', async t => {
  t.match(found('peak_unprepared', [{ pose_id: 'crow', section: 'peak' }]), [
    { message: /as an arm-balance: a core pose or a shoulder-opener would/ },
  ])
  t.match(found('no_counter_pose', [{ pose_id: 'headstand', section: 'peak' }]), [{ message: /as an inversion/ }])
  t.strictSame(found('peak_unprepared', [{ name: 'Jump', seconds: 9, section: 'peak' }]), [])
  t.strictSame(found('no_counter_pose', [{ pose_id: 'mountain', section: 'peak' }]), [])
})

t.test('ten minutes or more should end in rest, in a long seat, or in what nobody here knows', async t => {
  const ending = (last: SentItem) => found('no_rest', [{ name: 'Walk', seconds: 600 }, last])
  t.match(ending({ pose_id: 'mountain' }), [{ positions: [2], message: 'It ends with Mountain Pose instead of rest.' }])
  t.match(ending({ pose_id: 'easy', seconds: 59 }), [{ positions: [2] }])
  t.strictSame(ending({ pose_id: 'easy', seconds: 60 }), [])
  t.strictSame(ending({ pose_id: 'corpse' }), [])
  t.strictSame(ending({ name: 'Lie down', seconds: 60 }), [])
  t.strictSame(found('no_rest', [{ name: 'Walk', seconds: 500 }, { pose_id: 'mountain' }]), [])
})

const sent = fc.record(
  {
    pose_id: fc.constantFrom(...catalogue.map(({ id }) => id)),
    side: fc.constantFrom('left', 'right', 'both', null),
    seconds: fc.integer({ min: 1, max: 600 }),
    section: fc.constantFrom('warm-up', 'peak', 'cool-down', null),
  },
  { requiredKeys: ['pose_id'] },
)
const sequence = fc.array(sent, { maxLength: 20 })

t.test('a finding always names places that exist, and says why', async () => {
  fc.assert(
    fc.property(sequence, fc.integer({ min: 1, max: 60 }), (poses, minutes) => {
      const { findings, peaks, total_seconds: total } = check(poses, minutes)
      assert.equal(total, totalSeconds(items(...poses)))
      for (const position of [...peaks, ...findings.flatMap(({ positions }) => positions)])
        assert.ok(position >= 1 && position <= poses.length)
      for (const { message } of findings) assert.match(message, /^[A-Z].*\.$/)
    }),
    { numRuns: 100 },
  )
})

t.test('what is done on the other side as well is even, and mirroring swaps left and right', async () => {
  const mirror = (poses: SentItem[]) =>
    poses.map(item => ({
      ...item,
      ...(item.side === 'left' ? { side: 'right' as const } : item.side === 'right' && { side: 'left' as const }),
    }))
  fc.assert(
    fc.property(sequence, poses => {
      const [there, mirrored] = [check(poses as SentItem[]), check(mirror(poses as SentItem[]))]
      assert.deepEqual([there.left_seconds, there.right_seconds], [mirrored.right_seconds, mirrored.left_seconds])
      assert.deepEqual(
        there.findings.map(({ code, positions }) => [code, positions]),
        mirrored.findings.map(({ code, positions }) => [code, positions]),
      )
      assert.deepEqual(found('uneven_sides', [...(poses as SentItem[]), ...mirror(poses as SentItem[])]), [])
    }),
    { numRuns: 100 },
  )
})
