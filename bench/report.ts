import type { Side } from './crowd/data.ts'
import type { LoadResult } from './load.ts'
import { grouped, median, table } from './table.ts'

/** A round: each side's result, measured one right after the other. */
export type Round = Record<Side, LoadResult>

/** A row of the table, with its rounds. */
export interface Measured {
  name: string
  title: string
  rounds: readonly Round[]
}

/** The columns of the table: `text` for a terminal, `page` for docs/speed.md. */
const columns: readonly { head: string; on: 'text' | 'page' | 'both'; cell: (rounds: readonly Round[]) => string }[] = [
  { head: 'server/s', on: 'both', cell: rounds => grouped(middle(rounds, ({ server }) => server.perSecond)) },
  { head: 'bare/s', on: 'both', cell: rounds => grouped(middle(rounds, ({ bare }) => bare.perSecond)) },
  { head: 'by clock', on: 'both', cell: rounds => spread(rounds.map(byClock)) },
  { head: 'by cpu', on: 'both', cell: rounds => spread(rounds.map(byCpu)) },
  { head: 'cpu µs', on: 'text', cell: rounds => micros(rounds, 'server') },
  { head: 'bare µs', on: 'text', cell: rounds => micros(rounds, 'bare') },
  { head: 'p99 ms', on: 'both', cell: rounds => middle(rounds, ({ server }) => server.p99).toFixed(1) },
  { head: 'bare p99', on: 'text', cell: rounds => middle(rounds, ({ bare }) => bare.p99).toFixed(1) },
  { head: 'busy', on: 'text', cell: rounds => percent(middle(rounds, ({ server }) => server.busy)) },
  { head: 'bare busy', on: 'text', cell: rounds => percent(middle(rounds, ({ bare }) => bare.busy)) },
]

/** The table for a terminal. */
export function textTable(measured: readonly Measured[]): string {
  const shown = columns.filter(({ on }) => on !== 'page')
  const rows = measured.map(({ title, rounds }) => [title, ...shown.map(({ cell }) => cell(rounds))])
  return table(['', ...shown.map(({ head }) => head)], rows)
}

/** The table in Markdown, as in docs/speed.md. */
export function pageTable(measured: readonly Measured[]): string {
  const shown = columns.filter(({ on }) => on !== 'text')
  const rows = measured.map(({ title, rounds }) => [title, ...shown.map(({ cell }) => cell(rounds))])
  return [['request', ...shown.map(({ head }) => head)], ['', ...shown, ''].map(() => '---').slice(1), ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** How the cost of a request compares with that of another one, round by round: `1.23 (1.18-1.30)`. */
export function costOf(one: Measured, other: Measured): string {
  const rounds = one.rounds.map(({ server }, n) => cpuOf(server) / cpuOf((other.rounds[n] as Round).server))
  return spread(rounds)
}

/** The median, and the least and the largest. */
export function spread(numbers: readonly number[]): string {
  const [least, largest] = [Math.min(...numbers), Math.max(...numbers)]
  return `${median(numbers).toFixed(2)} (${least.toFixed(2)}-${largest.toFixed(2)})`
}

/** Processor time for a request, in s; NaN if the system does not tell. */
function cpuOf({ busy = Number.NaN, perSecond }: LoadResult): number {
  return busy / perSecond
}

function byClock({ server, bare }: Round): number {
  return server.perSecond / bare.perSecond
}

function byCpu({ server, bare }: Round): number {
  return cpuOf(bare) / cpuOf(server)
}

function micros(rounds: readonly Round[], side: Side): string {
  return (middle(rounds, round => cpuOf(round[side])) * 1e6).toFixed(0)
}

function middle(rounds: readonly Round[], figure: (round: Round) => number | undefined): number {
  return median(rounds.map(round => figure(round) ?? Number.NaN))
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
