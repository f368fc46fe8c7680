import type { Page } from 'playwright-core'
import t from 'tap'
import { mailbox } from '../mailbox.ts'
import { accessible, openWorld } from './harness.ts'
import { layoutFaults, stateFaults, treeFaults } from './looks.ts'
import { clickableOnlyByMouse, walk } from './walk.ts'

/** The rules of every-screen.test.ts, before somebody has signed in. */

const views = [
  { what: 'a small phone, or 400 %', width: 320, height: 640, minTarget: 24 },
  { what: 'a phone', width: 390, height: 844 },
  { what: 'a desk', width: 1280, height: 800 },
]

const screens: { name: string; path: string; act?: (page: Page) => Promise<unknown> }[] = [
  { name: 'sign up', path: '/app/' },
  { name: 'sign up with an invitation', path: '/app/sign-up?invitation=abc' },
  {
    name: 'sign up, refused',
    path: '/app/sign-up',
    async act(page) {
      await page.getByLabel('Username').fill('noor')
      await page.getByLabel('Password', { exact: true }).fill('password')
      await page.getByRole('button', { name: 'Sign up' }).click()
      await page.locator('.field-error').first().waitFor()
    },
  },
  { name: 'sign in', path: '/app/sign-in' },
  {
    name: 'sign in, refused',
    path: '/app/sign-in',
    async act(page) {
      await page.getByLabel(/Username/).fill('noor')
      await page.getByLabel('Password', { exact: true }).fill('not the one')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('alert').waitFor()
    },
  },
  { name: 'a provider that failed', path: '/app/sign-in?error=access_denied' },
  { name: 'forgotten password', path: '/app/forgot-password' },
  {
    name: 'the link is sent',
    path: '/app/forgot-password',
    async act(page) {
      await page.getByLabel(/Username/).fill('noor')
      await page.getByRole('button', { name: 'Send the link' }).click()
      await page.getByText(/a link is on its way/).waitFor()
    },
  },
  { name: 'a link that is dead', path: '/app/reset-password#dead' },
  { name: 'an address that is not verified', path: '/app/verify-email#dead' },
]

t.test('signed out, each screen keeps the rules of the others: keys, names, layout, colours, and axe', async t => {
  const box = await mailbox(t)
  const world = await openWorld(t, { env: { SMTP_URL: box.url } })
  if (!world) return
  const payload = { username: 'noor', password: 'a few random words', email: 'noor@example.org' }
  await world.app.inject({ method: 'POST', url: '/signup', payload })
  const { page } = await world.open({ username: null })
  await page.goto(`${world.base}/app/forgot-password`)
  await page.getByLabel(/Username/).fill('noor')
  await page.getByRole('button', { name: 'Send the link' }).click()
  const code = await box.nextCode('noor@example.org')
  const alive = { name: 'a new password', path: `/app/reset-password#${code}` }

  for (const { name, path, act } of [...screens, alive] as typeof screens) {
    // The address may differ in its hash alone.
    await page.goto('about:blank')
    await page.goto(world.base + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.locator('.skeleton').waitFor({ state: 'detached' })
    await act?.(page)
    t.strictSame(await treeFaults(page), [], `${name}: names, headings, landmarks`)
    t.strictSame(await clickableOnlyByMouse(page), [], `${name}: nothing is for the mouse alone`)
    const { stops, missed } = await walk(page)
    const faults = stops.flatMap(({ name: stop, faults }) => faults.map(fault => `${stop}: ${fault}`))
    t.strictSame(faults, [], `${name}: each stop is seen`)
    t.strictSame(missed, [], `${name}: nothing is missed`)
    for (const direction of ['ltr', 'rtl']) {
      await page.evaluate(`document.documentElement.dir = '${direction}'`)
      for (const { what, width, height, minTarget } of views) {
        await page.setViewportSize({ width, height })
        t.strictSame(await layoutFaults(page, minTarget), [], `${name}, ${direction}, on ${what}`)
      }
    }
    await accessible(t, page, `${name}, light`)
    await page.emulateMedia({ colorScheme: 'dark' })
    await accessible(t, page, `${name}, dark`, ['color-contrast', 'link-in-text-block'])
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' })
    t.strictSame(await stateFaults(page), [], `${name}: in the colours of the system`)
    await page.emulateMedia({ forcedColors: 'none' })
  }
})
