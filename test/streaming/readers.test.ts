import t from 'tap'
import { type ReaderWatchOptions, readerWatch, slowAfterMs, stalledAfterMs } from '../../src/streaming/readers.ts'
import { until } from '../helper.ts'

const watchOf = (clock: { now: number }, options: Partial<ReaderWatchOptions> = {}) =>
  readerWatch({ now: () => clock.now, wanted: () => 0, maxSlotMs: 2_000, maxReaders: 10, ...options })

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
  const watch = watchOf(clock)
  const { state, parts } = endless()
  let cut = false
  const stream = watch.stream(parts, {
    network: 'one',
    cut() {
      cut = true
    },
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
  const watch = watchOf(clock)
  const never = watch.stream(endless().parts, { network: 'one', cut() {} })
  let asked = false
  async function* slow() {
    asked = true
    yield await new Promise<Buffer>(() => {})
  }
  const waiting = watch.stream(slow(), { network: 'one', cut() {} })
  waiting.read()
  await until(() => asked)
  clock.now += stalledAfterMs
  watch.look()
  t.ok(never.destroyed)
  t.notOk(waiting.destroyed)
})

t.test(
  'security 37: a reader keeps its slot for a moment when others wait, and however long when nobody does',
  async t => {
    const clock = { now: 0 }
    const state = { wanted: 0, aside: [] as string[] }
    const watch = watchOf(clock, { wanted: () => state.wanted })
    const reader = (name: string) =>
      watch.stream(endless().parts, { network: name, cut() {}, stepAside: () => void state.aside.push(name) })
    reader('first')
    reader('second')
    watch.stream(endless().parts, { network: 'without a slot', cut() {} })
    clock.now = 2_000
    watch.look()
    t.strictSame(state.aside, [])
    reader('third')
    state.wanted = 1
    watch.look()
    t.strictSame(state.aside, ['first'], 'one for each that waits, the oldest')
    state.wanted = 3
    watch.look()
    t.strictSame(state.aside, ['first', 'second'], 'none twice, and not one that has just begun')
    clock.now = 4_000
    watch.look()
    t.strictSame(state.aside, ['first', 'second', 'third'])
  },
)

t.test('security 38: of too many readers the slowest of the network that has the most is cut', async t => {
  const clock = { now: 0 }
  const watch = watchOf(clock, { maxReaders: 3 })
  const cut: string[] = []
  const reader = (network: string, name: string) => {
    const stream = watch.stream(endless().parts, { network, cut: () => void cut.push(name) })
    stream.read()
    return stream
  }
  const all = [reader('home', 'phone'), reader('office', 'a'), reader('office', 'b'), reader('office', 'c')]
  await until(() => all.every(({ readableLength }) => readableLength === 1))
  clock.now = slowAfterMs - 1
  watch.look()
  t.strictSame(cut, [], 'nobody is slow yet')
  const [, a, , c] = all
  for (const stream of [a, c]) {
    stream?.read()
    await until(() => stream?.readableLength === 1)
  }
  clock.now = 2 * slowAfterMs
  watch.look()
  t.strictSame(cut, ['b'])
  clock.now += stalledAfterMs / 2
  watch.look()
  t.strictSame(cut, ['b'], 'three may be as slow as they like')
  for (const stream of all) stream.destroy()
})
