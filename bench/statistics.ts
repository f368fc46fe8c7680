import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { v7 as uuidv7 } from 'uuid'
import { threadSeconds } from './cpu-time.ts'
import { startPostgres } from './postgres.ts'
import type { Probe, ProbeResult } from './probe.ts'
import { startHelper, startServer, temporaryFolder } from './processes.ts'
import { median, table } from './table.ts'

/**
 * What statistics cost somebody with ten years of five entries a day and forty tags, and what `/health` notices:
 * `node bench/statistics.ts [--engine postgres] [--times 9]`. Medians; "new" is after a write, so nothing is kept of it.
 */

const { values } = parseArgs({
  options: { engine: { type: 'string', default: 'sqlite' }, times: { type: 'string', default: '9' } },
})
const times = Number(values.times)
const days = 3_650
const perDay = 5
const perRequest = 500
const msPerDay = 86_400_000
/** People who ask at once. */
const crowd = 5
/** Timeout of a probe. */
const timeoutMs = 600_000

const postgres = values.engine === 'postgres' ? await startPostgres() : undefined
const env = {
  NODE_ENV: 'test',
  RATE_LIMIT: 'off',
  JWT_SECRET: 'only for the benchmark, and long enough for that',
  LOG_LEVEL: 'warn',
  BCRYPT_COST: '4',
  DATABASE_URL: postgres ? `${postgres.url}/postgres` : `file:${temporaryFolder()}/statistics.db`,
}
const start = { program: '../launch/run.js', args: ['server'], core: 'any', env, folder: temporaryFolder() } as const
let server = await startServer(start)

async function ask(token: string, path: string, body?: object): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
  const init = { method: body ? 'POST' : 'GET', headers, ...(body && { body: JSON.stringify(body) }) }
  const answer = await fetch(`${server.url}${path}`, init)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return text
}

/** Whoever signs up gets ten years, and two or three of the tags on each entry. */
async function person(username: string): Promise<string> {
  const { token } = JSON.parse(await ask('', '/signup', { username, password: 'correct horse battery' }))
  const today = Math.floor(Date.now() / msPerDay) * msPerDay
  for (let n = 0; n < days * perDay; n += perRequest) {
    const operations = Array.from({ length: Math.min(perRequest, days * perDay - n) }, (_, i) => {
      const [day, entry] = [Math.floor((n + i) / perDay) + 1, (n + i) % perDay]
      const at = today - day * msPerDay + (7 + 3 * entry) * 3_600_000
      const tags = Array.from({ length: 2 + ((n + i) % 2) }, (_, k) => `tag ${((n + i) * 7 + k * k * 11 + day) % 40}`)
      const value = { mood: (n + i * i + day) % 11, occurred_at: new Date(at).toISOString(), timezone: 'Europe/Berlin' }
      return { kind: 'mood', op: 'create', id: uuidv7(), value: { ...value, tags } }
    })
    await ask(token, '/sync', { operations, kinds: [] })
  }
  return token
}

/** Wall and processor time of the server, in ms. */
async function timed(work: () => Promise<unknown>) {
  const [began, used] = [performance.now(), threadSeconds(server.pid) ?? 0]
  await work()
  return { wall: performance.now() - began, cpu: ((threadSeconds(server.pid) ?? 0) - used) * 1000 }
}

/** How long `/health` takes, asked every 2 ms meanwhile. */
async function healthDuring(work: () => Promise<unknown>): Promise<ProbeResult> {
  const what: Probe = { url: `${server.url}/health`, pause: 2 }
  const probe = startHelper<ProbeResult>(
    { program: './probe.ts', core: 'any', args: [JSON.stringify(what)] },
    timeoutMs,
  )
  await sleep(500)
  probe.count()
  await work()
  probe.finish()
  return probe.result
}

const ms = (n: number) => n.toFixed(1)
const rows: string[][] = []
const row = (what: string, { wall, cpu }: { wall: number; cpu: number }) => rows.push([what, ms(wall), ms(cpu)])

const people = await Promise.all(Array.from({ length: crowd }, (_, n) => person(`person-${n}`)))
const [first = ''] = people
await server.stop()

const paths = {
  statistics: '/mood/stats',
  'a year as a picture': `/mood/calendar.svg?year=${new Date().getFullYear()}`,
}
const change = (token: string) => ask(token, '/mood', { mood: 5, date: new Date().toISOString().slice(0, 10) })
for (const [what, path] of Object.entries(paths)) {
  server = await startServer(start)
  await ask(first, '/mood?per_page=1')
  row(`${what}: the first of a process`, await timed(() => ask(first, path)))
  const all: Record<'new' | 'again', Awaited<ReturnType<typeof timed>>[]> = { new: [], again: [] }
  for (let n = 0; n < times; n++) {
    await change(first)
    all.new.push(await timed(() => ask(first, path)))
    all.again.push(await timed(() => ask(first, path)))
  }
  for (const [which, costs] of Object.entries(all))
    row(`${what}: ${which}`, { wall: median(costs.map(({ wall }) => wall)), cpu: median(costs.map(({ cpu }) => cpu)) })
  if (path !== paths['a year as a picture']) await server.stop()
}

const together = (asking: readonly string[], path: string) => async () => {
  for (let n = 0; n < times; n++) {
    await Promise.all(asking.map(change))
    await Promise.all(asking.map(token => ask(token, path)))
  }
}
const health: [string, ProbeResult][] = [['nothing', await healthDuring(() => sleep(2_000))]]
for (const [what, path] of Object.entries(paths))
  for (const asking of [[first], people])
    health.push([`${what}, ${asking.length} at once`, await healthDuring(together(asking, path))])

console.log(`${values.engine}, medians of ${times}; ms on the wall, and of the server's processors\n`)
console.log(table(['', 'ms', 'cpu ms'], rows))
console.log(
  `\n${table(
    ['/health during', 'asked', 'p50 ms', 'p99 ms', 'max ms'],
    health.map(([what, { asked, p50, p99, max }]) => [what, String(asked), ms(p50), ms(p99), ms(max)]),
  )}`,
)
await server.stop()
await postgres?.stop()
process.exit()
