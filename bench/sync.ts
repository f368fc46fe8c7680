import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { v7 as uuidv7 } from 'uuid'
import { threadSeconds } from './cpu-time.ts'
import { startPostgres } from './postgres.ts'
import type { Probe, ProbeResult } from './probe.ts'
import { startHelper, startServer, temporaryFolder } from './processes.ts'
import { grouped, median, table } from './table.ts'

/**
 * What syncing costs: a first sync of ten years, a sync after one edit, 500 operations in one request and one by one, a
 * search in 100 000 entries, and what `/health` notices. `node bench/sync.ts [--engine postgres] [--times 5]`; medians.
 */

const { values } = parseArgs({
  options: { engine: { type: 'string', default: 'sqlite' }, times: { type: 'string', default: '5' } },
})
const times = Number(values.times)
const entries = 3_650
const perRequest = 500
const searched = 100_000
const msPerDay = 86_400_000
/** Timeout of a probe. */
const timeoutMs = 600_000

const postgres = values.engine === 'postgres' ? await startPostgres() : undefined
const env = {
  NODE_ENV: 'test',
  RATE_LIMIT: 'off',
  JWT_SECRET: 'only for the benchmark, and long enough for that',
  LOG_LEVEL: 'warn',
  BCRYPT_COST: '4',
  DATABASE_URL: postgres ? `${postgres.url}/postgres` : `file:${temporaryFolder()}/sync.db`,
}
const start = { program: '../launch/run.js', args: ['server'], core: 'any', env, folder: temporaryFolder() } as const
const server = await startServer(start)

interface Answer {
  bytes: number
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers.
  json: any
}

async function ask(token: string, path: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
  const init = { method: body ? 'POST' : 'GET', headers, ...(body && { body: JSON.stringify(body) }) }
  const answer = await fetch(`${server.url}${path}`, init)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return { bytes: Buffer.byteLength(text), text, json: JSON.parse(text) }
}

async function signUp(username: string): Promise<string> {
  return (await ask('', '/signup', { username, password: 'correct horse battery' })).json.token
}

const notes = [
  'Slept well, long walk before work.',
  'Headache.',
  'Talked to Maya for an hour.',
  'Nothing special',
  null,
]
const entryOf = (n: number) => ({
  mood: n % 11,
  date: new Date(Date.now() - n * msPerDay).toISOString().slice(0, 10),
  note: notes[n % notes.length],
  tags: n % 3 === 0 ? ['sleep', 'walk'] : [],
})
const creations = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ kind: 'mood', op: 'create', id: uuidv7(), value: entryOf(from + i) }))

/** A first sync: requests, bytes, compressed bytes. */
async function firstSync(token: string, limit: number) {
  const sums = { requests: 0, bytes: 0, compressed: 0, cursor: '' }
  for (let more = true; more; ) {
    const { bytes, text, json } = await ask(token, `/sync?limit=${limit}${sums.cursor && `&cursor=${sums.cursor}`}`)
    sums.requests++
    sums.bytes += bytes
    sums.compressed += gzipSync(text).length
    sums.cursor = json.cursor
    more = json.has_more
  }
  return sums
}

/** Wall and processor time of the server, in ms. */
async function timed<T>(work: () => Promise<T>) {
  const [began, used] = [performance.now(), threadSeconds(server.pid) ?? 0]
  const result = await work()
  return { result, wall: performance.now() - began, cpu: ((threadSeconds(server.pid) ?? 0) - used) * 1000 }
}

async function repeated<T>(work: (n: number) => Promise<T>) {
  const all: { result: T; wall: number; cpu: number }[] = []
  for (let n = 0; n < times; n++) all.push(await timed(() => work(n)))
  return {
    result: (all[0] as { result: T }).result,
    wall: median(all.map(({ wall }) => wall)),
    cpu: median(all.map(({ cpu }) => cpu)),
  }
}

/** How long `/health` takes, asked every 5 ms meanwhile. */
async function healthDuring(work: () => Promise<unknown>): Promise<ProbeResult> {
  const what: Probe = { url: `${server.url}/health`, pause: 5 }
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

const ms = (n: number) => n.toFixed(n < 10 ? 1 : 0)
const rows: string[][] = []
const row = (what: string, { wall, cpu }: { wall: number; cpu: number }, more: Partial<Record<string, number>> = {}) =>
  rows.push([what, ...['requests', 'bytes', 'gzip'].map(name => grouped(more[name] ?? 0)), ms(wall), ms(cpu)])

const reader = await signUp('reader')
for (let n = 0; n < entries; n += perRequest) {
  const operations = creations(n, Math.min(perRequest, entries - n))
  await ask(reader, '/sync', { operations, kinds: [] })
}
for (const limit of [500, 2_000]) {
  const { result, ...cost } = await repeated(() => firstSync(reader, limit))
  const { requests, bytes, compressed: gzip } = result
  row(`first sync of ${entries}, limit ${limit}`, cost, { requests, bytes, gzip })
}
const whole = await timed(() => ask(reader, '/mood'))
row('GET /mood of the same', whole, {
  requests: 1,
  bytes: whole.result.bytes,
  gzip: gzipSync(whole.result.text).length,
})

let { cursor } = await firstSync(reader, 2_000)
const edited = await repeated(async n => {
  const [one] = (await ask(reader, '/mood?per_page=1')).json.moods
  await fetch(`${server.url}/mood/${one.id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${reader}`, 'content-type': 'application/json' },
    body: JSON.stringify({ note: `edited ${n}` }),
  })
  const answer = await ask(reader, `/sync?cursor=${cursor}`)
  cursor = answer.json.cursor
  return answer
})
row('edit, and sync after it', edited, {
  requests: 1,
  bytes: edited.result.bytes,
  gzip: gzipSync(edited.result.text).length,
})

// Also for the compiler, which has seen either way of writing often enough then.
const searcher = await signUp('searcher')
for (let n = 0; n < searched; n += perRequest)
  await ask(searcher, '/sync', { operations: creations(0, perRequest), kinds: [] })
const warm = await signUp('warm')
await ask(warm, '/sync', { operations: creations(0, perRequest), kinds: [] })
for (const { id, value } of creations(0, perRequest)) await ask(warm, '/mood', { id, ...value })
const batches = await Promise.all(Array.from({ length: times * 2 }, (_, n) => signUp(`batch-${n}`)))
const together = await repeated(n =>
  ask(batches[n] as string, '/sync', { operations: creations(0, perRequest), kinds: [] }),
)
row('500 operations in one request', together, { requests: 1, bytes: together.result.bytes })
const apart = await repeated(async n => {
  for (const { id, value } of creations(0, perRequest))
    await ask(batches[times + n] as string, '/mood', { id, ...value })
})
row('500 single requests', apart, { requests: perRequest })

let asked = 0
/** Never the same request, whose answer is kept: each asks for another page size. */
const search = (word: string) => () => ask(searcher, `/mood?q=${word}&page=1&per_page=${1 + (asked++ % 100)}`)
const searches = { 'a word in a fifth of the notes': search('maya'), 'a word in none': search('nowhere') }
for (const [what, work] of Object.entries(searches)) {
  const { result, ...cost } = await repeated(work)
  row(`q, ${searched} entries: ${what}`, cost, { requests: 1, bytes: result.bytes })
}

console.log(`${values.engine}, medians of ${times}; ms on the wall, and of the server's processors\n`)
console.log(table(['', 'requests', 'bytes', 'gzip', 'ms', 'cpu ms'], rows))
console.log(
  `\none request takes ${(together.wall / apart.wall).toFixed(3)} of the time of single ones, ${(together.cpu / apart.cpu).toFixed(3)} of the processor time`,
)
const others = await Promise.all(Array.from({ length: times }, (_, n) => signUp(`other-${n}`)))
const health = {
  nothing: await healthDuring(() => sleep(2_000)),
  '500 operations, one request after the other': await healthDuring(async () => {
    for (const one of others) await ask(one, '/sync', { operations: creations(0, perRequest), kinds: [] })
  }),
  'first syncs, four at a time': await healthDuring(() =>
    Promise.all(Array.from({ length: 4 }, () => repeated(() => firstSync(reader, 2_000)))),
  ),
  [`q in ${searched} entries, one after the other`]: await healthDuring(async () => {
    for (let n = 0; n < times; n++) for (const work of Object.values(searches)) await work()
  }),
}
console.log(
  `\n${table(
    ['/health during', 'p50 ms', 'p99 ms', 'max ms'],
    Object.entries(health).map(([what, { p50, p99, max }]) => [what, ms(p50), ms(p99), ms(max)]),
  )}`,
)
await server.stop()
await postgres?.stop()
process.exit()
