import { channel } from 'node:diagnostics_channel'
import t, { type Test } from 'tap'
import { jobRunner } from '../../src/jobs/job-runner.ts'
import { type App, type BuildOptions, build, signUp, until } from '../helper.ts'
import { mailbox } from '../mailbox.ts'

const token = 'a token that only Prometheus knows: 9f1c27d4'
const on = { METRICS: 'on', METRICS_TOKEN: token }

const measuring = (t: Test, { env = {}, ...options }: BuildOptions = {}) =>
  build(t, { ...options, env: { ...on, ...env } })

/** The values by their names and labels, as Prometheus reads them. */
async function scraped(app: App): Promise<Record<string, number>> {
  const answer = await app.inject({ url: '/metrics', headers: { authorization: `Bearer ${token}` } })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  const samples = answer.body.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    samples.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

t.test('security 53: without METRICS=on there is no such address, and nothing is measured', async t => {
  const { app } = await build(t, { env: { METRICS_TOKEN: token } })
  for (const method of ['GET', 'HEAD'] as const)
    t.equal(
      (await app.inject({ method, url: '/metrics', headers: { authorization: `Bearer ${token}` } })).statusCode,
      404,
    )
  for (const name of ['commit', 'job', 'password']) t.notOk(channel(`moodstreak:${name}`).hasSubscribers, name)
})

t.test('security 53: the token opens the metrics, and nothing else does', async t => {
  const { app } = await measuring(t)
  const maya = await signUp(app, 'maya')
  const { token: personal } = (await maya.post('/tokens', { name: 'script', scopes: ['mood:read'] })).json()
  const ask = (headers: Record<string, string>, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url: '/metrics', headers })

  for (const method of ['GET', 'HEAD'] as const) {
    const answer = await ask({ authorization: `Bearer ${token}` }, method)
    t.equal(answer.statusCode, 200)
    t.match(answer.headers, { 'content-type': /^text\/plain; version=0\.0\.4/, 'cache-control': 'no-store' })
  }
  for (const headers of [{}, { cookie: maya.cookie, 'sec-fetch-site': 'same-origin' }, { cookie: token }])
    t.match((await ask(headers)).json(), { status: 401, code: 'authentication_required' })
  for (const wrong of [
    maya.token,
    personal,
    'null',
    token.slice(0, -1),
    `${token}x`,
    token.toUpperCase(),
    ` ${token} x`,
  ]) {
    const answer = await ask({ authorization: `Bearer ${wrong}`, cookie: maya.cookie })
    t.match(answer.json(), { status: 401, code: 'invalid_token' }, wrong)
    t.match(answer.headers['www-authenticate'], 'error="invalid_token"')
  }
  for (const authorization of [token, `Basic ${token}`, 'Bearer', ''])
    t.match((await ask({ authorization })).json(), { status: 401, code: 'invalid_token' }, authorization)
  t.equal((await app.inject({ url: `/metrics?token=${token}` })).statusCode, 401, 'a token in the address is none')
})

t.test('security 53: nothing that somebody sends or owns becomes a label, so labels are bounded', async t => {
  const { app } = await measuring(t)
  const maya = await signUp(app, 'maya-canary')
  const { mood } = (await maya.post('/mood', { mood: 5, note: 'canary', tags: ['canary'] })).json()
  await maya.get(`/mood/${mood.id}`)
  await maya.get('/mood?tag=canary&page=1', { 'user-agent': 'canary', 'x-timezone': 'canary' })
  await app.inject('/canary')
  await app.inject({ method: 'PROPFIND' as 'GET', url: '/mood/canary' })
  await app.inject('/%zz/canary')
  const values = await scraped(app)
  const names = Object.keys(values).join('\n')
  for (const secret of ['canary', maya.id, mood.id, 'PROPFIND', token]) t.notMatch(names, secret)
  const one = (route: string, method = 'GET', status = 200) =>
    values[`moodstreak_http_requests_total{method="${method}",route="${route}",status="${status}"}`]
  t.equal(one('/mood/:id'), 1)
  t.equal(one('/mood'), 1)
  t.equal(one('/mood', 'POST', 201), 1)
  t.equal(one('none', 'none', 404), 1)
  t.equal(one('none', 'none', 405), 1, 'whatever the method')
  t.equal(values['moodstreak_http_request_duration_seconds_count{method="GET",route="/mood/:id"}'], 1)
  t.equal(values['moodstreak_http_request_duration_seconds_count{method="none",route="none"}'], 2)
})

t.test('commits are measured on both engines: how many there are, and how many batches share one', async t => {
  const { app } = await measuring(t)
  const maya = await signUp(app, 'maya')
  const before = await scraped(app)
  await Promise.all(Array.from({ length: 40 }, () => maya.post('/mood', { mood: 5 })))
  const after = await scraped(app)
  const rise = (name: string) => Number(after[name]) - Number(before[name])
  // More than one for each where a history had to be derived between them, and was kept beside the user.
  const batches = rise('moodstreak_commit_batches_sum')
  t.ok(batches >= 40 && batches <= 80, `${batches} batches`)
  t.ok(rise('moodstreak_commit_batches_count') < batches, 'they shared some')
  t.equal(rise('moodstreak_commit_duration_seconds_count'), rise('moodstreak_commit_batches_count'))
  t.ok(rise('moodstreak_commit_duration_seconds_sum') > 0)
  t.equal(after['moodstreak_pool_connections{state="waiting"}'], process.env.TEST_DATABASE_URL ? 0 : undefined)
  const engine = process.env.TEST_DATABASE_URL ? 'postgres' : 'sqlite'
  t.ok(Object.keys(after).some(name => /^moodstreak_info\{version=".+",engine="(.+)"\}$/.exec(name)?.[1] === engine))
})

t.test('caches tell how much is in them, and how often they had what was looked for', async t => {
  const { app } = await measuring(t)
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 5 })
  for (let times = 0; times < 4; times++) await maya.get('/mood')
  for (let times = 0; times < 2; times++) await maya.get('/tasks')
  const values = await scraped(app)
  t.match(values, {
    'moodstreak_cache_entries{cache="rendered_moods"}': 1,
    'moodstreak_cache_lookups_total{cache="rendered_moods",result="hit"}': 2,
    'moodstreak_cache_lookups_total{cache="rendered_moods",result="miss"}': 2,
    'moodstreak_cache_entries{cache="rendered_tasks"}': 1,
    'moodstreak_cache_entries{cache="histories"}': 1,
    'moodstreak_cache_lookups_total{cache="histories",result="derived"}': 0,
  })
  t.ok(Number(values['moodstreak_cache_lookups_total{cache="histories",result="cached"}']) > 0)
})

t.test('passwords, streams, the process and its event loop are measured', async t => {
  const { app } = await measuring(t)
  await signUp(app, 'maya')
  const values = await scraped(app)
  t.ok(Number(values.moodstreak_password_duration_seconds_count) >= 1)
  t.equal(values['moodstreak_password_queue{state="waiting"}'], 0)
  t.equal(values['moodstreak_password_queue{state="running"}'], 0)
  t.equal(values['moodstreak_streams{state="running"}'], 0)
  t.equal(values['moodstreak_streams{state="waiting"}'], 0)
  for (const quantile of ['0.5', '0.99', '1'])
    t.ok(Number(values[`nodejs_eventloop_lag_seconds{quantile="${quantile}"}`]) >= 0, quantile)
  for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'process_start_time_seconds'])
    t.ok(Number(values[name]) > 0, name)
  t.ok(Number(values.nodejs_heap_size_used_bytes) > 0)
})

t.test('e-mails that wait, were sent and failed are counted', async t => {
  let refusing = false
  const box = await mailbox(t, {
    onRcptTo: (_address, _session, done) => done(refusing ? new Error('on purpose') : undefined),
  })
  const { app } = await measuring(t, { env: { SMTP_URL: box.url } })
  t.match(await scraped(app), {
    'moodstreak_mail_queue{kind="awaited"}': 0,
    'moodstreak_mail_queue{kind="notice"}': 0,
    'moodstreak_mails_total{outcome="sent"}': 0,
    'moodstreak_mails_total{outcome="failed"}': 0,
  })
  const maya = await signUp(app, 'maya', { email: 'maya@example.org' })
  await maya.post('/account/email/verification', undefined)
  await box.nextCode()
  await until(async () => (await scraped(app))['moodstreak_mails_total{outcome="sent"}'] === 1)
  refusing = true
  await maya.post('/password/forgot', { username: 'maya' })
  await until(async () => (await scraped(app))['moodstreak_mails_total{outcome="failed"}'] === 1)
})

t.test('runs of jobs are measured, those that fail too', async t => {
  const { app, database, clock } = await measuring(t)
  const jobs = jobRunner({
    database,
    jobs: [
      { name: 'good', intervalMs: 1_000, run: async () => {} },
      { name: 'bad', intervalMs: 1_000, run: () => Promise.reject(new Error('on purpose')) },
    ],
    now: () => clock.now,
    failed: () => {},
  })
  await jobs.tick()
  const values = await scraped(app)
  t.equal(values['moodstreak_job_duration_seconds_count{job="good",outcome="done"}'], 1)
  t.equal(values['moodstreak_job_duration_seconds_count{job="bad",outcome="failed"}'], 1)
  t.ok(Number(values['moodstreak_job_last_success_timestamp_seconds{job="good"}']) > 0)
  t.notOk('moodstreak_job_last_success_timestamp_seconds{job="bad"}' in values)
})
