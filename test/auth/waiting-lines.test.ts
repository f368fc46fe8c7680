import t from 'tap'
import { waitingLines } from '../../src/auth/waiting-lines.ts'

/** A room with places. */
function room(places: number) {
  let inside = 0
  const order: string[] = []
  return {
    order,
    enter: (name: string) => async () => {
      if (inside >= places) return undefined
      inside++
      order.push(name)
      return name
    },
    leave: () => void inside--,
  }
}

t.test('security 47: who does not fit waits for somebody to leave, in the order of arrival', async t => {
  const lines = waitingLines({ pollMs: 600_000, maxWaitMs: 600_000 })
  const { enter, leave, order } = room(1)
  const all = ['a', 'b', 'c', 'd'].map(name => lines.enter(['maya', 'network'], enter(name)))
  for (const one of all) {
    await one
    await new Promise(setImmediate)
    leave()
    lines.left(['network'])
  }
  t.strictSame(order, ['a', 'b', 'c', 'd'])
})

t.test('security 47: what another process has freed is found without being told', async t => {
  const lines = waitingLines({ pollMs: 1, maxWaitMs: 600_000 })
  const { enter, leave } = room(1)
  await lines.enter(['maya'], enter('a'))
  const waiting = lines.enter(['maya'], enter('b'))
  setImmediate(leave)
  t.equal(await waiting, 'b')
})

t.test('security 47: nobody waits for ever, and not too many do: the others are told to come again', async t => {
  const lines = waitingLines({ maxWaiting: 2, pollMs: 1, maxWaitMs: 5 })
  const { enter } = room(0)
  const all = Array.from({ length: 4 }, () => lines.enter(['maya'], enter('x')))
  for (const one of await Promise.allSettled(all)) {
    t.match(one, { status: 'rejected', reason: { code: 'too_busy', facts: { retryAfterMs: 2_000 } } })
  }
  const { enter: free } = room(1)
  t.equal(await lines.enter(['maya'], free('y')), 'y')
})

t.test('who fails to enter does not hold up the others, nor does the line of another key', async t => {
  const lines = waitingLines({ pollMs: 1 })
  const failing = lines.enter(['maya'], () => Promise.reject(new Error('its own')))
  const next = lines.enter(['maya'], async () => 'in')
  await t.rejects(failing, { message: 'its own' })
  t.equal(await next, 'in')
  const stuck = waitingLines({ pollMs: 1, maxWaitMs: 50 })
  const waiting = stuck.enter(['maya'], async () => undefined)
  t.equal(await stuck.enter(['noor'], async () => 'in'), 'in')
  await t.rejects(waiting, { code: 'too_busy' })
})
