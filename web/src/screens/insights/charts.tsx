import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { inOwnPoints, onOwnScale } from '../../days.ts'
import { number } from '../../format.ts'
import { insights as texts } from '../../texts.ts'
import { colourOf } from '../../ui/mood-step.ts'
import type { MonthSpread } from './spread.ts'

/** Charts as SVG, each with the same in a table. Heights are valences; words and numbers on the person's own scale. */

export const onScale = (valence: number) => number(onOwnScale(valence), { maximumFractionDigits: 1 })
export const points = (difference: number) =>
  // A minus as wide as the plus.
  number(inOwnPoints(difference), { maximumFractionDigits: 1, signDisplay: 'exceptZero' }).replace('-', '−')

interface FigureProps {
  title: string
  /** What it shows, in a sentence. */
  says: string
  head: readonly string[]
  rows: readonly (readonly string[])[]
  children: ComponentChildren
}

/** A chart with its sentence and its table. */
export function Figure({ title, says, head, rows, children }: FigureProps) {
  const id = useId()
  return (
    <section class="card insights-figure" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p class="insights-says">{says}</p>
      {children}
      <details class="insights-table">
        <summary>{texts.asTable}</summary>
        <table>
          <thead>
            <tr>
              {head.map(name => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, ...cells]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {cells.map((cell, i) => (
                  <td key={head[i + 1]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  )
}

const [width, height, left, bottom, top] = [360, 170, 26, 24, 8]

/** What of the scale is shown: all that there is, with room around it, so that small differences do not look large. */
function rangeOf(values: readonly number[]): [low: number, high: number] {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const room = Math.max(0.12, (0.6 - (high - low)) / 2)
  return [Math.max(-1, low - room), Math.min(1, high + room)]
}

function yOf([low, high]: readonly [number, number]) {
  return (valence: number) => top + ((high - valence) / (high - low)) * (height - top - bottom)
}

/** Lines at round values of the person's own scale. */
function Rules({ range, y }: { range: readonly [number, number]; y: (valence: number) => number }) {
  const [low, high] = [onOwnScale(range[0]), onOwnScale(range[1])]
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find(one => (high - low) / one <= 4) ?? 100
  const first = Math.ceil(low / step)
  const lines = Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, i) => (first + i) * step)
  const perPoint = inOwnPoints(1)
  return (
    <>
      {lines.map(value => {
        const at = y(range[0] + (value - low) / perPoint)
        return (
          <g key={value}>
            <line class="insights-rule" x1={left} x2={width} y1={at} y2={at} />
            <text class="insights-mark" x={left - 6} y={at + 3.5} text-anchor="end">
              {number(value, { maximumFractionDigits: 1 })}
            </text>
          </g>
        )
      })}
    </>
  )
}

/** The mean of each month as a line, and where half of its days lie as a band. */
export function MonthsChart({ months, nameOf }: { months: readonly MonthSpread[]; nameOf: (month: string) => string }) {
  const range = rangeOf(months.flatMap(({ low, high, mean }) => [low, high, mean]))
  const y = yOf(range)
  const pitch = (width - left) / months.length
  const x = (i: number) => left + pitch * (i + 0.5)
  const every = Math.ceil(months.length / 8)
  const upper = months.map(({ high }, i) => `${x(i)},${y(high)}`)
  const lower = months.map(({ low }, i) => `${x(i)},${y(low)}`).reverse()
  return (
    <svg class="insights-chart" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <Rules range={range} y={y} />
      {months.length > 1 && <polygon class="insights-band" points={[...upper, ...lower].join(' ')} />}
      <polyline class="insights-line" points={months.map(({ mean }, i) => `${x(i)},${y(mean)}`).join(' ')} />
      {months.map(({ month, mean, low, high }, i) => (
        <g key={month}>
          {months.length === 1 && <line class="insights-whisker" x1={x(i)} x2={x(i)} y1={y(low)} y2={y(high)} />}
          {months.length <= 24 && (
            <circle class="insights-dot" cx={x(i)} cy={y(mean)} r="4.5" style={{ '--mood': colourOf(mean) }} />
          )}
          {(months.length - 1 - i) % every === 0 && (
            <text class="insights-mark" x={x(i)} y={height - 6} text-anchor="middle">
              {nameOf(month)}
            </text>
          )}
        </g>
      ))}
    </svg>
  )
}

export interface Estimate {
  name: string
  mean: number
  n: number
  interval: readonly number[] | null
}

/** Means as dots, with their intervals as lines. */
export function EstimatesChart({ estimates, every = 1 }: { estimates: readonly Estimate[]; every?: number }) {
  const range = rangeOf(estimates.flatMap(({ mean, interval }) => [mean, ...(interval ?? [])]))
  const y = yOf(range)
  const pitch = (width - left) / estimates.length
  const x = (i: number) => left + pitch * (i + 0.5)
  const within = (valence: number) => y(Math.min(range[1], Math.max(range[0], valence)))
  return (
    <svg class="insights-chart" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <Rules range={range} y={y} />
      {estimates.map(({ name, mean, interval }, i) => (
        <g key={name}>
          {interval && (
            <line
              class="insights-whisker"
              x1={x(i)}
              x2={x(i)}
              y1={within(interval[0] as number)}
              y2={within(interval[1] as number)}
            />
          )}
          <circle
            class={interval ? 'insights-dot' : 'insights-dot insights-dot-unsure'}
            cx={x(i)}
            cy={y(mean)}
            r={Math.min(6, pitch / 2.6)}
            style={{ '--mood': colourOf(mean) }}
          />
          {i % every === 0 && (
            <text class="insights-mark" x={x(i)} y={height - 6} text-anchor="middle">
              {name}
            </text>
          )}
        </g>
      ))}
    </svg>
  )
}

/** A difference with its interval beside nought. */
export function DifferenceBar({
  difference,
  interval,
  reach,
}: {
  difference: number
  interval: readonly number[]
  reach: number
}) {
  const x = (value: number) => 100 + (Math.max(-reach, Math.min(reach, value)) / reach) * 96
  return (
    <svg class="insights-difference" viewBox="0 0 200 20" aria-hidden="true">
      <line class="insights-rule" x1="4" x2="196" y1="10" y2="10" />
      <line class="insights-zero" x1="100" x2="100" y1="1" y2="19" />
      <line class="insights-whisker" x1={x(interval[0] as number)} x2={x(interval[1] as number)} y1="10" y2="10" />
      <circle
        class="insights-dot"
        cx={x(difference)}
        cy="10"
        r="6"
        style={{ '--mood': colourOf(Math.sign(difference) * 0.8) }}
      />
    </svg>
  )
}
