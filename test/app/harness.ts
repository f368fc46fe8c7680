import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page, Request } from 'playwright-core'
import type { Test } from 'tap'
import { hangingMs, sharedBrowser } from '../browser.ts'
import { type App, type BuildOptions, build, type Clock, until } from '../helper.ts'
import { builtWeb } from './built.ts'
import { signIn, signUp } from './signing.ts'

export { password, signIn, signUp } from './signing.ts'

/**
 * The app in a real browser, against a server that listens. A test opens a `world`: a server of its own in the browser of the
 * process; then pages in it, each with a device (a browser context) of its own, signed up where not said otherwise.
 */

export interface World {
  app: App
  clock: Clock
  /** Where the server listens, without a slash at the end. */
  base: string
  browser: Browser
  /** A new device with the app open on it. */
  open: (options?: OpenOptions) => Promise<Opened>
  /** Moves the clocks of the server and of all pages to a time (RFC 3339). */
  moveTo: (at: string) => Promise<void>
}

export interface OpenOptions {
  width?: number
  height?: number
  dark?: boolean
  /** IANA name. Berlin by default. */
  timezone?: string
  locale?: string
  /** Who signs up; null leaves the page at the sign-up. By default a name that nobody has. */
  username?: string | null
  /** Signs in instead, with `username`. */
  signIn?: boolean
  /** The path to open, after signing in. */
  path?: string
  /** Processor slowed by this factor. */
  slowed?: number
}

export interface Opened {
  page: Page
  context: BrowserContext
  username: string
  /** What the browser complained about so far: errors in the console, exceptions, violations of the policy. */
  complaints: string[]
}

let counted = 0
const worlds = new WeakMap<Page, Opened>()
/** What a page has asked for and not got yet. */
const asking = new WeakMap<Page, Set<Request>>()

/**
 * @param options of the server; `at` is the time of the server and of all pages. It runs on.
 * @returns undefined where there is no browser; the test is then skipped.
 */
export async function openWorld(t: Test, options: BuildOptions = {}): Promise<World | undefined> {
  const at = options.at ?? '2026-11-26T09:00:00Z'
  const browser = await sharedBrowser(t)
  if (!browser) return undefined
  const folder = options.webFolder ?? (await builtWeb())
  const { app, clock } = await build(t, { own: true, ...options, at, webFolder: folder })
  // The device corrects its clock by this.
  app.addHook('onSend', async (_, reply) => {
    reply.header('Date', new Date(clock.now).toUTCString())
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const contexts = new Set<BrowserContext>()
  t.teardown(() => Promise.all([...contexts].map(context => context.close())))
  const pages = () => [...contexts].flatMap(context => context.pages())

  return {
    app,
    clock,
    base,
    browser,
    open: async (more = {}) => {
      const context = await device(browser, more)
      contexts.add(context)
      context.setDefaultTimeout(hangingMs)
      context.on('close', () => contexts.delete(context))
      await context.clock.install({ time: clock.now })
      return openPage(context, base, more)
    },
    async moveTo(time) {
      clock.now = Date.parse(time)
      for (const page of pages()) await page.clock.setSystemTime(clock.now)
      // Timers that were due meanwhile, such as the one of the next minute.
      for (const page of pages()) await page.clock.runFor(61_000)
    },
  }
}

function device(browser: Browser, options: OpenOptions): Promise<BrowserContext> {
  const { width = 390, height = 844, dark = false, timezone = 'Europe/Berlin', locale = 'en-GB' } = options
  return browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    timezoneId: timezone,
    locale,
    hasTouch: width < 640,
    reducedMotion: 'reduce',
  })
}

async function openPage(context: BrowserContext, base: string, options: OpenOptions): Promise<Opened> {
  const page = await context.newPage()
  if (options.slowed) {
    const session = await context.newCDPSession(page)
    await session.send('Emulation.setCPUThrottlingRate', { rate: options.slowed })
  }
  const complaints: string[] = []
  page.on('console', message => {
    // What the server answers with an error, or is out of reach, is no fault of the page; nor are hints about preloading.
    if (['error', 'warning'].includes(message.type()) && !/Failed to load resource|preload/.test(message.text()))
      complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(String(error)))
  const asked = new Set<Request>()
  asking.set(page, asked)
  // That one never ends.
  page.on('request', request => request.url().endsWith('/sync/stream') || asked.add(request))
  page.on('requestfinished', request => asked.delete(request)).on('requestfailed', request => asked.delete(request))
  const username = options.username ?? `maya${++counted}`
  const opened = { page, context, username, complaints }
  worlds.set(page, opened)
  await page.goto(`${base}${options.username === null ? (options.path ?? '/app/') : '/app/'}`)
  if (options.username === null) return opened
  if (options.signIn) await signIn(page, username)
  else await signUp(page, username)
  if (options.path) await page.goto(`${base}${options.path}`)
  return opened
}

/**
 * Waits for the focus, which moves a frame or so after what moves it.
 * @param read an expression of the page about `document.activeElement`.
 */
export async function focusIs(page: Page, read: string, expected: string | RegExp): Promise<void> {
  await until(async () => {
    const found = String(await page.evaluate(read))
    return typeof expected === 'string' ? found === expected : expected.test(found)
  })
}

/** Waits until the worker of the app has taken over: from then on it opens, and goes to screens that were not seen yet, without a network. */
export async function opensOffline(page: Page): Promise<void> {
  await until(async () => (await page.evaluate('navigator.serviceWorker.controller !== null')) === true)
}

/** So often that a page has what it asked for by then on any machine. */
const maxLooks = 3_000

/** Waits until a page has all that it asked for and draws nothing in the place of what is to come. */
export async function settled(page: Page): Promise<void> {
  let quiet = 0
  for (let looks = 0; looks < maxLooks && quiet < 2; looks++) {
    const isWaiting = asking.get(page)?.size !== 0 || (await page.locator('.skeleton').count()) > 0
    quiet = isWaiting ? 0 : quiet + 1
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** The session of a page, for requests to the server. */
export async function cookieOf(page: Page): Promise<{ cookie: string }> {
  const cookies = await page.context().cookies()
  return { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') }
}

const sizes = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
] as const

/** Where pictures are kept, if anywhere: most of the cost of a test is to paint, read and compress them. */
const screenshots = process.env.SCREENSHOTS

/**
 * Proves that a page, as it is now, is on a phone and on a desk, in light and dark, no wider than the screen, and that axe has
 * nothing serious to say. With `SCREENSHOTS=<folder>` it also writes what that looks like, to `<name>-<width>-<scheme>.png`.
 * @param wanted what the browser may complain of.
 */
export async function pictures(t: Test, page: Page, name: string, wanted?: RegExp): Promise<void> {
  const before = page.viewportSize() as { width: number; height: number }
  const [phone, desk] = sizes
  await looks(t, page, name, phone, 'light')
  await looks(t, page, name, desk, 'light')
  await accessible(t, page, `${name}, light`, undefined, wanted)
  await looks(t, page, name, desk, 'dark')
  // The rest of what axe knows is about the same elements, whatever their colours.
  await accessible(t, page, `${name}, dark`, ['color-contrast', 'link-in-text-block'], wanted)
  await looks(t, page, name, phone, 'dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(before)
}

/** The width of the document, px, when its fonts are there and no colour is on its way to another. */
const settledWidth = `(async () => {
  await document.fonts.ready
  const transitions = document.getAnimations().filter(it => it instanceof CSSTransition)
  await Promise.allSettled(transitions.map(it => it.finished))
  return document.documentElement.scrollWidth
})()`

async function looks(
  t: Test,
  page: Page,
  name: string,
  size: (typeof sizes)[number],
  colorScheme: 'light' | 'dark',
): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.setViewportSize(size)
  const width = await page.evaluate(settledWidth)
  t.ok(Number(width) <= size.width, `${name} is no wider than ${size.width} px`)
  if (!screenshots) return
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}-${size.width}-${colorScheme}.png`) })
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  id: string
  impact: string
  nodes: { target: string[]; failureSummary: string }[]
}

/**
 * Proves that axe finds nothing serious or critical, and that the browser complained of nothing.
 * @param rules of axe; all by default.
 * @param wanted what the browser may complain of.
 */
export async function accessible(
  t: Test,
  page: Page,
  name = '',
  rules?: readonly string[],
  wanted?: RegExp,
): Promise<void> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axeSource)
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) }
  const run = `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`
  const violations = (await page.evaluate(run)) as Violation[]
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const told = grave.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target} ${node.failureSummary}`))
  t.strictSame(told, [], `${name} has no serious fault of accessibility`)
  const complaints = worlds.get(page)?.complaints ?? []
  t.strictSame(
    complaints.filter(one => !wanted?.test(one)),
    [],
    `${name}: the browser complained of nothing`,
  )
}
