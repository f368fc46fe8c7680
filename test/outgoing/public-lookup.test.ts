import t from 'tap'
import { dnsLookup, systemLookup } from '../../src/outgoing/public-lookup.ts'
import { standInNameServer } from '../name-server.ts'

const hourMs = 3_600_000

t.test('security 55: names of strangers wait for no thread: all are asked for before one is answered', async t => {
  const names = Array.from({ length: 16 }, (_, i) => `slow${i}.example.org`)
  const { promise: allAsked, resolve } = Promise.withResolvers<void>()
  const server = await standInNameServer(t, async ({ type }) => {
    if (server.asked.length === 2 * names.length) resolve()
    await allAsked
    return type === 'A' ? ['192.0.2.1', '192.0.2.2'] : ['2001:db8::1']
  })
  const lookup = dnsLookup({ timeoutMs: hourMs, servers: [server.address] })
  for (const found of await Promise.all(names.map(lookup)))
    t.strictSame(found, [
      { address: '192.0.2.1', family: 4 },
      { address: '192.0.2.2', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ])
})

t.test('security 55: a name whose server is silent is given up', async t => {
  const server = await standInNameServer(t, () => undefined)
  const lookup = dnsLookup({ timeoutMs: 1, servers: [server.address] })
  await t.rejects(lookup('silent.example.org'), { code: 'ECANCELLED' })
})

t.test('a name may have addresses of one family only, or none', async t => {
  const server = await standInNameServer(t, ({ name, type }) => {
    if (name === 'four.example.org') return type === 'A' ? ['192.0.2.1'] : []
    return name === 'six.example.org' && type === 'AAAA' ? ['2001:db8::1'] : []
  })
  const lookup = dnsLookup({ timeoutMs: hourMs, servers: [server.address] })
  t.strictSame(await lookup('four.example.org'), [{ address: '192.0.2.1', family: 4 }])
  t.strictSame(await lookup('six.example.org'), [{ address: '2001:db8::1', family: 6 }])
  await t.rejects(lookup('none.example.org'), { code: 'ENODATA' })
})

t.test('an address is its own, as the machine has it too', async t => {
  t.strictSame(await systemLookup('127.0.0.1'), [{ address: '127.0.0.1', family: 4 }])
})
