import { eq } from 'drizzle-orm'
import t from 'tap'
import type { UserId } from '../../src/ids.ts'
import { build, password, signUp } from '../helper.ts'
import { mailbox } from '../mailbox.ts'
import { type Browser, browser, isSignedIn } from '../oauth/browser.ts'
import { type Claims, standIn } from '../oauth/stand-in.ts'

/** Linking, unlinking, and pre-hijacking of accounts. */

const [idp, sloppy] = [await standIn(t), await standIn(t)]
const box = await mailbox(t)
const { app, clock, database } = await build(t, {
  env: {
    ...idp.env('IDP'),
    ...sloppy.env('SLOPPY'),
    SMTP_URL: box.url,
    OAUTH_REDIRECTS: '/,moodapp://signed-in',
    CORS_ORIGINS: 'https://app.example.org',
  },
})
const { tables } = database

const idIs = (id: unknown) => eq(tables.users.id, String(id) as UserId)
const verified = (name: string): Claims => ({
  sub: `of ${name}`,
  email: `${name}@example.org`,
  email_verified: true,
  preferred_username: name,
})
const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, payload, headers })
const login = (username: string, word = password) => post('/login', { username, password: word })

/** A browser that is signed in through the stand-in. */
async function arrived(person: Claims): Promise<Browser> {
  const window = browser(app)
  const answer = await window.signIn(idp, 'idp', person)
  if (!isSignedIn(answer)) throw new Error(answer.body)
  return window
}
/** A browser that is signed in as a user with a password. */
async function withPassword(username: string, more: Record<string, unknown> = {}) {
  const person = await signUp(app, username, more)
  const window = browser(app)
  const [name = '', value = ''] = person.cookie.split('=')
  window.cookies[name] = value
  return { ...person, window }
}
const identitiesOf = async (window: Browser) => (await window.get('/account/identities')).json().identities
const send = (window: Browser, method: 'PUT' | 'POST' | 'DELETE', url: string, payload?: object) =>
  app.inject({
    method,
    url,
    cookies: window.cookies,
    headers: { 'sec-fetch-site': 'same-origin' },
    ...(payload && { payload }),
  })
/** The next message to an address; skips those to others. */
async function messageTo(address: string) {
  for (;;) {
    const message = await box.next()
    if (message.to.includes(address)) return message
  }
}
const kindsOf = async (window: Browser) =>
  (await window.get('/account/events')).json().events.map(({ kind }: { kind: string }) => kind)

t.test(
  'security 21: an address is taken over when the provider says it is verified and nobody has it, else there is none',
  async t => {
    const cases: [Claims, string | null][] = [
      [{ email: 'free@example.org', email_verified: true }, 'free@example.org'],
      [{ email: 'free2@example.org', email_verified: false }, null],
      [{ email: 'free3@example.org' }, null],
      [{ email: 'free4@example.org', email_verified: 'true' }, null],
      [{ email: 'FREE@example.org', email_verified: true }, null],
      [{ email: 'no address', email_verified: true }, null],
      [{ email_verified: true }, null],
    ]
    for (const [i, [claims, email]] of cases.entries()) {
      const window = await arrived({ sub: `address ${i}`, ...claims })
      t.equal((await window.whoami())?.email, email, JSON.stringify(claims))
    }
  },
)

t.test(
  'security 21: hijacking beforehand, 1: an account with the address of another gains nothing when they come by a provider',
  async t => {
    const attacker = await withPassword('merge-attacker', { email: 'merge@example.org' })
    const victim = await arrived(verified('merge'))
    const me = await victim.whoami()
    t.not(me?.id, attacker.id)
    t.equal(me?.email, null)
    t.equal((await login('merge@example.org')).json().id, attacker.id, 'the password opens the account it is of')
    t.strictSame(await identitiesOf(attacker.window), [])
  },
)

t.test(
  'security 21: hijacking beforehand, 2: a session from before does not reach what the owner does later',
  async t => {
    const attacker = await withPassword('session-attacker', { email: 'session@example.org' })
    const victim = await arrived(verified('session'))
    await app.inject({
      method: 'POST',
      url: '/mood',
      cookies: victim.cookies,
      headers: { 'sec-fetch-site': 'same-origin' },
      payload: { mood: 3 },
    })
    t.equal((await attacker.get('/mood')).json().total, 0)
    // The owner takes the account with the address over by mail instead: then the session has ended.
    await post('/password/forgot', { email: 'session@example.org' })
    const code = await box.nextCode('session@example.org')
    t.equal((await post('/password/reset', { code, new_password: 'a new horse battery' })).statusCode, 204)
    t.equal((await attacker.get('/me')).statusCode, 401)
  },
)

t.test(
  'security 21: hijacking beforehand, 3: an identity that a stranger has linked goes when the owner of the address comes',
  async t => {
    for (const clicked of [false, true]) {
      const name = clicked ? 'trojan-clicked' : 'trojan'
      const email = `${name}@example.org`
      const { window } = await withPassword(`${name}-attacker`, { email })
      t.equal((await window.signIn(idp, 'idp', { sub: name }, { link: '1' })).statusCode, 303)
      clock.now += 1_000
      if (clicked) {
        // The owner opens a link that the stranger requested.
        await send(window, 'POST', '/account/email/verification')
        const code = await box.nextCode(email)
        t.equal((await post('/account/email/verification/confirm', { code })).statusCode, 204)
      }
      await post('/password/forgot', { email })
      const code = await box.nextCode(email)
      t.equal((await post('/password/reset', { code, new_password: 'a new horse battery' })).statusCode, 204)
      const owner = (await login(email, 'a new horse battery')).json()
      const back = await arrived({ sub: name })
      t.not((await back.whoami())?.id, owner.id, 'the identity leads elsewhere now')
      const events = (
        await app.inject({ url: '/account/events', headers: { authorization: `Bearer ${owner.token}` } })
      ).json().events
      t.ok(events.some(({ kind }: { kind: string }) => kind === 'identity_unlinked'))
    }
  },
)

t.test('security 21: an identity that came with the proof of the address stays when the password is reset', async t => {
  const window = await arrived(verified('keeper'))
  const me = await window.whoami()
  clock.now += 60_000
  await post('/password/forgot', { email: 'keeper@example.org' })
  const code = await box.nextCode('keeper@example.org')
  t.equal((await post('/password/reset', { code, new_password: 'a new horse battery' })).statusCode, 204)
  t.equal(await window.whoami(), undefined)
  t.equal((await (await arrived(verified('keeper'))).whoami())?.id, me?.id)
})

t.test(
  'security 21: hijacking beforehand, 4: a change of address that waits for its owner gives them no part in another account',
  async t => {
    const attacker = await arrived({ sub: 'change-attacker', preferred_username: 'change-attacker' })
    t.equal((await send(attacker, 'PUT', '/account/email', { email: 'change@example.org' })).statusCode, 200)
    await send(attacker, 'POST', '/account/email/verification')
    const code = await box.nextCode('change@example.org')
    const victim = await arrived(verified('change'))
    const me = await victim.whoami()
    t.not(me?.id, (await attacker.whoami())?.id)
    t.equal((await post('/account/email/verification/confirm', { code })).statusCode, 204)
    t.strictSame(await victim.whoami(), me, 'nothing about the owner’s account has changed')
    t.equal((await identitiesOf(victim)).length, 1)
    t.equal((await identitiesOf(attacker)).length, 1)
  },
)

t.test('security 21: hijacking beforehand, 5: a provider that checks no address opens no account by one', async t => {
  const owner = await signUp(app, 'careless-owner', { email: 'careless@example.org' })
  for (const email_verified of [false, undefined, true]) {
    const window = browser(app)
    const answer = await window.signIn(sloppy, 'sloppy', {
      sub: `careless ${email_verified}`,
      email: 'careless@example.org',
      email_verified,
    })
    t.ok(isSignedIn(answer))
    const stranger = await window.whoami()
    t.not(stranger?.id, owner.id)
    t.equal(stranger?.email, null)
  }
  // And the other way round: an earlier unverified account does not keep the owner from their own address.
  await browser(app).signIn(sloppy, 'sloppy', { sub: 'early', email: 'late-owner@example.org', email_verified: false })
  t.equal((await signUp(app, 'late', { email: 'late-owner@example.org' })).id.length, 36)
})

t.test(
  'security 21: an account without a password refuses every one, like a wrong one and with the same work',
  async t => {
    await arrived(verified('wordless'))
    const wrong = await login('nobody-of-that-name')
    const { verify } = app.passwords
    let compared = 0
    t.teardown(() => Object.assign(app.passwords, { verify }))
    app.passwords.verify = (...of) => {
      compared++
      return verify(...of)
    }
    for (const name of ['wordless', 'wordless@example.org']) {
      for (const word of [password, '', 'null']) {
        const answer = await login(name, word)
        t.equal(answer.statusCode, 401)
        t.equal(answer.body, wrong.body)
        t.equal(compared, 1, 'and as dearly: something is compared')
        compared = 0
      }
    }
  },
)

t.test(
  'security 21: an account without a password may set one while its sign-in is young; the provider makes it young again',
  async t => {
    const window = await arrived(verified('setter'))
    clock.now += 10 * 60_000
    const change = { new_password: 'battery horse correct' }
    t.equal((await send(window, 'PUT', '/account/password', change)).json().code, 'reauthentication_required')
    t.equal(
      (await send(window, 'PUT', '/account/password', { ...change, current_password: 'x' })).json().code,
      'wrong_password',
    )
    const fresh = await arrived(verified('setter'))
    t.equal((await send(fresh, 'PUT', '/account/password', change)).statusCode, 204)
    t.equal((await login('setter', 'battery horse correct')).statusCode, 200)
  },
)

t.test('security 21: a signed-in person links an identity, signs in by it, and is told', async t => {
  const maya = await withPassword('linker', { email: 'linker@example.org' })
  await database.query(db => db.update(tables.users).set({ emailVerifiedAt: new Date() }).where(idIs(maya.id)))
  const answer = await maya.window.signIn(idp, 'idp', { sub: 'linked', email: 'x@example.org' }, { link: '1' })
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, '/')
  t.notOk(isSignedIn(answer), 'the session stays the one it was')
  t.match(await identitiesOf(maya.window), [{ provider: 'idp', issuer: idp.issuer, email: 'x@example.org' }])
  t.equal((await kindsOf(maya.window))[0], 'identity_linked')
  t.match((await messageTo('linker@example.org')).subject, /provider was linked/)
  t.equal((await (await arrived({ sub: 'linked' })).whoami())?.id, maya.id)

  const again = await maya.window.signIn(idp, 'idp', { sub: 'linked' }, { link: '1' })
  t.equal(again.statusCode, 303, 'linked already')
  t.equal((await identitiesOf(maya.window)).length, 1)

  const { window } = await withPassword('thief')
  const taken = await window.signIn(idp, 'idp', { sub: 'linked' }, { link: '1' })
  t.match(taken.json(), { status: 409, code: 'identity_taken' })
  t.equal((await (await arrived({ sub: 'linked' })).whoami())?.id, maya.id, 'it is never moved')
})

t.test('security 21: of two accounts that link one identity at once it is the one’s', async t => {
  const people = await Promise.all(['race-a', 'race-b'].map(name => withPassword(name)))
  const visits = await Promise.all(people.map(({ window }) => window.begin('idp', { link: '1' })))
  const answers = await Promise.all(
    people.map(({ window }, i) => window.arrive(idp, 'idp', visits[i] as (typeof visits)[0], { sub: 'race' })),
  )
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [303, 409])
})

t.test('security 21: only a young sign-in, by its cookie, from our own or a listed page, begins to link', async t => {
  const { window, token } = await withPassword('starter')
  const url = '/oauth/idp?link=1'
  const own = { 'sec-fetch-site': 'same-origin' }
  t.equal((await app.inject({ url, headers: own })).statusCode, 401, 'nobody')
  for (const headers of [
    {},
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' },
    { referer: 'nonsense' },
  ] as Record<string, string>[]) {
    const answer = await window.get(url, headers)
    t.match(answer.json(), { status: 403, code: 'cross_site_request' }, JSON.stringify(headers))
  }
  const listed = { 'sec-fetch-site': 'cross-site', referer: 'https://app.example.org/' }
  t.equal((await window.get(url, listed)).statusCode, 302)

  const begun = await window.begin('idp', { link: '1' })
  const personal = await post(
    '/tokens',
    { name: 'script', scopes: ['profile:read'] },
    { authorization: `Bearer ${token}` },
  )
  const script = { ...own, authorization: `Bearer ${personal.json().token}` }
  t.equal((await app.inject({ url, headers: script })).statusCode, 403, 'no script')
  clock.now += 9 * 60_000
  t.equal((await window.arrive(idp, 'idp', begun, { sub: 'starter' })).statusCode, 303)
  clock.now += 60_000
  t.match((await window.get(url, own)).json(), { status: 403, code: 'reauthentication_required' })
})

t.test('security 21: who signs out, or in as somebody else, while under way links nothing', async t => {
  for (const meanwhile of ['out', 'other'] as const) {
    const { window } = await withPassword(`leaver-${meanwhile}`)
    const begun = await window.begin('idp', { link: '1' })
    if (meanwhile === 'out') await send(window, 'DELETE', '/logout')
    else
      window.cookies.moodstreak_session = (await withPassword('somebody-else')).window.cookies
        .moodstreak_session as string
    const answer = await window.arrive(idp, 'idp', begun, { sub: `leaver ${meanwhile}` })
    t.match(answer.json(), { status: 401, code: 'authentication_required' })
    const stranger = await arrived({ sub: `leaver ${meanwhile}`, preferred_username: `new-${meanwhile}` })
    t.equal((await stranger.whoami())?.username, `new-${meanwhile}`)
  }
})

t.test('security 21: a person has twenty identities at most', async t => {
  const { window } = await withPassword('collector')
  for (let i = 0; i < 20; i++) {
    t.equal((await window.signIn(idp, 'idp', { sub: `collected ${i}` }, { link: '1' })).statusCode, 303)
  }
  const answer = await window.signIn(idp, 'idp', { sub: 'one too many' }, { link: '1' })
  t.match(answer.json(), { status: 409, code: 'too_many_identities' })
})

t.test(
  'security 21: an identity is unlinked by its owner, within a young sign-in or by password, and is free then',
  async t => {
    const { window, id } = await withPassword('unlinker')
    await window.signIn(idp, 'idp', { sub: 'unlinked' }, { link: '1' })
    const [identity] = await identitiesOf(window)
    const url = `/account/identities/${identity.id}`
    const other = await withPassword('other-unlinker')
    t.match((await send(other.window, 'DELETE', url)).json(), { status: 404, code: 'not_found' })
    clock.now += 10 * 60_000
    t.match((await send(window, 'DELETE', url)).json(), { code: 'reauthentication_required' })
    t.match((await send(window, 'DELETE', url, { current_password: 'wrong' })).json(), { code: 'wrong_password' })
    t.equal((await send(window, 'DELETE', url, { current_password: password })).statusCode, 204)
    t.equal((await send(window, 'DELETE', url, { current_password: password })).statusCode, 404)
    t.equal((await kindsOf(window))[0], 'identity_unlinked')
    const stranger = await (await arrived({ sub: 'unlinked' })).whoami()
    t.not(stranger?.id, id)
  },
)

t.test('security 21: the last way in cannot be removed, also not by two requests at once', async t => {
  for (let round = 0; round < 3; round++) {
    const window = await arrived({ sub: `last ${round}` })
    const [first] = await identitiesOf(window)
    const url = `/account/identities/${first.id}`
    t.match((await send(window, 'DELETE', url)).json(), { status: 409, code: 'last_way_in' })
    await window.signIn(idp, 'idp', { sub: `another ${round}` }, { link: '1' })
    const both: { id: string }[] = await identitiesOf(window)
    t.equal(both.length, 2)
    const answers = await Promise.all(both.map(({ id }) => send(window, 'DELETE', `/account/identities/${id}`)))
    t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [204, 409])
    t.equal((await identitiesOf(window)).length, 1)
  }
})

t.test('security 21: of two requests at once that unlink one identity one finds it gone', async t => {
  const { window } = await withPassword('twice-unlinker')
  await window.signIn(idp, 'idp', { sub: 'twice' }, { link: '1' })
  const [identity] = await identitiesOf(window)
  const answers = await Promise.all([1, 2].map(() => send(window, 'DELETE', `/account/identities/${identity.id}`)))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [204, 404])
})

t.test('security 21: deleting the account leaves nothing of its identities, and frees them', async t => {
  const window = await arrived(verified('leaving'))
  const me = await window.whoami()
  await window.begin('idp', { link: '1' })
  await browser(app).signIn(idp, 'idp', verified('leaving'), {
    redirect_to: 'moodapp://signed-in',
    code_challenge: 'x'.repeat(43),
  })
  t.equal((await send(window, 'DELETE', '/account')).statusCode, 204)
  for (const table of [tables.identities, tables.userIdentities, tables.oauthStates, tables.handoverCodes]) {
    const rows = await database.query(db => db.select().from(table as typeof tables.identities))
    t.notMatch(JSON.stringify(rows), me?.id as string)
  }
  const again = await (await arrived(verified('leaving'))).whoami()
  t.not(again?.id, me?.id)
  t.equal(again?.email, 'leaving@example.org')
})

t.test(
  'security 21: a disabled account is not entered by its identity, in a browser or an app, and no new one is made',
  async t => {
    const me = await (await arrived({ sub: 'disabled' })).whoami()
    const { users } = tables
    await database.query(db =>
      db
        .update(users)
        .set({ disabledAt: new Date(clock.now) })
        .where(idIs(me?.id)),
    )
    const native = { redirect_to: 'moodapp://signed-in', code_challenge: 'x'.repeat(43) }
    for (const query of [{}, native]) {
      const answer = await browser(app).signIn(idp, 'idp', { sub: 'disabled' }, query)
      t.match(answer.json(), { status: 401, code: 'invalid_credentials' })
      t.notOk(isSignedIn(answer))
    }
    await database.query(db => db.update(users).set({ disabledAt: null }).where(idIs(me?.id)))
    t.equal((await (await arrived({ sub: 'disabled' })).whoami())?.id, me?.id)

    const linking = await withPassword('disabled-linker')
    const begun = await linking.window.begin('idp', { link: '1' })
    await database.query(db =>
      db
        .update(users)
        .set({ disabledAt: new Date(clock.now) })
        .where(idIs(linking.id)),
    )
    t.equal((await linking.window.arrive(idp, 'idp', begun, { sub: 'of the disabled' })).statusCode, 401)
  },
)
