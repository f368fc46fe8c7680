import t from 'tap'
import { stalledAfterMs, stallWatch } from '../../src/streaming/stall-watch.ts'
import { until } from '../helper.ts'

/** Parts without end, and how many have been made. */
function endless() {
  const state = { made: 0 }
  async function* parts() {
    for (;;) yield Buffer.from(`${state.made++}`)
  }
  return { state, parts: parts() }
}

t.test('security 38: a reader that takes nothing for 30 seconds is cut, one that takes something is not', async t => {
  const clock = { now: 0 }
  const watch = stallWatch(() => clock.now)
  const { state, parts } = endless()
  let cut = false
  const stream = watch.stream(parts, () => {
    cut = true
  })
  t.equal(stream.read(), null)
  for (let n = 1; n <= 3; n++) {
    await until(() => stream.readableLength === 1)
    t.equal(state.made, n, 'one part is made for one that is taken')
    clock.now += stalledAfterMs - 1
    watch.look()
    t.notOk(cut)
    if (n < 3) t.ok(stream.read())
  }
  clock.now += 1
  watch.look()
  t.ok(cut && stream.destroyed)
  clock.now += stalledAfterMs
  cut = false
  watch.look()
  t.notOk(cut, 'only once')
})

t.test('one that never begins to read is cut too; one that waits for the data is not', async t => {
  const clock = { now: 0 }
  const watch = stallWatch(() => clock.now)
  const never = watch.stream(endless().parts, () => {})
  let asked = false
  async function* slow() {
    asked = true
    yield await new Promise<Buffer>(() => {})
  }
  const waiting = watch.stream(slow(), () => {})
  waiting.read()
  await until(() => asked)
  clock.now += stalledAfterMs
  watch.look()
  t.ok(never.destroyed)
  t.notOk(waiting.destroyed)
})
