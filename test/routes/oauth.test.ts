import t from 'tap'
import { build } from '../helper.ts'
import { browser, isSignedIn, pkce } from '../oauth/browser.ts'
import { realProvider, type Somebody } from '../oauth/real-provider.ts'
import { standIn } from '../oauth/stand-in.ts'
import { webFolder } from '../web-folder.ts'

/** Sign-in through a real provider, and the rules for states. */

const PUBLIC_URL = 'http://mood.example'
const redirectUri = (name: string) => `${PUBLIC_URL}/oauth/${name}/callback`
const [house, office] = [
  await realProvider(t, { redirectUri: redirectUri('house') }),
  await realProvider(t, { redirectUri: redirectUri('office') }),
]
const fake = await standIn(t)
const other = await standIn(t)
const { app, clock, database } = await build(t, {
  env: {
    PUBLIC_URL,
    OAUTH_REDIRECTS: '/,/welcome?from=oauth,https://app.example.org/in,moodapp://signed-in,http://127.0.0.1/back',
    ...house.env('HOUSE'),
    ...office.env('OFFICE'),
    ...fake.env('FAKE'),
    ...other.env('OTHER_IDP'),
  },
})
const none = await build(t)
const providers = { house, office }

/** A browser that signs in at a real provider. */
async function signInAt(name: 'house' | 'office', somebody: Somebody, query: Record<string, string> = {}) {
  const window = browser(app)
  const begun = await window.get(`/oauth/${name}?${new URLSearchParams(query)}`)
  const back = await providers[name].visit(String(begun.headers.location), somebody)
  const answer = await window.get(back.slice(PUBLIC_URL.length))
  return { window, answer }
}

const exchange = (code: string, code_verifier: string) =>
  app.inject({ method: 'POST', url: '/oauth/exchange', payload: { code, code_verifier } })
const codeOf = (location: unknown) => new URL(String(location)).searchParams.get('code') as string

t.test('only what is configured is there', async t => {
  t.strictSame((await app.inject('/oauth')).json(), {
    providers: ['fake', 'house', 'office', 'other_idp'].map(name => ({ name, url: `/oauth/${name}` })),
  })
  t.strictSame((await none.app.inject('/oauth')).json(), { providers: [] })
  for (const url of ['/oauth/google', '/oauth/google/callback?state=x', '/oauth/constructor']) {
    t.equal((await none.app.inject(url)).statusCode, 404, url)
    t.equal((await app.inject(url)).statusCode, 404, url)
  }
  const payload = { code: 'x', code_verifier: pkce().verifier }
  t.equal((await none.app.inject({ method: 'POST', url: '/oauth/exchange', payload })).statusCode, 404)
})

t.test('a browser signs in at an OpenID provider and comes back with the cookie of a session', async t => {
  const somebody = {
    sub: 'maya-1',
    email: 'maya@example.org',
    email_verified: true,
    preferred_username: 'Maya O',
    given_name: 'Maya',
    family_name: 'Okafor',
  }
  const { window, answer } = await signInAt('house', somebody, { redirect_to: '/welcome?from=oauth' })
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, '/welcome?from=oauth')
  t.equal(answer.body, '')
  t.notOk('oauth' in window.cookies, 'the cookie of the way there is gone')
  const maya = await window.whoami()
  t.match(maya, {
    username: 'Maya.O',
    email: 'maya@example.org',
    first_name: 'Maya',
    last_name: 'Okafor',
    role: 'member',
  })
  const events = (await window.get('/account/events')).json().events
  t.strictSame(
    events.map(({ kind }: { kind: string }) => kind),
    ['signed_up'],
  )

  clock.now += 60_000
  const again = await signInAt('house', somebody)
  t.equal(again.answer.headers.location, '/', 'the first target is where those go who do not say')
  t.equal((await again.window.whoami())?.id, maya?.id, 'the second sign-in finds the same account')
  t.equal((await again.window.get('/account/events')).json().events[0].kind, 'signed_in')

  const moved = { ...somebody, email: 'maya.okafor@example.org' }
  const later = await signInAt('house', moved)
  t.equal((await later.window.whoami())?.id, maya?.id, 'another address at the provider is the same person')
  t.equal((await later.window.whoami())?.email, 'maya@example.org', 'and changes nothing here')
  const { identities } = (await later.window.get('/account/identities')).json()
  t.match(identities, [{ provider: 'house', issuer: house.issuer, email: 'maya.okafor@example.org' }])
  t.notOk('subject' in identities[0])

  const elsewhere = await signInAt('office', somebody)
  const double = await elsewhere.window.whoami()
  t.not(double?.id, maya?.id, 'the same subject of another issuer is another person')
  t.match(double, { email: null, username: /^Maya\.O-\d+$/ })
})

t.test(
  'security 20: the way to the provider is by PKCE, state and nonce, and its cookie is for this browser alone',
  async t => {
    const answer = await browser(app).get('/oauth/fake')
    t.equal(answer.statusCode, 302)
    const { searchParams, origin } = new URL(String(answer.headers.location))
    t.equal(origin, fake.issuer)
    t.match(Object.fromEntries(searchParams), {
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: /^[\w-]{43}$/,
      state: /^[\w-]{43}$/,
      nonce: /^[\w-]{43}$/,
      redirect_uri: redirectUri('fake'),
      scope: 'openid email profile',
    })
    t.match(answer.cookies, [{ name: 'oauth', httpOnly: true, sameSite: 'Lax', path: '/', maxAge: 600 }])
    t.notMatch(answer.headers['set-cookie'], /domain/i)
  },
)

t.test('under https the cookie has the prefix that ties it to the host', async t => {
  const secure = await build(t, { env: { PUBLIC_URL: 'https://mood.example', ...fake.env('FAKE') } })
  const window = browser(secure.app)
  const answer = await window.signIn(fake, 'fake', { sub: 'secure' })
  t.equal(answer.statusCode, 303)
  t.strictSame(Object.keys(window.cookies), ['__Host-moodstreak_session', '__Host-moodstreak_device'])
})

for (const target of ['moodapp://signed-in', 'http://127.0.0.1:49152/back']) {
  t.test(`an app gets a code at ${target} and swaps it, once, with its verifier`, async t => {
    const { verifier, challenge } = pkce()
    const query = { redirect_to: target, code_challenge: challenge, code_challenge_method: 'S256' }
    const somebody = { sub: `app ${target}`, email: `app${target.length}@example.org`, email_verified: true }
    const { window, answer } = await signInAt('house', somebody, query)
    t.equal(answer.statusCode, 303)
    t.ok(String(answer.headers.location).startsWith(`${target}?code=`))
    t.equal(await window.whoami(), undefined, 'the browser itself is not signed in')
    const code = codeOf(answer.headers.location)

    t.match((await exchange(code, pkce().verifier)).json(), { code: 'invalid_code' }, 'a stolen code')
    const signedIn = await exchange(code, verifier)
    t.match(signedIn.json(), { email: somebody.email, token_type: 'Bearer' })
    const headers = { authorization: `Bearer ${signedIn.json().token}` }
    t.equal((await app.inject({ url: '/me', headers })).json().id, signedIn.json().id)
    t.equal((await exchange(code, verifier)).statusCode, 400, 'used')
    const kinds = (await app.inject({ url: '/account/events', headers })).json().events
    t.strictSame(
      kinds.map(({ kind }: { kind: string }) => kind),
      ['signed_in', 'signed_up'],
    )

    const again = await signInAt('house', somebody, query)
    const late = codeOf(again.answer.headers.location)
    clock.now += 60_000
    t.equal((await exchange(late, verifier)).statusCode, 400, 'a minute later')
  })
}

t.test('of twenty exchanges of one code at once exactly one signs in', async t => {
  const { verifier, challenge } = pkce()
  const query = { redirect_to: 'moodapp://signed-in', code_challenge: challenge }
  const answer = await browser(app).signIn(fake, 'fake', { sub: 'parallel exchange' }, query)
  const code = codeOf(answer.headers.location)
  const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(code, verifier)))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, ...Array(19).fill(400)])
  t.equal((await exchange('no code at all', verifier)).statusCode, 400)
})

t.test('security 22: a page gets no code and an app no cookie: what does not fit together is refused', async t => {
  const { challenge: code_challenge } = pkce()
  for (const query of [
    { redirect_to: 'moodapp://signed-in' },
    { redirect_to: 'moodapp://signed-in', code_challenge, link: '1' },
    { redirect_to: '/', code_challenge },
    { redirect_to: 'https://app.example.org/in', code_challenge },
    { code_challenge_method: 'plain' },
    { code_challenge: 'short' },
    { link: 'yes' },
    { unknown: 'x' },
  ]) {
    const answer = await app.inject(`/oauth/fake?${new URLSearchParams(query)}`)
    t.equal(answer.statusCode, 400, JSON.stringify(query))
    t.equal(answer.cookies.length, 0)
  }
})

/** Forms of a URL that some parser reads as another one. */
const nasty = [
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/%2f%2fevil.example',
  '/%5cevil.example',
  '/..//evil.example',
  '/./',
  '/%2e%2e/',
  '/welcome',
  '/welcome?from=oauth#fragment',
  '/welcome?from=oauth&next=//evil.example',
  '/welcome?from=oauth\r\nSet-Cookie: a=b',
  '/\t/evil.example',
  ' /',
  'https://app.example.org@evil.example/in',
  'https://app.example.org:443/in',
  'https://app.example.org.evil.example/in',
  'https://APP.example.org/in',
  'https://app.example.org/in/',
  'https://app.example.org/in?x',
  'http://app.example.org/in',
  'javascript:alert(1)',
  'data:text/html,x',
  'moodapp://signed-in/evil',
  'moodapp:signed-in',
  'MOODAPP://signed-in',
  'otherapp://signed-in',
  'http://localhost:8000/back',
  'http://127.0.0.1:8000/other',
  'http://127.0.0.1:99999/back',
  'http://127.0.0.1:0/back',
  'http://127.0.0.1:8000@evil.example/back',
  'http://127.0.0.1.evil.example/back',
  'http://127.1/back',
  'https://127.0.0.1/back',
]
t.test('security 22: no other form of an allowed address is one', async t => {
  const { challenge: code_challenge } = pkce()
  for (const redirect_to of nasty) {
    for (const more of [{}, { code_challenge }]) {
      const answer = await app.inject(`/oauth/fake?${new URLSearchParams({ redirect_to, ...more })}`)
      t.equal(answer.statusCode, 400, redirect_to)
      t.notOk(answer.headers.location)
    }
  }
})

t.test('security 20: a state is good once, in its own browser, for its own provider, for ten minutes', async t => {
  const cases: Record<string, () => Promise<ReturnType<typeof isSignedIn> | number>> = {
    missing: async () => {
      const window = browser(app)
      const visit = await window.begin('fake')
      const code = fake.code(visit, { sub: 'state' })
      return (await window.get(`/oauth/fake/callback?${new URLSearchParams({ code, iss: fake.issuer })}`)).statusCode
    },
    wrong: async () => {
      const window = browser(app)
      const visit = await window.begin('fake')
      return (await window.arrive(fake, 'fake', { ...visit, state: pkce().verifier }, { sub: 'state' })).statusCode
    },
    'another one besides': async () => {
      const window = browser(app)
      const visit = await window.begin('fake')
      const query = `state=${visit.state}&state=${visit.state}&code=${fake.code(visit, { sub: 'state' })}`
      return (await window.get(`/oauth/fake/callback?${query}`)).statusCode
    },
    "another browser's": async () => {
      const visit = await browser(app).begin('fake')
      const thief = browser(app)
      await thief.begin('fake')
      return (await thief.arrive(fake, 'fake', visit, { sub: 'state' })).statusCode
    },
    'without a cookie': async () => {
      const visit = await browser(app).begin('fake')
      return (await browser(app).arrive(fake, 'fake', visit, { sub: 'state' })).statusCode
    },
    "another provider's": async () => {
      const window = browser(app)
      const visit = await window.begin('fake')
      return (await window.arrive(other, 'other_idp', visit, { sub: 'state' })).statusCode
    },
    expired: async () => {
      const window = browser(app)
      const visit = await window.begin('fake')
      clock.now += 10 * 60_000
      return (await window.arrive(fake, 'fake', visit, { sub: 'state' })).statusCode
    },
    reused: async () => {
      const window = browser(app)
      const visit = await window.begin('fake')
      const { oauth = '' } = window.cookies
      t.ok(isSignedIn(await window.arrive(fake, 'fake', visit, { sub: 'state' })))
      window.cookies.moodstreak_oauth = oauth
      return (await window.arrive(fake, 'fake', visit, { sub: 'state' })).statusCode
    },
  }
  for (const [name, run] of Object.entries(cases)) t.equal(await run(), 400, name)
})

t.test('security 20: what is wrong about a callback uses up no state of somebody who is still under way', async t => {
  const window = browser(app)
  const visit = await window.begin('fake')
  await browser(app).arrive(fake, 'fake', visit, { sub: 'patient' })
  await window.get('/oauth/fake/callback?state=nonsense&code=x')
  await app.inject({ method: 'HEAD', url: `/oauth/fake/callback?state=${visit.state}`, cookies: window.cookies })
  t.ok(isSignedIn(await window.arrive(fake, 'fake', visit, { sub: 'patient' })))
})

t.test('security 20: of twenty callbacks at once exactly one signs in', async t => {
  const window = browser(app)
  const visit = await window.begin('fake')
  const query = new URLSearchParams({ code: fake.code(visit, { sub: 'twenty' }), state: visit.state, iss: fake.issuer })
  const cookies = { ...window.cookies }
  const callback = () => app.inject({ url: `/oauth/fake/callback?${query}`, cookies })
  const answers = await Promise.all(Array.from({ length: 20 }, callback))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [303, ...Array(19).fill(400)])
  t.equal(answers.filter(isSignedIn).length, 1)
})

t.test('of many first sign-ins of one person at once there comes one account', async t => {
  const windows = Array.from({ length: 8 }, () => browser(app))
  const person = { sub: 'eight', email: 'eight@example.org', email_verified: true, preferred_username: 'eight' }
  const visits = await Promise.all(windows.map(window => window.begin('fake')))
  const answers = await Promise.all(
    windows.map((window, i) => window.arrive(fake, 'fake', visits[i] as (typeof visits)[0], person)),
  )
  t.ok(answers.every(isSignedIn))
  const ids = new Set(await Promise.all(windows.map(async window => (await window.whoami())?.id)))
  t.equal(ids.size, 1)
})

t.test(
  'of many people with one name and one address at once each gets an account, and one of them the address',
  async t => {
    const windows = Array.from({ length: 6 }, () => browser(app))
    const visits = await Promise.all(windows.map(window => window.begin('fake')))
    const claims = { email: 'shared@example.org', email_verified: true, preferred_username: 'shared' }
    const answers = await Promise.all(
      windows.map((window, i) =>
        window.arrive(fake, 'fake', visits[i] as (typeof visits)[0], { sub: `shared ${i}`, ...claims }),
      ),
    )
    t.ok(answers.every(isSignedIn))
    const people = await Promise.all(windows.map(window => window.whoami()))
    t.equal(new Set(people.map(person => person?.id)).size, 6)
    t.equal(new Set(people.map(person => person?.username)).size, 6)
    t.equal(people.filter(person => person?.email !== null).length, 1)
  },
)

t.test('who says no at the provider comes back signed out, told so', async t => {
  const window = browser(app)
  for (const [query, there] of [
    [{}, '/?error=access_denied'],
    [{ redirect_to: '/welcome?from=oauth' }, '/welcome?from=oauth&error=access_denied'],
  ] as const) {
    const { state } = await window.begin('fake', query)
    const answer = await window.get(
      `/oauth/fake/callback?${new URLSearchParams({ state, error: 'access_denied', iss: fake.issuer })}`,
    )
    t.equal(answer.statusCode, 303)
    t.equal(answer.headers.location, there)
    t.notOk(isSignedIn(answer))
  }
  const { state } = await window.begin('fake')
  const broken = await window.get(
    `/oauth/fake/callback?${new URLSearchParams({ state, error: 'server_error', iss: fake.issuer })}`,
  )
  t.equal(broken.statusCode, 502)
})

t.test('what is kept of a sign-in under way is no secret that opens anything', async t => {
  const { oauthStates } = database.tables
  const window = browser(app)
  const { state } = await window.begin('fake')
  const rows = await database.query(db => db.select().from(oauthStates))
  t.ok(rows.length > 0)
  t.notMatch(JSON.stringify(rows), state)
  t.notMatch(JSON.stringify(rows), window.cookies.moodstreak_oauth as string)
})

t.test('a sign-in from the app returns to it, without PUBLIC_URL and OAUTH_REDIRECTS, also when it fails', async t => {
  const { app } = await build(t, { env: fake.env('FAKE'), webFolder: webFolder(t) })
  const window = browser(app)
  for (const page of ['/app/', '/app/account']) {
    const answer = await window.signIn(fake, 'fake', { sub: 'in-the-app' }, { redirect_to: page })
    t.match([answer.statusCode, answer.headers.location], [303, page])
  }
  t.equal((await app.inject('/oauth/fake?redirect_to=/app/year')).statusCode, 400, 'no other page of it')

  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8'
  const ask = async (url: string, headers: Record<string, string>) => {
    const answer = await window.get(url, headers)
    return [answer.statusCode, answer.headers.location ?? answer.json().code]
  }
  for (const [url, code] of [
    ['/oauth/fake/callback?state=unknown&code=x', 'invalid_state'],
    ['/oauth/nobody/callback?state=x', 'not_found'],
  ] as const) {
    t.strictSame(await ask(url, { accept }), [303, `/app/?error=${code}`])
    t.strictSame(await ask(url, {}), [code === 'not_found' ? 404 : 400, code], 'programs get a problem')
  }
  t.strictSame(await ask('/oauth/nobody', { accept }), [302, '/app/?error=not_found'])
  t.strictSame(await ask('/oauth/fake?redirect_to=//evil.example', { accept }), [302, '/app/?error=invalid_request'])
  t.equal((await none.app.inject({ url: '/oauth/nobody', headers: { accept } })).statusCode, 404, 'without the app')
})
