import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { resolve } from 'node:path'
import t, { type Test } from 'tap'
import { isLoopback } from '../../src/http/peers.ts'
import { build, signUp } from '../helper.ts'

type Headers = Record<string, string>

/** A server that listens on this machine only; `ask` comes from this machine too. */
async function local(t: Test, env: Headers = {}) {
  const { app } = await build(t, { env: { HOST: '127.0.0.1', ...env } })
  const ask = (host: string, headers: Headers = {}, url = '/version', remoteAddress = '127.0.0.1') =>
    app.inject({ url, headers: { ...headers, host }, remoteAddress })
  return { app, ask }
}

const strangers = [
  'evil.example',
  'evil.example:5555',
  'localhost.evil.example',
  'notlocalhost',
  '127.0.0.1.evil.example',
  '127.evil.example',
  'localhost@evil.example',
  'evil.example@localhost',
  'localhost/evil.example',
  'evil.example#.localhost',
  'mood.example.org.evil.example',
  '192.0.2.7:5555',
  '[2001:db8::1]:5555',
  'localhost:port',
  '[::1',
  '.',
]

t.test('security 16: a Host that leads a stranger to a server on this machine is 403 and nothing happens', async t => {
  for (const env of [
    {},
    { HOST: '::1' },
    { HOST: '[::1]' },
    { HOST: 'localhost' },
    { HOST: '127.0.0.2' },
  ] as Headers[]) {
    const { ask } = await local(t, { PUBLIC_URL: 'https://mood.example.org', ...env })
    for (const host of strangers) {
      const answer = await ask(host)
      t.equal(answer.statusCode, 403, `${host} at ${env.HOST ?? '127.0.0.1'}`)
      t.match(answer.json(), { code: 'unknown_host', errors: [String, /set PUBLIC_URL/] })
    }
  }
  const { app, ask } = await local(t)
  const maya = await signUp(app, 'maya')
  const refused = [
    await maya.post('/mood', { mood: 3 }, { host: 'evil.example' }),
    await maya.get('/mood', { host: 'evil.example' }),
    await ask('evil.example', {}, '/nowhere'),
    await ask('evil.example', {}, '/docs'),
    await ask('evil.example', {}, '/ready'),
  ]
  for (const answer of refused) t.match(answer.json(), { status: 403, code: 'unknown_host' })
  t.strictSame((await maya.get('/mood')).json().moods, [])
})

t.test('/health answers under every name', async t => {
  const { ask } = await local(t)
  for (const host of strangers) t.equal((await ask(host, {}, '/health')).statusCode, 200, host)
})

t.test("this machine's own names and addresses are known, and the host of PUBLIC_URL at any port", async t => {
  const { ask } = await local(t, { PUBLIC_URL: 'https://mood.example.org' })
  const own = [
    'localhost',
    'LOCALHOST:5555',
    'localhost.',
    'mood.localhost:80',
    '127.0.0.1:5555',
    '127.1:5555',
    '127.8.9.7',
  ]
  const others = ['[::1]:5555', '[::ffff:127.0.0.1]', 'ip6-localhost', 'localhost.localdomain:5555']
  for (const host of [...own, ...others, 'mood.example.org', 'Mood.Example.org:8443', 'mood.example.org.']) {
    t.equal((await ask(host)).statusCode, 200, host)
  }
})

t.test(
  'security 16: what a proxy on this machine passes on is known by any forwarded header, trusted or not',
  async t => {
    const { ask } = await local(t)
    const said = [
      'x-forwarded-for',
      'x-forwarded-proto',
      'x-forwarded-host',
      'x-forwarded-port',
      'x-real-ip',
      'forwarded',
      'via',
    ]
    for (const name of said) {
      for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
        t.equal(
          (await ask('mood.example.org', { [name]: '192.0.2.7' }, '/version', peer)).statusCode,
          200,
          `${name}, ${peer}`,
        )
      }
      t.equal((await ask('mood.example.org', { [name]: '192.0.2.7' }, '/version', '10.0.0.1')).statusCode, 403, name)
    }
  },
)

t.test('a peer in TRUST_PROXY is known without any header', async t => {
  const { ask } = await local(t, { TRUST_PROXY: '127.0.0.1,10.0.0.0/8' })
  for (const [peer, status] of Object.entries({ '127.0.0.1': 200, '10.0.0.7': 200, '::1': 403, '192.0.2.7': 403 })) {
    t.equal((await ask('mood.example.org', {}, '/version', peer)).statusCode, status, peer)
  }
})

t.test('the proxies of the README reach a server that was only upgraded, and one with TRUST_PROXY', async t => {
  const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8')
  const [, nginx = ''] = /```nginx\n(.*?)```/s.exec(readme) ?? []
  const set = [...nginx.matchAll(/proxy_set_header (\S+) \$(\S+);/g)].map(([, name = '', value = '']) => [
    name.toLowerCase(),
    { host: 'mood.example.org', scheme: 'https', remote_addr: '192.0.2.7' }[value] ?? '',
  ])
  t.ok(set.length > 2)
  const { host = '', ...byNginx } = Object.fromEntries(set) as Headers
  // https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#defaults
  const byCaddy = {
    'x-forwarded-for': '192.0.2.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'mood.example.org',
  }
  for (const env of [{}, { TRUST_PROXY: '127.0.0.1' }] as Headers[]) {
    const { ask } = await local(t, env)
    t.equal((await ask(host, byNginx)).statusCode, 200, 'nginx')
    t.equal((await ask('mood.example.org', byCaddy)).statusCode, 200, 'Caddy')
  }
})

t.test('HTTP/1.0 is a proxy, as nginx speaks it by default, and no browser', async t => {
  const { app } = await local(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const statusOf = async (version: string, headers: string) => {
    const socket = connect(port, '127.0.0.1')
    socket.end(`GET /version HTTP/${version}\r\n${headers}Connection: close\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    socket.destroy()
    return String(answer).split(' ')[1]
  }
  t.equal(await statusOf('1.0', 'Host: mood.example.org\r\n'), '200')
  t.equal(await statusOf('1.0', ''), '200')
  t.equal(await statusOf('1.1', 'Host: mood.example.org\r\n'), '403')
  t.equal(await statusOf('1.1', 'Host: localhost\r\n'), '200')
})

t.test('a server that others can reach has names that only they know', async t => {
  for (const HOST of ['0.0.0.0', '::', '192.0.2.7', 'mood.example.org']) {
    const { ask } = await local(t, { HOST })
    t.equal((await ask('anything.example')).statusCode, 200, HOST)
  }
  t.notOk(isLoopback('0.0.0.0'))
})
