import t from 'tap'
import type { Sequence } from '../../client/src/wire.ts'
import * as clocks from '../../web/src/screens/yoga/class/class-clock.ts'

const item = { position: 1, pose_id: null, section: null, breaths: null, cue: null }
const poses: Sequence['poses'] = [
  { ...item, name: 'Cat', side: null, seconds: 10 },
  { ...item, name: 'Tree', side: 'both', seconds: 20 },
  { ...item, name: 'Corpse', side: null, seconds: null, breaths: 6 },
]
const steps = clocks.stepsOf(poses)

t.test('both sides are two steps, breaths are seconds', async t => {
  t.strictSame(
    steps.map(({ name, side, seconds }) => [name, side, seconds]),
    [
      ['Cat', null, 10],
      ['Tree', 'left', 20],
      ['Tree', 'right', 20],
      ['Corpse', null, 30],
    ],
  )
})

t.test('a class gets ready, goes on by itself and ends, however rarely it is looked at', async t => {
  const clock = clocks.started(1_000)
  t.strictSame(clocks.momentOf(clock, steps, 1_000), { index: -1, remainingMs: 5_000, isRunning: true })
  t.strictSame(clocks.momentOf(clock, steps, 6_000), { index: 0, remainingMs: 10_000, isRunning: true })
  t.match(clocks.momentOf(clock, steps, 6_000 + 35_000), { index: 2, remainingMs: 15_000 })
  t.strictSame(clocks.momentOf(clock, steps, 6_000 + 80_000), { index: 4, remainingMs: 0, isRunning: false })
})

t.test('a pause takes no time', async t => {
  const stopped = clocks.paused(clocks.started(0), 8_000)
  t.match(clocks.momentOf(stopped, steps, 99_000), { index: 0, remainingMs: 7_000, isRunning: false })
  const going = clocks.resumed(stopped, 100_000)
  t.match(clocks.momentOf(going, steps, 101_000), { index: 0, remainingMs: 6_000, isRunning: true })
})

t.test('skipping begins the next step, going back this one, or just after its beginning the one before', async t => {
  const clock = clocks.started(0)
  const skipped = clocks.skipped(clock, steps, 6_000)
  t.match(clocks.momentOf(skipped, steps, 6_000), { index: 1, remainingMs: 20_000 })
  t.match(clocks.momentOf(clocks.wentBack(skipped, steps, 16_000), steps, 16_000), { index: 1, remainingMs: 20_000 })
  t.match(clocks.momentOf(clocks.wentBack(skipped, steps, 7_000), steps, 7_000), { index: 0, remainingMs: 10_000 })
  t.match(clocks.momentOf(clocks.skipped(clock, steps, 0), steps, 0), { index: 0 }, 'also what gets ready')
  t.match(clocks.momentOf(clocks.wentBack(clock, steps, 1_000), steps, 1_000), { index: 0, remainingMs: 10_000 })
  const standing = clocks.skipped(clocks.paused(clock, 6_000), steps, 7_000)
  t.match(clocks.momentOf(standing, steps, 9_000), { index: 1, isRunning: false })
  const last = clocks.skipped(clocks.started(-80_000), steps, 0)
  t.equal(clocks.momentOf(last, steps, 0).index, 4, 'after the last comes the end')
})
