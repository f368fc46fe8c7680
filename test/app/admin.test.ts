import t from 'tap'
import { grant } from '../helper.ts'
import { cookieOf, openWorld, pictures } from './harness.ts'

t.test('an admin finds a person and disables the account, whose open app says so', async t => {
  const world = await openWorld(t)
  if (!world) return
  const noor = await world.open({ username: 'noor' })
  const { page } = await world.open({ username: 'ada' })
  const { id } = (await world.app.inject({ url: '/me', headers: await cookieOf(page) })).json()
  await grant(world.app, id, 'admin')
  await page.goto(`${world.base}/app/account`)
  await page.getByRole('link', { name: 'Admin', exact: true }).click()
  await page.getByText('People who logged').waitFor()
  await pictures(t, page, 'admin')
  await page.getByRole('link', { name: 'People', exact: true }).click()
  await page.getByText('2 people').waitFor()
  await page.getByLabel('Search by name or e-mail').fill('noo')
  await page.keyboard.press('Enter')
  await page.getByText('1 person').waitFor()
  await pictures(t, page, 'admin-people')
  await page.getByRole('button', { name: /noor/ }).click()
  const dialog = page.getByRole('dialog', { name: 'noor' })
  await dialog.getByRole('radio', { name: 'Instructor' }).click()
  await page.getByText('Changed.').waitFor()
  await dialog.getByRole('button', { name: 'Disable' }).click()
  await dialog.getByRole('button', { name: 'Enable' }).waitFor()
  await pictures(t, page, 'admin-person')
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('link', { name: 'Audit' }).click()
  await page.getByText(/disabled the account/).waitFor()
  await pictures(t, page, 'admin-audit')

  await noor.page.reload()
  await noor.page.getByText('The server wants your password again').waitFor()
  await noor.page.goto(`${world.base}/app/admin`)
  await noor.page.getByText('This is for admins.').waitFor()
})
