import t from 'tap'
import { cookieOf, openWorld, password, pictures } from './harness.ts'

t.test('the account: profile, scale, devices, tokens, and leaving', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, username } = await world.open({ path: '/app/account' })
  const main = page.getByRole('main')
  await page.getByRole('link', { name: 'Mood and day' }).waitFor()
  await pictures(t, page, 'account')

  await page.getByRole('link', { name: username }).click()
  await page.getByLabel('First name').fill('Maya')
  await page.getByText('Links to your pages').click()
  await page.getByLabel('GitHub').fill('http://github.com/maya')
  await page.getByRole('button', { name: 'Save' }).click()
  t.match(
    await page.locator('.field-error').textContent(),
    /https/,
    'the sentence of the server stands beside the field',
  )
  await page.getByLabel('GitHub').fill('https://github.com/maya')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  await pictures(t, page, 'account-profile')
  await page.getByRole('link', { name: 'Account' }).first().click()
  await main.getByText('Maya', { exact: true }).waitFor()

  await page.getByRole('link', { name: 'Mood and day' }).click()
  await page.getByRole('radio', { name: '1–5' }).click()
  await page.getByLabel('A new day starts at').selectOption('4')
  await pictures(t, page, 'account-mood')
  // What the page says may still be about the profile: it stands for some seconds.
  const answered = page.waitForResponse(answer => answer.request().method() === 'PATCH' && answer.ok())
  await page.getByRole('button', { name: 'Save' }).click()
  await answered
  await page.getByText('Saved.').waitFor()
  t.match((await world.app.inject({ url: '/profile', headers: await cookieOf(page) })).json(), {
    mood_scale: { min: 1, max: 5 },
    day_starts_at: 4,
    first_name: 'Maya',
    social_links: { github: 'https://github.com/maya' },
  })

  await page.goto(`${world.base}/app/account/tokens`)
  await page.getByRole('button', { name: 'Create token' }).click()
  await page.getByLabel('Name').fill('export script')
  await pictures(t, page, 'account-token')
  await page.getByRole('dialog').getByRole('button', { name: 'Create token' }).click()
  t.match(await page.locator('code').textContent(), /^mspat_/)
  await page.getByRole('button', { name: 'I have it' }).click()
  await main.getByText('export script', { exact: true }).waitFor()

  await page.goto(`${world.base}/app/account/devices`)
  await page.getByText('This device').waitFor()
  await main.getByText('Access token created').waitFor()
  await pictures(t, page, 'account-devices')

  // Later than what a sign-in is good for.
  await world.moveTo('2026-11-26T09:30:00Z')
  await page.goto(`${world.base}/app/account/sign-in`)
  await pictures(t, page, 'account-sign-in')
  await page.getByLabel('Username').fill('maya.o')
  await page.getByRole('button', { name: 'Change', exact: true }).first().click()
  const proof = page.getByRole('dialog', { name: 'Is it you?' })
  await proof.getByLabel('Password', { exact: true }).fill('not this one')
  await proof.getByRole('button', { name: 'Go on' }).click()
  await proof.locator('.field-error').waitFor()
  await pictures(t, page, 'account-proof')
  await proof.getByLabel('Password', { exact: true }).fill(password)
  await proof.getByRole('button', { name: 'Go on' }).click()
  await page.getByText('You are maya.o now.').waitFor()

  await page.goto(`${world.base}/app/account/delete`)
  const last = page.getByRole('button', { name: 'Delete everything' })
  t.ok(await last.isDisabled())
  await page.getByLabel(/Type your username/).fill('maya.o')
  await pictures(t, page, 'account-delete')
  await last.click()
  await page
    .getByRole('button', { name: 'Sign up' })
    .or(page.getByRole('button', { name: 'Sign in' }))
    .first()
    .waitFor()
  const answer = await world.app.inject({ method: 'POST', url: '/login', payload: { username: 'maya.o', password } })
  t.equal(answer.statusCode, 401, 'the account is gone')
})

t.test('a file of Daylio: first what would happen, then doing it, then undoing it', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page } = await world.open({ path: '/app/account/data' })
  await page.getByText('Choose a file').waitFor()
  await pictures(t, page, 'account-data')
  const rows = Array.from(
    { length: 9 },
    (_, i) =>
      `2026-11-${String(10 + i)},"${10 + i} November",Monday,21:15,${i === 4 ? 'fugly' : 'good'},"sleep | walk","","A note"`,
  )
  const file = [
    'full_date,date,weekday,time,mood,activities,note_title,note',
    ...rows,
    '2026-02-31,"31 February",Tuesday,08:00,rad,"","",""',
  ].join('\n')
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'daylio.csv', mimeType: 'text/csv', buffer: Buffer.from(file) })
  await page.getByText('9 entries to import').last().waitFor()
  await page.getByText('1 row cannot be read').click()
  await page.getByLabel(/fugly/).selectOption({ label: 'Low' })
  await pictures(t, page, 'account-import')
  t.equal((await moods(world, page)).total, 0, 'nothing is stored yet')
  await page.getByRole('button', { name: 'Import 9 entries' }).click()
  await page.getByText('9 entries imported').last().waitFor()
  await pictures(t, page, 'account-imported')
  const imported = await moods(world, page)
  t.equal(imported.total, 9)
  t.ok(
    imported.moods.every(({ valence }: { valence: number | null }) => valence !== null),
    'the meaning that was chosen counts',
  )
  await page.getByRole('button', { name: 'Undo import' }).first().click()
  await page.getByText('The import is undone: 9 entries are gone.').waitFor()
  t.equal((await moods(world, page)).total, 0)

  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'x.txt', mimeType: 'text/plain', buffer: Buffer.from('what is this') })
  await page.getByRole('alert').waitFor()
  const saved = page.waitForEvent('download')
  await page.getByRole('link', { name: /spreadsheet/ }).click()
  t.match((await saved).suggestedFilename(), /\.csv$/)
})

type World = NonNullable<Awaited<ReturnType<typeof openWorld>>>
type Page = Awaited<ReturnType<World['open']>>['page']

async function moods(world: World, page: Page) {
  return (await world.app.inject({ url: '/mood?per_page=100', headers: await cookieOf(page) })).json()
}
