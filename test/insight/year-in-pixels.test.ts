import t from 'tap'
import { colours, themes, yearInPixels } from '../../src/insight/year-in-pixels.ts'
import { dayOf } from '../../src/moods/calendar.ts'

/** Relative luminance and contrast of WCAG 2.2. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map(at => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

const days = new Map([
  [dayOf('2026-01-01'), { entries: 1, valence: -1 }],
  [dayOf('2026-06-15'), { entries: 2, valence: 0.123 }],
  [dayOf('2026-12-31'), { entries: 3, valence: 1 }],
  [dayOf('2026-02-01'), { entries: 1, valence: null }],
  [dayOf('2025-12-31'), { entries: 1, valence: 0 }],
])
const picture = (theme: 'light' | 'dark') => yearInPixels(2026, days, { theme, today: dayOf('2026-06-16') })

t.test('a year has a square with a title for each of its days, and says what it shows', async t => {
  const svg = picture('light')
  t.equal(svg.match(/<title>/g)?.length, 365)
  t.match(svg, '<title id="title">Moods of 2026</title>')
  t.match(svg, '4 days have an entry')
  t.match(svg, '<title>2026-01-01: 1 entry, valence -1.00</title>')
  t.match(svg, '<title>2026-06-15: 2 entries, valence 0.12</title>')
  t.match(svg, '<title>2026-02-01: 1 entry, no valence</title>')
  t.match(svg, '<title>2026-06-17: no entry</title>')
  t.match(yearInPixels(2024, new Map(), { theme: 'dark', today: 0 }), '2024-02-29')
  t.match(yearInPixels(2026, new Map([...days].slice(0, 1)), { theme: 'dark', today: 0 }), '1 day has an entry')
  t.equal(svg, picture('light'), 'the same bytes for the same days')
  t.notMatch(svg, /<script|style=|href|url\(/)
})

t.test('its colours are told apart without hue, and stand out from the ground', async t => {
  for (const theme of themes) {
    const { background, text, scale } = colours[theme]
    const lights = scale.map(luminance)
    const sorted = lights.toSorted((a, b) => (theme === 'light' ? b - a : a - b))
    t.strictSame(lights, sorted, `${theme}: ever ${theme === 'light' ? 'darker' : 'lighter'}`)
    for (const colour of scale) t.ok(contrast(colour, background) >= 3, `${theme} ${colour}: WCAG 1.4.11`)
    t.ok(contrast(text, background) >= 4.5, `${theme} text: WCAG 1.4.3`)
    for (const [i, colour] of scale.slice(1).entries()) t.ok(contrast(colour, scale[i] as string) > 1.15, colour)
    for (const colour of scale) t.match(picture(theme), colour)
  }
})
