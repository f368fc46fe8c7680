import { readFile, writeFile } from 'node:fs/promises'
import type { Side } from './crowd/data.ts'
import type { LoadResult } from './load.ts'
import type { Quantity } from './rest.ts'
import { grouped, median, table } from './table.ts'

export type Figure = LoadResult | Quantity

/** Both sides' figures, measured one right after the other. */
type Round<F extends Figure = Figure> = Record<Side, F>

/** A row of the table. */
export interface Measured {
  name: string
  title: string
  rounds: readonly Round[]
}

/** The columns of the table; the narrow ones are not on the page, docs/speed.md. */
const columns: readonly { head: string; narrow?: true; cell: (rounds: readonly Round<LoadResult>[]) => string }[] = [
  { head: 'server', cell: rounds => `${grouped(middle(rounds, ({ server }) => server.perSecond))}/s` },
  { head: 'bare', cell: rounds => `${grouped(middle(rounds, ({ bare }) => bare.perSecond))}/s` },
  { head: 'by clock', cell: rounds => spread(rounds.map(byClock)) },
  { head: 'by cpu', cell: rounds => spread(rounds.map(byCpu)) },
  { head: 'cpu µs', narrow: true, cell: rounds => micros(rounds, 'server') },
  { head: 'bare µs', narrow: true, cell: rounds => micros(rounds, 'bare') },
  { head: 'p99 ms', cell: rounds => middle(rounds, ({ server }) => server.p99).toFixed(1) },
  { head: 'bare p99', narrow: true, cell: rounds => middle(rounds, ({ bare }) => bare.p99).toFixed(1) },
  { head: 'busy', narrow: true, cell: rounds => percent(middle(rounds, ({ server }) => server.busy)) },
  { head: 'bare busy', narrow: true, cell: rounds => percent(middle(rounds, ({ bare }) => bare.busy)) },
]

/** The table for a terminal. */
export function textTable(measured: readonly Measured[]): string {
  return table(
    ['', ...columns.map(({ head }) => head)],
    measured.map(row => cellsOf(row)),
  )
}

/** The table in Markdown. */
function pageTable(measured: readonly Measured[]): string {
  const shown = columns.filter(({ narrow }) => !narrow)
  const head = ['', ...shown.map(column => column.head)]
  return [head, head.map(() => '---'), ...measured.map(row => cellsOf(row, shown))]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/**
 * Replaces the results of an engine on a page, between `<!-- sqlite -->` and `<!-- end -->`.
 * @param notes lines below the table.
 * @throws {Error} if the page has no place for them.
 */
export async function writePage(file: string, engine: string, measured: readonly Measured[], notes: readonly string[]) {
  const before = await readFile(file, 'utf8')
  const place = new RegExp(`(?<=<!-- ${engine} -->\n).*?(?=<!-- end -->)`, 's')
  if (!place.test(before)) throw new Error(`${file} has no <!-- ${engine} --> that is followed by <!-- end -->`)
  const after = before.replace(place, () => `${pageTable(measured)}\n\n${notes.join('\n')}\n`)
  await writeFile(file, after)
}

/** How the cost of a request compares with that of another one, round by round: `1.23 (1.18-1.30)`. */
export function costOf(one: Measured, other: Measured): string {
  const [dear, cheap] = [one, other].map(({ rounds }) => rounds.filter(isLoad).map(({ server }) => cpuOf(server)))
  return spread((dear as number[]).map((cost, round) => cost / (cheap?.[round] ?? Number.NaN)))
}

function cellsOf({ title, rounds }: Measured, shown = columns): string[] {
  const loads = rounds.filter(isLoad)
  if (loads.length > 0) return [title, ...shown.map(({ cell }) => cell(loads))]
  const quantities = rounds as readonly Round<Quantity>[]
  const cells = (['server', 'bare'] as const).map(side => quantity(quantities.map(round => round[side])))
  return [title, ...cells, ...shown.slice(2).map(() => '')]
}

function isLoad(round: Round): round is Round<LoadResult> {
  return 'perSecond' in round.server
}

function quantity(figures: readonly Quantity[]): string {
  const [unit, digits] = figures[0]?.unit === 's' ? ['s', 2] : ['MiB', 0]
  return `${spread(
    figures.map(({ value }) => value),
    digits as number,
  )} ${unit}`
}

/** The median, and the least and the largest. */
function spread(numbers: readonly number[], digits = 2): string {
  const [least, largest] = [Math.min(...numbers), Math.max(...numbers)]
  return `${median(numbers).toFixed(digits)} (${least.toFixed(digits)}-${largest.toFixed(digits)})`
}

/** Processor time for a request, in s; NaN if the system does not tell. */
function cpuOf({ busy = Number.NaN, perSecond }: LoadResult): number {
  return busy / perSecond
}

function byClock({ server, bare }: Round<LoadResult>): number {
  return server.perSecond / bare.perSecond
}

function byCpu({ server, bare }: Round<LoadResult>): number {
  return cpuOf(bare) / cpuOf(server)
}

function micros(rounds: readonly Round<LoadResult>[], side: Side): string {
  return (middle(rounds, round => cpuOf(round[side])) * 1e6).toFixed(0)
}

function middle(
  rounds: readonly Round<LoadResult>[],
  figure: (round: Round<LoadResult>) => number | undefined,
): number {
  return median(rounds.map(round => figure(round) ?? Number.NaN))
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
