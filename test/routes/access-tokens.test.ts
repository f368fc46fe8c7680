import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { type App, build, signUp } from '../helper.ts'

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

const digests: Record<string, string> = { HS384: 'sha384', HS512: 'sha512' }

/** A token signed with the server's own key, or another: a perfect forgery. */
function forge(header: Record<string, unknown>, payload: unknown, key: string): string {
  const input = `${encode(header)}.${encode(payload)}`
  const mac = createHmac(digests[String(header.alg)] ?? 'sha256', key).update(input)
  return `${input}.${mac.digest('base64url')}`
}

/** A user, and the parts of their access token. */
async function setting(t: Test, env: Record<string, string> = {}) {
  const { app, clock, config } = await build(t, { env: { ACCESS_TOKEN_MINUTES: '15', ...env } })
  const maya = await signUp(app, 'maya')
  const [header, claims] = maya.token
    .split('.', 2)
    .map(part => JSON.parse(Buffer.from(part, 'base64url').toString())) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ]
  return { app, clock, maya, header, claims, key: config.jwtSecret as string, now: Math.floor(clock.now / 1000) }
}

const ask = (app: App, token: string) => app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })

async function isRefused(t: Test, app: App, token: string, what: string) {
  const answer = await ask(app, token)
  t.equal(answer.statusCode, 401, what)
  t.match(answer.headers['www-authenticate'], /^Bearer\b.*\berror="invalid_token"/, what)
  t.match(answer.headers['content-type'], /^application\/problem\+json/, what)
  t.match(answer.json(), { code: 'invalid_token', errors: [String] }, what)
}

/** The same object without one of its keys. */
const without = (object: Record<string, unknown>, key: string) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))

t.test('an access token says who and which sign-in, for how long, and nothing about the person', async t => {
  const { app, maya, header, claims, key, now } = await setting(t)
  t.equal(header.alg, 'HS256')
  t.match(claims, { sub: maya.id, iat: now, exp: now + 900 })
  t.strictSame(Object.keys(claims).sort(), ['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'])
  t.equal((await ask(app, forge(header, claims, key))).statusCode, 200, 'what the forgeries below are a change from')
})

t.test('security 8: a token with another header is refused', async t => {
  const { app, header, claims, key } = await setting(t)
  const signature = encode('x')
  const unsigned = (alg: unknown) => `${encode({ ...header, alg })}.${encode(claims)}.`
  const headers: Record<string, Record<string, unknown>> = {
    'alg HS512': { ...header, alg: 'HS512' },
    'alg HS384': { ...header, alg: 'HS384' },
    'alg RS256 with our MAC': { ...header, alg: 'RS256' },
    'alg hs256': { ...header, alg: 'hs256' },
    'alg null': { ...header, alg: null },
    'alg a list': { ...header, alg: ['HS256'] },
    'no alg': without(header, 'alg'),
    'typ JWT': { ...header, typ: 'JWT' },
    'typ a number': { ...header, typ: 1 },
    'no typ': without(header, 'typ'),
    'no kid': without(header, 'kid'),
    'an empty kid': { ...header, kid: '' },
    'a kid that is a list': { ...header, kid: [header.kid] },
    'an unknown kid': { ...header, kid: 'another-key' },
    'a kid that is a path': { ...header, kid: '../../dev/null' },
    'an unknown crit': { ...header, crit: ['exp2'], exp2: 1 },
    'an empty crit': { ...header, crit: [] },
  }
  for (const [what, other] of Object.entries(headers)) await isRefused(t, app, forge(other, claims, key), what)
  for (const alg of ['none', 'None', 'NONE', '', 'HS256']) {
    await isRefused(t, app, unsigned(alg), `${alg} without a signature`)
    await isRefused(t, app, unsigned(alg).slice(0, -1), `${alg} in two parts`)
    await isRefused(t, app, `${unsigned(alg)}${signature}`, `${alg} with any signature`)
  }
})

t.test('security 8: a token signed with another key is refused', async t => {
  const { app, header, claims, key } = await setting(t)
  for (const other of ['', ' ', 'secret', 'x'.repeat(32), `${key}x`, key.slice(0, -1), key.toUpperCase()])
    await isRefused(t, app, forge(header, claims, other), `key ${JSON.stringify(other)}`)
})

t.test('security 8: where there are two keys, a token that names neither is refused', async t => {
  const { app, header, claims, key, maya } = await setting(t, {
    JWT_SECRET_PREVIOUS: 'the secret of before, kept for a day',
  })
  await isRefused(t, app, forge({ ...header, kid: 'another-key' }, claims, key), 'an unknown kid')
  await isRefused(t, app, forge(without(header, 'kid'), claims, key), 'no kid')
  t.equal((await ask(app, maya.token)).statusCode, 200)
})

t.test('security 8: a token with other claims is refused', async t => {
  const { app, header, claims, key, now } = await setting(t)
  const other = await signUp(app, 'other')
  const changes: Record<string, unknown[]> = {
    iss: ['someone', '', null, 1, ['moodstreak', 'x'], {}],
    aud: ['someone', '', null, 1, [], {}],
    sub: [other.id, '', null, 1, {}, [claims.sub], 'admin', `${claims.sub}\0`, 'x'.repeat(10_000)],
    jti: ['', null, 1, {}, 'x'],
    sid: [claims.sub, '', null, 1, {}, [claims.sid], "' or 1=1 --", '__proto__'],
    iat: [now + 60, now + 900, String(now), null, -1, {}, [], 1.5, true],
    exp: [now, now - 1, now + 901, now + 86_400, 9e15, String(now + 900), null, -1, 0, {}, [], now + 0.5, true],
    nbf: [now + 3_600, 7_258_118_400, 'tomorrow'],
  }
  for (const [claim, values] of Object.entries(changes)) {
    if (claim in claims) await isRefused(t, app, forge(header, without(claims, claim), key), `no ${claim}`)
    for (const value of values)
      await isRefused(t, app, forge(header, { ...claims, [claim]: value }, key), `${claim} ${JSON.stringify(value)}`)
  }
  await isRefused(t, app, forge(header, { ...claims, iat: now - 901 }, key), 'exp later than iat + lifetime')
  for (const payload of [[], [claims], null, 1, 'x', '', '{', '{}', '[]', 'null', '"x"', '{"__proto__":{}}'])
    await isRefused(t, app, forge(header, payload, key), `payload ${JSON.stringify(payload)}`)
})

t.test('security 8: what is not exactly a token of three parts is refused', async t => {
  const { app, maya } = await setting(t)
  const { token } = maya
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const strings = {
    'trailing junk': `${token}x`,
    'a trailing dot': `${token}.`,
    'a fourth part': `${token}.${signature}`,
    padding: `${token}=`,
    'junk that base64 decoders skip': `${token}!`,
    'junk inside': `${header}.!${payload}.${signature}`,
    'a comma and another token': `${token},${token}`,
    'two tokens': `${token} ${token}`,
    'one part': header,
    'no parts': '..',
    'a header that is no JSON': `${encode('{')}.${payload}.${signature}`,
    'a header that is a list': `${encode([])}.${payload}.${signature}`,
    'a header that is null': `${encode('null')}.${payload}.${signature}`,
    'bytes that are no UTF-8': `${Buffer.from([0xff, 0xfe]).toString('base64url')}.${payload}.${signature}`,
    huge: 'x'.repeat(15_000),
    'huge and dotted': '.'.repeat(15_000),
    'not ASCII': 'tökén.tökén.tökén',
    'a fox': '🦊',
    quoted: `"${token}"`,
    null: 'null',
    undefined: 'undefined',
    '[object Object]': '[object Object]',
  }
  for (const [what, other] of Object.entries(strings)) await isRefused(t, app, other, what)
})

t.test('security 9: one kind of credential is never taken for another', async t => {
  const { app, maya, header, claims, key } = await setting(t)
  const [name, value = ''] = maya.cookie.split('=')
  await isRefused(t, app, value, 'the cookie as a bearer token')
  await isRefused(t, app, maya.refreshToken, 'the refresh token as a bearer token')

  const byCookie = async (cookie: string) => (await app.inject({ url: '/me', headers: { cookie } })).statusCode
  t.equal(await byCookie(`${name}=${maya.refreshToken}`), 401, 'the refresh token as a cookie')
  t.equal(await byCookie(`${name}=${maya.token}`), 401, 'the access token as a cookie')

  for (const wrong of [maya.token, forge({ ...header, typ: 'refresh' }, claims, key)]) {
    const answer = await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: wrong } })
    t.ok([400, 401].includes(answer.statusCode), 'the access token as a refresh token')
    t.notHas(answer.json(), { token: String })
  }
  t.equal(await byCookie(maya.cookie), 200)
  t.equal((await maya.get('/me')).statusCode, 200, 'and none of these attempts ended the session')

  const refreshed = await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: value } })
  t.equal(refreshed.statusCode, 401, 'the cookie as a refresh token')
})
