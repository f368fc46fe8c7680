import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import type { Test } from 'tap'
import packageJson from '../package.json' with { type: 'json' }

/** After which a page, or a start, is believed to hang, which is said with what it waited for: before the file's own time-out, ms. */
export const hangingMs = 540_000

/**
 * A real browser for tests: the Chromium that npm brings (`@sparticuz/chromium`, for Linux on x64), elsewhere an installed
 * Chrome. Closed when the test ends.
 * @param ending what ends before it is closed: the test itself by default.
 * @returns undefined where there is neither; the test is then skipped, with a sentence that says so.
 */
export async function launchBrowser(t: Test, ending: Pick<Test, 'teardown'> = t): Promise<Browser | undefined> {
  const browser = await launch().catch((error: unknown) => {
    // On the system that the package is made for, a browser that does not start is a failure like any other.
    if (isSupported) throw error
    return undefined
  })
  if (browser) ending.teardown(() => closed(browser))
  else t.pass('skipped', { skip: 'no browser: @sparticuz/chromium is for Linux on x64, and no Chrome is installed' })
  return browser
}

let shared: Browser | undefined

/**
 * The browser of all tests of this process: its start costs more than most of them. It is closed after the last one; a test
 * closes the contexts that it opens.
 */
export async function sharedBrowser(t: Test): Promise<Browser | undefined> {
  // One that has crashed fails the test that it was in, and no other.
  if (!shared?.isConnected()) shared = await launchBrowser(t, (await import('tap')).default)
  return shared
}

/** As `launchBrowser`, for programs: the browser, and what ends it. */
export async function openBrowser(): Promise<{ browser: Browser; close: () => Promise<void> }> {
  const browser = await launch()
  return { browser, close: () => closed(browser) }
}

/** Time that Chromium gets to end, ms: now and then it does not, however long one waits, and is killed. */
const endingMs = 30_000

async function closed(browser: Browser): Promise<void> {
  const killing = setTimeout(() => {
    for (const pid of childrenOf(process.pid)) if (commandOf(pid).includes('chromium')) process.kill(pid, 'SIGKILL')
  }, endingMs)
  await browser.close()
  clearTimeout(killing)
}

const isSupported = process.platform === 'linux' && process.arch === 'x64'

async function launch(): Promise<Browser> {
  if (!isSupported) return chromium.launch({ channel: 'chrome', timeout: hangingMs })
  const folder = await unpacked()
  const executablePath = join(folder, 'chromium')
  const libraries = (await lacksLibraries(executablePath)) ? { LD_LIBRARY_PATH: join(folder, 'al2023/lib') } : {}
  // The package's own arguments switch web security off.
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox'],
    timeout: hangingMs,
    env: { ...environment(), ...libraries },
  })
}

/** Processes that a process has started, on Linux; none elsewhere. */
function childrenOf(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`
  return existsSync(list) ? readFileSync(list, 'utf8').split(' ').filter(Boolean).map(Number) : []
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}

const run = promisify(execFile)
const project = resolve(import.meta.dirname, '..')
const version = packageJson.devDependencies['@sparticuz/chromium']

/**
 * Where the browser is unpacked, once for this checkout. Each process that finds nothing unpacks into a folder of its own,
 * which becomes everybody's by a rename: two that write the same file at once break each other (ETXTBSY).
 */
async function unpacked(): Promise<string> {
  const folder = join(project, 'node_modules/.cache', `chromium-${version}`)
  if (existsSync(folder)) return folder
  const own = `${folder}.${process.pid}`
  mkdirSync(own, { recursive: true })
  // The package unpacks into TMPDIR, and brings the libraries of Amazon Linux only where it believes to be there.
  const env = { ...environment(), TMPDIR: own, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' }
  const unpack = "(await import('@sparticuz/chromium')).default.executablePath()"
  await run(process.execPath, ['--input-type=module', '-e', `await ${unpack}`], { cwd: project, env })
  try {
    renameSync(own, folder)
  } catch {
    // Another process was first.
    rmSync(own, { recursive: true, force: true })
  }
  return folder
}

/** Whether the system lacks some library that the browser needs, such as libnss3. */
async function lacksLibraries(executable: string): Promise<boolean> {
  const { stdout } = await run('ldd', [executable])
  return stdout.includes('not found')
}

/** Of this process, but for what would make a child count coverage or load what tests load. */
function environment(): Record<string, string> {
  const { NODE_V8_COVERAGE: _coverage, NODE_OPTIONS: _options, ...kept } = process.env
  return kept as Record<string, string>
}
