import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { until } from '../helper.ts'
import { openDemoWorld } from './demo.ts'
import { accessible, type OpenOptions } from './harness.ts'
import { layoutFaults, stateFaults, treeFaults } from './looks.ts'
import { clickableOnlyByMouse, walk } from './walk.ts'

/** Rules that hold on every screen, of the demo account. */

/** The rest of what axe knows is about the same elements, whatever their colours. */
const ofColours = ['color-contrast', 'link-in-text-block']

const desk = { width: 1280, height: 800 }
const views = [
  { what: 'a small phone, or 400 %', width: 320, height: 640, minTarget: 24 },
  { what: 'a phone', width: 390, height: 844 },
  { what: 'a desk at 200 %', width: 640, height: 400 },
  { what: 'a desk', width: 1280, height: 800 },
]

t.test('every screen', async t => {
  // Nothing is written but by signing in, so one world is enough; each test has a device of its own.
  const demo = await openDemoWorld(t)
  if (!demo) return
  const deviceOf = async (t: Test, options?: OpenOptions) => {
    const { page, context } = await demo.openDemo(options)
    t.teardown(() => context.close())
    return page
  }

  await t.test(
    'by keyboard alone: Tab reaches all that can be clicked, shows where it is, and is trapped nowhere; a screen reader gets names',
    async t => {
      const page = await deviceOf(t, desk)
      for (const screen of demo.screens) {
        await demo.show(page, screen)
        t.strictSame(await treeFaults(page), [], `${screen.name}: names, headings, landmarks`)
        const { stops, missed } = await walk(page)
        const faults = stops.flatMap(({ name, faults }) => faults.map(fault => `${name}: ${fault}`))
        t.strictSame(faults, [], `${screen.name}: each stop is seen`)
        t.strictSame(missed, [], `${screen.name}: nothing is missed`)
        t.strictSame(await clickableOnlyByMouse(page), [], `${screen.name}: nothing is for the mouse alone`)
        const back = await walk(page, { key: 'Shift+Tab' })
        t.strictSame(back.missed, [], `${screen.name}: nor backwards`)
      }
    },
  )

  await t.test(
    'axe finds nothing serious in light and dark; nothing is cut off, wider than the screen, or too small to hit',
    async t => {
      const page = await deviceOf(t)
      for (const screen of demo.screens) {
        await demo.show(page, screen)
        await inBothSchemes(t, page, screen.name)
        for (const direction of ['ltr', 'rtl']) {
          await page.evaluate(`document.documentElement.dir = '${direction}'`)
          await fits(t, page, `${screen.name}, ${direction},`)
        }
      }
    },
  )

  await t.test(
    'what opens above a screen keeps the same rules, and Escape gives the focus back to what opened it',
    async t => {
      const page = await deviceOf(t)
      for (const dialog of demo.dialogs) {
        await demo.show(page, dialog)
        await page.locator('dialog[open], form[data-unsaved]').first().waitFor()
        t.strictSame(await treeFaults(page), [], `${dialog.name}: names, headings, landmarks`)
        const { stops, missed } = await walk(page)
        const faults = stops.flatMap(({ name, faults }) => faults.map(fault => `${name}: ${fault}`))
        t.strictSame(faults, [], `${dialog.name}: each stop is seen`)
        t.strictSame(missed, [], `${dialog.name}: nothing is missed`)
        await inBothSchemes(t, page, dialog.name)
        await fits(t, page, dialog.name)
        const field = page.locator('dialog[open] button, form[data-unsaved] button, form[data-unsaved] input').first()
        await field.focus()
        await page.keyboard.press('Escape')
        await page.locator('dialog[open], form[data-unsaved]').first().waitFor({ state: 'detached' })
        await until(async () => (await page.evaluate('document.activeElement.matches("a, button, input")')) === true)
      }
    },
  )

  await t.test(
    'with the colours of the system, what is chosen shows; where motion is unwelcome, nothing moves',
    async t => {
      const page = await deviceOf(t, desk)
      await page.emulateMedia({ forcedColors: 'active' })
      for (const screen of demo.screens) {
        await demo.show(page, screen)
        t.strictSame(await stateFaults(page), [], screen.name)
        const moving = 'document.getAnimations().filter(it => it.effect.getComputedTiming().duration > 1).length'
        t.equal(await page.evaluate(moving), 0, `${screen.name} stands still`)
      }
    },
  )
})

async function inBothSchemes(t: Test, page: Page, name: string) {
  await accessible(t, page, `${name}, light`)
  await page.emulateMedia({ colorScheme: 'dark' })
  await accessible(t, page, `${name}, dark`, ofColours)
  await page.emulateMedia({ colorScheme: 'light' })
}

/** Leaves the page as wide as a phone, which it was. */
async function fits(t: Test, page: Page, name: string) {
  for (const { what, width, height, minTarget } of views) {
    await page.setViewportSize({ width, height })
    t.strictSame(await layoutFaults(page, minTarget), [], `${name} on ${what}`)
  }
  await page.setViewportSize({ width: 390, height: 844 })
}
