import { eq } from 'drizzle-orm'
import t from 'tap'
import { type BuildOptions, build, password, signUp } from '../helper.ts'
import { mailbox } from '../mailbox.ts'

/** With `HIDE_ACCOUNTS=on`, nothing tells a stranger whether an e-mail address has an account. */

const newPassword = 'another horse battery'

async function hidden(t: Parameters<typeof build>[0], wrap?: BuildOptions['wrap']) {
  const box = await mailbox(t)
  const env = { SMTP_URL: box.url, HIDE_ACCOUNTS: 'on', PUBLIC_URL: 'https://mood.example.org' }
  const { app, clock, database } = await build(t, { env, timeouts: { mailDrainMs: 600_000 }, ...(wrap && { wrap }) })
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
  const confirm = (code: string) => post('/account/email/verification/confirm', { code })
  /** Somebody whose address is confirmed. */
  const enter = async (name: string) => {
    const person = await signUp(app, name, { email: `${name}@example.org` })
    const code = await box.nextCode(`${name}@example.org`)
    t.equal((await confirm(code)).statusCode, 204)
    return person
  }
  return { app, clock, database, box, post, confirm, enter }
}

t.test('security 48: an address joins a new account when its letter is confirmed', async t => {
  const { app, box, post, confirm } = await hidden(t)
  const maya = await signUp(app, 'maya', { email: 'Maya@example.org' })
  t.equal((await maya.get('/me')).json().email, null)
  const login = () => post('/login', { email: 'maya@example.org', password })
  t.equal((await login()).statusCode, 401)
  const message = await box.next()
  t.strictSame([message.to, message.subject], [['Maya@example.org'], 'Confirm your e-mail address for moodstreak'])
  t.ok(message.text.includes(`\nhttps://mood.example.org/verify-email#${message.code}\n`))
  t.match((await post('/password/reset', { code: message.code, new_password: newPassword })).json(), {
    code: 'invalid_code',
  })
  t.equal((await confirm(message.code)).statusCode, 204)
  t.equal((await maya.get('/me')).json().email, 'Maya@example.org')
  t.equal((await maya.get('/profile')).json().email_verified, true)
  t.equal((await login()).statusCode, 200)
  t.match((await confirm(message.code)).json(), { code: 'invalid_code' })
  t.match(
    (await maya.get('/account/events'))
      .json()
      .events.slice(1)
      .map(({ kind }: { kind: string }) => kind),
    ['email_verified', 'email_changed'],
  )
})

t.test(
  'security 48: sign-up, reset, sign-in and a new address: answer and work are the same, taken or not',
  async t => {
    const asked: string[] = []
    const { app, box, post, enter } = await hidden(t, database => ({
      ...database,
      prepare(name, values, build, json) {
        const prepared = database.prepare(name, values, build, json)
        type Params = Parameters<typeof prepared.execute>[0]
        const noted =
          <T>(run: (params: Params) => T) =>
          (params: Params) => {
            asked.push(name)
            return run(params)
          }
        return { execute: noted(prepared.execute), asWrite: noted(prepared.asWrite) }
      },
    }))
    await enter('maya')
    const noor = await signUp(app, 'noor')
    const emails = ['maya@example.org', 'MAYA@example.org', 'nobody@example.org']
    let n = 0
    const requests: Record<string, (email: string) => Promise<{ statusCode: number; body: string }>> = {
      signUp: email => post('/signup', { username: `user${n++}`, password, email }),
      newAddress: email => noor.put('/account/email', { email }),
      reset: email => post('/password/forgot', { email }),
      signIn: email => post('/login', { email, password: 'wrong horse battery' }),
    }
    for (const [name, request] of Object.entries(requests)) {
      const seen = []
      for (const email of emails) {
        asked.length = 0
        const answer = request(email)
        const { statusCode, body } = await answer
        // What is asked afterwards, for the message, does not delay the answer.
        const before = asked.filter(statement => !afterwards.has(statement))
        seen.push({ statusCode, body: stable(body), before })
      }
      for (const one of seen) t.strictSame(one, seen[0], name)
    }
    t.match((await app.inject('/availability?email=maya@example.org')).json(), { status: 403, code: 'forbidden' })
    t.match((await app.inject('/availability?email=nobody@example.org')).json(), { status: 403, code: 'forbidden' })
    t.strictSame((await app.inject('/availability?username=maya')).json(), { available: false })
    await app.close()
    t.ok(box.received.length > 0)
  },
)

/** The statements that only the message needs. */
const afterwards = new Set([
  'user_login',
  'email_taken',
  'user_stand',
  'one_time_code_quiet',
  'one_time_code_insert',
  'message_claim',
  'message_release',
  'event_insert',
  'event_trim',
])
const stable = (body: string) => body.replace(/"(id|token|refresh_token|device_token|username)":"[^"]*"/g, '"$1":""')

t.test('security 48: the owner of a taken address gets a letter that says so, and a way back in', async t => {
  const { app, box, post, enter } = await hidden(t)
  await enter('maya')
  const eve = await signUp(app, 'eve', { email: 'MAYA@example.org' })
  const letter = await box.next()
  t.strictSame([letter.to, letter.subject], [['maya@example.org'], 'You already have a moodstreak account'])
  t.equal((await eve.get('/me')).json().email, null)
  t.equal((await post('/password/reset', { code: letter.code, new_password: newPassword })).statusCode, 204)
  t.equal((await post('/login', { email: 'maya@example.org', password: newPassword })).statusCode, 200)
})

t.test(
  'security 48: a new address replaces the old one when it is confirmed; only the last one asked for can be',
  async t => {
    const { app, box, confirm, enter } = await hidden(t)
    const maya = await enter('maya')
    const change = async (email: string | null) => (await maya.put('/account/email', { email })).json().email
    t.equal(await change('mistyped@example.org'), 'maya@example.org')
    const mistyped = await box.nextCode()
    t.equal(await change('new@example.org'), 'maya@example.org')
    const right = await box.nextCode()
    t.match((await confirm(mistyped)).json(), { code: 'invalid_code' })
    t.equal((await confirm(right)).statusCode, 204)
    t.equal((await maya.get('/me')).json().email, 'new@example.org')
    const notice = await box.next()
    t.strictSame([notice.to, notice.subject], [['maya@example.org'], 'Your moodstreak e-mail address was changed'])

    t.equal(await change('NEW@example.org'), 'NEW@example.org', 'the same address in another spelling')
    await box.next()
    await change('third@example.org')
    const third = await box.nextCode()
    t.equal(await change(null), null)
    t.match((await confirm(third)).json(), { code: 'invalid_code' }, 'removing the address ends what is pending')

    await change('fourth@example.org')
    const fourth = await box.nextCode('fourth@example.org')
    await maya.put('/account/password', { new_password: newPassword })
    t.match(
      (await confirm(fourth)).json(),
      { code: 'invalid_code' },
      'so does a new password: an intruder may have asked',
    )
    await app.close()
  },
)

t.test(
  'security 48: of two accounts that want one address the first to confirm gets it; a disabled one keeps its own',
  async t => {
    const { app, box, database, confirm, enter } = await hidden(t)
    const email = 'shared@example.org'
    const codes = []
    for (const name of ['ada', 'bea']) {
      await signUp(app, name, { email })
      codes.push(await box.nextCode(email))
    }
    t.equal((await confirm(codes[0] as string)).statusCode, 204)
    t.match((await confirm(codes[1] as string)).json(), { status: 409, code: 'email_taken' })

    const cleo = await enter('cleo')
    const { users } = database.tables
    await database.query(db => db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, cleo.id)))
    const count = box.received.length
    await signUp(app, 'dora', { email: 'cleo@example.org' })
    await app.close()
    t.equal(box.received.length, count)
  },
)
