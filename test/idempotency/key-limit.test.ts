import t from 'tap'
import { keyLimit } from '../../src/idempotency/key-limit.ts'
import type { UserId } from '../../src/ids.ts'

const [maya, ines, noor] = ['maya', 'ines', 'noor'] as UserId[] as [UserId, UserId, UserId]

/** Keys in a database, and how often they have been counted. */
function counting(keys = 0, freeAt?: number) {
  const state = { keys, counted: 0 }
  const count = async () => {
    state.counted++
    return { keys: state.keys, freeAt }
  }
  return { state, count }
}

t.test('security 43: beyond the limit an account has to wait for its oldest key to expire', async t => {
  const { state, count } = counting(8, 7_200_000)
  const limit = keyLimit(count, { maxKeys: 10 })
  await limit.add(maya, 0)
  await limit.add(maya, 0)
  await t.rejects(limit.add(maya, 0), { code: 'too_many_requests', facts: { retryAfterMs: 7_200_000 } })
  await t.rejects(limit.add(maya, 59_999), { code: 'too_many_requests' })
  t.equal(state.counted, 1, 'a full account costs no counting at each request')
  state.keys = 5
  await limit.add(maya, 60_000)
  t.equal(state.counted, 2)
})

t.test('keys are counted at first, and when many have come: other processes may have added some', async t => {
  const { state, count } = counting()
  const limit = keyLimit(count, { maxKeys: 10, recountAfter: 3, maxAccounts: 2 })
  for (let n = 0; n < 3; n++) await limit.add(maya, 0)
  t.equal(state.counted, 1)
  state.keys = 12
  await t.rejects(limit.add(maya, 0), { code: 'too_many_requests', facts: { retryAfterMs: 60_000 } })
  state.keys = 0
  await limit.add(ines, 0)
  await limit.add(noor, 0)
  await limit.add(maya, 0)
  t.equal(state.counted, 5, 'one that was forgotten is counted again')
})
