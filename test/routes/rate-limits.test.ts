import t, { type Test } from 'tap'
import { limits } from '../../plugins/rate-limits.ts'
import { type App, build, password, signUp } from '../helper.ts'

const limited = (t: Test, env: Record<string, string> = {}) => build(t, { env: { RATE_LIMIT: 'on', ...env } })

const refresh = (app: App, remoteAddress = '192.0.2.1', headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: 'none' }, remoteAddress, headers })

t.test(
  'security 30: every answer says how many requests are left, and of many at once each says another number',
  async t => {
    const { app } = await limited(t)
    const { requests, seconds } = limits.refresh
    const answers = await Promise.all(Array.from({ length: requests + 30 }, () => refresh(app)))
    const served = answers.filter(({ statusCode }) => statusCode === 401)
    t.equal(served.length, requests)
    const left = served.map(({ headers }) => Number(/;r=(\d+);/.exec(String(headers.ratelimit))?.[1]))
    t.strictSame(
      left.toSorted((a, b) => a - b),
      Array.from({ length: requests }, (_, i) => i),
    )
    for (const { headers } of answers) t.equal(headers['ratelimit-policy'], `"refresh";q=${requests};w=${seconds}`)

    const surplus = answers.filter(({ statusCode }) => statusCode !== 401)
    t.equal(surplus.length, 30)
    for (const answer of surplus) {
      t.equal(answer.statusCode, 429)
      t.match(answer.headers['content-type'], /^application\/problem\+json/)
      t.match(answer.json(), { code: 'too_many_requests', title: 'Too many requests', errors: [/60 seconds/] })
      t.match(answer.headers, { 'retry-after': '60', ratelimit: '"refresh";r=0;t=60' })
    }
  },
)

t.test('security 30: after the time that Retry-After says there is room again', async t => {
  const { app, clock } = await limited(t)
  for (let i = 0; i < limits.login.requests; i++) {
    const answer = await app.inject({ method: 'POST', url: '/login', payload: {} })
    t.equal(answer.statusCode, 400)
  }
  const login = () => app.inject({ method: 'POST', url: '/login', payload: {} })
  clock.now += 20_000
  const refused = await login()
  t.match(refused, { statusCode: 429, headers: { 'retry-after': '40' } })
  clock.now += 39_999
  t.equal((await login()).statusCode, 429)
  clock.now += 1
  t.equal((await login()).statusCode, 400)
})

t.test('security 4: limits are per IPv4 address and per IPv6 /64', async t => {
  const { app } = await limited(t)
  const left = async (ip: string) => /;r=(\d+);/.exec(String((await refresh(app, ip)).headers.ratelimit))?.[1]
  t.equal(await left('2001:db8:0:1::1'), '119')
  t.equal(await left('2001:db8:0:1:ffff::2'), '118')
  t.equal(await left('2001:db8:0:2::1'), '119')
  t.equal(await left('192.0.2.9'), '119')
  t.equal(await left('::ffff:192.0.2.9'), '118')
  t.equal(await left('192.0.2.10'), '119')
})

t.test('security 4: X-Forwarded-For counts from a trusted proxy, and from nobody else', async t => {
  const from = (app: App, address: string) => async (client: string) => {
    const { headers } = await refresh(app, address, { 'x-forwarded-for': client })
    return /;r=(\d+);/.exec(String(headers.ratelimit))?.[1]
  }
  const { app } = await limited(t, { TRUST_PROXY: '10.0.0.1' })
  const proxied = from(app, '10.0.0.1')
  t.strictSame([await proxied('192.0.2.1'), await proxied('192.0.2.2')], ['119', '119'])
  const stranger = from(app, '10.0.0.2')
  t.strictSame([await stranger('192.0.2.3'), await stranger('192.0.2.4')], ['119', '118'])
})

t.test('each route with a limit of its own has it, all others share one, and probes have none', async t => {
  const { app } = await limited(t)
  const maya = await signUp(app, 'maya')
  const policyOf = ({ headers }: { headers: Record<string, unknown> }) =>
    /^"(\w+)"/.exec(String(headers['ratelimit-policy']))?.[1]
  for (const name of ['signup', 'login', 'refresh'])
    t.equal(policyOf(await app.inject({ method: 'POST', url: `/${name}`, payload: {} })), name)
  const others = [
    await maya.get('/me'),
    await maya.get('/mood'),
    await app.inject('/mood'),
    await app.inject('/nowhere'),
  ]
  for (const answer of others) t.equal(policyOf(answer), 'general')
  const left = others.map(({ headers }) => /;r=(\d+);/.exec(String(headers.ratelimit))?.[1])
  t.strictSame(left, ['2999', '2998', '2997', '2996'], 'strangers and wrong addresses are counted too')
  for (const probe of ['/health', '/ready']) t.equal(policyOf(await app.inject(probe)), undefined)
})

t.test('with RATE_LIMIT=off nobody is limited and nothing is said of limits', async t => {
  const { app } = await build(t)
  const answers = await Promise.all(Array.from({ length: limits.refresh.requests + 10 }, () => refresh(app)))
  t.ok(answers.every(({ statusCode, headers }) => statusCode === 401 && headers.ratelimit === undefined))
  t.equal((await app.inject({ method: 'POST', url: '/login', payload: { username: 'x', password } })).statusCode, 401)
})
