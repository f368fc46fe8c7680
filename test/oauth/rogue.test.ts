import { generateKeyPairSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import t from 'tap'
import { logOptions } from '../../src/server/log.ts'
import { build } from '../helper.ts'
import { browser, isSignedIn } from './browser.ts'
import { type Claims, clientId, clientSecret, type Mischief, macOf, none, signedWith, standIn } from './stand-in.ts'

/** A provider that lies, dawdles or talks nonsense: every case is refused, in time, without a session and without a 500. */

const rogue = await standIn(t)
const lines: string[] = []
const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
const options = logOptions({ logLevel: 'trace' })
const oauth = { maxBytes: 64 * 1024, origins: { github: { site: rogue.issuer, api: rogue.issuer } } }
const settings = {
  env: { ...rogue.env('ROGUE'), ...rogue.env('GITHUB'), LOG_LEVEL: 'trace' },
  logger: { ...(typeof options === 'object' && options), stream },
}
const { app, clock, config, database } = await build(t, { ...settings, oauth })
/** Another node, which does not wait long. An honest provider might be too slow for it, too, on a slow machine. */
const timeoutMs = 1_000
const { databaseUrl } = config
const { app: impatient, clock: itsClock } = await build(t, { ...settings, databaseUrl, oauth: { ...oauth, timeoutMs } })
t.beforeEach(() => {
  rogue.mischief = {}
  // What was discovered before is asked for again.
  clock.now += 3_600_000
  itsClock.now = clock.now
})

const person = { sub: 'canary-subject', email: 'canary-email@example.org', email_verified: true }
const another = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const now = () => Math.floor(Date.now() / 1000)
const bytes = (response: ServerResponse, body: string | Buffer) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  return true
}
const at = (wanted: string, answer: (response: ServerResponse) => unknown): Mischief => ({
  answer(path, response) {
    if (path === wanted) answer(response)
    return path === wanted
  },
})

async function outcome(mischief: Mischief, claims: Claims = {}, more: Record<string, string> = {}, at = app) {
  const begun = browser(app)
  const visit = await begun.begin('rogue')
  const window = browser(at)
  Object.assign(window.cookies, begun.cookies)
  rogue.mischief = mischief
  const answer = await window.arrive(rogue, 'rogue', visit, { ...person, ...claims }, more)
  return { answer, window }
}
const accounts = () => database.query(db => db.select({ id: database.tables.users.id }).from(database.tables.users))

const lies: Record<string, [Mischief, Claims?, Record<string, string>?]> = {
  'a nonce of another sign-in': [{}, { nonce: 'another' }],
  'no nonce': [{}, { nonce: none }],
  'an audience that is another': [{}, { aud: 'somebody-else' }],
  'no audience': [{}, { aud: none }],
  'several audiences and no authorised party': [{}, { aud: [clientId, 'somebody-else'] }],
  'another authorised party, of several audiences': [{}, { aud: [clientId, 'x'], azp: 'x' }],
  'another authorised party, of one audience': [{}, { azp: 'somebody-else' }],
  'another issuer in the token': [{}, { iss: 'https://accounts.google.com' }],
  'no issuer in the token': [{}, { iss: none }],
  'an end that is past': [{}, { exp: now() - 60 }],
  'no end': [{}, { exp: none }],
  'an end that is text': [{}, { exp: String(now() + 600) }],
  'no beginning': [{}, { iat: none }],
  'a time before which it is not good': [{}, { nbf: now() + 600 }],
  'no subject': [{}, { sub: none }],
  'an empty subject': [{}, { sub: '' }],
  'a subject that is a number': [{}, { sub: 7 }],
  'a subject that is too long': [{}, { sub: 'x'.repeat(256) }],
  'a subject with a NUL': [{}, { sub: 'a\0b' }],
  'a signature of another key': [{ signature: signedWith(another) }],
  'a signature that is none': [{ signature: () => '' }],
  'alg none': [{ header: { alg: 'none' }, signature: () => '' }],
  'alg HS256 with the client secret': [{ header: { alg: 'HS256' }, signature: macOf(clientSecret) }],
  'an alg that was not announced': [{ header: { alg: 'RS512' } }],
  'an unknown kid': [{ header: { kid: 'two' } }],
  'an unknown crit': [{ header: { crit: ['x'], x: 1 } }],
  'no token at all': [{}, { answered: 'no id_token' }],
  'no iss beside the code, though it was promised': [{}, {}, { iss: '' }],
  'the iss of another provider beside the code': [{}, {}, { iss: 'https://accounts.google.com' }],
  'an id_token beside the code': [{}, {}, { id_token: 'x' }],
  'a JARM answer': [{}, {}, { response: 'x' }],
  'a code that is not its own': [{}, {}, { code: Buffer.from('{"challenge":"x","person":{}}').toString('base64url') }],
  'userinfo of somebody else': [at('/userinfo', response => bytes(response, '{"sub":"other"}')), { email: undefined }],
  'userinfo that is nonsense': [at('/userinfo', response => bytes(response, '[')), { email: undefined }],
  'keys that are nonsense': [at('/jwks', response => bytes(response, '{"keys":"none"}'))],
  'tokens that are nonsense': [at('/token', response => bytes(response, '\0\0\0'))],
  'tokens that are a list': [at('/token', response => bytes(response, '[]'))],
  'tokens as HTML': [at('/token', response => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'))],
  'tokens in an answer of 10 MB': [at('/token', response => bytes(response, `"${'x'.repeat(10_000_000)}"`))],
  'keys in an answer of 10 MB': [at('/jwks', response => bytes(response, Buffer.alloc(10_000_000, ' ')))],
  'no content': [at('/token', response => response.writeHead(204).end())],
  'a status of its own': [at('/token', response => response.writeHead(999).end('{}'))],
  'not HTTP at all': [at('/token', response => response.socket?.end('220 mail.example ESMTP\r\n'))],
  'a redirect into the network': [
    at('/token', response => response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end()),
  ],
  'a connection that breaks': [at('/token', response => response.destroy())],
  'half an answer': [
    at('/token', response => {
      response.writeHead(200, { 'content-length': 100 }).write('{')
      setImmediate(() => response.destroy())
    }),
  ],
  'status 500': [at('/token', response => response.writeHead(500).end('{}'))],
  'status 503 for the keys': [at('/jwks', response => response.writeHead(503).end('{}'))],
}
const delays: typeof lies = {
  'an answer that never comes': [at('/token', () => {})],
  'an answer that never ends': [at('/token', response => void response.writeHead(200).write(' '))],
  'keys that never come': [at('/jwks', () => {})],
}

t.test('security 20: an honest answer signs in: what is refused below is refused for its lie', async t => {
  const { answer } = await outcome({})
  t.ok(isSignedIn(answer))
  t.ok(isSignedIn((await outcome({}, { azp: clientId })).answer))
})

for (const [name, [mischief, claims, more]] of Object.entries({ ...lies, ...delays })) {
  t.test(`${name}: refused`, async t => {
    const before = await accounts()
    const { answer, window } = await outcome(mischief, claims, more, name in delays ? impatient : app)
    t.ok([502, 503].includes(answer.statusCode), `${answer.statusCode} ${answer.body}`)
    t.match(answer.json().code, /^provider_(failed|unavailable)$/)
    t.equal(answer.statusCode === 503, answer.headers['retry-after'] !== undefined)
    t.notOk(isSignedIn(answer))
    t.equal(await window.whoami(), undefined)
    t.strictSame(await accounts(), before, 'and no account')
  })
}

const documents: Record<string, (honest: Claims) => unknown> = {
  'another issuer': honest => ({ ...honest, issuer: 'https://accounts.google.com' }),
  'its issuer with a slash': honest => ({ ...honest, issuer: `${honest.issuer}/` }),
  'no issuer': ({ issuer: _, ...honest }) => honest,
  'no authorization endpoint': ({ authorization_endpoint: _, ...honest }) => honest,
  'an authorization endpoint that is a script': honest => ({
    ...honest,
    authorization_endpoint: 'javascript:alert(1)',
  }),
  'an authorization endpoint that is no URL': honest => ({ ...honest, authorization_endpoint: 'nonsense' }),
  'an authorization endpoint over plain http elsewhere': honest => ({
    ...honest,
    authorization_endpoint: 'http://example.org/',
  }),
  'a list': () => [],
  'a text': () => 'nonsense',
}
for (const [name, document] of Object.entries(documents)) {
  t.test(`a discovery document with ${name}: refused at the start`, async t => {
    rogue.mischief = { discovery: document }
    const answer = await browser(app).get('/oauth/rogue')
    t.equal(answer.statusCode, 502, answer.body)
    t.notOk(answer.headers.location)
    t.strictSame(answer.cookies, [])
  })
}

for (const place of [
  'http://169.254.169.254/latest/meta-data',
  'https://169.254.169.254/latest/meta-data',
  'https://10.0.0.1/token',
  'https://192.168.1.1/token',
  'https://[fd00::1]/token',
  'https://[::ffff:10.0.0.1]/token',
  'https://0x0a000001/token',
  'http://example.org/token',
  'file:///etc/passwd',
]) {
  t.test(`a discovery document that leads to ${place}: nobody is asked there`, async t => {
    for (const endpoint of ['token_endpoint', 'jwks_uri']) {
      clock.now += 3_600_000
      rogue.mischief = { discovery: honest => ({ ...honest, [endpoint]: place }) }
      const window = browser(app)
      const visit = await window.begin('rogue')
      const answer = await window.arrive(rogue, 'rogue', visit, person)
      t.equal(answer.statusCode, 502, answer.body)
      t.notOk(isSignedIn(answer))
    }
  })
}

t.test('security 20: the page of a provider may be at another host, by https', async t => {
  rogue.mischief = { discovery: honest => ({ ...honest, authorization_endpoint: 'https://pages.example/in?x=1' }) }
  const answer = await browser(app).get('/oauth/rogue')
  t.match(answer.headers.location, /^https:\/\/pages\.example\/in\?x=1&/)
})

t.test('security 20: a provider that is away, or silent from the start, is unavailable', async t => {
  for (const mischief of [
    at('/.well-known/openid-configuration', () => {}),
    at('/.well-known/openid-configuration', response => response.destroy()),
  ]) {
    itsClock.now += 3_600_000
    rogue.mischief = mischief
    t.match((await browser(impatient).get('/oauth/rogue')).json(), { status: 503, code: 'provider_unavailable' })
  }
})

t.test('security 20: slowness adds up: all that one request asks has one deadline', async t => {
  const slow = (path: string, response: ServerResponse) => {
    if (path === '/token') return false
    setTimeout(() => response.end('{}'), timeoutMs * 10).unref()
    return true
  }
  const { answer } = await outcome({ answer: slow }, { email: undefined }, {}, impatient)
  t.equal(answer.statusCode, 503)
})

t.test('security 20: what a provider says of itself and its keys is kept for an hour', async t => {
  const { answer } = await outcome({})
  t.ok(isSignedIn(answer))
  const before = rogue.asked.length
  await outcome({})
  t.strictSame(rogue.asked.slice(before), ['/token'])
})

t.test('security 20: what nobody could sign in by is not kept: a provider that recovers is back at once', async t => {
  const bad: NonNullable<Mischief['discovery']>[] = [
    ({ authorization_endpoint: _, ...honest }) => honest,
    ({ token_endpoint: _, ...honest }) => honest,
    honest => ({ ...honest, jwks_uri: 'not a URL' }),
    honest => ({ ...honest, authorization_endpoint: 'javascript:alert(1)' }),
  ]
  for (const discovery of bad) {
    clock.now += 3_600_000
    rogue.mischief = { discovery }
    t.equal((await browser(app).get('/oauth/rogue')).statusCode, 502)
    rogue.mischief = {}
    t.equal((await browser(app).get('/oauth/rogue')).statusCode, 302)
  }
})

t.test('security 20: an address that the token does not hold is asked for', async t => {
  const told = JSON.stringify({ sub: 'asked-for', email: 'asked@example.org', email_verified: true, nickname: 'asked' })
  const window = browser(app)
  const visit = await window.begin('rogue')
  rogue.mischief = at('/userinfo', response => bytes(response, told))
  await window.arrive(rogue, 'rogue', visit, { sub: 'asked-for' })
  t.match(await window.whoami(), { username: 'asked', email: 'asked@example.org' })

  clock.now += 3_600_000
  rogue.mischief = { discovery: ({ userinfo_endpoint: _, ...honest }) => honest }
  const other = browser(app)
  await other.signIn(rogue, 'rogue', { sub: 'not-asked', name: 'Not Asked' })
  t.match(await other.whoami(), { username: 'Not.Asked', email: null })
})

t.test('security 20: a provider that takes no secret in the body gets it in the header', async t => {
  rogue.mischief = { discovery: ({ token_endpoint_auth_methods_supported: _, ...honest }) => honest }
  const answer = await browser(app).signIn(rogue, 'rogue', person)
  // The stand-in looks into the body alone, and says that the client is not known.
  t.equal(answer.statusCode, 502)
  t.match(lines.slice(-3).join(''), /"reason":"invalid_client"/)
})

t.test('security 20: no log line and no error holds a token, a code, a secret, or who somebody is', async t => {
  const { answer } = await outcome({}, { iss: 'canary-issuer' })
  const reasons = lines.filter(line => line.includes('"reason"'))
  t.ok(reasons.length > 0, 'the reason is told by its word')
  t.match(reasons.at(-1), /"reason":"OAUTH_\w+"/)
  for (const text of [...lines, answer.body]) {
    t.notMatch(text, /canary|eyJ|code=|state=|nonce/)
  }
  const stored = JSON.stringify(await database.query(db => db.select().from(database.tables.userIdentities)))
  t.notMatch(stored, /eyJ/)
})
