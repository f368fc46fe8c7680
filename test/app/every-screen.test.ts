import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { until } from '../helper.ts'
import { openDemoWorld } from './demo.ts'
import { accessible } from './harness.ts'
import { layoutFaults, stateFaults, treeFaults } from './looks.ts'
import { clickableOnlyByMouse, walk } from './walk.ts'

/** Rules that hold on every screen, of the demo account. */

/** The rest of what axe knows is about the same elements, whatever their colours. */
const ofColours = ['color-contrast', 'link-in-text-block']

const desk = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }
const views = [
  { what: 'a small phone, or 400 %', width: 320, height: 640, minTarget: 24 },
  { what: 'a phone', width: 390, height: 844 },
  { what: 'a desk at 200 %', width: 640, height: 400 },
  { what: 'a desk', width: 1280, height: 800 },
]

t.test('every screen', async t => {
  // Nothing is written but by signing in, so one world and one device are enough.
  const demo = await openDemoWorld(t)
  if (!demo) return
  const { page } = await demo.openDemo(desk)
  // Each screen is loaded once for all checks: that is what costs.
  for (const screen of demo.screens) {
    await t.test(screen.name, async t => {
      await page.setViewportSize(desk)
      await demo.show(page, screen)
      await t.test('by keyboard alone: Tab reaches all that can be clicked, shows where it is, is trapped nowhere', t =>
        byKeyboard(t, page),
      )
      await t.test('in colours of the system, what is chosen shows; where motion is unwelcome, nothing moves', t =>
        inColoursOfTheSystem(t, page),
      )
      await t.test(
        'axe finds nothing serious; nothing is cut off, wider than the screen, or too small to hit',
        async t => {
          await page.setViewportSize(phone)
          await inBothSchemes(t, page, screen.name)
          for (const direction of ['ltr', 'rtl']) {
            await page.evaluate(`document.documentElement.dir = '${direction}'`)
            await fits(t, page, `${screen.name}, ${direction},`)
          }
        },
      )
    })
  }

  await t.test(
    'what opens above a screen keeps the same rules, and Escape gives the focus back to what opened it',
    async t => {
      await page.setViewportSize(phone)
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
})

async function byKeyboard(t: Test, page: Page) {
  t.strictSame(await treeFaults(page), [], 'a screen reader gets names, headings, landmarks')
  const { stops, missed } = await walk(page)
  const faults = stops.flatMap(({ name, faults }) => faults.map(fault => `${name}: ${fault}`))
  t.strictSame(faults, [], 'each stop is seen')
  t.strictSame(missed, [], 'nothing is missed')
  t.strictSame(await clickableOnlyByMouse(page), [], 'nothing is for the mouse alone')
  const back = await walk(page, { key: 'Shift+Tab' })
  t.strictSame(back.missed, [], 'nor backwards')
  await page.evaluate('document.activeElement?.blur?.()')
}

async function inColoursOfTheSystem(t: Test, page: Page) {
  await page.emulateMedia({ forcedColors: 'active' })
  t.strictSame(await stateFaults(page), [])
  const moving = 'document.getAnimations().filter(it => it.effect.getComputedTiming().duration > 1).length'
  t.equal(await page.evaluate(moving), 0, 'it stands still')
  await page.emulateMedia({ forcedColors: 'none' })
}

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
  await page.setViewportSize(phone)
}
