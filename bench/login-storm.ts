import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { residentMiB } from './cpu-time.ts'
import type { Flood, FloodResult } from './flood.ts'
import { startOwn } from './measure.ts'
import { password, people } from './people.ts'
import { cores } from './pinning.ts'
import type { Prepared } from './prepared.ts'
import type { Probe, ProbeResult } from './probe.ts'
import { type RunningServer, startHelper } from './processes.ts'
import { grouped, table } from './table.ts'

const connections = 200
const seconds = 20
/** When the legitimate user tries to sign in, in seconds after the start of the flood. */
const honestAt = [0.5, 5, 10, 15]
/** The user and the flood have different addresses of this machine. */
const addresses = { honest: '127.0.0.2', reader: '127.0.0.3' }
/** Timeout of a helper process, in ms. */
const timeoutMs = 120_000

/** Whether other clients are still served during a flood of wrong passwords, with the limits on. */
export async function measureLoginStorm(data: Prepared): Promise<string> {
  const rows = [await storm('one address', false, data), await storm(`${connections} addresses`, true, data)]
  const head = [
    'from',
    '/health p50 ms',
    'p99',
    '/mood p50 ms',
    'p99',
    'honest logins, ms',
    'MiB before',
    'at 5 s',
    'end',
    'answers',
  ]
  return [
    table([`${connections} connections of wrong logins for ${seconds} s,`, ...head.slice(1)], rows),
    'Goals: /health p99 at most 50 ms, /mood of a signed-in user 100 ms, an honest login 5 000 ms, memory flat.',
  ].join('\n')
}

async function storm(from: string, manyAddresses: boolean, data: Prepared): Promise<string[]> {
  const env = {
    NODE_ENV: 'production',
    RATE_LIMIT: 'on',
    BCRYPT_COST: '12',
    TRUST_PROXY: '127.0.0.1',
    DATABASE_URL: await data.url(true),
  }
  const server = await startOwn(env, 'any')
  try {
    const { token } = await signIn(server, people.eager.username, addresses.reader)
    const authorization = `Bearer ${token}`
    const mood = { url: `${server.url}/mood?per_page=20`, headers: { authorization }, localAddress: addresses.reader }
    const probes = [probe({ url: `${server.url}/health` }), probe({ ...mood, pause: 20 })]
    await sleep(1_000)
    const before = residentMiB(server.pid) ?? Number.NaN
    for (const each of probes) each.count()
    const flood: Flood = { url: server.url, connections, seconds, manyAddresses }
    const flooded = startHelper<FloodResult>(
      { program: './flood.ts', core: cores.load, args: [JSON.stringify(flood)] },
      timeoutMs,
    )
    const honest = Promise.all(honestAt.map(at => sleep(at * 1000).then(() => timeToSignIn(server))))
    await sleep(5_000)
    const early = residentMiB(server.pid) ?? Number.NaN
    const [answers, logins] = await Promise.all([flooded.result, honest])
    const end = residentMiB(server.pid) ?? Number.NaN
    for (const each of probes) each.finish()
    const [health, moods] = (await Promise.all(probes.map(({ result }) => result))) as [ProbeResult, ProbeResult]
    const figures = [health, moods].flatMap(({ p50, p99 }) => [p50.toFixed(1), p99.toFixed(1)])
    const counted = Object.entries(answers).map(([status, times]) => `${grouped(times)} × ${status}`)
    return [
      from,
      ...figures,
      logins.map(grouped).join(', '),
      String(before),
      String(early),
      String(end),
      counted.join(', '),
    ]
  } finally {
    await server.stop()
  }
}

function probe(what: Probe) {
  return startHelper<ProbeResult>({ program: './probe.ts', core: cores.load, args: [JSON.stringify(what)] }, timeoutMs)
}

/** The time in ms until a sign-in succeeds, retrying as soon as `Retry-After` allows. */
async function timeToSignIn(server: RunningServer): Promise<number> {
  const before = performance.now()
  for (;;) {
    const { status, retryAfter } = await signIn(server, people.regular.username, addresses.honest)
    if (status === 200) return performance.now() - before
    await sleep(retryAfter * 1000)
  }
}

async function signIn({ url }: RunningServer, username: string, localAddress: string) {
  const headers = { 'content-type': 'application/json' }
  const sent = request(`${url}/login`, { method: 'POST', headers, localAddress, agent: false })
  sent.end(JSON.stringify({ username, password }))
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const { token } = JSON.parse(await text(answer)) as { token?: string }
  return { status: answer.statusCode, token, retryAfter: Number(answer.headers['retry-after'] ?? 1) }
}
