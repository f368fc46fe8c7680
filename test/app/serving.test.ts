import t from 'tap'
import { until } from '../helper.ts'
import { openWorld } from './harness.ts'

t.test('security 56: the served app opens, cold, by its worker and again, with nothing to complain of', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, complaints } = await world.open()
  await page.getByRole('group', { name: 'How are you?' }).waitFor()
  const answer = await page.goto(`${world.base}/`)
  t.equal(new URL(page.url()).pathname, '/app/', 'the bare address leads here')
  t.match(answer?.headers()['content-security-policy'], "script-src 'self';style-src 'self'")
  await page.evaluate('navigator.serviceWorker.ready.then(() => {})')
  await page.reload()
  await page.getByRole('group', { name: 'How are you?' }).waitFor()
  t.equal(await page.evaluate('typeof navigator.serviceWorker.controller'), 'object')

  // A browser keeps the fragment, with the code, over the redirect.
  await page.goto(`${world.base}/verify-email#some-code`)
  t.equal(new URL(page.url()).pathname, '/app/verify-email')
  // Chromium warns of each preload that it does not find in the worker's answers: no fault of the page.
  t.strictSame(
    complaints.filter(complaint => !/cross-world service worker/.test(complaint)),
    [],
  )

  await page.evaluate(
    `document.body.insertAdjacentHTML('beforeend', '<b style="color:red">x</b><img src="x" onerror="window.ran = 1">')`,
  )
  // The browser says so when it comes to the attribute.
  await until(() => complaints.some(complaint => /inline event handler.*Content Security Policy/s.test(complaint)))
  t.notOk(await page.evaluate('window.ran'), 'an attribute runs no script')
})
