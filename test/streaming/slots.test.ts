import t from 'tap'
import { slots } from '../../src/streaming/slots.ts'

const options = { concurrency: 2, maxQueued: 3, maxQueuedPerOwner: 2, maxWaitMs: 3_600_000 }
const patient = () => new AbortController().signal
const busy = { code: 'too_busy', facts: { retryAfterMs: 10_000 } }

t.test('security 37: an owner has one slot, and others do not wait for that owner', async t => {
  const queue = slots(options)
  const order: string[] = []
  const enter = (owner: string, name = owner) =>
    queue.enter(owner, patient()).then(release => {
      order.push(name)
      return release
    })
  const releaseFirst = await enter('maya')
  const second = enter('maya', 'maya again')
  const other = await enter('ines')
  t.strictSame(queue.load, { running: 2, waiting: 1 })
  const third = enter('noor')
  releaseFirst()
  releaseFirst()
  const releaseSecond = await second
  t.strictSame(order, ['maya', 'ines', 'maya again'])
  t.strictSame(queue.load, { running: 2, waiting: 1 }, 'releasing twice frees one slot')
  releaseSecond()
  ;(await third)()
  other()
  t.strictSame(queue.load, { running: 0, waiting: 0 })
})

t.test('the queue is bounded, altogether and for each owner', async t => {
  const queue = slots(options)
  const release = await queue.enter('maya', patient())
  const waiting = [queue.enter('maya', patient()), queue.enter('maya', patient())]
  await t.rejects(queue.enter('maya', patient()), busy)
  const other = await queue.enter('ines', patient())
  waiting.push(queue.enter('noor', patient()))
  await t.rejects(queue.enter('someone', patient()), busy)
  queue.refuseWaiting()
  for (const place of waiting) await t.rejects(place, busy)
  release()
  other()
})

t.test('who waits too long, or has hung up, leaves the queue', async t => {
  const queue = slots({ ...options, maxWaitMs: 1 })
  const release = await queue.enter('maya', patient())
  await t.rejects(queue.enter('maya', patient()), busy)
  const calm = slots(options)
  const releaseCalm = await calm.enter('maya', patient())
  const hungUp = new AbortController()
  const abandoned = calm.enter('maya', hungUp.signal)
  hungUp.abort()
  await t.rejects(abandoned, busy)
  t.strictSame([queue.load.waiting, calm.load.waiting], [0, 0])
  release()
  releaseCalm()
})
