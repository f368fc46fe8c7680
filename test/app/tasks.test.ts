import type { Page } from 'playwright-core'
import t from 'tap'
import { until } from '../helper.ts'
import { accessible, cookieOf, focusIs, openWorld, password, pictures } from './harness.ts'

const add = async (page: Page, title: string, due?: string) => {
  await page.getByLabel('Add a task').fill(title)
  if (due) await page.getByRole('button', { name: due, exact: true }).click()
  await page.getByLabel('Add a task').press('Enter')
}
const section = (page: Page, name: string) => page.getByRole('region', { name })
const edit = (page: Page, title: string) => page.getByRole('button', { name: `Edit ${title}` })

t.test('tasks: one line adds, one tap completes, edits and deletions in place, each undone', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page } = await world.open({ path: '/app/tasks' })
  await page.getByText('Nothing to do').waitFor()
  await pictures(t, page, 'tasks-empty')
  await page.getByLabel('Add a task').fill('Call the dentist')
  await pictures(t, page, 'tasks-adding')
  await page.getByRole('button', { name: 'Today', exact: true }).click()
  await page.getByLabel('Add a task').press('Enter')
  await section(page, 'Today').getByText('Call the dentist').waitFor()
  await focusIs(page, 'document.activeElement.id', 'tasks-new')
  await add(page, 'Water the plants', 'Tomorrow')
  await add(page, 'Read the book that Lena lent me, before she asks for it again')
  await add(page, 'Book a table', 'Next week')

  await edit(page, 'Book a table').click()
  await page.getByLabel('Title').fill('Book a table for five')
  await page.getByLabel('Notes').fill('Somewhere quiet')
  await page.getByRole('group', { name: 'Due date' }).getByLabel('Due date').fill('2026-11-23')
  await pictures(t, page, 'tasks-editing')
  await page.getByLabel('Title').press('Enter')
  await section(page, 'Overdue').getByText('Book a table for five').waitFor()
  await focusIs(page, 'document.activeElement.textContent', /Book a table for five/)

  await page.getByRole('checkbox', { name: 'Complete Water the plants' }).click()
  await page.getByText('Completed: Water the plants').waitFor()
  await section(page, 'Upcoming').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await section(page, 'Upcoming').getByText('Water the plants').waitFor()
  await page.getByRole('checkbox', { name: 'Complete Water the plants' }).click()
  await section(page, 'Upcoming').waitFor({ state: 'detached' })
  await page.locator('summary').click()
  await page.getByRole('checkbox', { name: 'Reopen Water the plants' }).waitFor()
  await pictures(t, page, 'tasks')

  await edit(page, 'Call the dentist').click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Deleted: Call the dentist').waitFor()
  await section(page, 'Today').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await section(page, 'Today').getByText('Call the dentist').waitFor()
  await accessible(t, page, 'tasks')
})

t.test(
  'offline: tasks are kept, marked when they wait, and sent later; what met another edit is asked about',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const { page, context, username } = await world.open({ path: '/app/tasks' })
    await add(page, 'Shared')
    const { page: other, context: otherContext } = await world.open({ username: null })
    await otherContext.request.post(`${world.base}/login`, { data: { username, password } })
    await other.goto(`${world.base}/app/tasks`)
    await section(other, 'No date').getByText('Shared').waitFor()

    await otherContext.setOffline(true)
    await edit(other, 'Shared').click()
    await other.getByLabel('Title').fill('Shared, from the train')
    await other.getByLabel('Title').press('Enter')
    await edit(other, 'Shared, from the train').waitFor()
    await add(other, 'Made offline', 'Today')
    await section(other, 'Today').getByText('Not sent yet').waitFor()
    await pictures(t, other, 'tasks-offline')

    await edit(page, 'Shared').click()
    await page.getByLabel('Title').fill('Shared, from home')
    await page.getByLabel('Title').press('Enter')
    await edit(page, 'Shared, from home').waitFor()
    const headers = await cookieOf(page)
    const titles = async () => JSON.stringify((await world.app.inject({ url: '/tasks', headers })).json())
    await until(async () => (await titles()).includes('Shared, from home'))
    await otherContext.setOffline(false)

    const decisions = other.getByRole('region', { name: 'Needs you' })
    await decisions.getByText('was changed on another device too').waitFor()
    await decisions.getByText('Shared, from the train', { exact: true }).waitFor()
    await pictures(t, other, 'tasks-conflict')
    await decisions.getByRole('button', { name: 'Keep mine' }).click()
    await decisions.waitFor({ state: 'detached' })
    await section(page, 'Today').getByText('Made offline').waitFor()
    await edit(page, 'Shared, from the train').waitFor()
    await section(other, 'Today').getByText('Not sent yet').waitFor({ state: 'detached' })
    await context.close()
  },
)
