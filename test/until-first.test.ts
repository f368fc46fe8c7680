import t from 'tap'
import { untilFirst } from '../src/until-first.ts'

t.test('a change is attempted until nobody else comes between, with pauses that grow up to a limit', async t => {
  const pauses: number[] = []
  const pause = async (ms: number) => void pauses.push(ms)
  t.capture(Math, 'random', () => 1)
  let failures = 10
  t.equal(await untilFirst(async () => (failures-- > 0 ? undefined : 'done'), pause), 'done')
  t.strictSame(pauses, [2, 4, 8, 16, 32, 64, 64, 64, 64, 64])
})

t.test('it is not attempted for ever, and a failure is none of those attempts', async t => {
  let attempts = 0
  const never = async () => void attempts++
  await t.rejects(
    untilFirst(never, async () => {}),
    { code: 'unavailable', facts: { retryAfterMs: 1_000 } },
  )
  t.equal(attempts, 40)
  const broken = () => {
    attempts++
    return Promise.reject(new Error('its own'))
  }
  await t.rejects(untilFirst(broken), { message: 'its own' })
  t.equal(attempts, 41)
})
