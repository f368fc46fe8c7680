import { givenId } from './normal.ts'
import { type Person, password, person, type Script } from './script.ts'

/** Sign-up, sign-in, sessions, tokens, and what people do with their account. */
export async function accountCalls(script: Script) {
  await signUps(script)
  const maya = await script.signUp('maya', { email: 'maya@example.org', first_name: 'Maya', timezone: 'Europe/Berlin' })
  await signIns(script, maya)
  await tokens(script, maya)
  await manyTokens(script)
  await ownAccount(script, maya)
  await leaving(script)
}

async function signUps(script: Script) {
  const bad: Record<string, unknown> = {
    'no password': { username: 'nobody' },
    'a short password': { username: 'nobody', password: 'short' },
    'a long password': { username: 'nobody', password: 'é'.repeat(60) },
    'a common password': { username: 'nobody', password: 'password1' },
    'the username as password': { username: 'nobody.at.all', password: 'nobody.at.all' },
    'another confirmation': { username: 'nobody', password, password_confirmation: 'something else' },
    'no username': { username: ' ', password },
    'a username with a space': { username: 'no body', password },
    'no e-mail address': { username: 'nobody', password, email: 'nobody' },
    'an unknown zone': { username: 'nobody', password, timezone: 'Mars/Olympus' },
    'an unknown field': { username: 'nobody', password, nickname: 'nob' },
    'to be an admin': { username: 'nobody', password, role: 'admin' },
    'a list': [],
    nothing: null,
  }
  for (const [what, body] of Object.entries(bad)) await script.call(`sign up with ${what}`, 'POST /signup', { body })
  await script.call('sign up without a body', 'POST /signup')
  await script.call('sign up with broken JSON', 'POST /signup', { body: '{"username": ' })
  await script.call('sign up with a form', 'POST /signup', {
    body: 'username=a',
    type: 'application/x-www-form-urlencoded',
  })
  await script.call('sign up with a large body', 'POST /signup', { body: { username: 'x'.repeat(70_000), password } })
  await script.call('sign up from elsewhere', 'POST /signup', {
    body: { username: 'nobody', password },
    headers: { origin: 'https://evil.example' },
  })
  await script.call('sign up from a listed page', 'POST /signup', {
    body: { username: 'listed', password, password_confirmation: password, role: 'instructor' },
    headers: { origin: 'https://app.example.org' },
  })
}

async function signIns(script: Script, maya: Person) {
  const login = (what: string, body: unknown, headers = {}) =>
    script.call(`sign in ${what}`, 'POST /login', { body, headers })
  await script.call('sign up with a name that is taken', 'POST /signup', { body: { username: 'MAYA', password } })
  await script.call('sign up with an address that is taken', 'POST /signup', {
    body: { username: 'other', password, email: 'Maya@example.org' },
  })
  await login('by username', { username: 'Maya', password })
  await login('by e-mail address', { email: 'maya@example.org', password })
  await login('with the wrong password', { username: 'maya', password: 'wrong horse battery' })
  await login('as nobody', { username: 'nobody', password })
  await login('with both names', { username: 'maya', email: 'maya@example.org', password })
  await login('without a name', { password })
  await login('from elsewhere', { username: 'maya', password }, { origin: 'https://evil.example' })

  await script.call('who I am by token', 'GET /me', { as: maya })
  await script.call('who I am by cookie', 'GET /me', { cookie: maya })
  await script.call('who I am by nothing', 'GET /me')
  await script.call('who I am by the token null', 'GET /me', { as: 'Bearer null', headers: { cookie: maya.cookie } })
  await script.call('who I am by another scheme', 'GET /me', { as: 'Basic bWF5YTpwYXNz' })
  await script.call('who I am by a forged token', 'GET /me', { as: `Bearer ${maya.token.slice(0, -3)}AAA` })
  await script.call('the session by cookie', 'GET /check_session', { cookie: maya })
  await script.call('the session by token', 'GET /check_session', { as: maya })

  const other = person('maya', await login('somewhere else', { username: 'maya', password }))
  const refresh = (what: string, token: string) =>
    script.call(`refresh ${what}`, 'POST /refresh', { body: { refresh_token: token } })
  await refresh('once', other.refreshToken)
  await refresh('again at once', other.refreshToken)
  await refresh('with nonsense', 'nonsense')
  await refresh('with a secret that is none', `${maya.id}.${givenId(1)}.${'A'.repeat(43)}`)

  await script.call('sessions', 'GET /sessions', { as: maya })
  await script.call('end no session', `DELETE /sessions/${givenId(2)}`, { as: maya })
  await script.call('end a session that is no id', 'DELETE /sessions/none', { as: maya })
  await script.call('end the other sessions', 'DELETE /sessions', { as: maya })
  await script.call('who I am after the session ended', 'GET /me', { as: other })
  await script.call('sessions by cookie', 'GET /sessions', { cookie: maya })

  const third = person('maya', await login('a third time', { username: 'maya', password }))
  await script.call('sign out by cookie from elsewhere', 'DELETE /logout', {
    headers: { cookie: third.cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  })
  await script.call('sign out by cookie', 'DELETE /logout', {
    cookie: third,
    headers: { 'content-type': 'application/json' },
  })
  await script.call('sign out by the same cookie again', 'DELETE /logout', { cookie: third })
  await script.call('sign out as nobody', 'DELETE /logout')
  await script.call('sign out by a bad token', 'DELETE /logout', { as: 'Bearer null' })
}

async function tokens(script: Script, maya: Person) {
  const make = (what: string, body: unknown) => script.call(`make a token ${what}`, 'POST /tokens', { as: maya, body })
  const reading = await make('that reads moods', { name: 'reader', scopes: ['mood:read'] })
  const everything = await make('for everything', {
    name: 'all',
    scopes: ['mood:read', 'mood:write', 'tasks:read', 'tasks:write', 'profile:read', 'profile:write', 'account:export'],
    expires_at: '2999-01-01T00:00:00Z',
  })
  await make('without scopes', { name: 'none', scopes: [] })
  await make('with an unknown scope', { name: 'none', scopes: ['mood:everything'] })
  await make('that has expired', { name: 'none', scopes: ['mood:read'], expires_at: '2020-01-01T00:00:00Z' })
  await make('without a name', { scopes: ['mood:read'] })
  const read = `Bearer ${reading.at('token')}`
  const all = `Bearer ${everything.at('token')}`
  await script.call('tokens', 'GET /tokens', { as: maya })
  await script.call('moods by a token that reads them', 'GET /mood', { as: read })
  await script.call('log by a token that reads', 'POST /mood', { as: read, body: { mood: 5 } })
  await script.call('log by a token that writes', 'POST /mood', { as: all, body: { mood: 5, date: '2020-01-01' } })
  await script.call('the profile by a token', 'GET /profile', { as: all })
  await script.call('who I am by a token', 'GET /me', { as: read })
  await script.call('sessions by a token', 'GET /sessions', { as: all })
  await script.call('a token by a token', 'POST /tokens', { as: all, body: { name: 'more', scopes: ['mood:read'] } })
  await script.call('the export by a token', 'GET /account/export', { as: all })
  await script.call('the export by another token', 'GET /account/export', { as: read })
  await script.call('sequences by a token without the scope', 'GET /sequences', { as: all })
  await script.call('delete a token', `DELETE /tokens/${reading.at('id')}`, { as: maya })
  await script.call('delete it again', `DELETE /tokens/${reading.at('id')}`, { as: maya })
  await script.call('moods by the token that is gone', 'GET /mood', { as: read })
  await script.call('who I am by a token that never was', 'GET /me', { as: `Bearer mspat_${givenId(3)}` })
}

/** As many tokens as there may be. */
async function manyTokens(script: Script) {
  const many = await script.signUp('many-tokens')
  const body = { name: 'one of many', scopes: ['mood:read'] }
  for (let n = 0; n < 100; n++) await script.quietly('POST /tokens', { as: many, body })
  await script.call('make one token too many', 'POST /tokens', { as: many, body })
}

async function ownAccount(script: Script, maya: Person) {
  for (const query of [
    'username=Maya',
    'username=free',
    'email=maya@example.org',
    'email=free@example.org',
    '',
    'username=a&email=b@c.de',
    'username=%20',
    'name=x',
  ]) {
    await script.call(`available: ${query}`, `GET /availability?${query}`)
  }
  const put = (what: string, path: string, body: unknown) => script.call(what, `PUT ${path}`, { as: maya, body })
  await script.call('confirm', 'POST /account/confirm', { as: maya, body: { current_password: password } })
  await script.call('confirm wrongly', 'POST /account/confirm', { as: maya, body: { current_password: 'wrong' } })
  await put('rename', '/account/username', { username: 'maya.o' })
  await put('rename to what is taken', '/account/username', { username: 'listed' })
  await put('rename to nothing', '/account/username', { username: '' })
  await put('another address', '/account/email', { email: 'maya@example.net', current_password: password })
  await put('another address with a wrong password', '/account/email', {
    email: 'm@example.net',
    current_password: 'no',
  })
  await put('an address that is none', '/account/email', { email: 'none' })
  await script.signUp('holder', { email: 'taken@example.org' })
  await put('an address that is taken', '/account/email', { email: 'taken@example.org' })
  await put('another password that is too common', '/account/password', {
    current_password: password,
    new_password: 'password1',
  })
  await put('another password with a wrong one', '/account/password', {
    current_password: 'no',
    new_password: `new ${password}`,
  })
  await put('another password', '/account/password', { current_password: password, new_password: `new ${password}` })
  await script.call('the export', 'GET /account/export', { as: maya })
  await script.call('the export by HEAD', 'HEAD /account/export', { as: maya })
  await script.call('no address', 'PUT /account/email', { as: maya, body: { email: null } })
  await script.call('identities of a password account', 'GET /account/identities', { as: maya })
  await script.call('unlink what is not linked', `DELETE /account/identities/${givenId(4)}`, { as: maya })
  await script.call('the first events', 'GET /account/events?per_page=3', { as: maya })
  await script.call('all events', 'GET /account/events?page=1&per_page=100', { as: maya })
  await script.call('a page of no events', 'GET /account/events?page=99', { as: maya })
  await script.call('page 0 of the events', 'GET /account/events?page=0', { as: maya })
}

async function leaving(script: Script) {
  const guest = await script.signUp('guest')
  const by = { as: guest }
  await script.call('log something before leaving', 'POST /mood', { ...by, body: { mood: 3, note: 'leaving' } })
  await script.call('leave with a wrong password', 'DELETE /account', { ...by, body: { current_password: 'no' } })
  await script.call('leave by cookie from elsewhere', 'DELETE /account', {
    headers: { cookie: guest.cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  })
  await script.call('leave', 'DELETE /account', { ...by, body: { current_password: password } })
  await script.call('leave again', 'DELETE /account', { ...by, body: { current_password: password } })
  await script.call('sign in after leaving', 'POST /login', { body: { username: 'guest', password } })
  const again = await script.signUp('returned')
  await script.call('leave at once, without a password', 'DELETE /account', { cookie: again })
}
