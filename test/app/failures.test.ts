import t from 'tap'
import { hangingMs } from '../browser.ts'
import { until } from '../helper.ts'
import { accessible, openWorld, pictures, signUp } from './harness.ts'

t.test('a screen that throws while rendering says so in its place, and works when tried again', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, complaints } = await world.open()
  // All that a screen says in numbers and dates goes through here.
  await page.evaluate(`(() => {
    for (const kind of [Intl.DateTimeFormat, Intl.NumberFormat]) {
      const { get } = Object.getOwnPropertyDescriptor(kind.prototype, 'format')
      Object.defineProperty(kind.prototype, 'format', {
        configurable: true,
        get() {
          if (window.broken) throw new Error('broken for the test')
          return get.call(this)
        },
      })
    }
    window.broken = true
  })()`)
  const places = page.getByRole('navigation', { name: 'Main' })
  await places.getByRole('link', { name: 'Year' }).click()
  await page.getByRole('heading', { level: 1, name: 'Something went wrong here' }).waitFor()
  await page.getByText('Everything you saved is kept on this device.').waitFor()
  // Who looks for the fault finds it.
  await until(() => complaints.some(complaint => /broken for the test/.test(complaint)))
  await pictures(t, page, 'failed', /broken for the test/)

  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { level: 1, name: 'Something went wrong here' }).waitFor()
  await page.evaluate('window.broken = false')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { level: 1, name: 'Year' }).waitFor()

  await places.getByRole('link', { name: 'Today' }).click()
  await page.evaluate('window.broken = true')
  await places.getByRole('link', { name: 'Year' }).click()
  await page.getByRole('heading', { level: 1, name: 'Something went wrong here' }).waitFor()
  await page.evaluate('window.broken = false')
  await places.getByRole('link', { name: 'Today' }).click()
  await page.getByRole('group', { name: 'How are you?' }).waitFor()
  await places.getByRole('link', { name: 'Year' }).click()
  await page.getByRole('heading', { level: 1, name: 'Year' }).waitFor()
})

t.test('a screen that does not load is tried again; with the real clock, in a browser without a language', async t => {
  const world = await openWorld(t, { at: new Date().toISOString() })
  if (!world) return
  const context = await world.browser.newContext({ locale: 'en-US@posix', serviceWorkers: 'block' })
  context.setDefaultTimeout(hangingMs)
  t.teardown(() => context.close())
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', error => faults.push(String(error)))
  await page.goto(`${world.base}/app/`)
  t.equal(await page.evaluate('navigator.language'), 'en-US@posix')
  await signUp(page, 'posix')
  await page.getByRole('group', { name: 'How are you?' }).waitFor()

  const chunks = '**/assets/{tasks,class-mode}-*.js'
  await page.route(chunks, route => route.abort())
  const places = page.getByRole('navigation', { name: 'Main' })
  await places.getByRole('link', { name: 'Tasks' }).click()
  await page.getByRole('heading', { level: 1, name: 'This did not load' }).waitFor()
  await accessible(t, page, 'a screen that did not load')
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Try again' }).click()])
  await page.getByRole('heading', { level: 1, name: 'This did not load' }).waitFor()
  await page.goto(`${world.base}/app/yoga/sequences/00000000-0000-4000-8000-000000000000/class`)
  await page.getByRole('heading', { level: 1, name: 'This did not load' }).waitFor()
  await places.getByRole('link', { name: 'Tasks' }).click()
  await page.getByRole('heading', { level: 1, name: 'This did not load' }).waitFor()

  await page.unroute(chunks)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor()
  t.strictSame(faults, [])
})

t.test('what a provider could not do is said once, signed in or not, and leaves the address', async t => {
  const world = await openWorld(t)
  if (!world) return
  const stranger = await world.open({ username: null, path: '/app/?error=sign_up_closed' })
  await stranger.page.getByText('New accounts need an invitation here.').waitFor()
  t.equal(stranger.page.url(), `${world.base}/app/`)
  await pictures(t, stranger.page, 'provider-failed')
  await signUp(stranger.page, 'stranger')
  // Signed up, it is past.
  await stranger.page.getByText('New accounts need an invitation').waitFor({ state: 'detached' })

  const { page } = await world.open({ path: '/app/account?error=identity_taken#sign-in' })
  const told = page.getByText('That account of the provider belongs to another account here.')
  await told.waitFor()
  t.equal(page.url(), `${world.base}/app/account#sign-in`)
  await accessible(t, page, 'a provider that failed')
  await page.getByRole('button', { name: 'Got it' }).click()
  await told.waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor()
  t.equal(await told.count(), 0, 'nor after reloading')

  for (const code of ['constructor', '<b>x</b>', '']) {
    await page.goto(`${world.base}/app/?error=${encodeURIComponent(code)}`)
    await page.getByText('Signing in with the provider did not work.').waitFor()
  }
})
