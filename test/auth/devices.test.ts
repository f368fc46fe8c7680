import t from 'tap'
import { deviceTokens, tokensIn, withToken } from '../../src/auth/devices.ts'
import { idFrom, type UserId } from '../../src/ids.ts'

const [maya, noor] = ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11', '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e12'].map(id =>
  idFrom<UserId>(id),
) as [UserId, UserId]
const [key, older] = [Buffer.from('a key'), Buffer.from('an older key')]

t.test(
  'security 41: a device is known to its account, with the password it signed in with, to this server only',
  async t => {
    const devices = deviceTokens([key])
    const token = devices.issue(maya, 'a hash')
    const id = devices.known([token], maya, 'a hash')
    t.equal(id, token.slice(0, 22))
    t.equal(devices.known([token], noor, 'a hash'), undefined, 'another account')
    t.equal(devices.known([token], maya, 'another hash'), undefined, 'another password')
    t.equal(devices.known([token], maya, null), undefined)
    t.equal(deviceTokens([older]).known([token], maya, 'a hash'), undefined, 'another server')
    t.not(devices.issue(maya, 'a hash'), token, 'each device is another one')
    t.equal(devices.known([devices.issue(maya, 'another hash', id)], maya, 'another hash'), id, 'its id stays')
  },
)

t.test('security 41: what is not exactly a token is none', async t => {
  const devices = deviceTokens([key])
  const token = devices.issue(maya, 'a hash')
  const [id, mac] = token.split('.') as [string, string]
  for (const other of [
    '',
    '.',
    `${token}x`,
    `x${token}`,
    ` ${token}`,
    id,
    `.${mac}`,
    `${mac}.${id}`,
    `${'A'.repeat(22)}.${mac}`,
  ])
    t.equal(devices.known([other], maya, 'a hash'), undefined, other)
  t.ok(devices.known(['', token], maya, 'a hash'))
})

t.test('security 41: with JWT_SECRET_PREVIOUS devices stay known', async t => {
  const token = deviceTokens([older]).issue(maya, null)
  t.ok(deviceTokens([key, older]).known([token], maya, null))
})

t.test('security 41: a browser keeps a token for each of a few accounts', async t => {
  const devices = deviceTokens([key])
  const tokens = Array.from({ length: 6 }, (_, i) => devices.issue(i % 2 ? maya : noor, `hash ${i}`))
  const cookie = tokens.reduce<string | undefined>(withToken, undefined)
  t.strictSame(tokensIn(cookie), tokens.slice(2).reverse())
  const renewed = devices.issue(maya, 'a new hash', tokens[3]?.slice(0, 22))
  t.strictSame(tokensIn(withToken(cookie, renewed)), [renewed, tokens[5], tokens[4], tokens[2]])
  t.strictSame(tokensIn(withToken('junk~<script>', renewed)), [renewed])
  t.strictSame(tokensIn(undefined), [])
})
