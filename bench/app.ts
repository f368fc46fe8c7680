import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { brotliCompressSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { openDatabase } from '../src/db/open.ts'
import { builtWeb } from '../test/app/built.ts'
import { launchBrowser } from '../test/browser.ts'
import { addDays } from '../web/src/format.ts'
import { grouped, median, table } from './table.ts'

/**
 * `node bench/app.ts`: the budgets of the app, in the Chromium of the tests with its processor slowed four times: how much it
 * loads, when it can be used, how soon a tap is seen, and what ten years of entries cost. `--slowed 1` for none.
 */

const { values: args } = parseArgs({ options: { slowed: { type: 'string', default: '4' } } })
const slowed = Number(args.slowed)
const years = 10
const taps = 20
/** A zone with history, whose skipped days the device looks for. */
const places = { locale: 'en-GB', timezoneId: 'Pacific/Apia' }
/** Time for what comes after the first page, such as the service worker. */
const settledMs = 3_000

/** What a test gives to what cleans up; here the end of the program does. */
const cleanUps: (() => unknown)[] = []
const ending = {
  teardown: (cleanUp: () => unknown) => void cleanUps.unshift(cleanUp),
  pass: console.log,
} as unknown as Test

const folder = await builtWeb()
const data = mkdtempSync(join(tmpdir(), 'moodstreak-bench-'))
const config = readConfig({
  NODE_ENV: 'test',
  DATABASE_URL: `file:${join(data, 'bench.db')}`,
  JWT_SECRET: 'a secret that only this program knows, and long enough',
  BCRYPT_COST: '4',
  RATE_LIMIT: 'off',
})
const database = await openDatabase(config.databaseUrl)
const app = await buildApp({ config, jwtSecret: config.jwtSecret as string, database, webFolder: folder })
await app.listen({ port: 0, host: '127.0.0.1' })
const base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
const browser = (await launchBrowser(ending)) as Browser
const rows: string[][] = []
try {
  await measure(browser)
} finally {
  console.log(table(['measure', 'budget', 'measured', ''], rows))
  for (const cleanUp of cleanUps) await cleanUp()
  await app.close()
  rmSync(data, { recursive: true })
}

function report(what: string, limit: number | undefined, value: number, unit: string) {
  const shown = (number: number) => (unit === '' ? String(Number(number.toFixed(3))) : `${grouped(number)} ${unit}`)
  rows.push([
    what,
    limit === undefined ? '' : shown(limit),
    shown(value),
    limit !== undefined && value > limit ? 'OVER' : '',
  ])
}

async function measure(browser: Browser) {
  const question = '[role="group"] button, fieldset button, fieldset input'

  // Signed out
  const stranger = await device(browser)
  const out = await opened(stranger, 'button[type="submit"]')
  report('JavaScript before the first tap, signed out', 90_000, bytesOf(out.scripts), 'B')
  report('interactive, cold, signed out', 2_000, out.interactive, 'ms')
  report('layout shift, signed out', 0.05, await shiftOf(out.page), '')
  await stranger.close()

  // A new person
  const maya = await signUp('maya')
  const phone = await device(browser, maya.cookie)
  const cold = await opened(phone, question)
  report('JavaScript before the first tap, signed in', 90_000, bytesOf(cold.scripts), 'B')
  report('all of it', 300_000, bytesOf(readdirSync(folder, { recursive: true, encoding: 'utf8' })), 'B')
  report('interactive, cold, signed in', 2_000, cold.interactive, 'ms')
  report('layout shift, signed in', 0.05, await shiftOf(cold.page), '')
  await cold.page.evaluate('navigator.serviceWorker.ready.then(() => {})')
  await cold.page.close()
  const warm = await opened(phone, question)
  report('interactive, warm', 1_000, warm.interactive, 'ms')
  const { painted, logged } = await tapping(warm.page)
  report(`tap to painted, median of ${taps}`, 100, median(painted), 'ms')
  report(`tap to logged on the device, median of ${taps}`, undefined, median(logged), 'ms')
  await phone.close()

  // Ten years
  const noor = await signUp('noor')
  const entries = await tenYears(noor.token)
  const tablet = await device(browser, noor.cookie)
  const full = await opened(tablet, question)
  report(`first sync of ${grouped(entries)} entries`, 3_000, await syncedAt(full.page, entries), 'ms')
  report(`layout shift of that`, 0.05, await shiftOf(full.page), '')
  await yearView(full.page, `${grouped(entries)} entries`, question)
  const busy = await tapping(full.page)
  report(`tap to painted, ${grouped(entries)} entries, median of ${taps}`, 100, median(busy.painted), 'ms')
  report(`tap to logged on the device, ${grouped(entries)} entries`, undefined, median(busy.logged), 'ms')
  await full.page.close()
  const again = await opened(tablet, question)
  report(`interactive, warm, ${grouped(entries)} entries`, 1_000, again.interactive, 'ms')
  const slow = await scrolling(again.page)
  report('longest task while scrolling the list, slowed', undefined, slow.longest, 'ms')
  await again.session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  const list = await scrolling(again.page)
  if (list.rows === 0) throw new Error('the list of entries shows none')
  report('rows of the list in the document', 60, list.rows, 'rows')
  report('longest task while scrolling it, not slowed', 50, list.longest, 'ms')
  await tablet.close()

  // As many, five on each of two years' days: no day of the year is empty
  const lea = await signUp('lea')
  await tenYears(lea.token, 5)
  const other = await device(browser, lea.cookie)
  const dense = await opened(other, question)
  await syncedAt(dense.page, entries)
  await yearView(dense.page, `${grouped(entries)} entries, 5 a day`, question)
  await other.close()
}

async function yearView(page: Page, of: string, home: string) {
  const [first = 0, ...later] = await visits(page, 'Year', '[data-date]', home)
  // It fetches and compiles the screen, too.
  report(`year view of ${of}, the first time`, undefined, first, 'ms')
  report(`year view of ${of}, median of ${later.length}`, 200, median(later), 'ms')
}

async function signUp(username: string) {
  const answer = await app.inject({
    method: 'POST',
    url: '/signup',
    headers: { 'x-timezone': places.timezoneId },
    payload: { username, password: 'correct horse battery' },
  })
  const session = answer.cookies.find(({ name }) => name.endsWith('session'))
  return { token: String(answer.json().token), cookie: `${session?.name}=${session?.value}` }
}

/** A browser with nothing in it but a session. */
async function device(browser: Browser, cookie?: string): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, ...places })
  const [name = '', value = ''] = cookie?.split('=') ?? []
  if (cookie) await context.addCookies([{ name, value, url: base }])
  context.setDefaultTimeout(60_000)
  await context.addInitScript(`
    // The time, ms since the navigation, at which something is there, painted, and the page takes the next tap.
    window.shown = selector => new Promise(resolve => {
      const look = () => document.querySelector(selector)
        ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
        : requestAnimationFrame(look)
      look()
    })
    window.shift = 0
    new PerformanceObserver(list => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
  `)
  return context
}

async function opened(context: BrowserContext, selector: string) {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowed })
  const scripts: string[] = []
  page.on('request', request => {
    if (request.resourceType() === 'script') scripts.push(new URL(request.url()).pathname.replace('/app/', ''))
  })
  page.on('pageerror', error => console.error(error))
  page.on('console', message => {
    if (message.type() === 'error') console.error(message.text())
  })
  await page.goto(`${base}/app/`)
  const interactive = Number(await page.evaluate(`window.shown(${JSON.stringify(selector)})`))
  return { page, session, interactive, scripts: [...scripts] }
}

/** The bytes of the scripts among files of the app, in brotli, as https sends them. */
function bytesOf(files: readonly string[]): number {
  const scripts = [...new Set(files)].filter(file => file.endsWith('.js'))
  const sizeOf = (file: string) =>
    statSync(join(folder, `${file}.br`), { throwIfNoEntry: false })?.size ??
    Math.min(statSync(join(folder, file)).size, brotliCompressSync(readFileSync(join(folder, file))).length)
  return scripts.reduce((sum, file) => sum + sizeOf(file), 0)
}

async function shiftOf(page: Page): Promise<number> {
  // An app that is signed in keeps a stream open: its network is never idle.
  await new Promise(resolve => setTimeout(resolve, settledMs))
  return Number(await page.evaluate('window.shift'))
}

/** Logs a mood again and again. */
async function tapping(page: Page) {
  await page.evaluate(`
    window.painted = []
    window.logged = []
    addEventListener('click', ({ target, timeStamp }) => {
      if (!target.closest('[role="group"], fieldset')) return
      new MutationObserver((_, observer) => {
        observer.disconnect()
        requestAnimationFrame(() => setTimeout(() => painted.push(performance.now() - timeStamp)))
      }).observe(document.body, { subtree: true, childList: true, attributes: true })
      shown('.today-logged').then(() => logged.push(performance.now() - timeStamp))
    }, true)
  `)
  const picker = page.getByRole('group', { name: 'How are you?' })
  for (let tap = 0; tap < taps; tap++) {
    await picker
      .getByRole('button')
      .nth(tap % 5)
      .tap()
    await page.locator('.today-logged').waitFor()
    await page.locator('.today-logged button').last().tap()
    await picker.waitFor()
  }
  return (await page.evaluate('({ painted, logged })')) as { painted: number[]; logged: number[] }
}

/** As many entries as ten years have days, until yesterday. */
async function tenYears(token: string, perDay = 1): Promise<number> {
  const today = new Date().toISOString().slice(0, 10)
  const days = Array.from({ length: years * 365 }, (_, i) => addDays(today, -1 - Math.floor(i / perDay)))
  const payload = `date,mood,note\n${days.map((day, i) => `${day},${i % 11},Note ${i}\n`).join('')}`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' }
  const answer = await app.inject({ method: 'POST', url: '/mood/import', payload, headers })
  if (answer.statusCode >= 300) throw new Error(answer.body)
  return days.length
}

/** The time, ms since the navigation, at which so many things are on the device. */
async function syncedAt(page: Page, count: number): Promise<number> {
  return Number(
    await page.evaluate(`(async () => {
      for (;;) {
        for (const { name } of await indexedDB.databases()) {
          const database = await new Promise((resolve, reject) => {
            const request = indexedDB.open(name)
            request.onsuccess = () => resolve(request.result)
            request.onerror = reject
          })
          const stored = database.objectStoreNames.length === 0 ? 0 : await new Promise(resolve => {
            const request = database.transaction(database.objectStoreNames).objectStore(database.objectStoreNames[0]).count()
            request.onsuccess = () => resolve(request.result)
          })
          database.close()
          if (stored >= ${count}) return performance.now()
        }
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    })()`),
  )
}

/** Goes to a screen and back, several times; from the tap until it is painted, ms. */
async function visits(page: Page, name: string, selector: string, home: string): Promise<number[]> {
  const times: number[] = []
  const link = (name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true })
  for (let visit = 0; visit < 6; visit++) {
    const time = page.evaluate(`new Promise(resolve => addEventListener('click', ({ timeStamp }) =>
      shown(${JSON.stringify(selector)}).then(at => resolve(at - timeStamp)), { capture: true, once: true }))`)
    await link(name).tap()
    times.push(Number(await time))
    await link('Today').tap()
    await page.locator(home).first().waitFor()
  }
  return times
}

/** Scrolls through the list of entries. */
async function scrolling(page: Page) {
  await page.goto(`${base}/app/entries`)
  await new Promise(resolve => setTimeout(resolve, settledMs))
  return (await page.evaluate(`(async () => {
    let [rows, longest] = [0, 0]
    new PerformanceObserver(list => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration)
    }).observe({ type: 'longtask' })
    for (let step = 0; step < 200; step++) {
      scrollBy(0, 600)
      for (const box of document.querySelectorAll('main, main *')) if (box.scrollHeight > box.clientHeight + 1) box.scrollTop += 600
      await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
      rows = Math.max(rows, document.querySelectorAll('main li, main article').length)
    }
    return { rows, longest }
  })()`)) as { rows: number; longest: number }
}
