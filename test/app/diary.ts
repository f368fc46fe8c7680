import type { Page } from 'playwright-core'
import { addDays } from '../../web/src/format.ts'

/** A diary to look at: the same each time. */

export interface DiaryEntry {
  mood: number
  date: string
  occurred_at?: string
  note?: string
  tags?: string[]
}

/** Numbers that look random: a linear congruential generator (Numerical Recipes). */
export function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const notes = [
  'Slept well, and coffee on the balcony.',
  'A long day at work. The train was late again, so I read half a book on the platform.',
  'Café with Zoë.',
  'Cooked for everybody.',
  'Rain.',
]

/**
 * Entries of the days before and including `last`, at most one a day; about one in eight has none. Walks make a day better.
 * @param days how far back.
 */
export function diary(last: string, days: number): DiaryEntry[] {
  const next = numbersFrom(days)
  return Array.from({ length: days }, (_, i) => addDays(last, i + 1 - days)).flatMap((date, i) => {
    const [draw, walked, noted] = [next(), next() < 0.35, next()]
    const season = Math.sin((i / 365) * 2 * Math.PI) * 1.4
    const mood = Math.round(Math.min(10, Math.max(0, 5.6 + season + (walked ? 1.4 : 0) + (next() - 0.5) * 5)))
    if (draw < 0.12 && date !== last) return []
    const hour = String(7 + Math.floor(next() * 15)).padStart(2, '0')
    const note = noted < 0.4 ? { note: notes[Math.floor(next() * notes.length)] as string } : {}
    const tags = [...(walked ? ['walk'] : []), ...(next() < 0.3 ? ['friends'] : []), ...(next() < 0.2 ? ['work'] : [])]
    return [{ mood, date, occurred_at: `${date}T${date === last ? '07' : hour}:12:00+01:00`, tags, ...note }]
  })
}

/** Sends entries as another device of the signed-in person would. The page's own device hears of them. */
export async function fill(page: Page, entries: readonly DiaryEntry[]): Promise<void> {
  for (let i = 0; i < entries.length; i += 500) {
    const operations = entries.slice(i, i + 500).map(value => {
      return { kind: 'mood', op: 'create', id: crypto.randomUUID(), value }
    })
    const body = JSON.stringify({ kinds: [], operations })
    const answer = await page.evaluate(
      `fetch('/sync', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: ${JSON.stringify(body)} })
        .then(async answer => ({ status: answer.status, body: await answer.text() }))`,
    )
    const { status, body: text } = answer as { status: number; body: string }
    if (status !== 200 || /"status":"(rejected|conflict)"/.test(text))
      throw new Error(`${status} ${text.slice(0, 500)}`)
  }
}

/** So often that it would be true by then on any machine. */
const maxLooks = 3_000

/** Waits until an expression is true in the page; Playwright's own way needs `unsafe-eval`. */
export async function until(page: Page, expression: string): Promise<void> {
  for (let looks = 0; looks < maxLooks; looks++) {
    if (await page.evaluate(expression)) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`never true: ${expression}`)
}
