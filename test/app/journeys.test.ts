import t from 'tap'
import { opensOffline, openWorld, password, pictures } from './harness.ts'

type World = NonNullable<Awaited<ReturnType<typeof openWorld>>>

/** What the server has of a person, the latest first. */
async function stored(world: World, username: string) {
  const login = await world.app.inject({ method: 'POST', url: '/login', payload: { username, password } })
  const headers = { authorization: `Bearer ${login.json().token}` }
  return (await world.app.inject({ url: '/mood', headers })).json().moods as { mood: number; note: string | null }[]
}

/** Asks again until the server has it. */
async function until(world: World, username: string, holds: (moods: Awaited<ReturnType<typeof stored>>) => boolean) {
  for (;;) {
    const moods = await stored(world, username)
    if (holds(moods)) return moods
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

t.test(
  'what is logged, edited and deleted without a network survives the tab, and reaches a second browser',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const { page, context, username } = await world.open()
    const question = page.getByRole('group', { name: 'How are you?' })
    await question.getByRole('button', { name: '3, Low' }).click()
    await page.getByRole('button', { name: 'Log another' }).click()
    await question.getByRole('button', { name: '9, Great' }).click()
    await until(world, username, moods => moods.length === 2)
    await opensOffline(page)

    await context.setOffline(true)
    await page.getByText('Offline.').waitFor()
    await page.getByRole('button', { name: 'Log another' }).click()
    await question.getByRole('button', { name: '6, Good' }).click()
    await page.getByRole('button', { name: 'Add a note, tags or another time' }).click()
    await page.getByLabel('Note').fill('On a train.')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Delete Low' }).click()
    // Three if the answer to the one before was lost with the network: it is sent again then.
    await page.getByText(/[23] changes not sent yet\./).waitFor()
    await pictures(t, page, 'today-offline')
    await page.close()

    const again = await context.newPage()
    await again.goto(`${world.base}/app/`)
    await again.getByText('On a train.').waitFor()
    await again.getByText('Offline.').waitFor()
    t.equal(await again.getByRole('button', { name: 'Edit Low' }).count(), 0)
    t.same((await stored(world, username)).map(({ mood }) => mood).sort(), [3, 9], 'the server knows nothing of it yet')

    await context.setOffline(false)
    const moods = await until(world, username, all => all.some(({ note }) => note === 'On a train.'))
    t.same(moods.map(({ mood }) => mood).sort(), [6, 9], 'nothing is lost, and nothing doubled')
    const other = await world.open({ username, signIn: true })
    await other.page.getByText('On a train.').waitFor()
    await other.page.getByRole('region', { name: '1 day' }).waitFor()
  },
)

t.test('signing out says what has not been sent, and wipes the device when told to', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, context, username } = await world.open()
  await page.getByRole('navigation').getByRole('link', { name: 'Account' }).click()
  await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor()
  await page.getByRole('navigation').getByRole('link', { name: 'Today' }).click()
  await context.setOffline(true)
  await page.getByRole('button', { name: '4, Low' }).click()
  await page.getByRole('navigation').getByRole('link', { name: 'Account' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign out?' })
  await dialog.getByText('1 change has not reached the server yet and would be lost.').waitFor()
  await pictures(t, page, 'sign-out-unsent')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await dialog.getByRole('button', { name: 'Discard them and sign out' }).click()
  await page.getByRole('heading', { level: 1, name: 'Welcome back' }).waitFor()
  const left = await page.evaluate(`new Promise(resolve => {
    indexedDB.open('moodstreak').onsuccess = event => {
      const all = event.target.result.transaction('copy').objectStore('copy').getAllKeys()
      all.onsuccess = () => resolve(all.result)
    }
  })`)
  t.same(left, ['app/device/known'], 'nothing of the person is left on the device')
  await context.setOffline(false)
  t.same(await stored(world, username), [])
})

t.test('a session that ended keeps what is logged, asks for the password, and goes on', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, context, username } = await world.open()
  await page.getByText('Your first entry starts a streak.').waitFor()
  await context.clearCookies()
  await page.getByRole('button', { name: '7, Good' }).click()
  await page.getByText('The server wants your password again.').waitFor()
  await page.getByRole('region', { name: '1 day' }).waitFor()
  await pictures(t, page, 'today-expired')
  await page.getByRole('button', { name: 'Enter password' }).click()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await until(world, username, moods => moods.length === 1)
  await page.getByText('The server wants your password again.').waitFor({ state: 'hidden' })
})

t.test('somebody else who signs in on the device neither sees nor sends what was written there', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, context, username } = await world.open()
  await page.getByText('Your first entry starts a streak.').waitFor()
  await opensOffline(page)
  const payload = { username: 'noor', password }
  const { headers } = await world.app.inject({ method: 'POST', url: '/signup', payload })
  // As on the page of the API, in another tab: the cookie of the browser is hers from now on.
  const [cookie] = [headers['set-cookie']].flat() as string[]
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(cookie ?? '') as unknown as [string, string, string]
  await context.setOffline(true)
  await page.getByRole('button', { name: '7, Good' }).click()
  await context.addCookies([{ name, value, url: world.base }])
  await page.reload()
  await context.setOffline(false)
  await page.getByText('Your first entry starts a streak.').waitFor()
  t.same(await stored(world, 'noor'), [])
  t.same(await stored(world, username), [], 'it waits on the device for the one who wrote it')
})

t.test('a conflict with another device is shown with both values, and the person decides', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, context, username } = await world.open()
  await page.getByRole('button', { name: '7, Good' }).click()
  await until(world, username, moods => moods.length === 1)
  await page.getByRole('button', { name: 'Log another' }).click()
  await context.setOffline(true)
  const edit = async (on: typeof page, note: string) => {
    await on.getByRole('button', { name: 'Edit Good' }).click()
    await on.getByLabel('Note').fill(note)
    await on.getByRole('button', { name: 'Save' }).click()
    await on.getByText(note).waitFor()
  }
  await edit(page, 'Here.')
  const other = await world.open({ username, signIn: true })
  await edit(other.page, 'There.')
  await until(world, username, moods => moods[0]?.note === 'There.')
  await context.setOffline(false)
  await page.getByText('was changed on another device too').waitFor()
  await pictures(t, page, 'today-conflict')
  await page.getByRole('button', { name: 'Keep mine' }).click()
  await until(world, username, moods => moods[0]?.note === 'Here.')
  await other.page.getByText('Here.').waitFor()
})
