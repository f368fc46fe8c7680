import type { Page } from 'playwright-core'
import { until } from '../helper.ts'
import { inPage } from './walk.ts'

/** A person who has a keyboard and nothing else: each thing is reached by Tab, and used by the keys of its kind. */

/** The tag and the accessible name of what has the focus, as far as the page says it; `body` where nothing has. */
const focused = String.raw`(() => {
  const element = document.activeElement ?? document.body
  const labelled = element.getAttribute('aria-labelledby')
  const name = element.getAttribute('aria-label') || (labelled && document.getElementById(labelled)?.textContent) ||
    element.labels?.[0]?.textContent || element.textContent || element.placeholder || ''
  return element === document.body ? 'body' : element.tagName.toLowerCase() + ' ' + name.trim().replace(/\s+/g, ' ')
})()`

const maxStops = 150
/** So often that something would have the focus by then on any machine. */
const maxLooks = 3_000

export interface Keyboard {
  /** Presses Tab, or another key, until something has the focus; it may have it already. */
  go: (name: RegExp, key?: string) => Promise<void>
  /** Goes there, backwards or not, and presses a key. */
  press: (name: RegExp, key?: string, by?: string) => Promise<void>
  type: (text: string) => Promise<void>
  key: (...keys: string[]) => Promise<void>
  /** Waits until something has the focus without a key pressed: where a step of the app leaves it. */
  lands: (name: RegExp) => Promise<void>
  /** What was wrong on the way: a focus that could not be seen, or nothing that had it. */
  faults: string[]
}

export function keyboard(page: Page): Keyboard {
  const faults: string[] = []
  const now = async () => String(await page.evaluate(focused))

  async function look(): Promise<void> {
    await page.evaluate(inPage)
    const stop = (await page.evaluate('__walk.stop()')) as { name: string; faults: string[] } | null
    // A heading that a step leads to is no control: the next Tab shows where it is.
    if (/^(main|h\d) /.test(stop?.name ?? '')) return
    for (const fault of stop?.faults ?? []) faults.push(`${stop?.name}: ${fault}`)
  }

  /** What a key does to the page takes a moment; then something has the focus, and it shows. */
  async function settled(after: string): Promise<void> {
    let looks = 0
    await until(async () => (await now()) !== 'body' || ++looks > maxLooks)
    if (looks > maxLooks) faults.push(`nothing has the focus after ${after}`)
    else await look()
  }

  async function go(name: RegExp, key = 'Tab'): Promise<void> {
    const seen: string[] = []
    for (let stops = 0; stops < maxStops; stops++) {
      const found = await now()
      if (name.test(found)) return look()
      seen.push(found)
      await page.keyboard.press(key)
    }
    throw new Error(`no ${name} among ${[...new Set(seen)].join(' | ')}`)
  }

  return {
    faults,
    go,
    async press(name, key = 'Enter', by = 'Tab') {
      await go(name, by)
      await page.keyboard.press(key)
      await settled(`${key} on ${name}`)
    },
    async type(text) {
      await page.keyboard.type(text)
      await settled(`typing ${text}`)
    },
    async key(...keys) {
      for (const key of keys) await page.keyboard.press(key)
      await settled(keys.join(' '))
    },
    async lands(name) {
      let looks = 0
      await until(async () => name.test(await now()) || ++looks > maxLooks)
      if (looks > maxLooks) faults.push(`${await now()} has the focus, not ${name}`)
      else await look()
    },
  }
}
