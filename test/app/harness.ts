import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import { launchBrowser } from '../browser.ts'
import { type App, type BuildOptions, build, type Clock, until } from '../helper.ts'
import { builtWeb } from './built.ts'

/**
 * The app in a real browser, against a server that listens. A test opens a `world`: one server and one browser; then pages
 * in it, each with a device (a browser context) of its own, signed up where not said otherwise.
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

export const password = 'correct horse battery'
const root = resolve(import.meta.dirname, '../..')

let counted = 0
const worlds = new WeakMap<Page, Opened>()

/**
 * @param options of the server; `at` is the time of the server and of all pages. It runs on.
 * @returns undefined where there is no browser; the test is then skipped.
 */
export async function openWorld(t: Test, options: BuildOptions = {}): Promise<World | undefined> {
  const at = options.at ?? '2026-11-26T09:00:00Z'
  const browser = await launchBrowser(t)
  if (!browser) return undefined
  const folder = await builtWeb()
  const { app, clock } = await build(t, { own: true, ...options, at, webFolder: folder })
  // The device corrects its clock by this.
  app.addHook('onSend', async (_, reply) => {
    reply.header('Date', new Date(clock.now).toUTCString())
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const contexts = new Set<BrowserContext>()
  const pages = () => [...contexts].flatMap(context => context.pages())

  return {
    app,
    clock,
    base,
    browser,
    open: async (more = {}) => {
      const context = await device(browser, more)
      contexts.add(context)
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

export async function signUp(page: Page, username: string): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
}

export async function signIn(page: Page, username: string): Promise<void> {
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel(/Username/).fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
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

/** The session of a page, for requests to the server. */
export async function cookieOf(page: Page): Promise<{ cookie: string }> {
  const cookies = await page.context().cookies()
  return { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') }
}

const sizes = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
]

/**
 * Writes how a page looks now, on a phone and on a desk, in light and dark, to `web/pictures/<name>-<width>-<scheme>.png`,
 * and proves that nothing is wider than the screen and that axe has nothing serious to say.
 */
export async function pictures(t: Test, page: Page, name: string): Promise<void> {
  const folder = join(root, 'web/pictures')
  mkdirSync(folder, { recursive: true })
  const before = page.viewportSize() as { width: number; height: number }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const size of sizes) {
      await page.setViewportSize(size)
      await page.evaluate('document.fonts.ready')
      await page.screenshot({ path: join(folder, `${name}-${size.width}-${colorScheme}.png`) })
      const width = await page.evaluate('document.documentElement.scrollWidth')
      t.ok(Number(width) <= size.width, `${name} is no wider than ${size.width} px`)
    }
    await accessible(t, page, `${name}, ${colorScheme}`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(before)
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  id: string
  impact: string
  nodes: { target: string[]; failureSummary: string }[]
}

/** Proves that axe finds nothing serious or critical, and that the browser complained of nothing. */
export async function accessible(t: Test, page: Page, name = ''): Promise<void> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axeSource)
  const run = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`
  const violations = (await page.evaluate(run)) as Violation[]
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const told = grave.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target} ${node.failureSummary}`))
  t.strictSame(told, [], `${name} has no serious fault of accessibility`)
  t.strictSame(worlds.get(page)?.complaints ?? [], [], `${name}: the browser complained of nothing`)
}
