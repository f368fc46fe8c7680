import t from 'tap'
import { build, password, signUp } from '../helper.ts'

const env = { CORS_ORIGINS: 'https://app.example,https://other.example' }
const app1 = 'https://app.example'
const strangers = ['https://evil.example', 'null', 'https://app.example.evil.example', 'http://app.example', '*']

t.test('security 17: a listed page may read every answer, errors included', async t => {
  // Except for malformed URLs, which Fastify refuses before any plugin runs.
  const { app } = await build(t, { env })
  const { cookie } = await signUp(app, 'maya')
  const requests = [
    { method: 'GET', url: '/mood', headers: { cookie } },
    { method: 'GET', url: '/mood' },
    { method: 'GET', url: '/mood', headers: { authorization: 'Bearer null' } },
    { method: 'GET', url: '/mood?typo=1', headers: { cookie } },
    { method: 'GET', url: '/mood/nonsense', headers: { cookie } },
    { method: 'GET', url: '/nowhere' },
    { method: 'PUT', url: '/mood', headers: { cookie } },
    { method: 'POST', url: '/login', payload: { username: 'maya', password: 'wrong one' } },
    { method: 'POST', url: '/login', payload: 'x'.repeat(1_000_000), headers: { 'content-type': 'application/json' } },
    { method: 'POST', url: '/login', payload: '{', headers: { 'content-type': 'application/json' } },
    { method: 'POST', url: '/login', payload: 'x', headers: { 'content-type': 'text/plain' } },
    { method: 'POST', url: '/login', payload: { username: 'maya', password } },
  ] as const
  for (const request of requests) {
    const headers = { ...('headers' in request && request.headers), origin: app1 }
    const answer = await app.inject({ ...request, headers })
    const what = `${request.method} ${request.url.slice(0, 40)}: ${answer.statusCode}`
    t.equal(answer.headers['access-control-allow-origin'], app1, what)
    t.equal(answer.headers['access-control-allow-credentials'], 'true', what)
    t.match(answer.headers.vary, /\borigin\b/i, what)
  }
})

t.test('security 17: no other page may, and no answer says * or null', async t => {
  for (const list of [env, {}]) {
    const { app } = await build(t, { env: list })
    const { cookie } = await signUp(app, 'maya')
    for (const origin of strangers) {
      for (const url of ['/mood', '/me', '/nowhere', '/health', '/docs', '/openapi.json', '/mood?typo=1']) {
        const answer = await app.inject({ url, headers: { origin, cookie } })
        t.equal(answer.headers['access-control-allow-origin'], undefined, `${url} to ${origin}`)
      }
    }
    t.equal((await app.inject('/health')).headers['access-control-allow-origin'], undefined)
  }
})

t.test('security 17: a preflight lets a listed page use every method and header that the API has', async t => {
  const { app } = await build(t, { env })
  for (const method of ['POST', 'PATCH', 'DELETE']) {
    const answer = await app.inject({
      method: 'OPTIONS',
      url: '/mood',
      headers: {
        origin: app1,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type,if-match,x-timezone',
      },
    })
    t.equal(answer.statusCode, 204)
    t.equal(answer.headers['access-control-allow-origin'], app1)
    t.match(answer.headers['access-control-allow-methods'], new RegExp(`\\b${method}\\b`))
    for (const header of [/authorization/i, /content-type/i, /if-match/i, /x-timezone/i])
      t.match(answer.headers['access-control-allow-headers'], header)
  }
  for (const origin of strangers) {
    const headers = { origin, 'access-control-request-method': 'PATCH' }
    const answer = await app.inject({ method: 'OPTIONS', url: '/profile', headers })
    t.equal(answer.headers['access-control-allow-origin'], undefined)
  }
})

t.test('an OPTIONS request that is no preflight gets a problem like any other bad request', async t => {
  for (const list of [env, {}]) {
    const { app } = await build(t, { env: list })
    for (const headers of [{}, { origin: app1 }, { origin: 'https://evil.example' }] as Record<string, string>[]) {
      const answer = await app.inject({ method: 'OPTIONS', url: '/mood', headers })
      if (answer.statusCode < 400) continue
      t.match(answer.headers['content-type'], /^application\/problem\+json/, JSON.stringify(headers))
      t.equal(answer.headers['x-content-type-options'], 'nosniff')
    }
  }
})

t.test('an address that is not there is 404 whether or not other pages are listed', async t => {
  for (const list of [env, {}]) {
    const { app } = await build(t, { env: list })
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      const answer = await app.inject({ method, url: '/nowhere' })
      t.equal(answer.statusCode, 404, `${method} with ${JSON.stringify(list)}`)
      t.equal(answer.headers.allow, undefined)
    }
  }
})

t.test(
  'security 17: with * beside exact origins any page may call with a bearer token, only those with the cookie',
  async t => {
    const { app } = await build(t, { env: { CORS_ORIGINS: `${app1},*` } })
    const { cookie, token } = await signUp(app, 'maya')
    for (const origin of strangers) {
      const read = await app.inject({ url: '/mood', headers: { origin, authorization: `Bearer ${token}` } })
      t.equal(read.statusCode, 200)
      t.equal(read.headers['access-control-allow-origin'], '*')
      t.equal(read.headers['access-control-allow-credentials'], undefined)
      const write = { method: 'POST', url: '/mood', payload: { mood: 5 } } as const
      t.equal((await app.inject({ ...write, headers: { origin, authorization: `Bearer ${token}` } })).statusCode, 201)
      t.equal((await app.inject({ ...write, headers: { origin, cookie } })).statusCode, 403)
      const preflight = await app.inject({
        method: 'OPTIONS',
        url: '/mood',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      })
      t.match(preflight.headers, {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'authorization',
        'access-control-allow-credentials': undefined,
      })
    }
    const listed = await app.inject({ url: '/mood', headers: { origin: app1, cookie } })
    t.match(listed.headers, { 'access-control-allow-origin': app1, 'access-control-allow-credentials': 'true' })
    t.match(listed.headers.vary, /\borigin\b/i)
  },
)

t.test('the 405 of a preflight names the setting', async t => {
  for (const list of [env, {}]) {
    const { app } = await build(t, { env: list })
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const answer = await app.inject({ method: 'OPTIONS', url: '/mood', headers })
    t.match(answer.json(), { status: 405, detail: /CORS_ORIGINS/ })
    t.equal(answer.headers['access-control-allow-origin'], undefined)
    t.notMatch((await app.inject({ method: 'OPTIONS', url: '/mood' })).body, /CORS_ORIGINS/)
  }
})
