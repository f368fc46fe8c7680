import t from 'tap'
import { diary, fill, until } from './diary.ts'
import { openWorld, pictures } from './harness.ts'

t.test(
  'a year of moods: what is found is told with its interval, each chart has a table, and all of it shows offline',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const { page, context } = await world.open()
    await fill(page, diary('2026-11-26', 800))
    await page.getByRole('link', { name: 'Insights' }).click()
    const together = page.getByRole('region', { name: 'What goes together' })
    await together
      .getByText(/On days tagged “walk” your mood was \d(\.\d)? points better, and likely between/)
      .waitFor()
    await pictures(t, page, 'insights')
    await page.locator('.insights-figures').scrollIntoViewIfNeeded()
    await pictures(t, page, 'insights-charts')

    const months = page.getByRole('region', { name: 'Months' })
    await months.getByText('As a table').click()
    t.match(await months.getByRole('row').nth(1).textContent(), /November 2025|December 2025/)
    const years = page.getByRole('region', { name: /26 November in earlier years/ })
    await years.scrollIntoViewIfNeeded()
    await pictures(t, page, 'insights-end')

    await page.getByRole('radio', { name: 'All' }).check()
    await until(page, `document.querySelector('.insights-summary')?.textContent.includes('over 7')`)
    await page.getByRole('radio', { name: 'Year' }).check()
    await until(page, `document.querySelector('.insights-summary')?.textContent.includes('over 3')`)
    await page.getByRole('link', { name: 'Today' }).click()
    await context.setOffline(true)
    await page.getByRole('link', { name: 'Insights' }).click()
    await page.getByText(/Offline: as of 26 Nov 2026/).waitFor()
    await together.getByText(/On days tagged “walk”/).waitFor()
    await pictures(t, page, 'insights-offline')
  },
)

t.test('with few days it says how many are missing, and claims nothing', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page } = await world.open()
  await page.getByRole('link', { name: 'Insights' }).click()
  await page.getByText('Nothing to show yet').waitFor()
  await fill(page, [
    { mood: 8, date: '2026-11-25' },
    { mood: 3, date: '2026-11-24' },
  ])
  await page.getByText('5 more days of moods').waitFor()
  await page.getByRole('region', { name: 'Longest runs' }).getByText('2 days').first().waitFor()
  t.equal(await page.getByText('points better').count(), 0)
  await pictures(t, page, 'insights-few')
})
