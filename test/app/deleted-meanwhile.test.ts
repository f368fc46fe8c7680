import type { Page } from 'playwright-core'
import t from 'tap'
import { until } from '../helper.ts'
import { focusIs, type Opened, openWorld, password, pictures, type World } from './harness.ts'

/** What is typed in a form whose thing another device deletes, or moves elsewhere, is kept. */

const said = 'This has been deleted meanwhile.'
const bringBack = 'Bring it back with your text'
const focused = 'document.activeElement.tagName'

/** Requests of another device of the same person. */
async function elsewhere(world: World, { username }: Opened) {
  const login = await world.app.inject({ method: 'POST', url: '/login', payload: { username, password } })
  const headers = { authorization: `Bearer ${login.json().token}` }
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) => {
    const answer = await world.app.inject({ method, url, headers, ...(payload && { payload }) })
    if (answer.statusCode >= 400) throw new Error(`${method} ${url}: ${answer.body}`)
    return answer.body === '' ? {} : answer.json()
  }
  const moods = async () => (await call('GET', '/mood')).moods as { id: string; note: string | null; date: string }[]
  return { call, moods }
}

/** Waits until the write that a page made is on the server. */
async function arrived<T>(ask: () => Promise<T[]>): Promise<T> {
  let found: T | undefined
  await until(async () => {
    ;[found] = await ask()
    return found !== undefined
  })
  return found as T
}

async function write(page: Page, note: string) {
  const field = page.getByRole('textbox', { name: 'Note', exact: true })
  await field.click()
  await field.fill(note)
}

for (const [where, open] of Object.entries({
  'what was just logged': async (page: Page) => {
    await page.getByRole('button', { name: 'Add a note, tags or another time' }).click()
  },
  'the list of today': async (page: Page) => {
    await page.getByRole('button', { name: 'Log another' }).click()
    await page.getByRole('button', { name: 'Edit Great' }).click()
  },
  'all entries': async (page: Page) => {
    await page.getByRole('link', { name: 'Entries' }).click()
    await page.getByRole('button', { name: 'Edit Great' }).click()
  },
  'a day of the year': async (page: Page) => {
    await page.getByRole('link', { name: 'Year' }).click()
    await page.locator('[data-date="2026-11-26"]').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Edit Great' }).click()
  },
})) {
  t.test(
    `an entry that is edited in ${where} and deleted elsewhere: the text stays, and comes back with it`,
    async t => {
      const world = await openWorld(t)
      if (!world) return
      const opened = await world.open()
      const { page } = opened
      const { call, moods } = await elsewhere(world, opened)
      await page.getByRole('button', { name: '8, Great' }).click()
      const { id } = await arrived(moods)
      await open(page)
      await write(page, 'Not to be lost')
      await call('DELETE', `/mood/${id}`)
      await page.getByText(said).waitFor()
      t.equal(await page.getByRole('textbox', { name: 'Note', exact: true }).inputValue(), 'Not to be lost')
      await focusIs(page, focused, 'TEXTAREA')
      if (where === 'the list of today') await pictures(t, page, 'entry-deleted-meanwhile')
      await page.getByRole('button', { name: bringBack }).click()
      await page.getByText(said).waitFor({ state: 'detached' })
      await until(async () => (await moods())[0]?.note === 'Not to be lost')
      t.match(await moods(), [{ id, note: 'Not to be lost' }])

      // The other way: nothing of it is wanted any more.
      await page.getByRole('button', { name: 'Edit Great' }).click()
      await write(page, 'Not wanted')
      await call('DELETE', `/mood/${id}`)
      await page.getByText(said).waitFor()
      await page.getByRole('button', { name: 'Discard' }).click()
      await page.getByRole('textbox', { name: 'Note', exact: true }).waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Edit Great' }).waitFor({ state: 'detached' })
      await until(async () => (await page.evaluate(focused)) !== 'BODY')
      t.same(await moods(), [])
    },
  )
}

t.test(
  'a form stays open with its text when the entry moves to another day, or no longer matches a search',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const opened = await world.open()
    const { page } = opened
    const { call, moods } = await elsewhere(world, opened)
    await page.getByRole('button', { name: '8, Great' }).click()
    const { id } = await arrived(moods)
    await page.getByRole('button', { name: 'Log another' }).click()
    await page.getByRole('button', { name: 'Edit Great' }).click()
    await write(page, 'Still here')
    await call('PATCH', `/mood/${id}`, { date: '2026-11-20', note: 'walk', tags: ['elsewhere'] })
    await page.getByRole('region', { name: '0 days' }).or(page.getByText('broken')).first().waitFor()
    t.equal(await page.getByRole('textbox', { name: 'Note', exact: true }).inputValue(), 'Still here')
    await page.getByRole('button', { name: 'Save' }).click()
    // Both wrote the note: the person is asked, and nothing was overwritten.
    await page.getByText('was changed on another device too').waitFor()
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await until(async () => (await moods())[0]?.note === 'Still here')
    t.match(await moods(), [{ date: '2026-11-20', note: 'Still here', tags: ['elsewhere'] }])

    await page.getByRole('link', { name: 'Entries' }).click()
    await page.getByRole('searchbox').fill('still')
    await page.getByRole('button', { name: 'Edit Great' }).click()
    await write(page, 'Still here, and more')
    await call('PATCH', `/mood/${id}`, { note: 'something else' })
    await page.getByText('0 of 1 entry').waitFor()
    t.equal(await page.getByRole('textbox', { name: 'Note', exact: true }).inputValue(), 'Still here, and more')
  },
)

t.test('a task that is edited here and deleted, completed or moved elsewhere: its form and text stay', async t => {
  const world = await openWorld(t)
  if (!world) return
  const opened = await world.open({ path: '/app/tasks' })
  const { page } = opened
  const { call } = await elsewhere(world, opened)
  const tasks = async () => (await call('GET', '/tasks')).tasks as { id: string }[]
  await page.getByPlaceholder('Add a task').fill('Call Ada')
  await page.keyboard.press('Enter')
  const { id } = await arrived(tasks)
  const edit = async (text: string) => {
    await page.getByRole('button', { name: 'Edit Call Ada' }).click()
    await page.getByRole('textbox', { name: 'Notes' }).fill(text)
  }
  await edit('About the bridge')
  await call('PATCH', `/tasks/${id}`, { due_on: '2026-12-24', completed: true })
  await page.locator('.tasks-completed').waitFor({ state: 'detached' })
  t.equal(await page.getByRole('textbox', { name: 'Notes' }).inputValue(), 'About the bridge')
  await page.getByRole('button', { name: 'Save' }).click()
  await until(async () => (await call('GET', `/tasks/${id}`)).description === 'About the bridge')
  t.match(await call('GET', `/tasks/${id}`), { due_on: '2026-12-24', completed: true })
  await call('PATCH', `/tasks/${id}`, { completed: false })

  await edit('About the bridge, and the tower')
  await call('DELETE', `/tasks/${id}`)
  await page.getByText(said).waitFor()
  await pictures(t, page, 'task-deleted-meanwhile')
  await page.getByRole('button', { name: bringBack }).click()
  await until(async () => (await tasks()).length === 1)
  await until(async () => (await call('GET', `/tasks/${id}`)).description === 'About the bridge, and the tower')

  await edit('Not wanted')
  await call('DELETE', `/tasks/${id}`)
  await page.getByText(said).waitFor()
  await page.getByRole('button', { name: 'Discard' }).click()
  await page.getByText('Nothing to do').waitFor()
  t.same(await tasks(), [])
})
