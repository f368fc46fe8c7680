import t from 'tap'
import { invitationLifetimeMs, invitationStore } from '../../src/auth/invitations.ts'
import { type App, build, password, signUp } from '../helper.ts'
import { browser, isSignedIn, pkce } from '../oauth/browser.ts'
import { standIn } from '../oauth/stand-in.ts'

const idp = await standIn(t)
const person = (name: string) => ({ sub: `of ${name}`, preferred_username: name })

const ask = (app: App, username: string, more: object = {}) =>
  app.inject({ method: 'POST', url: '/signup', payload: { username, password, ...more } })
const users = async ({ database }: App) => (await database.query(db => db.select().from(database.tables.users))).length

/** An API with invitations, as the command on the server makes them. */
async function byInvitation() {
  const { app, clock, database } = await build(t, {
    env: { ...idp.env('IDP'), SIGNUP: 'invite', OAUTH_REDIRECTS: '/,moodapp://in' },
  })
  const invite = async () => {
    const { code, write } = invitationStore(database).issue(clock.now)
    await database.atomic([write])
    return code
  }
  return { app, clock, database, invite }
}

t.test('security 44: SIGNUP=closed: nobody signs up, whatever they send; who has an account signs in', async t => {
  const { app, clock, database, config } = await build(t, { env: { ...idp.env('IDP'), SIGNUP: 'open' } })
  const maya = await signUp(app, 'maya')
  await browser(app).signIn(idp, 'idp', person('noor'))
  const { code, write } = invitationStore(database).issue(clock.now)
  await database.atomic([write])
  const closed = (await build(t, { databaseUrl: config.databaseUrl, env: { ...idp.env('IDP'), SIGNUP: 'closed' } })).app
  for (const more of [{}, { invitation: code }])
    t.match((await ask(closed, 'ines', more)).json(), { status: 403, code: 'sign_up_closed' })
  t.match((await browser(closed).signIn(idp, 'idp', person('ines'), { invitation: code })).json(), {
    status: 403,
    code: 'sign_up_closed',
  })
  t.ok(isSignedIn(await browser(closed).signIn(idp, 'idp', person('noor'))))
  const login = await closed.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  t.equal(login.json().id, maya.id)
  t.equal(await users(closed), 2)
})

t.test('security 44: SIGNUP=invite: an invitation makes one account, once, within seven days', async t => {
  const { app, clock, database, invite } = await byInvitation()
  const used = await invite()
  for (const more of [{}, { invitation: '' }, { invitation: `${used}x` }])
    t.match((await ask(app, 'maya', more)).json(), { status: 403, code: 'sign_up_closed' })
  t.equal((await ask(app, 'maya', { invitation: used })).statusCode, 201)
  t.match((await ask(app, 'noor', { invitation: used })).json(), { code: 'sign_up_closed' })

  const second = await invite()
  t.match((await ask(app, 'MAYA', { invitation: second })).json(), { code: 'username_taken' })
  t.match((await ask(app, 'noor', { invitation: second, password: '12345678' })).json(), {
    code: 'password_too_common',
  })
  clock.now += invitationLifetimeMs - 1
  t.equal((await ask(app, 'noor', { invitation: second })).statusCode, 201, 'what failed did not use it up')

  const late = await invite()
  clock.now += invitationLifetimeMs
  t.match((await ask(app, 'ines', { invitation: late })).json(), { code: 'sign_up_closed' })
  t.equal(await users(app), 2)
  t.notMatch(JSON.stringify(await database.query(db => db.select().from(database.tables.invitations))), late)
})

t.test('security 44: of parallel sign-ups with one invitation one succeeds', async t => {
  const { app, invite } = await byInvitation()
  const invitation = await invite()
  const answers = await Promise.all(Array.from({ length: 4 }, (_, i) => ask(app, `maya${i}`, { invitation })))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [201, 403, 403, 403])
  t.equal(await users(app), 1)
})

t.test('security 44: a sign-in through a provider makes an account only with an invitation', async t => {
  const { app, invite } = await byInvitation()
  const invitation = await invite()
  for (const query of [{}, { invitation: 'none' }])
    t.match((await browser(app).signIn(idp, 'idp', person('maya'), query as Record<string, string>)).json(), {
      status: 403,
      code: 'sign_up_closed',
    })
  t.equal(await users(app), 0)
  t.ok(isSignedIn(await browser(app).signIn(idp, 'idp', person('maya'), { invitation })))
  t.ok(isSignedIn(await browser(app).signIn(idp, 'idp', person('maya'))), 'who has an account needs none')
  t.match((await browser(app).signIn(idp, 'idp', person('noor'), { invitation })).json(), { code: 'sign_up_closed' })

  const { challenge } = pkce()
  const native = { redirect_to: 'moodapp://in', code_challenge: challenge, invitation: await invite() }
  const answer = await browser(app).signIn(idp, 'idp', person('ines'), native)
  t.match(answer.headers.location, /^moodapp:\/\/in\?code=/)
  t.equal(await users(app), 2)
})

t.test('an invitation is ignored where anyone may sign up', async t => {
  const { app } = await build(t)
  t.equal((await ask(app, 'maya', { invitation: 'any' })).statusCode, 201)
})
