import t from 'tap'
import { diary, fill, until } from './diary.ts'
import { focusIs, openWorld, pictures } from './harness.ts'

t.test(
  'a year in pixels: each day has its mood in words, arrows lead from day to day, a tap shows and back-fills',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const { page } = await world.open()
    await fill(page, diary('2026-11-25', 500))
    await page.getByRole('link', { name: 'Year' }).click()
    await page.getByText(/\d+ of 330 days logged/).waitFor()
    await page.locator('.year-logged').nth(100).waitFor()
    await pictures(t, page, 'year')

    const today = page.getByRole('button', { name: /^Thursday,? 26 November 2026: nothing logged$/ })
    t.equal(await today.getAttribute('aria-current'), 'date')
    t.equal(await page.locator('.year-grid [tabindex="0"]').count(), 1, 'one stop of the Tab key')
    t.equal(await page.locator('.year-grid button').count(), 330, 'days to come cannot be chosen')

    await today.focus()
    await page.keyboard.press('ArrowUp')
    const focused = 'document.activeElement.dataset.date'
    // On a phone up is a day, and left a month.
    await focusIs(page, focused, '2026-11-25')
    await page.keyboard.press('ArrowLeft')
    await focusIs(page, focused, '2026-10-25')
    await page.keyboard.press('End')
    await focusIs(page, focused, '2026-10-31')
    await page.keyboard.press('ArrowRight')
    // Never beyond today.
    await focusIs(page, focused, '2026-11-26')

    await page.keyboard.press('Enter')
    const day = page.getByRole('dialog')
    await day.getByRole('button', { name: /^8, / }).click()
    await day.getByRole('button', { name: 'Edit Great' }).waitFor()
    // It can be taken back in the dialog, too.
    await day.getByRole('button', { name: 'Undo' }).waitFor()
    await pictures(t, page, 'year-day')
    await day.getByRole('button', { name: 'Day before' }).click()
    await day.getByRole('heading', { name: /25 November/ }).waitFor()
    await day.getByRole('button', { name: 'Close' }).click()

    await page.getByRole('button', { name: 'Show 2025' }).click()
    await page.getByRole('group', { name: 'Days of 2025' }).waitFor()
    t.equal(await page.locator('.year-grid button').count(), 365)
    await page.getByRole('radio', { name: 'Numbers' }).click()
    await page.locator('.year-grid .year-logged').filter({ hasText: /^\d+$/ }).first().waitFor()
    await pictures(t, page, 'year-numbers')
    await page.getByRole('radio', { name: 'Shapes' }).click()
    await pictures(t, page, 'year-shapes')
  },
)

t.test('without a network a past day is logged, marked as unsent, and sent later; it can be taken back', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, context } = await world.open()
  await page.getByRole('link', { name: 'Year' }).click()
  await page.getByRole('group', { name: 'Days of 2026' }).waitFor()
  await context.setOffline(true)
  await page.getByRole('button', { name: /^Tuesday,? 24 November 2026/ }).click()
  const day = page.getByRole('dialog')
  await day.getByRole('button', { name: /^3, / }).click()
  await day.getByText('Not sent yet').waitFor()
  await day.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: /^Tuesday,? 24 November 2026: 3, Low, 1 entry$/ }).waitFor()
  await context.setOffline(false)
  await until(page, `fetch('/mood').then(it => it.json()).then(it => it.moods.length === 1)`)
  const stored = await page.evaluate(`fetch('/mood').then(it => it.json()).then(it => it.moods[0].date)`)
  t.equal(stored, '2026-11-24')
})
