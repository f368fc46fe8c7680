import type { Browser, Page } from 'playwright-core'
import { type Base, isOpen, type Question, type Queued, type Thing, thingOf } from '../../../client/src/sync/records.ts'
import { hangingMs } from '../../browser.ts'
import { until } from '../signing.ts'

/** A device: a browser with one copy of what a person has, and one or two tabs on it. */

/** What is on the disk of a device, as the sync engine keeps it. */
export interface Copy {
  bases: Map<string, Base>
  ops: Queued[]
  questions: Question[]
  thing: (kind: 'mood' | 'task', id: string) => Thing<'mood'> | Thing<'task'> | undefined
  /** All ids, deleted ones too. */
  ids: (kind: 'mood' | 'task') => Set<string>
  unsent: (id?: string) => Queued[]
}

export interface Tab {
  page: Page
  hasCrashed: boolean
  /** An entry that is open to be edited: see `sequence.ts`. */
  form?: { id: string; seen: { text: string; mood: number } }
}

export type Device = Awaited<ReturnType<typeof openDevice>>

/** @param wide whether it is a desk rather than a phone. */
export async function openDevice(
  browser: Browser,
  { base, now, wide }: { base: string; now: () => number; wide: boolean },
) {
  const context = await browser.newContext({
    // High enough for all rows of a list.
    viewport: { width: wide ? 1280 : 390, height: 2_000 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  })
  await context.clock.install({ time: now() })
  // What waits longer than this is stuck.
  context.setDefaultTimeout(hangingMs)
  const tabs: Tab[] = []
  const complaints: string[] = []
  let isOffline = false

  async function openTab(): Promise<Tab> {
    const page = await context.newPage()
    const tab: Tab = { page, hasCrashed: false }
    page.on('crash', () => {
      tab.hasCrashed = true
    })
    page.on('pageerror', error => complaints.push(String(error)))
    tabs.push(tab)
    await page.goto(`${base}/app/`)
    return tab
  }

  const alive = () => tabs.find(({ hasCrashed }) => !hasCrashed) as Tab
  const ready = (page: Page) => page.getByRole('navigation', { name: 'Main' }).waitFor()

  return {
    context,
    tabs,
    /** Errors that nobody caught. */
    complaints,
    get isOffline() {
      return isOffline
    },
    async setOffline(is: boolean) {
      isOffline = is
      await context.setOffline(is)
    },
    openTab,
    ready,
    async closeTab(tab: Tab) {
      tabs.splice(tabs.indexOf(tab), 1)
      await tab.page.close()
    },
    /** As when the phone runs out of memory: nothing of the page runs any more. Tabs that go with it are opened again too. */
    async kill(tab: Tab) {
      const session = await context.newCDPSession(tab.page)
      // It answers nothing.
      void session.send('Page.crash').catch(() => {})
      await until(() => tab.hasCrashed)
      const dead = tabs.filter(({ hasCrashed }) => hasCrashed)
      for (const one of dead) await this.closeTab(one)
      for (const _ of dead) await ready((await openTab()).page)
    },
    copy: async (): Promise<Copy> => copyFrom((await alive().page.evaluate(readAll)) as [string, unknown][]),
    /** Moves the clocks of the pages on, ms, with all timers that are due meanwhile. */
    async advance(ms: number) {
      for (const { page } of tabs) await page.clock.runFor(ms)
    },
    close: () => context.close(),
  }
}

const readAll = `new Promise((resolve, reject) => {
  const opening = indexedDB.open('moodstreak')
  opening.onerror = () => reject(opening.error)
  opening.onsuccess = () => {
    const objects = opening.result.transaction('copy').objectStore('copy')
    const [keys, values] = [objects.getAllKeys(), objects.getAll()]
    values.onsuccess = () => {
      opening.result.close()
      resolve(keys.result.map((key, i) => [key, values.result[i]]))
    }
  }
})`

function copyFrom(all: readonly [string, unknown][]): Copy {
  const section = (name: string) =>
    all.flatMap(([key, value]) => {
      const [, part, ...rest] = key.split('/')
      return part === name && !key.startsWith('app/') ? [[rest.join('/'), value] as const] : []
    })
  const bases = new Map(section('thing') as [string, Base][])
  const ops = (section('op') as [string, Queued][]).map(([, op]) => op).sort((a, b) => a.seq - b.seq)
  const questions = (section('ask') as [string, Question][]).map(([, question]) => question)
  return {
    bases,
    ops,
    questions,
    thing: (kind, id) =>
      thingOf(
        kind,
        id,
        bases.get(`${kind}/${id}`),
        ops.filter(op => op.id === id),
        questions.find(question => question.id === id),
      ) as Thing<'mood'> | undefined,
    ids: kind => {
      const stored = [...bases.keys()]
        .filter(name => name.startsWith(`${kind}/`))
        .map(name => name.slice(kind.length + 1))
      return new Set([...stored, ...ops.filter(op => op.kind === kind).map(({ id }) => id)])
    },
    unsent: id => ops.filter(op => isOpen(op) && (id === undefined || op.id === id)),
  }
}
