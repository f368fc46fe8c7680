import t from 'tap'
import { idFrom, type UserId } from '../../src/ids.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { evening } from '../../web/src/screens/account/reminder-times.ts'
import { until } from '../helper.ts'
import { mailbox } from '../mailbox.ts'
import { standInPushService } from '../push-service.ts'
import { cookieOf, openWorld, password, pictures, type World } from './harness.ts'

type Page = Awaited<ReturnType<World['open']>>['page']

const json = async (world: World, page: Page, url: string) =>
  (await world.app.inject({ url, headers: await cookieOf(page) })).json()

/**
 * This browser has no notifications, and there is no push service: both are replaced by ones that last as long as the device.
 * The person allows what is asked.
 */
const pushService = ({ endpoint, keys }: { endpoint: string; keys: object }) => `{
  if (localStorage.getItem('plain')) Object.defineProperty(window, 'isSecureContext', { value: false })
  const permission = () => localStorage.getItem('permission') ?? 'default'
  Object.defineProperty(Notification, 'permission', { get: permission })
  Notification.requestPermission = async () => {
    localStorage.setItem('permission', localStorage.getItem('answer') ?? 'granted')
    return permission()
  }
  const proto = PushManager.prototype
  const made = () => {
    const key = localStorage.getItem('subscription')
    if (key === null) return null
    const bytes = Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0))
    return {
      endpoint: ${JSON.stringify(endpoint)},
      options: { userVisibleOnly: true, applicationServerKey: bytes.buffer },
      toJSON: () => (${JSON.stringify({ endpoint, expirationTime: null, keys })}),
      unsubscribe: async () => { localStorage.removeItem('subscription'); return true },
    }
  }
  proto.getSubscription = async () => made()
  proto.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || localStorage.getItem('subscription')) throw new DOMException('no', 'InvalidStateError')
    if (permission() !== 'granted') throw new DOMException('no', 'NotAllowedError')
    if (localStorage.getItem('silent')) throw new DOMException('no', 'AbortError')
    localStorage.setItem('subscription', applicationServerKey)
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

  const keys = { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) }
  await context.addInitScript(pushService({ endpoint: 'https://fcm.googleapis.com/fcm/send/1', keys }))
  await page.goto(`${world.base}/app/account`)
  await page.getByRole('link', { name: /Reminders Off/ }).click()
  await page.getByRole('button', { name: 'Remind me on this device' }).waitFor()
  await page.getByText('It needs an e-mail address.').waitFor()
  await pictures(t, page, 'reminders')

  await page.getByLabel('Remind me at').selectOption('20:30')
  await page.getByText('Saved.').waitFor()
  await page.getByText('The reminder has nowhere to go yet').waitFor()
  t.match(await json(world, page, '/profile'), { reminder_at: '20:30' })

  await page.evaluate(`localStorage.setItem('silent', '1')`)
  await page.getByRole('button', { name: 'Remind me on this device' }).click()
  await page.getByText('The push service of this browser did not answer.').waitFor()
  t.strictSame((await json(world, page, '/push')).subscriptions, [])
  await page.evaluate(`localStorage.removeItem('silent')`)
  await page.getByRole('button', { name: 'Remind me on this device' }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor()
  t.match(await json(world, page, '/push'), { subscriptions: [{ service: 'fcm.googleapis.com' }] })
  await page.getByText('The reminder has nowhere to go yet').waitFor({ state: 'detached' })
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
  t.strictSame((await json(world, page, '/push')).subscriptions, [])
  t.equal(await page.evaluate(`localStorage.getItem('subscription')`), null)

  const phone = { endpoint: 'https://updates.push.services.mozilla.com/wpush/v2/x', keys }
  const added = await app.inject({ method: 'POST', url: '/push/subscriptions', headers, payload: phone })
  t.equal(added.statusCode, 201)
  await page.evaluate(`localStorage.setItem('plain', '1')`)
  await page.reload()
  await page.getByText('only when the app is opened over https').waitFor()
  await page.getByText('Firefox').waitFor()
  await pictures(t, page, 'reminders-plain-http')
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Firefox').waitFor({ state: 'detached' })
  t.strictSame((await json(world, page, '/push')).subscriptions, [])
})

t.test('what the server pushes is shown in the words of the app, a tap opens it, and signing out ends it', async t => {
  const at = '2026-11-26T09:00:00Z'
  const pushes = await standInPushService(t)
  const world = await openWorld(t, { at, push: { loopback: true } })
  if (!world) return
  const { app, base, clock } = world
  const { page, context, username } = await world.open()
  await context.addInitScript(pushService(pushes.subscriptionOf('/phone')))
  await page.evaluate('navigator.serviceWorker.ready.then(() => {})')
  await page.getByRole('button', { name: '7, Good' }).click()
  await page.getByRole('region', { name: '1 day' }).waitFor()
  await page.goto(`${base}/app/account/reminders`)
  await page.getByLabel('Remind me at').selectOption('20:30')
  await page.getByText('Saved.').waitFor()
  await page.getByRole('button', { name: 'Remind me on this device' }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor()

  const sendAt = async (time: string) => {
    clock.now = Date.parse(time)
    await app.sendReminders(new AbortController().signal)
  }
  await until(async () => (await json(world, page, '/mood')).moods.length === 1)
  await sendAt('2026-11-26T19:31:00Z')
  t.equal(pushes.received.length, 0, 'today is logged')
  await sendAt('2026-11-27T19:31:00Z')
  t.equal(pushes.received.length, 1)
  t.strictSame(pushes.problems, [])

  const worker = context.serviceWorkers()[0]
  if (!worker) throw new Error('no service worker')
  // This browser shows no notifications and lets no worker come to the front: what the worker asks for is written down.
  await worker.evaluate(`{
    self.asked = []
    ServiceWorkerRegistration.prototype.showNotification = async (...shown) => void asked.push(shown)
    WindowClient.prototype.focus = async function () { asked.push(['focus', new URL(this.url).pathname]) }
    clients.openWindow = async path => void asked.push(['open', path])
    self.tap = async () => {
      const event = new ExtendableEvent('notificationclick')
      const waits = []
      event.notification = { close: () => asked.push(['close']) }
      event.waitUntil = wait => waits.push(wait)
      self.dispatchEvent(event)
      await Promise.all(waits)
      return asked.splice(0)
    }
  }`)
  const cdp = await context.newCDPSession(page)
  const registered = new Promise<string>(resolve => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      for (const { registrationId, scopeURL } of registrations) if (scopeURL === `${base}/app/`) resolve(registrationId)
    })
  })
  await cdp.send('ServiceWorker.enable')
  const data = JSON.stringify(pushes.received[0]?.payload)
  await cdp.send('ServiceWorker.deliverPushMessage', { origin: base, registrationId: await registered, data })
  await until(async () => (await worker.evaluate('asked.length')) === 1)
  t.strictSame(await worker.evaluate('asked.splice(0)'), [
    ['Your streak is at risk', { body: 'Nothing is logged for today yet.', tag: 'streak', icon: '/app/icon-192.png' }],
  ])
  t.strictSame(await worker.evaluate('tap()'), [['close'], ['focus', '/app/account/reminders']])
  await page.goto('about:blank')
  const pages = `clients.matchAll({ type: 'window', includeUncontrolled: true }).then(all => all.length)`
  await until(async () => (await worker.evaluate(pages)) === 0)
  t.strictSame(await worker.evaluate('tap()'), [['close'], ['open', '/app/']])

  await page.goto(`${base}/app/account`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { level: 1, name: 'Welcome back' }).waitFor()
  t.equal(await page.evaluate(`localStorage.getItem('subscription')`), null, 'the browser is unsubscribed')
  const payload = { username, password }
  const { token } = (await app.inject({ method: 'POST', url: '/login', payload })).json()
  const headers = { authorization: `Bearer ${token}` }
  t.strictSame((await app.inject({ url: '/push', headers })).json().subscriptions, [], 'and the server knows')
})

t.test('evenings end when the day does; a time of another client is offered too', async t => {
  t.strictSame(evening(0, null).slice(-2), ['23:00', '23:30'])
  t.equal(evening(0, null)[0], '17:00')
  t.strictSame(evening(2, '20:30').slice(-2), ['01:00', '01:30'])
  t.equal(evening(0, '07:45')[0], '07:45')
})
