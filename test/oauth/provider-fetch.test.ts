import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CustomFetchOptions } from 'openid-client'
import t from 'tap'
import { type ProviderFetchOptions, providerFetch } from '../../src/oauth/provider-fetch.ts'
import type { AddressLookup } from '../../src/outgoing/public-lookup.ts'

const server = createServer((request, response) => {
  response.setHeader('set-cookie', ['a=1', 'b=2'])
  if (request.url === '/304') response.writeHead(304)
  response.end(request.url === '/304' ? '' : `${request.method} ${request.headers['x-asked']}`)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
t.teardown(() => void server.close())
const { port } = server.address() as AddressInfo
const get: CustomFetchOptions = { method: 'GET', headers: { 'x-asked': 'yes' }, body: null, redirect: 'manual' }

/** Names that resolve to the test's addresses. */
const leading =
  (...addresses: string[]): AddressLookup =>
  async () =>
    addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))

const ask = (url: string, options: Partial<ProviderFetchOptions>, own = 'https://idp.example') =>
  providerFetch({ loopback: true, ...options })(own)(url, get)
const refused = { name: 'ProviderError', code: 'provider_failed', reason: 'an address that is not public' }

t.test('security 22: outside production a provider may be on this machine, by any of its names', async t => {
  for (const url of [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`]) {
    const answer = await ask(url, { addresses: leading('127.0.0.1') })
    t.equal(await answer.text(), 'GET yes')
    t.strictSame(answer.headers.getSetCookie(), ['a=1', 'b=2'])
  }
  const empty = await ask(`http://127.0.0.1:${port}/304`, {})
  t.equal(empty.status, 304)
})

t.test('security 22: in production nothing plain, and no address of this machine or its network, is asked', async t => {
  for (const url of [
    `http://127.0.0.1:${port}/`,
    'http://idp.example/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/',
    'https://10.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
  ])
    await t.rejects(ask(url, { loopback: false }), refused, url)
})

t.test('security 22: a name is what it leads to: one address that is not public among many is enough', async t => {
  for (const addresses of [['127.0.0.1'], ['10.0.0.1'], ['1.1.1.1', '192.168.0.1'], ['::1'], ['fd00::1']]) {
    await t.rejects(ask('https://rebound.example/', { loopback: false, addresses: leading(...addresses) }), refused)
  }
  const nowhere = { name: 'ProviderError', code: 'provider_unavailable' }
  await t.rejects(ask('https://nowhere.example/', { loopback: false, addresses: leading() }), nowhere)
  const failing: AddressLookup = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
  await t.rejects(ask('https://nowhere.example/', { addresses: failing }), { ...nowhere, reason: 'ENOTFOUND' })
})

t.test('security 22: what the operator wrote down may be in the own network, and nothing it names besides', async t => {
  // A closed port of this machine: it only matters that the connection is tried.
  const tried = { code: 'provider_unavailable', reason: 'ECONNREFUSED' }
  await t.rejects(ask('https://127.0.0.1:1/token', { loopback: false }, 'https://127.0.0.1:1'), tried)
  await t.rejects(ask('https://127.0.0.1:2/token', { loopback: false }, 'https://127.0.0.1:1'), refused)
})

t.test('security 22: a name with one address is connected to where the checked address is', async t => {
  const plain = providerFetch({ loopback: true, addresses: leading('127.0.0.1') })('https://idp.example')
  t.equal((await plain(`http://localhost:${port}/`, get)).status, 200)
})
