import { setTimeout as sleep } from 'node:timers/promises'
import { startOwn } from './measure.ts'
import { people } from './people.ts'
import { cores } from './pinning.ts'
import type { Prepared } from './prepared.ts'
import type { Probe, ProbeResult } from './probe.ts'
import { startHelper } from './processes.ts'
import { table } from './table.ts'

const logins = 100
/** Timeout for all answers, in ms. */
const timeoutMs = 120_000

/** Whether other clients are still served: `/health` during a hundred simultaneous wrong logins. */
export async function measureLogins(data: Prepared): Promise<string> {
  const rows = [await during('server on any core', 'any', data), await during('server on one core', cores.server, data)]
  return table(
    [`GET /health during ${logins} logins`, 'asked', 'p50 ms', 'p99 ms', 'max ms', 'seconds', 'answers'],
    rows,
  )
}

async function during(title: string, core: number | 'any', data: Prepared): Promise<string[]> {
  const server = await startOwn({ BCRYPT_COST: '12', DATABASE_URL: await data.url(false) }, core)
  try {
    const health: Probe = { url: `${server.url}/health` }
    const program = { program: './probe.ts', core: cores.load, args: [JSON.stringify(health)] }
    const probe = startHelper<ProbeResult>(program, timeoutMs)
    await sleep(500)
    probe.count()
    const began = performance.now()
    const statuses = await Promise.all(Array.from({ length: logins }, (_, n) => wrongLogin(server.url, n)))
    const seconds = (performance.now() - began) / 1000
    probe.finish()
    const { asked, p50, p99, max } = await probe.result
    return [title, String(asked), p50.toFixed(2), p99.toFixed(2), max.toFixed(2), seconds.toFixed(1), tally(statuses)]
  } finally {
    await server.stop()
  }
}

/** Every other one names an existing user: the time must not reveal which. */
async function wrongLogin(url: string, n: number): Promise<number> {
  const username = n % 2 === 0 ? people.regular.username : `nobody-${n}`
  const answer = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: 'not the right one' }),
    signal: AbortSignal.timeout(timeoutMs),
  })
  await answer.arrayBuffer()
  return answer.status
}

function tally(statuses: readonly number[]): string {
  const counted = Object.entries(Object.groupBy(statuses, status => status))
  return counted.map(([status, of = []]) => `${of.length} × ${status}`).join(', ')
}
