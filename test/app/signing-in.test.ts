import t from 'tap'
import { mailbox } from '../mailbox.ts'
import { focusIs, openWorld, password, pictures } from './harness.ts'

t.test(
  'sign-up tells in the sentences of the server what is wrong, beside the field, which takes the focus',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const { page } = await world.open({ username: null })
    await pictures(t, page, 'sign-up')
    await page.getByLabel('Username').fill('noor')
    await page.getByLabel('Password', { exact: true }).fill('password')
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByText('Password is too common and easy to guess; use a few random words').waitFor()
    await focusIs(page, 'document.activeElement.name', 'password')
    await pictures(t, page, 'sign-up-wrong')

    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByLabel('E-mail (optional)').fill('noor')
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByText(/^E-?mail must/i).waitFor()
    await page.getByLabel('E-mail (optional)').fill('noor@example.org')
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor()

    const other = await world.open({ username: null })
    await other.page.getByLabel('Username').fill('noor')
    await other.page.getByLabel('Password', { exact: true }).fill(password)
    await other.page.getByRole('button', { name: 'Sign up' }).click()
    await other.page.getByText(/already taken/).waitFor()
    await focusIs(other.page, 'document.activeElement.name', 'username')
  },
)

t.test('signing in: a wrong password is said, the right one opens the page that was asked for', async t => {
  const world = await openWorld(t)
  if (!world) return
  const first = await world.open()
  const { page } = await world.open({ username: null, path: '/app/year' })
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Welcome back' }).waitFor()
  await page.getByLabel('Username or e-mail').fill(first.username)
  await page.getByLabel('Password', { exact: true }).fill('not it at all')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').waitFor()
  await pictures(t, page, 'sign-in')
  await page.getByRole('button', { name: 'Show password' }).click()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor()
  t.match(page.url(), /\/app\/$/)
})

t.test('a password that was forgotten: the link says whether it works before one is typed, and works once', async t => {
  const box = await mailbox(t)
  const world = await openWorld(t, { env: { SMTP_URL: box.url } })
  if (!world) return
  const { page } = await world.open({ username: null })
  await page.getByLabel('Username').fill('noor')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByLabel('E-mail (optional)').fill('noor@example.org')
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor()

  const other = (await world.open({ username: null, path: '/app/sign-in' })).page
  await other.getByRole('link', { name: 'Forgot your password?' }).click()
  await other.getByLabel('Username or e-mail').fill('noor')
  await pictures(t, other, 'forgot-password')
  await other.getByRole('button', { name: 'Send the link' }).click()
  await other.getByText(/a link is on its way/).waitFor()
  const code = await box.nextCode('noor@example.org')

  await other.goto(`${world.base}/app/reset-password#${code}`)
  await other.getByLabel('New password').fill('a few other words')
  t.notOk(other.url().includes('#'), 'the code is not left in the address')
  await pictures(t, other, 'reset-password')
  await other.getByRole('button', { name: 'Set password' }).click()
  await other.getByText('Your new password is set').waitFor()

  const late = (await world.open({ username: null, path: `/app/reset-password#${code}` })).page
  await late.getByText('This link no longer works').waitFor()
  t.equal(await late.getByLabel('New password').count(), 0, 'nobody types a password for a dead link')
  await pictures(t, late, 'reset-password-dead')

  await other.getByRole('link', { name: 'Sign in' }).click()
  await other.getByLabel('Username or e-mail').fill('noor')
  await other.getByLabel('Password', { exact: true }).fill('a few other words')
  await other.getByRole('button', { name: 'Sign in' }).click()
  await other.getByRole('heading', { level: 1, name: 'Today' }).waitFor()
})

t.test('an address is verified by its link, once', async t => {
  const box = await mailbox(t)
  const world = await openWorld(t, { env: { SMTP_URL: box.url } })
  if (!world) return
  const answer = await world.app.inject({
    method: 'POST',
    url: '/signup',
    payload: { username: 'noor', password, email: 'noor@example.org' },
  })
  const headers = { authorization: `Bearer ${answer.json().token}` }
  await world.app.inject({ method: 'POST', url: '/account/email/verification', headers })
  const code = await box.nextCode('noor@example.org')
  const { page } = await world.open({ username: null, path: `/app/verify-email#${code}` })
  await page.getByText('Your address is verified').waitFor()
  await pictures(t, page, 'verify-email')
  const profile = await world.app.inject({ url: '/profile', headers })
  t.equal(profile.json().email_verified, true)
  const late = (await world.open({ username: null, path: `/app/verify-email#${code}` })).page
  await late.getByText('This link no longer works').waitFor()
})
