import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import Client from 'better-sqlite3'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { fileOf } from '../src/db/open.ts'
import { logOptions } from '../src/server/log.ts'
import { build, type Person, signUp } from './helper.ts'
import { mailbox } from './mailbox.ts'

/** Private values, each recognisable. */
const typed = {
  username: 'canary-username',
  password: 'canary-password',
  email: 'canary-email@example.org',
  first: 'canary-first-name',
  note: 'canary-note',
  tag: 'canary-tag',
  label: 'canary-label',
  query: 'canary-query',
}
const json = { 'content-type': 'application/json' }

/** The API with its log at the most verbose level, in a list. */
async function logged(t: Test, env: Record<string, string> = {}) {
  const lines: string[] = []
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  const options = logOptions({ logLevel: 'trace' })
  const logger = { ...(typeof options === 'object' && options), stream }
  const setting = await build(t, { env: { LOG_LEVEL: 'trace', ...env }, logger, timeouts: { mailDrainMs: 600_000 } })
  return { ...setting, lines }
}

const enter = (app: Awaited<ReturnType<typeof build>>['app']) =>
  signUp(app, typed.username, { password: typed.password, email: typed.email, first_name: typed.first })

/** The secrets of a sign-in, in the parts that a thief could use. */
const secretsOf = ({ token, refreshToken, cookie }: Person) =>
  [token, refreshToken, cookie].map(secret => secret.split('.').at(-1) as string)

/** None of the canaries is in the text. */
function isClean(t: Test, text: string, canaries: readonly string[], what: string) {
  for (const canary of canaries) t.notOk(text.includes(canary), `${what}: ${canary}`)
}

t.test('security 19: nothing that people typed or hold is in any log line or error, whatever they do', async t => {
  const { app, lines } = await logged(t)
  const maya = await enter(app)
  const body = { mood: typed.label, note: typed.note, tags: [typed.tag] }
  const { id } = (await maya.post('/mood', body)).json().mood
  const credentials = { username: typed.username, password: typed.password }
  const login = (payload: string | object, headers = {}) =>
    app.inject({ method: 'POST', url: '/login', payload, headers: { ...json, ...headers } })
  const broken = JSON.stringify({ ...credentials, ...body, email: typed.email }).slice(0, -1)
  const origin = { origin: 'https://evil.example' }
  const refresh = (token: string) => app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: token } })

  const answers: LightMyRequestResponse[] = [
    await login(credentials),
    await login({ email: typed.email, password: typed.password }),
    await login({ ...credentials, password: `${typed.password}!` }),
    await login({ ...credentials, typo: typed.password }),
    await login({ username: typed.username, password: [typed.password] }),
    await login(broken),
    await login(credentials, origin),
    await login(broken, { 'content-type': 'text/plain' }),
    await login(Buffer.from(`${broken}\xff}`, 'latin1')),
    await app.inject({ method: 'POST', url: '/signup', payload: { ...credentials, email: typed.email } }),
    await app.inject({ method: 'POST', url: '/signup', payload: { ...credentials, email: `${typed.email} no` } }),
    await refresh(maya.token),
    await refresh(`${maya.refreshToken}x`),
    await maya.get('/me'),
    await app.inject({ url: '/check_session', headers: { cookie: maya.cookie } }),
    await app.inject({ url: '/me', headers: { authorization: `Bearer ${maya.refreshToken}`, cookie: maya.cookie } }),
    await app.inject({ url: '/me', headers: { authorization: `Bearer ${maya.token}x` } }),
    await maya.patch('/profile', { first_name: typed.first, last_name: typed.note.repeat(50) }),
    await maya.patch('/profile', { first_name: typed.first }),
    await maya.post('/mood', { ...body, date: typed.note }),
    await maya.post('/mood', { ...body, timezone: typed.note }),
    await maya.post('/mood', { ...body, note: `${typed.note}\0` }),
    await maya.post('/mood', { ...body, mood: typed.label.repeat(9), tags: [typed.tag.repeat(9)] }),
    await maya.post('/mood', broken, json),
    await maya.post('/mood', body, { 'x-timezone': typed.query }),
    await maya.post('/mood', body, { 'x-timezone': `${typed.query}, UTC` }),
    await maya.get(`/mood?tag=${typed.tag}`),
    await maya.get(`/mood?tag=${typed.tag}&order=${typed.query}&page=${typed.query}`),
    await maya.get(`/mood/${id}?as_of=${typed.query}`),
    await maya.get(`/nowhere?token=${typed.query}`),
    await maya.get(`/mood/%zz?token=${typed.query}`),
    await maya.get(`/mood/${'x'.repeat(300)}?token=${typed.query}`),
    await app.inject({ method: 'PUT', url: `/mood?token=${typed.query}` }),
    await maya.patch(`/mood/${id}`, { note: typed.note }, { 'if-match': typed.query }),
    await maya.get(`/mood/${id}`, { 'if-none-match': typed.query }),
    await maya.get('/mood/streak/explain'),
    await maya.delete(`/mood/${id}`),
    await maya.post('/tasks', { id, title: typed.label, description: typed.note }),
    await maya.post('/tasks', { id, title: typed.label }),
    await maya.post('/tasks', { title: typed.note.repeat(50), due_on: typed.note }),
    await maya.get(`/tasks?q=${typed.query}&sort=title`),
    await maya.get(`/tasks?due_from=${typed.query}`),
    await maya.patch(`/tasks/${id}`, { title: typed.label }, { 'if-match': typed.query }),
    await maya.post('/tasks/complete', { ids: [id, typed.note], completed: true }),
    await app.inject({ method: 'DELETE', url: '/logout', headers: { cookie: maya.cookie, ...origin } }),
    await maya.delete(`/logout?token=${typed.query}`),
  ]
  t.ok(answers.every(({ statusCode }) => statusCode < 500))
  const canaries = [...Object.values(typed), ...secretsOf(maya)]
  for (const { statusCode, body, payload } of answers)
    if (statusCode >= 400) isClean(t, body + payload, canaries, body.slice(0, 120))

  t.ok(lines.length >= answers.length, 'there is a line for every answer')
  isClean(t, lines.join(''), canaries, 'the log')
  t.notMatch(lines.join(''), /authorization|set-cookie|refresh_token/i)
})

t.test('security 19: neither an address nor a code is in any log line, whether the e-mail goes out or not', async t => {
  let refusing = false
  const box = await mailbox(t, {
    onRcptTo: ({ address }, _session, done) =>
      done(refusing ? Object.assign(new Error(`no ${address} here`), { responseCode: 550 }) : null),
  })
  const { app, lines } = await logged(t, { SMTP_URL: `smtp://canary-user:canary-password@127.0.0.1:${box.port}` })
  const open = await logged(t, { SMTP_URL: box.url })
  const maya = await enter(open.app)
  const send = (url: string, payload: object) => open.app.inject({ method: 'POST', url, payload })
  await maya.post('/account/email/verification', undefined)
  const verification = await box.next()
  await send('/password/forgot', { email: typed.email })
  const reset = await box.next()
  const codes = [verification.code, reset.code]
  const answers = [
    await send('/account/email/verification/confirm', { code: `${verification.code}x` }),
    await send('/account/email/verification/confirm', { code: verification.code, email: typed.email }),
    await send('/account/email/verification/confirm', { code: verification.code }),
    await send('/password/forgot', { email: typed.email, typo: typed.password }),
    await send('/password/forgot', { email: typed.email, username: typed.username }),
    await send('/password/reset', { code: reset.code, new_password: 'canary' }),
    await send('/password/reset', { code: reset.code, new_password: typed.password }),
    await send('/password/reset', { code: reset.code, new_password: typed.password }),
  ]
  await box.next()
  refusing = true
  await send('/password/forgot', { email: typed.email })
  // Closing waits until the attempt is over.
  await open.app.close()
  t.match(open.lines.join(''), /could not be sent/)

  await enter(app)
  await app.inject({ method: 'POST', url: '/password/forgot', payload: { email: typed.email } })
  await app.close()
  t.match(lines.join(''), /could not be sent/, 'that server wants no password')

  const canaries = [...Object.values(typed), ...codes, ...codes.map(code => code.split('.').at(-1) as string)]
  for (const { body } of answers) isClean(t, body, canaries, body.slice(0, 120))
  for (const text of [open.lines.join(''), lines.join('')]) isClean(t, text, [...canaries, 'canary-user'], 'the log')
})

t.test('security 19: a failure of the server is logged and told without what it was about', async t => {
  const failures = {
    'a table that is gone': (path: string) => new Client(path).exec('drop table mood_tags').close(),
    'a row that a rule refuses': (path: string) =>
      new Client(path)
        .exec("create trigger refuse before insert on moods begin select raise(abort, 'no: ' || new.note); end")
        .close(),
  }
  for (const [what, breakIt] of Object.entries(failures)) {
    const { app, lines, config } = await logged(t)
    const maya = await enter(app)
    breakIt(fileOf(config.databaseUrl))
    const answer = await maya.post('/mood', { mood: typed.label, note: typed.note, tags: [typed.tag] })
    t.equal(answer.statusCode, 500, what)
    t.match(answer.json(), { code: 'internal_error', instance: '/mood', errors: [/\w \w/] })
    t.notMatch(answer.body, /sql|table|trigger|node_modules|\.ts/i, 'no stack, SQL or path')
    const canaries = [...Object.values(typed), ...secretsOf(maya)]
    isClean(t, answer.body, canaries, what)
    t.match(lines.join(''), /"level":50/, 'the operator is told')
    isClean(t, lines.join(''), canaries, `${what}, in the log`)
  }
})

t.test('security 19: a database that is closed under the server is told without a value', async t => {
  const { app, lines, database } = await logged(t)
  const maya = await enter(app)
  await database.close()
  for (const answer of [
    await maya.post('/mood', { mood: 1, note: typed.note }),
    await maya.get('/mood'),
    await app.inject('/ready'),
  ]) {
    t.ok([500, 503].includes(answer.statusCode))
    t.match(answer.headers['content-type'], /^application\/problem\+json/)
    isClean(t, answer.body + lines.join(''), [...Object.values(typed), ...secretsOf(maya)], 'a closed database')
  }
})

t.test(
  'security 19: what an address holds besides its path is neither logged nor told, whichever way it is written',
  async t => {
    const { app, lines } = await logged(t)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const ask = (path: string) =>
      new Promise<string>((resolve, reject) => {
        const sent = request({ port, host: '127.0.0.1', path, agent: false }, answer => {
          const chunks: Buffer[] = []
          answer.on('data', chunk => chunks.push(chunk))
          answer.on('end', () => resolve(Buffer.concat(chunks).toString()))
        })
        sent.on('error', reject)
        sent.end()
      })
    for (const path of [
      '/mood?tag=canary',
      '/mood#canary',
      '/nowhere#canary',
      '/me?#canary',
      'http://me:canary@host/me',
    ]) {
      isClean(t, await ask(path), ['canary'], path)
      isClean(t, lines.join(''), ['canary'], `${path}, in the log`)
      lines.length = 0
    }
  },
)

t.test('what the operator chose, and a busy hour, are no failures in the log', async t => {
  const { app, lines } = await logged(t)
  const forgot = { method: 'POST', url: '/password/forgot', payload: { username: 'maya' } } as const
  t.equal((await app.inject(forgot)).json().code, 'email_not_configured')
  const levels = lines.map(line => JSON.parse(line)).map(({ level, msg }) => ({ level, msg }))
  t.match(levels, [{ level: 30, msg: 'E-mail not configured' }], 'information')
  t.strictSame(
    levels.filter(({ level }) => level >= 40),
    [],
  )
})
