/**
 * The effect on other clients while a server does its worst: a second process asks for `/health` every 5 ms and logs a
 * mood every 100 ms meanwhile. On SQLite, in a file of the run's own.
 *
 * `node bench/worst.ts FOLDER [--only <name>] [--seconds 15]`: one line for each scenario (worst/scenarios.ts), whose
 * load lasts `--seconds` where it has no end of its own. Goals: p99 <= 50 ms and max <= 200 ms; with 512 MB of heap,
 * alive.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Checkout, openCheckout, startCheckout } from './checkout.ts'
import { peakResidentMiB } from './cpu-time.ts'
import { machineFacts } from './pinning.ts'
import { type RunningServer, startHelper, temporaryFolder } from './processes.ts'
import { table } from './table.ts'
import { Api } from './worst/api.ts'
import type { Latencies, ProbeResult } from './worst/probe.ts'
import { type WorstScenario, worstScenarios } from './worst/scenarios.ts'
import { seed } from './worst/seed.ts'

const { values, positionals } = parseArgs({
  options: { only: { type: 'string', multiple: true }, seconds: { type: 'string', default: '15' } },
  allowPositionals: true,
})
const [folder] = positionals
const seconds = Number(values.seconds)
if (!folder || !(seconds > 0)) fail('it takes a folder; --seconds takes a number above 0')
const known = worstScenarios.map(({ name }) => name)
for (const name of values.only ?? []) if (!known.includes(name)) fail(`--only knows ${known.join(', ')}`)

/** Timeout of a load, in ms; the rest of it is then skipped. */
const longestLoadMs = 300_000

const serverEnv = {
  NODE_ENV: 'test',
  RATE_LIMIT: 'off',
  JWT_SECRET: 'only for the benchmark, and long enough for that',
  LOG_LEVEL: 'warn',
  BCRYPT_COST: '4',
}

const checkout = await openCheckout(folder)
console.log(machineFacts(false))
console.log(`${checkout.folder} (${checkout.commit}), SQLite`)
const rows: string[][] = []
for (const scenario of worstScenarios) {
  if (!(values.only?.includes(scenario.name) ?? true)) continue
  const row = await measured(checkout, scenario)
  rows.push(row)
  if (process.stderr.isTTY) console.error(row.join('  '))
}
const head = ['ms', 'health p50', 'p99', 'max', 'POST p50', 'p99', 'max', 'peak MiB', 'alive', 'answers', 's']
console.log(`\n${table(head, rows)}`)
process.exit()

async function measured(from: Checkout, scenario: WorstScenario): Promise<string[]> {
  const file = join(temporaryFolder(), 'worst.db')
  const env = { ...serverEnv, DATABASE_URL: `file:${file}` }
  await prepare(from, env, file, scenario)
  const server = await startCheckout(from, env, 'any', scenario.node)
  const api = new Api(server.url)
  try {
    const { authorization } = await api.signIn('prober')
    const program = {
      program: './worst/probe.ts',
      core: 'any',
      args: [JSON.stringify({ url: server.url, authorization })],
    }
    const probe = startHelper<ProbeResult>(program as never, longestLoadMs + 60_000)
    await sleep(2_000)
    probe.count()
    const before = { ...api.outcome }
    const start = Date.now()
    await Promise.race([scenario.load(api, start + seconds * 1_000), sleep(longestLoadMs)])
    const took = (Date.now() - start) / 1_000
    // Includes work that the load has left behind, such as wiping.
    await sleep(1_000)
    const peak = peakResidentMiB(server.pid)
    probe.finish()
    return row(scenario, await probe.result, server, peak, difference(api.outcome, before), took)
  } finally {
    api.close()
    await server.stop()
  }
}

async function prepare(from: Checkout, env: Record<string, string>, file: string, scenario: WorstScenario) {
  const server = await startCheckout(from, env)
  const api = new Api(server.url)
  const ids = new Map<string, string>()
  const signUp = api.signUp.bind(api)
  api.signUp = async (username, role) => {
    const person = await signUp(username, role)
    ids.set(username, person.id)
    return person
  }
  await api.signUp('prober')
  await scenario.prepare(api)
  api.close()
  await server.stop()
  seed(file, seeding => scenario.seed?.(seeding, username => ids.get(username) as string))
}

function row(
  { title }: WorstScenario,
  { health, write, failure }: ProbeResult,
  { pid }: RunningServer,
  peak: number | undefined,
  outcome: Record<string, number>,
  took: number,
): string[] {
  const answers = Object.entries(outcome).map(([what, count]) => `${count} x ${what}`)
  const alive = isAlive(pid) ? (failure ?? 'yes') : `DIED (${failure ?? 'no failure'})`
  return [
    title,
    ...shown(health),
    ...shown(write),
    peak === undefined ? '?' : String(peak),
    alive,
    answers.join(', ') || '-',
    took.toFixed(1),
  ]
}

function shown({ p50, p99, max }: Latencies): string[] {
  return [p50, p99, max].map(ms => (ms < 100 ? ms.toFixed(1) : String(Math.round(ms))))
}

function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  const counts = Object.entries(after).map(([what, count]): [string, number] => [what, count - (before[what] ?? 0)])
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
