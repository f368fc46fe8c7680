import t from 'tap'
import { build, password, signUp } from '../helper.ts'
import { mailbox } from '../mailbox.ts'

const day = 86_400_000

/** Requests that make a lasting way into an account, and the notice to its owner. */
const ways = [
  {
    method: 'POST',
    url: '/tokens',
    payload: { name: 'script', scopes: ['mood:read'] },
    notice: /personal access token/,
  },
  { method: 'PUT', url: '/account/username', payload: { username: 'mia' }, notice: /another username/ },
] as const

t.test('security 45: a token and another username take a fresh proof and are told at a verified address', async t => {
  for (const { method, url, payload, notice } of ways) {
    const mail = await mailbox(t)
    const { app, clock } = await build(t, { env: { SMTP_URL: mail.url, APP_URL: 'https://moods.example' } })
    const maya = await signUp(app, 'maya', { email: 'maya@example.org' })
    const send = (more = {}) =>
      app.inject({ method, url, headers: { authorization: `Bearer ${maya.token}` }, payload: { ...payload, ...more } })
    await maya.post('/account/email/verification', undefined)
    const code = await mail.nextCode()
    await app.inject({ method: 'POST', url: '/account/email/verification/confirm', payload: { code } })

    clock.now += 10 * 60_000
    t.match((await send()).json(), { status: 403, code: 'reauthentication_required' }, url)
    t.match((await send({ current_password: 'a wrong one' })).json(), { status: 403, code: 'wrong_password' }, url)
    t.equal(mail.received.length, 1, 'what was refused is not told')
    t.ok((await send({ current_password: password })).statusCode < 300, url)
    const { to, subject } = await mail.next()
    t.strictSame(to, ['maya@example.org'])
    t.match(subject, notice)
  }
})

t.test('an address that is not verified is told nothing of them', async t => {
  const mail = await mailbox(t)
  const { app } = await build(t, { env: { SMTP_URL: mail.url, APP_URL: 'https://moods.example' } })
  const maya = await signUp(app, 'maya', { email: 'maya@example.org' })
  t.equal((await maya.post('/tokens', ways[0].payload)).statusCode, 201)
  await app.close()
  t.strictSame(mail.received, [])
})

t.test('security 45: a token ends after 90 days unless its owner says otherwise; null is never', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const make = async (more = {}) => (await maya.post('/tokens', { ...ways[0].payload, ...more })).json()
  const [usual, endless] = [await make(), await make({ expires_at: null })]
  t.equal(Date.parse(usual.expires_at), clock.now + 90 * day)
  t.equal(endless.expires_at, null)
  const status = async ({ token }: { token: string }) =>
    (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode
  clock.now += 90 * day - 1
  t.strictSame([await status(usual), await status(endless)], [200, 200])
  clock.now += 1
  t.strictSame([await status(usual), await status(endless)], [401, 200])
})
