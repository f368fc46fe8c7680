import t from 'tap'
import { focusIs, openWorld, pictures } from './harness.ts'

t.test('signed up, each place of the navigation opens, with its title and its heading in focus', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page } = await world.open()
  for (const name of ['Year', 'Insights', 'Entries', 'Tasks', 'Yoga', 'Account', 'Today']) {
    await page.getByRole('navigation').getByRole('link', { name }).click()
    const heading = page.getByRole('heading', { level: 1, name })
    await heading.waitFor()
    t.equal(await page.title(), `${name} · moodstreak`)
    await focusIs(page, 'document.activeElement.textContent', name)
  }
  await pictures(t, page, 'shell')
})
