import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { build } from '../helper.ts'

/** The API, and what it warned of. */
async function warned(t: Test, env: Record<string, string> = {}) {
  const lines: string[] = []
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  const { app } = await build(t, { env, logger: { level: 'warn', stream } })
  const ask = (remoteAddress: string, headers: Record<string, string> = {}) =>
    app.inject({ url: '/version', remoteAddress, headers })
  return { ask, warnings: () => lines.map(line => JSON.parse(line)) }
}

const forwarded = {
  'x-forwarded-for': '192.0.2.7',
  'x-forwarded-proto': 'canary',
  'x-forwarded-host': 'mood.example.org',
  forwarded: 'for=192.0.2.7;proto=https',
}

for (const [name, value] of Object.entries(forwarded)) {
  t.test(`security 49: ${name} from a peer outside TRUST_PROXY is warned of, once, with what to set`, async t => {
    const { ask, warnings } = await warned(t)
    await ask('172.18.0.2')
    t.strictSame(warnings(), [], 'not without a header')
    for (const peer of ['172.18.0.2', '172.18.0.2', '::1']) await ask(peer, { [name]: value })
    t.match(warnings(), [{ level: 40, peer: '172.18.0.2', headers: [name], msg: /set TRUST_PROXY=172\.18\.0\.2;/ }])
    t.equal(warnings().length, 1)
    t.notMatch(JSON.stringify(warnings()), value, 'not the value, which anybody can choose')
  })
}

t.test('security 49: a peer in TRUST_PROXY is not warned of, in any spelling of its address', async t => {
  const env = { TRUST_PROXY: '10.0.0.1,172.16.0.0/12,::ffff:192.0.2.1,fd00::/8' }
  const { ask, warnings } = await warned(t, env)
  for (const peer of ['10.0.0.1', '::ffff:10.0.0.1', '172.18.0.2', '::ffff:172.18.0.2', '192.0.2.1', 'fd00::7']) {
    await ask(peer, forwarded)
  }
  t.strictSame(warnings(), [])
  await ask('::ffff:10.0.0.2', forwarded)
  t.match(warnings(), [{ peer: '::ffff:10.0.0.2', headers: Object.keys(forwarded) }])
})
