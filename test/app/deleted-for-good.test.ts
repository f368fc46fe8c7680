import type { Page } from 'playwright-core'
import t from 'tap'
import { until } from '../helper.ts'
import { cookieOf, openWorld, pictures, type World } from './harness.ts'

/** What is deleted, here before the server heard of it or elsewhere for good, takes no text with it in silence. */

interface Mood {
  id: string
  mood: number
  note: string | null
  date: string
  tags: string[]
}

const moodsOf = async (world: World, page: Page): Promise<Mood[]> =>
  (await world.app.inject({ url: '/mood', headers: await cookieOf(page) })).json().moods

/** A request of another client of the same person. */
async function elsewhere(world: World, page: Page, method: 'DELETE' | 'PATCH', url: string, payload?: object) {
  const headers = { ...(await cookieOf(page)), 'sec-fetch-site': 'same-origin' }
  const answer = await world.app.inject({ method, url, headers, ...(payload && { payload }) })
  if (answer.statusCode >= 400) throw new Error(`${method} ${url}: ${answer.body}`)
}

/** Logs an entry with a note, by one tap and the form after it. */
async function log(page: Page, mood: string, note: string) {
  const another = page.getByRole('button', { name: 'Log another' })
  if (await another.isVisible()) await another.click()
  await page.getByRole('group', { name: 'How are you?' }).getByRole('button', { name: mood }).click()
  await page.getByRole('button', { name: 'Add a note, tags or another time' }).click()
  await page.getByLabel('Note').fill(note)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText(note).waitFor()
}

/** The notes of the writes that a device keeps. */
const queued = `new Promise(resolve => {
  indexedDB.open('moodstreak').onsuccess = ({ target: { result } }) => {
    const all = result.transaction('copy').objectStore('copy').getAll()
    all.onsuccess = () => {
      result.close()
      resolve(all.result.flatMap(it => (it?.op === 'create' ? [it.value.note] : [])))
    }
  }
})`

t.test('what is deleted before the server heard of it stays in the trash of the device until it is let go', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, context } = await world.open()
  await page.getByText('Your first entry starts a streak.').waitFor()
  const navigation = page.getByRole('navigation', { name: 'Main' })
  const { id } = (await world.app.inject({ url: '/me', headers: await cookieOf(page) })).json()
  // As if another tab were syncing: nothing is sent until this one is loaded again, and ends holding the lock.
  await page.evaluate(`new Promise(held => {
    void navigator.locks.request('moodstreak sync ${id}', () => { held(); return new Promise(() => {}) })
  })`)
  for (const [mood, name, note] of [
    ['8, Great', 'Great', 'Wanted after all'],
    ['2, Bad', 'Bad', 'Not for long'],
    ['5, Okay', 'Okay', 'Nor this'],
  ] as const) {
    await log(page, mood, note)
    await page.getByRole('button', { name: `Delete ${name}` }).click()
    await page.getByText(note).waitFor({ state: 'hidden' })
  }
  await navigation.getByRole('link', { name: 'Entries' }).click()
  await page.getByRole('link', { name: 'Trash' }).click()
  const trashed = (note: string) => page.locator('.entries-trash > li').filter({ hasText: note })
  await trashed('Wanted after all').getByText('only on this device').waitFor()

  // Once the server has answered, and said what it has in its trash.
  const answers = ['/sync', '/mood/trash'].map(path =>
    page.waitForResponse(answer => new URL(answer.url()).pathname === path && answer.ok()),
  )
  await page.reload()
  await Promise.all(answers)
  await trashed('Wanted after all').waitFor()
  await page.getByText('Only on this device · Kept until 26 December').first().waitFor()
  t.equal(await page.getByText('only on this device').count(), 3)
  await pictures(t, page, 'trash-only-here')

  await trashed('Wanted after all').getByRole('button', { name: 'Restore' }).click()
  await trashed('Wanted after all').waitFor({ state: 'hidden' })
  await until(async () => (await moodsOf(world, page)).length === 1)
  t.match(await moodsOf(world, page), [{ mood: 8, note: 'Wanted after all' }])

  await context.setOffline(true)
  await trashed('Not for long').getByRole('button', { name: 'Delete for good' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click()
  await trashed('Not for long').waitFor({ state: 'hidden' })
  t.same(await page.evaluate(queued), ['Nor this'])
  await context.setOffline(false)
  await page.getByRole('button', { name: 'Empty trash' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Empty trash' }).click()
  await page.getByText('The trash is empty').waitFor()
  t.same(await page.evaluate(queued), [], 'nothing of it is left on the device')
  t.match(await moodsOf(world, page), [{ note: 'Wanted after all' }])
})

t.test('text typed over an entry that another device deletes for good is logged as a new one, if wanted', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page } = await world.open()
  const card = page.getByRole('region', { name: 'Needs you' })
  /** An entry whose form is open with a text when another device deletes it for good. */
  const purgedWhileTyping = async (mood: string, name: string, before: string, typed: string) => {
    await log(page, mood, before)
    let found: Mood | undefined
    await until(async () => {
      found = (await moodsOf(world, page)).find(({ note }) => note === before)
      return found !== undefined
    })
    await page.getByRole('button', { name: `Edit ${name}` }).click()
    await page.getByRole('textbox', { name: 'Note', exact: true }).fill(typed)
    await elsewhere(world, page, 'DELETE', `/mood/${found?.id}?permanently=true`)
    await page.getByRole('button', { name: 'Bring it back with your text' }).click()
    await card.getByText('was deleted for good on another device').waitFor()
    await card.getByText(typed).waitFor()
    return found as Mood
  }
  const first = await purgedWhileTyping('8, Great', 'Great', 'Before', 'Not to be lost')
  t.equal(await card.getByRole('button').count(), 2, 'one question, not one of each write')
  await pictures(t, page, 'entry-gone-for-good')
  await card.getByRole('button', { name: 'Log it as a new entry' }).click()
  await card.waitFor({ state: 'detached' })
  await page.getByText('Not to be lost').waitFor()
  await until(async () => (await moodsOf(world, page)).length === 1)
  const [anew] = await moodsOf(world, page)
  t.match(anew, { mood: 8, note: 'Not to be lost', date: first.date })
  t.not(anew?.id, first.id)
  await page.getByRole('button', { name: 'Delete Great' }).click()
  await until(async () => (await moodsOf(world, page)).length === 0)

  await purgedWhileTyping('2, Bad', 'Bad', 'Some day', 'Not wanted')
  await card.getByRole('button', { name: 'Let it go' }).click()
  await card.waitFor({ state: 'detached' })
  t.equal(await page.getByText('Not wanted').count(), 0)
  t.same(await moodsOf(world, page), [])
})

t.test('one note written in two tabs and on another device: each version is shown, and any can be kept', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, context } = await world.open()
  await log(page, '8, Great', 'Before')
  await until(async () => (await moodsOf(world, page))[0]?.note === 'Before')
  const [{ id } = { id: '' }] = await moodsOf(world, page)
  const other = await context.newPage()
  await other.goto(`${world.base}/app/`)
  const write = async (tab: Page, text: string) => {
    await tab.getByRole('button', { name: 'Edit Great' }).click()
    await tab.getByRole('textbox', { name: 'Note', exact: true }).fill(text)
  }
  await write(other, 'From the second tab')
  await write(page, 'From the first tab')
  await context.setOffline(true)
  for (const tab of [page, other]) await tab.getByRole('button', { name: 'Save' }).click()
  const card = page.getByRole('region', { name: 'Needs you' })
  await card.getByText('From the second tab').waitFor()
  await elsewhere(world, page, 'PATCH', `/mood/${id}`, { note: 'From another device' })
  await context.setOffline(false)
  for (const text of ['From the first tab', 'From the second tab', 'From another device'])
    await card.getByText(text).waitFor()
  await pictures(t, page, 'three-versions')
  await card.getByRole('button', { name: 'Keep version 2' }).click()
  await card.waitFor({ state: 'detached' })
  await until(async () => (await moodsOf(world, page))[0]?.note === 'From the second tab')
  t.match(await moodsOf(world, page), [{ id, mood: 8, note: 'From the second tab' }])
})
