import { crc32 } from 'node:zlib'
import t, { type Test } from 'tap'
import { type App, build, signUp } from '../helper.ts'
import { mailbox } from '../mailbox.ts'

/** Every kind of credential. */
const kinds = ['access', 'cookie', 'personal', 'refresh', 'verification', 'reset'] as const
type Kind = (typeof kinds)[number]
type Credentials = Record<Kind, string>

/** The number of corrupted credentials to try: more than 300 a kind. */
const mutants = 2_000

const bearer = (token: string) => ({ url: '/mood', headers: { authorization: `Bearer ${token}` } })
const posted = (url: string, payload: object) => ({ method: 'POST' as const, url, payload })
const newPassword = 'a password of thieves'

/** The request that accepts a kind of credential. */
const requests = {
  access: bearer,
  personal: bearer,
  cookie: (cookie: string) => ({ url: '/check_session', headers: { cookie: `session=${cookie}` } }),
  refresh: (token: string) => posted('/refresh', { refresh_token: token }),
  verification: (code: string) => posted('/account/email/verification/confirm', { code }),
  reset: (code: string) => posted('/password/reset', { code, new_password: newPassword }),
} satisfies Record<Kind, (credential: string) => object>

const statusOf = async (app: App, kind: Kind, credential: string) =>
  (await app.inject(requests[kind](credential))).statusCode

/** Two users with one of every credential. */
async function setting(t: Test) {
  const box = await mailbox(t)
  const { app } = await build(t, { env: { SMTP_URL: box.url } })
  const [maya, other] = [await holder('maya'), await holder('other')]
  return { app, maya, other }

  async function holder(username: string): Promise<Credentials> {
    const email = `${username}@example.org`
    const person = await signUp(app, username, { email })
    const made = await person.post('/tokens', { name: 'a script', scopes: ['mood:read'] })
    await person.post('/account/email/verification', undefined)
    const verification = await box.nextCode(email)
    await app.inject(posted('/password/forgot', { email }))
    return {
      access: person.token,
      cookie: person.cookie.split('=')[1] as string,
      personal: made.json().token,
      refresh: person.refreshToken,
      verification,
      reset: await box.nextCode(email),
    }
  }
}

/** All of them are still valid; this consumes those that work once. */
async function areGood(t: Test, app: App, credentials: Credentials, whose: string) {
  for (const kind of kinds) {
    const status = await statusOf(app, kind, credentials[kind])
    t.equal(status, ['verification', 'reset'].includes(kind) ? 204 : 200, `${whose}: ${kind}`)
  }
}

/** Reproducible pseudo-random numbers: xorshift32. */
function randomFrom(seed: number) {
  let state = seed
  return (below: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Ways to corrupt a credential. */
function mutations(all: readonly Credentials[], random: (below: number) => number) {
  const place = (text: string) => random(text.length)
  const any = <T>(of: readonly T[]) => of[random(of.length)] as T
  const replace = (text: string, at: number, by: string) => text.slice(0, at) + by + text.slice(at + 1)
  const someParts = () => any(all)[any(kinds)].split('.')
  return [
    // One bit of a character.
    (text: string) => {
      const at = place(text)
      return replace(text, at, String.fromCharCode(text.charCodeAt(at) ^ (1 << random(7))))
    },
    // Another character of the alphabet: one bit to six of what it encodes, or those that it leaves unused.
    (text: string) => replace(text, place(text), any([...alphabet])),
    (text: string) => replace(text, text.length - 1, any([...alphabet])),
    (text: string) => text.slice(0, place(text)),
    (text: string) => text.slice(1 + place(text)),
    (text: string) => replace(text, place(text), ''),
    (text: string) => replace(text, place(text), any(['.', '=', '%', ' ', '+', '/', '~', 'é', '..', '%2e'])),
    (text: string) => text + any(['.', '=', '==', 'A', '.A', ' x', '\t', ', x', text]),
    (text: string) => any(['.', '=', 'A', ' ', '"', 'Bearer ', 'mspat_', 'session=']) + text,
    (text: string) => (random(2) ? text.toUpperCase() : text.toLowerCase()),
    // Replaced by parts of other credentials, the owner's and other users'.
    (text: string) => {
      const parts = text.split('.')
      parts[random(parts.length)] = any(someParts())
      return parts.join('.')
    },
    (text: string) => {
      const parts = text.split('.')
      const [a, b] = [random(parts.length), random(parts.length)]
      ;[parts[a], parts[b]] = [parts[b] as string, parts[a] as string]
      return parts.join('.')
    },
    (text: string) =>
      text
        .split('.')
        .slice(random(2), 3 - random(2))
        .join('.'),
    // The beginning of one and the end of another, at the original length.
    (text: string) => {
      const at = place(text)
      return text.slice(0, at) + any(all)[any(kinds)].slice(at)
    },
  ]
}

t.test(
  'security 8, 9: of thousands of spoilt credentials none is accepted, none is a 500, and none harms the real one',
  async t => {
    const { app, maya, other } = await setting(t)
    const all = [maya, other]
    const real = new Set(all.flatMap(credentials => Object.values(credentials)))
    const random = randomFrom(20_260_305)
    const ways = mutations(all, random)
    const accepted: string[] = []
    const statuses = new Map<number, number>()
    for (let tried = 0; tried < mutants; ) {
      const way = random(ways.length)
      const from = kinds[random(kinds.length)] as Kind
      const text = (ways[way] as (text: string) => string)(maya[from])
      // White space around it is trimmed; an unchanged credential is not corrupted.
      if (real.has(text.trim())) continue
      tried++
      // Mostly in its own place, sometimes elsewhere.
      const as = random(8) === 0 ? (kinds[random(kinds.length)] as Kind) : from
      const status = await statusOf(app, as, text)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status !== 400 && status !== 401) accepted.push(`${status}: ${from} as ${as} by ${way}: ${text}`)
    }
    t.strictSame(accepted, [])
    t.ok((statuses.get(401) ?? 0) > mutants / 2, 'most are well-formed enough to be judged')
    await areGood(t, app, maya, 'maya')
    await areGood(t, app, other, 'other')
  },
)

t.test('a credential is good in one spelling only, also where another one has the same bytes', async t => {
  const { app, maya } = await setting(t)
  const checksum = (body: string) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(crc32(body))
    return bytes.toString('base64url')
  }
  for (const kind of kinds) {
    const text = maya[kind]
    // The last characters of base64, some of whose bits are unused.
    const spellings = [...alphabet].map(letter => text.slice(0, -1) + letter)
    if (kind === 'personal') {
      const body = text.slice('mspat_'.length, -6)
      for (const letter of alphabet) {
        const other = body.slice(0, -1) + letter
        spellings.push(`mspat_${other}${checksum(other)}`)
      }
    }
    for (const escaped of [0, 10, text.length - 1].map(
      at => `${text.slice(0, at)}%${text.charCodeAt(at).toString(16)}${text.slice(at + 1)}`,
    ))
      spellings.push(escaped)
    spellings.push(`${text}=`, `${text}==`, `"${text}"`, text.replaceAll('-', '+'), text.replaceAll('_', '/'))
    const good = []
    for (const spelling of spellings.filter(spelling => spelling !== text))
      if ((await statusOf(app, kind, spelling)) < 400) good.push(spelling)
    t.strictSame(good, [], kind)
  }
  await areGood(t, app, maya, 'maya')
})

t.test('thirty hostile tokens are refused wherever a token can be sent', async t => {
  const { app, maya, other } = await setting(t)
  const [header = '', claims = '', signature = ''] = maya.access.split('.')
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const [user, session, secret] = maya.cookie.split('.') as [string, string, string]
  const hostile = [
    '',
    '.',
    '..',
    '...',
    'null',
    'undefined',
    '[object Object]',
    '{}',
    "' or 1=1 --",
    '../../etc/passwd',
    '{jndi:ldap://127.0.0.1}',
    'x'.repeat(190),
    '.'.repeat(190),
    '%00',
    '\u0001',
    'ü'.repeat(50),
    `${encode({ alg: 'none', typ: 'at+jwt' })}.${claims}.`,
    `${encode({ alg: 'HS256', typ: 'at+jwt', kid: '__proto__' })}.${claims}.${signature}`,
    `${header}.${encode([])}.${signature}`,
    `${header}.${claims}`,
    `${header}.${claims}.${other.access.split('.')[2]}`,
    `${header}.${other.access.split('.')[1]}.${signature}`,
    `${user}.${session}.`,
    `${user}.${session}.${'A'.repeat(43)}`,
    `${user}.${session}.${'A'.repeat(65)}`,
    `${session}.${user}.${secret}`,
    `${other.cookie.split('.')[0]}.${session}.${secret}`,
    `${user.toUpperCase()}.${session}.${secret}`,
    `${user.replaceAll('-', '')}.${session.replaceAll('-', '')}.${secret}`,
    `mspat_${'A'.repeat(92)}`,
    `mspat_${maya.cookie}`,
    maya.personal.replace('mspat_', 'MSPAT_'),
  ]
  t.ok(hostile.length >= 30)
  for (const token of hostile) {
    for (const kind of kinds) {
      const status = await statusOf(app, kind, token)
      t.ok([400, 401].includes(status), `${kind} ${JSON.stringify(token)}: ${status}`)
    }
  }
  await areGood(t, app, maya, 'maya')
})

t.test('no credential is taken for one of another kind, nor with another beside it', async t => {
  const { app, maya, other } = await setting(t)
  for (const held of kinds) {
    for (const as of kinds) {
      // Both are bearer tokens, distinguished by their format.
      if (held === as || (held === 'access' && as === 'personal') || (held === 'personal' && as === 'access')) continue
      const status = await statusOf(app, as, maya[held])
      t.ok([400, 401].includes(status), `${held} as ${as}: ${status}`)
    }
  }
  const good = `Bearer ${maya.access}`
  for (const authorization of [
    `${good}, Bearer ${other.access}`,
    `${good} ${other.access}`,
    `${good},${good}`,
    `${good}; ${good}`,
    `Bearer\t${maya.access}`,
    `Bearer${maya.access}`,
    `Bearer: ${maya.access}`,
    `Basic ${maya.access}`,
    `Token ${maya.access}`,
    maya.access,
    'Bearer',
    'Bearer ',
    '',
  ]) {
    const headers = { authorization, cookie: `session=${maya.cookie}` }
    t.equal((await app.inject({ url: '/mood', headers })).statusCode, 401, authorization.slice(0, 20))
  }
  await areGood(t, app, maya, 'maya')
})
