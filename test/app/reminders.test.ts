import t from 'tap'
import { idFrom, type UserId } from '../../src/ids.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { evening } from '../../web/src/screens/account/reminder-times.ts'
import { mailbox } from '../mailbox.ts'
import { cookieOf, openWorld, pictures, type World } from './harness.ts'

type Page = Awaited<ReturnType<World['open']>>['page']

const json = async (world: World, page: Page, url: string) =>
  (await world.app.inject({ url, headers: await cookieOf(page) })).json()

/**
 * This browser has no notifications, and there is no push service: both are replaced by ones that last as long as the device.
 * The person allows what is asked.
 */
const pushService = `{
  const permission = () => localStorage.getItem('permission') ?? 'default'
  Object.defineProperty(Notification, 'permission', { get: permission })
  Notification.requestPermission = async () => {
    localStorage.setItem('permission', localStorage.getItem('answer') ?? 'granted')
    return permission()
  }
  const proto = PushManager.prototype
  const made = () => {
    const [endpoint, key] = (localStorage.getItem('subscription') ?? ' ').split(' ')
    if (!endpoint) return null
    const bytes = Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0))
    return {
      endpoint,
      options: { userVisibleOnly: true, applicationServerKey: bytes.buffer },
      toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh: 'B' + 'A'.repeat(86), auth: 'A'.repeat(22) } }),
      unsubscribe: async () => { localStorage.removeItem('subscription'); return true },
    }
  }
  proto.getSubscription = async () => made()
  proto.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || localStorage.getItem('subscription')) throw new DOMException('no', 'InvalidStateError')
    if (permission() !== 'granted') throw new DOMException('no', 'NotAllowedError')
    if (localStorage.getItem('silent')) throw new DOMException('no', 'AbortError')
    localStorage.setItem('subscription', 'https://fcm.googleapis.com/fcm/send/' + Date.now() + ' ' + applicationServerKey)
    return made()
  }
}`

t.test('reminders: a time, this device, and the week by e-mail once the address is verified', async t => {
  const mails = await mailbox(t)
  const world = await openWorld(t, { env: { SMTP_URL: mails.url, PUBLIC_URL: 'https://mood.example.org' } })
  if (!world) return
  const { page, context, username } = await world.open()
  await page.evaluate('navigator.serviceWorker.ready.then(() => {})')
  await page.goto(`${world.base}/app/account/reminders`)
  await page.getByText('Notifications are blocked.').waitFor()
  await pictures(t, page, 'reminders-blocked')

  await context.addInitScript(pushService)
  await page.goto(`${world.base}/app/account`)
  await page.getByRole('link', { name: /Reminders Off/ }).click()
  await page.getByRole('button', { name: 'Remind me on this device' }).waitFor()
  await page.getByText('It needs an e-mail address.').waitFor()
  await pictures(t, page, 'reminders')

  await page.getByLabel('Remind me at').selectOption('20:30')
  await page.getByText('Saved.').waitFor()
  await page.getByText('It has nowhere to go yet').waitFor()
  t.match(await json(world, page, '/profile'), { reminder_at: '20:30' })

  await page.evaluate(`localStorage.setItem('silent', '1')`)
  await page.getByRole('button', { name: 'Remind me on this device' }).click()
  await page.getByText('The push service of this browser did not answer.').waitFor()
  t.match(await json(world, page, '/push'), { subscriptions: { length: 0 } })
  await page.evaluate(`localStorage.removeItem('silent')`)
  await page.getByRole('button', { name: 'Remind me on this device' }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor()
  t.match(await json(world, page, '/push'), { subscriptions: [{ service: 'fcm.googleapis.com' }] })
  await page.getByText('It has nowhere to go yet').waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('button', { name: 'Stop' }).waitFor()

  const { id } = await json(world, page, '/me')
  const email = `${username}@example.org`
  const headers = { ...(await cookieOf(page)), 'sec-fetch-site': 'same-origin' }
  const { app } = world
  const set = await app.inject({ method: 'PUT', url: '/account/email', headers, payload: { email } })
  t.ok(set.statusCode < 300, set.body)
  await app.commitUnguarded([identityStore(app.database).emailVerificationWrite(idFrom<UserId>(id), email, app.now())])
  await page.reload()
  await page.getByRole('radio', { name: 'Weekly' }).click()
  await page.getByText('Saved.').waitFor()
  t.match(await json(world, page, '/profile'), { digest: 'weekly' })
  await page.getByRole('button', { name: 'Stop' }).waitFor()
  await pictures(t, page, 'reminders-on')

  await page.getByRole('link', { name: 'Account' }).first().click()
  await page.getByRole('link', { name: /20:30 · weekly e-mail/ }).click()
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByRole('button', { name: 'Remind me on this device' }).waitFor()
  t.match(await json(world, page, '/push'), { subscriptions: { length: 0 } })
  t.equal(await page.evaluate(`localStorage.getItem('subscription')`), null)
})

t.test('evenings end when the day does; a time of another client is offered too', async t => {
  t.strictSame(evening(0, null).slice(-2), ['23:00', '23:30'])
  t.equal(evening(0, null)[0], '17:00')
  t.strictSame(evening(2, '20:30').slice(-2), ['01:00', '01:30'])
  t.equal(evening(0, '07:45')[0], '07:45')
})
