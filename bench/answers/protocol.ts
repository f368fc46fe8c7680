import type { Script } from './script.ts'

/** What HTTP itself asks for: methods, preflights, addresses, bytes that are no request. */
export async function protocolCalls(script: Script) {
  const eve = await script.signUp('eve')
  for (const line of [
    'GET /',
    'GET /health',
    'HEAD /health',
    'GET /ready',
    'HEAD /ready',
    'GET /version',
    'GET /openapi.json',
    'GET /docs',
    'GET /docs/',
    'GET /verify-email',
    'GET /reset-password',
    'GET /oauth',
  ]) {
    await script.call(line, line)
  }
  const wrong = [
    'POST /health',
    'PUT /mood',
    'PATCH /mood',
    'POST /mood/x',
    'DELETE /me',
    'PUT /tasks/x',
    'GET /login',
    'GET /signup',
    'GET /refresh',
    'POST /profile',
    'PUT /account',
    'GET /account/password',
    'POST /sequences/x',
    'GET /tasks/complete',
    'PATCH /admin/dashboard',
    'TRACE /mood',
    'OPTIONS /mood',
    'OPTIONS /nowhere',
    'GET /nowhere',
    'DELETE /nowhere',
    'GET /mood//x',
    'GET /MOOD',
    'GET /mood/x/y',
    'GET /%',
    'GET /mood/%zz',
    'GET //mood',
    'GET /.env',
    'GET /docs/../package.json',
    'GET /docs/%2e%2e/package.json',
  ]
  for (const line of wrong) await script.call(line, line, { as: eve })
  await script.call('a long parameter', `GET /mood/${'x'.repeat(300)}`, { as: eve })
  await script.call('a long query', `GET /mood?tag=${'x'.repeat(3_000)}`, { as: eve })
  await script.call('a preflight of a listed page', 'OPTIONS /mood', {
    headers: {
      origin: 'https://app.example.org',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  })
  await script.call('a preflight of another page', 'OPTIONS /mood', {
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  })
  await script.call('a listed page reads', 'GET /mood?page=1', {
    cookie: eve,
    headers: { origin: 'https://app.example.org', 'sec-fetch-site': 'cross-site' },
  })
  await script.call('a listed page writes', 'POST /mood', {
    body: { mood: 5, date: '2020-01-01' },
    headers: { cookie: eve.cookie, origin: 'https://app.example.org', 'sec-fetch-site': 'cross-site' },
  })
  await script.call('another page reads', 'GET /mood?page=1', {
    cookie: eve,
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  })
  await script.call('an error for a listed page', 'GET /mood', { headers: { origin: 'https://app.example.org' } })
  const types = [
    'application/json; charset=utf-8',
    'application/json;charset=latin1',
    'application/problem+json',
    'application/xml',
    'nonsense',
  ]
  for (const type of types)
    await script.call(`a body of ${type}`, 'POST /mood', { as: eve, body: '{"mood":5,"date":"2020-01-02"}', type })
  await script.call('a body of __proto__', 'POST /mood', { as: eve, body: '{"mood":5,"__proto__":{"x":1}}' })
  await script.call('a body of a number', 'POST /mood', { as: eve, body: '5' })
  await script.call('an empty body', 'POST /mood', { as: eve, body: '' })
  await script.call('a GET with a body', 'GET /mood?page=1', { as: eve, body: { a: 1 } })
  await script.call('two numbers', 'POST /mood', { as: eve, body: '{"mood":1e999}' })
  await script.call('the same field twice', 'POST /mood', { as: eve, body: '{"mood":1,"mood":2,"date":"2020-01-03"}' })
  await script.call('other bytes than UTF-8', 'POST /mood', {
    as: eve,
    body: Buffer.from('7b226d6f6f64223a22ff227d', 'hex'),
  })
  await script.call('a range', 'GET /version', { headers: { range: 'bytes=0-3' } })
  await script.call('an accept of XML', 'GET /version', { headers: { accept: 'application/xml' } })
  await script.call('an expectation', 'POST /mood', {
    as: eve,
    body: { mood: 4, date: '2020-01-04' },
    headers: { expect: '100-continue' },
  })

  await script.bytes('no HTTP', 'hello\r\n\r\n')
  await script.bytes('HTTP without a host', 'GET /me HTTP/1.1\r\nConnection: close\r\n\r\n')
  await script.bytes('HTTP 1.0', 'GET /health HTTP/1.0\r\n\r\n')
  await script.bytes('half a request', 'GET /health HTTP/1.1\r\nHost: x\r\n')
  await script.bytes(
    'large headers',
    `GET /me HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\nConnection: close\r\n\r\n`,
  )
  await script.bytes(
    'two lengths',
    'POST /mood HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345',
  )
  await script.bytes(
    'an absolute address',
    'GET http://elsewhere.example/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  )
  await script.bytes('a method that is none', 'FLY /mood HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
}
