import type { LoadResult } from './load.ts'
import { type Effort, measureBaseline, measureServer, type Place, sharing } from './measure.ts'
import type { Prepared } from './prepared.ts'
import type { Scenario } from './scenarios.ts'
import { grouped, median, table } from './table.ts'

/** A round: one process and, right after it, many. */
interface Round {
  one: LoadResult
  many: LoadResult
}

/** The gain of many processes over one, for the server and the baseline, on any core. */
export async function measureWorkers(
  scenarios: readonly Scenario[],
  data: Prepared,
  effort: Effort,
  rounds: number,
  workers: number,
): Promise<string> {
  const rows: string[][] = []
  for (const scenario of scenarios) {
    const measured = { server: [] as Round[], bare: [] as Round[] }
    for (let round = 0; round < rounds; round++) {
      measured.bare.push(await compared(workers, place => measureBaseline(scenario, data, effort, place)))
      measured.server.push(await compared(workers, place => measureServer(scenario, data, effort, place)))
    }
    rows.push(row(`${scenario.title}: server`, measured.server), row(`${scenario.title}: bare`, measured.bare))
  }
  const head = ['', '1 worker/s', `${workers} workers/s`, 'gain', 'from', 'to', 'p99 ms', `p99 of ${workers}`]
  return [
    `Medians of ${rounds} rounds of ${effort.seconds} s after ${effort.warmUpSeconds} s of warm-up, ${effort.connections} connections.`,
    `Nothing pinned: the load generator, ${sharing}, shares the cores with the workers (and with a database server).`,
    ...(sharing === 'wrk'
      ? []
      : ['It takes as much as a worker does. With wrk installed the gain is measured, and not the load.']),
    '',
    table([...head, 'busy', `busy of ${workers}`], rows),
    '',
    `gain: ${workers} workers as a multiple of one, measured right before; from and to: its spread. busy: of one core, all processes together.`,
  ].join('\n')
}

async function compared(workers: number, load: (place: Place) => Promise<LoadResult>): Promise<Round> {
  const one = await load({ workers: 1, pinned: false })
  return { one, many: await load({ workers, pinned: false }) }
}

function row(title: string, rounds: readonly Round[]): string[] {
  const gains = rounds.map(({ one, many }) => many.perSecond / one.perSecond)
  const of = (who: keyof Round, what: 'perSecond' | 'p99') => median(rounds.map(round => round[who][what]))
  const busy = (who: keyof Round) => `${Math.round(median(rounds.map(round => round[who].busy ?? Number.NaN)) * 100)} %`
  return [
    title,
    grouped(of('one', 'perSecond')),
    grouped(of('many', 'perSecond')),
    median(gains).toFixed(2),
    Math.min(...gains).toFixed(2),
    Math.max(...gains).toFixed(2),
    of('one', 'p99').toFixed(2),
    of('many', 'p99').toFixed(2),
    busy('one'),
    busy('many'),
  ]
}
