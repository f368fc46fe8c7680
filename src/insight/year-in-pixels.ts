import { type DayNumber, dayOf, formatDay } from '../moods/calendar.ts'
import { descriptionOfYear, legend, monthNames, titleOfDay, titleOfYear } from './texts.ts'

/** A year in pixels: days in, an SVG out, the same bytes for the same days. */

export const themes = ['light', 'dark'] as const
export type Theme = (typeof themes)[number]

export interface Colours {
  background: string
  text: string
  /** Of a day without an entry. */
  empty: string
  /** Of a day whose entries have no valence, and of the line around today. */
  line: string
  /** From worst to best: ever darker on light ground and ever lighter on dark, so that they can be told apart without hue. */
  scale: readonly string[]
}

export const colours: Record<Theme, Colours> = {
  light: {
    background: '#ffffff',
    text: '#3c4450',
    empty: '#e4e7eb',
    line: '#3c4450',
    scale: ['#d27a1e', '#c06440', '#a8545f', '#8a4a7c', '#69458c', '#453f87', '#1d3270'],
  },
  dark: {
    background: '#14181d',
    text: '#c6cdd6',
    empty: '#2a3038',
    line: '#c6cdd6',
    scale: ['#b0581f', '#b9665a', '#b87890', '#ad8fbf', '#a0a8df', '#98c3f2', '#a9e0ff'],
  },
}

const cell = 18
const pitch = 22
const left = 30
const top = 26
const width = left + 12 * pitch + 6
const height = top + 31 * pitch + 34

/** A day with entries. */
export interface Pixel {
  entries: number
  /** -1 to 1; null where nothing is known. */
  valence: number | null
}

/**
 * Draws a year, with a title for each of its days.
 * @param days those with an entry.
 */
export function yearInPixels(
  year: number,
  days: ReadonlyMap<DayNumber, Pixel>,
  { theme, today }: { theme: Theme; today: DayNumber },
): string {
  const { background, text, empty, line, scale } = colours[theme]
  const first = dayOf(`${year}-01-01`)
  const last = dayOf(`${year}-12-31`)
  const label = (x: number, y: number, anchor: string, content: string | number) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${content}</text>`
  const square = (x: number, y: number, fill: string, stroke: string, content = '') =>
    `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" rx="4" fill="${fill}"${stroke}${content ? `>${content}</rect>` : '/>'}`
  const outline = (colour: string, dashed: boolean) =>
    ` stroke="${colour}" stroke-width="${dashed ? 1 : 2}"${dashed ? ' stroke-dasharray="3 2"' : ''}`

  const months = monthNames.map((name, i) => label(left + i * pitch + cell / 2, 16, 'middle', name.slice(0, 1)))
  const numbers = [1, 5, 10, 15, 20, 25, 30].map(n => label(left - 7, top + (n - 1) * pitch + 13, 'end', n))
  const logged = [...days.keys()].filter(day => first <= day && day <= last).length
  const squares: string[] = []
  for (let day = first; day <= last; day++) {
    const date = formatDay(day)
    const { entries, valence } = days.get(day) ?? { entries: 0, valence: null }
    const fill = valence === null ? empty : colourOf(valence, scale)
    const stroke = day === today ? outline(line, false) : entries > 0 && valence === null ? outline(line, true) : ''
    const x = left + (Number(date.slice(5, 7)) - 1) * pitch
    const y = top + (Number(date.slice(8)) - 1) * pitch
    squares.push(square(x, y, fill, stroke, `<title>${titleOfDay(date, entries, valence)}</title>`))
  }

  const under = top + 31 * pitch + 6
  const middle = left + 34
  const steps = scale.map((colour, i) => square(middle + i * (cell + 2), under, colour, ''))
  const after = middle + scale.length * (cell + 2)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description" font-family="system-ui, sans-serif" font-size="11" fill="${text}">`,
    `<title id="title">${titleOfYear(year)}</title>`,
    `<desc id="description">${descriptionOfYear(logged)}</desc>`,
    `<rect width="${width}" height="${height}" fill="${background}"/>`,
    ...months,
    ...numbers,
    ...squares,
    label(middle - 6, under + 13, 'end', legend.worst),
    ...steps,
    label(after + 4, under + 13, 'start', legend.best),
    '</svg>',
  ].join('\n')
}

/** The colour of a day of a valence (-1 to 1) on a scale from worst to best. */
export function colourOf(valence: number, scale: readonly string[]): string {
  const step = Math.min(scale.length - 1, Math.floor(((valence + 1) / 2) * scale.length))
  return scale[Math.max(0, step)] as string
}
