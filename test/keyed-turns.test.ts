import t from 'tap'
import { keyedTurns } from '../src/keyed-turns.ts'

const patient = () => new AbortController().signal

/** Work that says when it begins, and ends when it is told to. */
function work() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  return {
    begun,
    of: (name: string) => () =>
      new Promise<string>(resolve => {
        begun.push(name)
        ends.set(name, () => resolve(name))
      }),
    end: (name: string) => ends.get(name)?.(),
  }
}

/** Everything that can go on without waiting has done so. */
const settled = () => new Promise(setImmediate)

t.test('who works on the same thing takes turns in the order of arrival, and nobody else waits', async t => {
  const { take } = keyedTurns()
  const { begun, of, end } = work()
  const all = [
    take('maya', ['a'], patient, of('first')),
    take('maya', ['a'], patient, of('second')),
    take('maya', ['a'], patient, of('third')),
    take('maya', ['b'], patient, of('other thing')),
    take('noor', ['a'], patient, of('other owner')),
  ]
  await settled()
  t.strictSame(begun, ['first', 'other thing', 'other owner'])
  for (const name of ['first', 'second', 'third']) {
    end(name)
    await settled()
  }
  t.strictSame(begun.slice(3), ['second', 'third'])
  end('other thing')
  end('other owner')
  t.strictSame(await Promise.all(all), ['first', 'second', 'third', 'other thing', 'other owner'])
})

t.test('who works on several things waits for each of them, and two such callers never for each other', async t => {
  const turns = keyedTurns()
  const { begun, of, end } = work()
  const all = [
    turns.take('maya', ['a'], patient, of('one')),
    turns.take('maya', ['a', 'b'], patient, of('both')),
    turns.take('maya', ['b', 'a', 'b'], patient, of('both again')),
    turns.take('maya', ['b'], patient, of('last')),
  ]
  await settled()
  t.strictSame([begun, turns.load], [['one'], { things: 2, waiting: 3 }])
  for (const name of ['one', 'both', 'both again', 'last']) {
    end(name)
    await settled()
  }
  await Promise.all(all)
  t.strictSame(begun, ['one', 'both', 'both again', 'last'])
  t.strictSame(turns.load, { things: 0, waiting: 0 }, 'nothing is kept')
})

t.test('work that fails ends its turn', async t => {
  const turns = keyedTurns()
  const failing = turns.take('maya', ['a'], patient, () => Promise.reject(new Error('its own')))
  const next = turns.take('maya', ['a'], patient, async () => 'done')
  await t.rejects(failing, { message: 'its own' })
  t.equal(await next, 'done')
  t.strictSame(turns.load, { things: 0, waiting: 0 })
})

t.test('who hangs up leaves the line, and who is behind still waits for who is at work', async t => {
  const turns = keyedTurns()
  const { begun, of, end } = work()
  const [gone, left] = [AbortSignal.abort(), new AbortController()]
  const first = turns.take('maya', ['a'], patient, of('first'))
  const aborted = turns.take('maya', ['a'], () => gone, of('aborted before'))
  const leaving = turns.take('maya', ['a'], () => left.signal, of('aborted while waiting'))
  const last = turns.take('maya', ['a'], patient, of('last'))
  await t.rejects(aborted, { code: 'unavailable' })
  left.abort()
  await t.rejects(leaving, { code: 'unavailable' })
  await settled()
  t.strictSame(begun, ['first'])
  end('first')
  await settled()
  end('last')
  t.strictSame(await Promise.all([first, last]), ['first', 'last'])
  t.strictSame(turns.load, { things: 0, waiting: 0 })
})

t.test('as many wait as may, and none for ever: the others come again, and other people never notice', async t => {
  const turns = keyedTurns({ maxWaiting: 2, maxWaitMs: 1 })
  const { of, end } = work()
  const first = turns.take('maya', ['a'], patient, of('first'))
  const late = [turns.take('maya', ['a'], patient, of('x')), turns.take('maya', ['a'], patient, of('y'))]
  await t.rejects(turns.take('maya', ['a'], patient, of('z')), { code: 'unavailable', facts: { retryAfterMs: 1_000 } })
  for (const outcome of await Promise.allSettled(late)) t.match(outcome, { reason: { code: 'unavailable' } })
  t.equal(await turns.take('maya', ['b'], patient, async () => 'not in line'), 'not in line')
  const other = turns.take('noor', ['a'], patient, async () => 'other')
  t.equal(await other, 'other')
  end('first')
  await first
  await settled()
  t.strictSame(turns.load, { things: 0, waiting: 0 })
  t.equal(await turns.take('maya', ['a'], patient, async () => 'again'), 'again')
})
