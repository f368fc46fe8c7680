import type { Page } from 'playwright-core'
import t from 'tap'
import { grant, until } from '../helper.ts'
import { cookieOf, openWorld } from './harness.ts'

/**
 * What changes on a screen without the focus going there is told to a screen reader: by a live region that was there before its
 * words, since many readers say nothing of one that arrives with them, or by an alert.
 */
const listening = String.raw`
window.__heard ??= (() => {
  const heard = []
  const isLive = '[aria-live]:not([aria-live=off]), [role=status], [role=alert], output'
  let known = new Set(document.querySelectorAll(isLive))
  const isReachable = region => {
    const modal = [...document.querySelectorAll('dialog:modal')].at(-1)
    return !modal || modal.contains(region)
  }
  const tell = region => isReachable(region) && heard.push(region.textContent.trim().replace(/\s+/g, ' '))
  new MutationObserver(records => {
    for (const { target, addedNodes } of records) {
      const element = target instanceof Element ? target : target.parentElement
      const region = element?.closest(isLive)
      if (region && known.has(region)) tell(region)
      for (const added of addedNodes) {
        if (!(added instanceof Element)) continue
        for (const one of [added, ...added.querySelectorAll('[role=alert]')]) if (one.matches('[role=alert]')) tell(one)
      }
    }
    known = new Set(document.querySelectorAll(isLive))
  }).observe(document, { childList: true, characterData: true, subtree: true })
  return heard
})()`

/** So often that it would have been said by then on any machine. */
const maxLooks = 3_000

/** Waits until something has been announced since the last call. */
async function hears(page: Page, words: RegExp) {
  let heard: string[] = []
  let looks = 0
  await until(async () => {
    if (++looks > maxLooks) throw new Error(`${words} was not announced, but: ${heard.join(' | ')}`)
    heard = [...heard, ...((await page.evaluate('__heard.splice(0)')) as string[])]
    return heard.some(one => words.test(one))
  })
}

t.test('what happens on a screen is announced: by regions that were there before', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, context } = await world.open({ width: 1280, height: 800 })
  const headers = await cookieOf(page)
  await grant(world.app, (await world.app.inject({ url: '/me', headers })).json().id, 'instructor')
  await page.reload()
  await page.getByText('Your first entry starts a streak.').waitFor()
  await page.evaluate(listening)
  const visit = async (name: string) => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click()
    await page.getByRole('heading', { level: 1, name }).waitFor()
  }

  await page.getByRole('button', { name: '8, Great' }).click()
  await hears(page, /Logged: Great/)
  await page.getByRole('button', { name: 'Log another' }).click()
  await page.getByRole('button', { name: 'Delete Great' }).click()
  await hears(page, /Entry deleted/)
  await page.getByRole('button', { name: 'Undo' }).click()
  await context.setOffline(true)
  await hears(page, /Offline\. What you log is kept/)
  await context.setOffline(false)
  await page.getByText('Offline.').waitFor({ state: 'detached' })

  await visit('Year')
  await page.getByRole('button', { name: 'Show 2025' }).click()
  await hears(page, /^2025$/)
  await page.getByRole('button', { name: 'Show 2026' }).click()
  await page.locator('[data-date="2026-11-20"]').click()
  await page.getByRole('dialog').getByRole('button', { name: '3, Low' }).click()
  await hears(page, /Logged for 20 November/)
  await page.keyboard.press('Escape')

  await visit('Entries')
  await page.getByRole('searchbox').fill('nothing like it')
  await hears(page, /0 of 2 entries/)

  await visit('Tasks')
  await page.getByPlaceholder('Add a task').fill('Call Ada')
  await page.keyboard.press('Enter')
  await page.getByRole('checkbox', { name: 'Complete Call Ada' }).click()
  await hears(page, /Completed: Call Ada/)

  await visit('Account')
  await page.getByRole('link', { name: 'Mood and day' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await hears(page, /Saved\./)
  await visit('Account')
  await page.getByRole('link', { name: 'Import and export' }).click()
  const csv = 'full_date,date,weekday,time,mood,activities,note_title,note\n2026-11-02,,,20:00,good,,,\n'
  const file = { name: 'daylio.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) }
  await page.locator('input[type=file]').setInputFiles(file)
  await hears(page, /1 entry to import/)
  await page.getByRole('button', { name: 'Import 1 entry' }).click()
  await hears(page, /1 entry imported/)
  await page.getByRole('button', { name: 'Undo import' }).first().click()
  await hears(page, /The import is undone/)
  await page.locator('input[type=file]').setInputFiles({ ...file, buffer: Buffer.from('what is this') })
  await hears(page, /./)

  await visit('Account')
  await page.getByRole('link', { name: 'Access tokens' }).click()
  await page.getByRole('button', { name: 'Create token' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('a script')
  await page.getByRole('dialog').getByRole('button', { name: 'Create token' }).click()
  await hears(page, /“a script” is ready/)

  await visit('Yoga')
  await page.getByRole('button', { name: 'New sequence' }).click()
  await page.getByRole('button', { name: /^Add Bound Angle Pose/ }).click()
  await hears(page, /Bound Angle Pose added/)
  await hears(page, /Saved/)
  await page.getByRole('button', { name: 'Undo' }).click()
  await hears(page, /Undone/)
})
