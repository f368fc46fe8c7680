import t from 'tap'
import { slots } from '../../src/streaming/slots.ts'
import { until } from '../helper.ts'

const options = { of: 'tests', concurrency: 2, maxQueued: 3, maxQueuedPerAccount: 2, maxWaitMs: 3_600_000 }
const patient = () => new AbortController().signal
/** Somebody, each in a network of their own unless it is named. */
const owner = (account: string, network = account) => ({ account, network })
const busy = { code: 'too_busy', facts: { retryAfterMs: 10_000 } }

t.test('security 37: an account has one slot, and others do not wait for that account', async t => {
  const queue = slots(options)
  const order: string[] = []
  const enter = (account: string, name = account) =>
    queue.enter(owner(account), patient()).then(({ release }) => {
      order.push(name)
      return release
    })
  const releaseFirst = await enter('maya')
  const second = enter('maya', 'maya again')
  const other = await enter('ines')
  t.strictSame(queue.load, { running: 2, aside: 0, waiting: 1 })
  const third = enter('noor')
  releaseFirst()
  releaseFirst()
  const releaseSecond = await second
  t.strictSame(order, ['maya', 'ines', 'maya again'])
  t.strictSame(queue.load, { running: 2, aside: 0, waiting: 1 }, 'releasing twice frees one slot')
  releaseSecond()
  ;(await third)()
  other()
  t.strictSame(queue.load, { running: 0, aside: 0, waiting: 0 })
})

t.test('the queue is bounded, altogether and for each account', async t => {
  const queue = slots(options)
  const { release } = await queue.enter(owner('maya'), patient())
  const waiting = [queue.enter(owner('maya'), patient()), queue.enter(owner('maya'), patient())]
  await t.rejects(queue.enter(owner('maya'), patient()), busy)
  const { release: other } = await queue.enter(owner('ines'), patient())
  waiting.push(queue.enter(owner('noor'), patient()))
  const newcomer = queue.enter(owner('someone'), patient())
  await t.rejects(waiting[1] as Promise<unknown>, busy, 'it gave its place to somebody with none')
  await t.rejects(queue.enter(owner('another'), patient()), busy)
  queue.refuseWaiting()
  for (const place of [waiting[0], waiting[2], newcomer]) await t.rejects(place as Promise<unknown>, busy)
  release()
  other()
})

t.test('who waits too long, or has hung up, leaves the queue', async t => {
  const queue = slots({ ...options, maxWaitMs: 1 })
  const { release } = await queue.enter(owner('maya'), patient())
  await t.rejects(queue.enter(owner('maya'), patient()), busy)
  const calm = slots(options)
  const { release: releaseCalm } = await calm.enter(owner('maya'), patient())
  const hungUp = new AbortController()
  const abandoned = calm.enter(owner('maya'), hungUp.signal)
  hungUp.abort()
  await t.rejects(abandoned, busy)
  await t.rejects(calm.enter(owner('ines'), hungUp.signal), busy)
  t.strictSame([queue.load.waiting, calm.load.waiting], [0, 0])
  release()
  releaseCalm()
})

t.test('security 37: one who steps aside makes room for another account, and has no second slot meanwhile', async t => {
  const queue = slots({ ...options, concurrency: 1 })
  const first = await queue.enter(owner('maya'), patient())
  const again = queue.enter(owner('maya'), patient())
  t.equal(queue.wanted, 0, 'it waits for its own account')
  const other = queue.enter(owner('ines'), patient())
  t.equal(queue.wanted, 1)
  first.stepAside()
  first.stepAside()
  t.strictSame(queue.load, { running: 1, aside: 1, waiting: 1 })
  const { release } = await other
  release()
  t.strictSame(queue.load, { running: 0, aside: 1, waiting: 1 }, 'a free slot is not for an account that is under way')
  first.release()
  ;(await again).release()
  t.strictSame(queue.load, { running: 0, aside: 0, waiting: 0 })
})

t.test('security 37: the network with the fewest under way is next', async t => {
  const queue = slots({ ...options, maxQueued: 10 })
  const running = [
    await queue.enter(owner('a', 'office'), patient()),
    await queue.enter(owner('b', 'office'), patient()),
  ]
  const order: string[] = []
  const enter = (account: string, network: string) =>
    queue.enter(owner(account, network), patient()).then(slot => {
      order.push(account)
      return slot
    })
  const waiting = [enter('c', 'office'), enter('d', 'office'), enter('maya', 'home')]
  for (const { release } of running) release()
  for (const slot of waiting) (await slot).release()
  t.strictSame(order.slice(0, 2).sort(), ['c', 'maya'])
  t.equal(order[2], 'd')
})

t.test(
  'security 37: a newcomer has a place in a full queue: the last one of the network, then account, that has the most',
  async t => {
    const queue = slots({ ...options, maxQueued: 4, maxQueuedPerAccount: 4 })
    const running = [
      await queue.enter(owner('a', 'office'), patient()),
      await queue.enter(owner('b', 'office'), patient()),
    ]
    const refused: string[] = []
    const enter = (account: string, network: string, name = account) =>
      queue.enter(owner(account, network), patient()).then(
        ({ release }) => release(),
        () => void refused.push(name),
      )
    const waiting = [
      enter('c', 'office'),
      enter('d', 'office', 'd1'),
      enter('d', 'office', 'd2'),
      enter('d', 'office', 'd3'),
    ]
    const goes = async (name: string, why: string) => {
      await until(() => refused.length > 0)
      t.equal(refused.pop(), name, why)
    }
    waiting.push(enter('maya', 'home'))
    await goes('d3', 'for somebody of another network')
    waiting.push(enter('e', 'office'))
    await goes('d2', 'for another account of the same network')
    waiting.push(enter('f', 'office'))
    await goes('f', 'where no account has two more')
    waiting.push(enter('ines', 'elsewhere'))
    await goes('e', 'the last of those with the most')
    waiting.push(enter('noor', 'far away'))
    await goes('d1', 'while a network has two more')
    waiting.push(enter('kim', 'at sea'))
    await goes('kim', 'one more would only swap the two')
    for (const { release } of running) release()
    await Promise.all(waiting)
  },
)
