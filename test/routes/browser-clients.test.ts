import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { build, password } from '../helper.ts'

/**
 * The API behind the proxy of a front end, which sets its own address as `Host` and `Origin`, as development servers
 * do.
 */
async function behindProxy(t: Test) {
  const { app } = await build(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const target = `127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const proxy = createServer((from, to) => {
    const { origin } = from.headers
    const headers = { ...from.headers, host: target, ...(origin !== undefined && { origin: `http://${target}` }) }
    const [hostname, port] = target.split(':')
    const sent = request({ hostname, port, path: from.url, method: from.method, headers }, answer => {
      to.writeHead(answer.statusCode as number, answer.headers)
      answer.pipe(to)
    })
    from.pipe(sent)
  })
  proxy.listen(0, '127.0.0.1')
  await new Promise(resolve => proxy.once('listening', resolve))
  t.teardown(() => proxy.close())
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
}

/** A page of the front end: it keeps the cookie, and sends `Origin` with everything but a GET. */
function page(origin: string) {
  let cookie = ''
  return async (method: string, path: string, body?: object, more: Record<string, string> = {}) => {
    const answer = await fetch(origin + path, {
      method,
      headers: {
        ...(method !== 'GET' && { origin }),
        ...(cookie && { cookie }),
        ...(body && { 'content-type': 'application/json' }),
        ...more,
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const [set] = answer.headers.getSetCookie()
    if (set !== undefined) cookie = set.split(';')[0] as string
    const text = await answer.text()
    return { status: answer.status, set, body: text === '' ? undefined : JSON.parse(text) }
  }
}

t.test('a React client with a cookie, behind a proxy that rewrites Host and Origin alike', async t => {
  const ask = page(await behindProxy(t))
  t.match(await ask('GET', '/check_session'), { status: 401, body: { errors: [String] } })

  const signup = { username: 'maya', email: 'maya@example.org', password, password_confirmation: password }
  const mistyped = await ask('POST', '/signup', { ...signup, password_confirmation: `${password}!` })
  t.match(mistyped, { status: 400, body: { errors: ['password_confirmation must match password'] } })
  const signedUp = await ask('POST', '/signup', signup)
  t.match(signedUp, { status: 201, body: { username: 'maya', email: 'maya@example.org', user: { username: 'maya' } } })
  t.match(signedUp.set, /^moodstreak_session=[^;]+;.*HttpOnly.*SameSite=Lax/)
  t.notMatch(signedUp.set, /Domain|Secure/)
  t.match(await ask('POST', '/signup', signup), { status: 409, body: { errors: [String] } })
  t.match(await ask('GET', '/check_session'), { status: 200, body: { id: signedUp.body.id, username: 'maya' } })
  t.match(await ask('POST', '/mood', { mood: 7 }), { status: 201 })

  t.match(await ask('DELETE', '/logout'), { status: 204, body: undefined })
  t.match(await ask('GET', '/check_session'), { status: 401 })
  t.match(await ask('DELETE', '/logout'), { status: 204 })

  const wrong = await ask('POST', '/login', { username: 'maya', password: `${password}!` })
  t.match(wrong, { status: 401, set: undefined, body: { errors: [String] } })
  t.match(await ask('POST', '/login', { username: 'maya', password }), { status: 200, body: { username: 'maya' } })
  t.match(await ask('GET', '/check_session'), { status: 200 })
  t.match(await ask('GET', '/mood'), { status: 200, body: { total: 1 } })
})

t.test('a React client with a token, which it sends before it has one', async t => {
  const ask = page(await behindProxy(t))
  const bearer = (token: unknown) => ({ authorization: `Bearer ${token}` })
  for (const nothing of [null, undefined, ''])
    t.match(await ask('GET', '/me', undefined, bearer(nothing)), { status: 401, body: { errors: [String] } })
  t.match(await ask('POST', '/login', { username: 'maya', password }, bearer(null)), { status: 401 })
  t.match(await ask('POST', '/signup', { username: 'maya', password }, bearer(null)), { status: 201 })
  const { body } = await ask('POST', '/login', { username: 'maya', password }, bearer(null))
  t.match(body, { token: String, user: { username: 'maya' } })

  t.match(await ask('GET', '/me', undefined, bearer(body.token)), { status: 200, body: { username: 'maya' } })
  t.match(await ask('POST', '/mood', { mood: 7 }, bearer(body.token)), { status: 201 })
  t.match(await ask('PATCH', '/profile', { first_name: 'Maya' }, bearer(body.token)), { status: 200 })
  t.match(await ask('GET', '/me', undefined, bearer(null)), { status: 401 }, 'the cookie does not stand in for it')
  t.match(await ask('DELETE', '/logout', undefined, bearer(body.token)), { status: 204 })
  t.match(await ask('GET', '/me', undefined, bearer(body.token)), { status: 401 })
})
