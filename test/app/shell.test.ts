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

t.test(
  'who is known on the device sees the first screen before anything is written there: a disk may be slow',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const { page, context } = await world.open()
    await page.evaluate('navigator.serviceWorker.ready.then(() => {})')
    await page.locator('.today-streak[data-status]').waitFor()
    await page.addInitScript(`
    window.writes = 0
    const begin = IDBDatabase.prototype.transaction
    IDBDatabase.prototype.transaction = function (stores, mode, ...more) {
      if (mode === 'readwrite') writes++
      return begin.call(this, stores, mode, ...more)
    }
  `)
    // Nor does an answer of the server lead to a write meanwhile.
    await context.setOffline(true)
    await page.reload()
    await page.getByRole('group', { name: 'How are you?' }).waitFor()
    t.equal(await page.evaluate('writes'), 0)
  },
)
