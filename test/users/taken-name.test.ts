import t from 'tap'
import { Conflict } from '../../src/db/database.ts'
import { explainTaken } from '../../src/users/taken-name.ts'

t.test('of two accounts made at the same moment with one name, the second is refused in a sentence', async t => {
  await t.rejects(Promise.reject(new Conflict('usernames')).catch(explainTaken), {
    message: 'there is such an account already',
  })
  const other = new Error('disk full')
  await t.rejects(Promise.reject(other).catch(explainTaken), other)
})
