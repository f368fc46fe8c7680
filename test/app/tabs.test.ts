import t from 'tap'
import { until } from '../helper.ts'
import { openWorld } from './harness.ts'

t.test('two tabs of one person show what each logs; when one signs out, the other says so', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, context } = await world.open()
  await page.getByRole('button', { name: '8, Great' }).click()
  const other = await context.newPage()
  await other.goto(`${world.base}/app/`)
  await other.getByRole('button', { name: 'Edit Great' }).waitFor()
  await other.getByRole('button', { name: '2, Bad' }).click()
  await page.getByRole('button', { name: 'Edit Bad' }).waitFor()
  // Without a network too: they share what is on the device.
  await context.setOffline(true)
  await other.getByRole('button', { name: 'Log another' }).click()
  await other.getByRole('button', { name: '5, Okay' }).click()
  await page.getByRole('button', { name: 'Edit Okay' }).waitFor()
  await context.setOffline(false)
  await until(async () =>
    Boolean(await page.evaluate(`fetch('/mood').then(it => it.json()).then(it => it.moods.length === 3)`)),
  )

  await page.getByRole('navigation').getByRole('link', { name: 'Account' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('dialog').getByText('Your entries are on the server.').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
  for (const one of [page, other]) await one.getByRole('heading', { level: 1, name: 'Welcome back' }).waitFor()
})

t.test(
  'a form that was open while another device wrote changes only what was typed in it, and asks where both did',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const { page, username } = await world.open()
    await page.getByRole('button', { name: '8, Great' }).click()
    const { page: other } = await world.open({ username, signIn: true })
    await page.getByRole('button', { name: 'Log another' }).click()
    await page.getByRole('button', { name: 'Edit Great' }).click()
    await page.getByLabel('Note').fill('Typed here')

    const form = other.locator('form.entry-form')
    await other.getByRole('button', { name: 'Edit Great' }).click()
    await form.getByRole('button', { name: '2, Bad' }).click()
    await form.getByRole('button', { name: 'Save' }).click()
    // It arrives while the form is open.
    await until(async () => Boolean(await page.evaluate(isOnDevice('mood === 2'))))
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Typed here').waitFor()
    await other.getByText('Typed here').waitFor()
    await page.getByRole('button', { name: 'Edit Bad' }).click()
    await page.getByLabel('Note').fill('Typed here again')

    await other.getByRole('button', { name: 'Edit Bad' }).click()
    await form.getByLabel('Note').fill('And there')
    await form.getByRole('button', { name: 'Save' }).click()
    await until(async () => Boolean(await page.evaluate(isOnDevice("note === 'And there'"))))
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('was changed on another device too').waitFor()
    await page.getByRole('region', { name: 'Needs you' }).getByText('Typed here again').waitFor()
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await other.getByText('Typed here again').waitFor()
  },
)

const isOnDevice = (condition: string) => `new Promise(resolve => {
  indexedDB.open('moodstreak').onsuccess = ({ target: { result } }) => {
    const all = result.transaction('copy').objectStore('copy').getAll()
    all.onsuccess = () => {
      result.close()
      resolve(all.result.some(it => it?.value?.${condition}))
    }
  }
})`
