import t from 'tap'
import {
  deriveKey,
  hashSecret,
  isSealed,
  isUuid,
  matchesHash,
  randomSecret,
  readCredential,
  sealed,
  successorOf,
  writeCredential,
} from '../../src/auth/secrets.ts'
import { idFrom, type SessionId, type UserId } from '../../src/ids.ts'

const user = idFrom<UserId>('019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11')
const session = idFrom<SessionId>('019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e12')
const secret = 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE'

t.test('security 11: secrets have 256 random bits, fit into a URL and never repeat', async t => {
  const secrets = Array.from({ length: 1_000 }, randomSecret)
  t.equal(new Set(secrets).size, secrets.length)
  t.ok(secrets.every(each => /^[\w-]{43}$/.test(each) && Buffer.from(each, 'base64url').length === 32))
  const ones = secrets.flatMap(each => [...Buffer.from(each, 'base64url')]).map(byte => byte.toString(2))
  const share = ones.join('').replaceAll('0', '').length / (secrets.length * 256)
  t.ok(Math.abs(share - 0.5) < 0.01, `${share} of the bits are set`)
})

t.test('a credential is read as it was written', async t => {
  const credential = { user, session, secret: randomSecret() }
  t.strictSame(readCredential(writeCredential(credential)), credential)
  t.equal(writeCredential({ user, session, secret }), `${user}.${session}.${secret}`)
})

t.test('what has not exactly the form of a credential is none', async t => {
  for (const text of [
    '',
    '.',
    '..',
    'null',
    user,
    `${user}.${session}`,
    `${user}.${session}.`,
    `${user}.${session}.${secret}.`,
    `${user}.${session}.${secret}.more`,
    `${user}.${session}.${secret}A`,
    `${user}.${session}.${secret.slice(1)}`,
    `${user}.${session}.${secret}${'A'.repeat(21)}`,
    `${user}.${session}.${secret}${'A'.repeat(23)}`,
    `${user}.${session}.${secret.slice(1)}=`,
    `${user}.${session}.${secret.slice(1)}\n`,
    `${user}.${session}.${secret}\n`,
    ` ${user}.${session}.${secret}`,
    `${user}..${secret}`,
    `.${session}.${secret}`,
    `${user.toUpperCase()}.${session}.${secret}`,
    `${user.slice(1)}.${session}.${secret}`,
    `${user}\n.${session}.${secret}`,
    `' or 1=1 --.${session}.${secret}`,
  ])
    t.equal(readCredential(text), undefined, JSON.stringify(text))
})

t.test('an id is a lower-case UUID in text, and nothing else', async t => {
  t.ok(isUuid(user))
  for (const other of [undefined, null, 1, {}, [user], '', user.toUpperCase(), `${user} `, `${user}\n`, user.slice(1)])
    t.notOk(isUuid(other), JSON.stringify(other))
})

t.test('security 11: of a secret only a SHA-256 is stored, which says nothing of it but matches it', async t => {
  const hash = hashSecret(secret)
  t.equal(hash, 'skclaHO-Nm08qNBsz5hlLQtJJXGU9iINS_3_swY8oSI')
  t.not(hash, secret)
  t.ok(matchesHash(secret, hash))
  t.notOk(matchesHash(`${secret.slice(1)}A`, hash))
  t.notOk(matchesHash('', hash))
  t.notOk(matchesHash(secret, secret), 'a stolen hash is no secret')
  t.notOk(matchesHash(hash, hash))
  for (const damaged of ['', hash.slice(1), `${hash}A`, 'ä'.repeat(43)]) t.notOk(matchesHash(secret, damaged))
})

t.test('each purpose has a key of its own, the same one after a restart', async t => {
  const key = deriveKey('the secret of the server', 'refresh')
  t.equal(key.length, 32)
  t.ok(key.equals(deriveKey('the secret of the server', 'refresh')))
  t.notOk(key.equals(deriveKey('the secret of the server', 'cookie')))
  t.notOk(key.equals(deriveKey('the secret of another server', 'refresh')))
})

const owner = { user: 'maya' as UserId, session: 'phone' as SessionId }

t.test('a sealed secret shows who made it; an invented or changed one does not', async t => {
  const key = deriveKey('the secret of the server', 'refresh')
  const made = sealed(owner, key)
  t.ok(isSealed({ ...owner, secret: made }, key))
  t.not(sealed(owner, key), made, 'none is made twice')
  t.match(
    readCredential(writeCredential({ user, session, secret: made })),
    { secret: made },
    'it has the form of a secret',
  )
  t.notOk(isSealed({ ...owner, secret: made }, deriveKey('the secret of another server', 'refresh')))
  const changed = (at: number) => `${made.slice(0, at)}${made[at] === 'A' ? 'B' : 'A'}${made.slice(at + 1)}`
  for (const other of ['', secret, made.slice(0, 43), changed(0), changed(42), changed(43), changed(64), `${made}A`])
    t.notOk(isSealed({ ...owner, secret: other }, key), other)
  for (const odd of ['ä'.repeat(65), 'ä'.repeat(30) + made]) t.notOk(isSealed({ ...owner, secret: odd }, key))
})

t.test('a secret has one successor, which nobody computes without the key', async t => {
  const key = deriveKey('the secret of the server', 'refresh')
  const successor = successorOf({ ...owner, secret: secret }, key)
  t.equal(successorOf({ ...owner, secret: secret }, key), successor)
  t.ok(isSealed({ ...owner, secret: successor }, key))
  t.ok(readCredential(writeCredential({ user, session, secret: successor })), 'it has the form of a secret')
  t.not(successorOf({ ...owner, secret: secret }, deriveKey('the secret of another server', 'refresh')), successor)
  t.not(successorOf({ ...owner, secret: successor }, key), successor)
  t.not(successor, hashSecret(secret))
})
