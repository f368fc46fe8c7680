/**
 * How long a known device takes to sign in while two networks send right passwords, and fifty wrong ones, as fast as they
 * are answered (docs/security.md, lines 41, 42 and 47). bcrypt at its real cost, SQLite, all limits on.
 *
 * `node bench/known-devices.ts FOLDER [--seconds 60] [--workers 2]`. Goal: p99 <= 5 s, each of them 200.
 */
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openCheckout, startCheckout } from './checkout.ts'
import { temporaryFolder } from './processes.ts'

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, workers: { type: 'string', default: '1' } },
  allowPositionals: true,
})
const password = 'correct horse battery'
const wrongNetworks = 50
const people = ['maya', 'ines', 'noor', 'sam', 'kim']

const checkout = await openCheckout(positionals[0] ?? '.')
const server = await startCheckout(checkout, {
  NODE_ENV: 'production',
  RATE_LIMIT: 'on',
  TRUST_PROXY: '127.0.0.1',
  BCRYPT_COST: '12',
  LOG_LEVEL: 'warn',
  WORKERS: values.workers,
  JWT_SECRET: 'oG4v0mXwD1yq7c9JtR2sKb5LzNfUeHaP8iVxQ3ZkYd6W',
  DATABASE_URL: `file:${join(temporaryFolder(), 'known-devices.db')}`,
})
const until = { ms: 0 }
try {
  const devices = []
  const alone: number[] = []
  for (const [n, username] of people.entries()) {
    await post('/signup', { username, password }, `203.0.113.${n}`)
    const { body, ms } = await post('/login', { username, password }, `203.0.113.${n}`)
    alone.push(ms)
    devices.push({ username, password, device_token: body.device_token })
  }
  until.ms = Date.now() + Number(values.seconds) * 1_000
  const hostile = [
    ...[1, 2].flatMap(n => Array.from({ length: 20 }, (_, i) => storm(`198.51.100.${n}`, people[i % 5], password))),
    ...Array.from({ length: wrongNetworks }, (_, n) =>
      storm(`198.18.0.${n}`, `nobody-${n % 7}`, 'wrong horse battery'),
    ),
  ]
  const known = devices.map((device, n) => signInAgainAndAgain(device, `203.0.113.${n}`))
  const stranger = signInAgainAndAgain({ username: 'maya', password }, '192.0.2.1')
  const took = (await Promise.all(known)).flat()
  report('known devices', took)
  report('a stranger of a network of its own', await stranger)
  report('two networks with right passwords', (await Promise.all(hostile.slice(0, 40))).flat())
  report(`${wrongNetworks} networks with wrong ones`, (await Promise.all(hostile.slice(40))).flat())
  console.log(`a sign-in alone, before: ${Math.round(Math.min(...alone))} to ${Math.round(Math.max(...alone))} ms`)
  console.log(`load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores, ${checkout.commit}`)
} finally {
  await server.stop()
}
process.exit()

interface Answered {
  status: number
  ms: number
}

async function storm(network: string, username: string | undefined, secret: string): Promise<Answered[]> {
  const answered: Answered[] = []
  while (Date.now() < until.ms) {
    const { status, ms } = await post('/login', { username, password: secret }, network)
    answered.push({ status, ms })
    // Retry-After is not honored, but a refusal at once is not asked for a thousand times a second either.
    if (status !== 200) await sleep(200)
  }
  return answered
}

async function signInAgainAndAgain(payload: object, network: string): Promise<Answered[]> {
  const answered: Answered[] = []
  while (Date.now() < until.ms) {
    const { status, ms } = await post('/login', payload, network)
    answered.push({ status, ms })
    await sleep(2_000)
  }
  return answered
}

async function post(path: string, payload: object, network: string) {
  const before = performance.now()
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': network }
  const answer = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(payload) })
  const body = (await answer.json()) as { device_token?: string }
  return { status: answer.status, ms: performance.now() - before, body }
}

function report(who: string, answered: readonly Answered[]) {
  const statuses = new Map<number, number>()
  for (const { status } of answered) statuses.set(status, (statuses.get(status) ?? 0) + 1)
  const sorted = answered.filter(({ status }) => status === 200).map(({ ms }) => ms)
  sorted.sort((a, b) => a - b)
  const at = (part: number) => Math.round(sorted[Math.floor(part * (sorted.length - 1))] ?? 0)
  const counted = [...statuses].map(([status, count]) => `${count} x ${status}`).join(', ')
  console.log(`${who}: ${counted}; those of 200: p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`)
}
