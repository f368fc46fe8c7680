import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t from 'tap'
import { launchBrowser } from './browser.ts'
import { build, signUp } from './helper.ts'

/** Swagger UI as a person sees it, in a real browser. `SCREENSHOTS=<folder>` keeps what it looks like. */

const browser = await launchBrowser(t)
if (browser) {
  const { app } = await build(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const docs = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/docs`
  const maya = await signUp(app, 'maya')
  const screenshots = process.env.SCREENSHOTS
  const keep = async (page: Page, name: string) => {
    if (screenshots) await page.screenshot({ path: `${screenshots}/${name}.png` })
  }

  for (const [width, height] of [
    [390, 844],
    [1280, 800],
  ] as const) {
    t.test(`at ${width} px Swagger UI shows sign-up first, and a mood can be logged, also after a reload`, async t => {
      const context = await browser.newContext({ viewport: { width, height }, isMobile: width < 640 })
      t.teardown(() => context.close())
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', message => {
        // What is answered with an error on purpose is no fault of the page.
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
      })
      page.on('pageerror', error => complaints.push(String(error)))

      await page.goto(docs)
      const signUpRow = page.locator('#operations-sign-in-signUp')
      await signUpRow.waitFor()
      t.equal(await page.title(), 'moodstreak API')
      t.equal(await page.locator('.opblock-tag-section.is-open').count(), 1, 'groups are closed but the first')
      await keep(page, `${width}-first`)
      t.strictSame(await wide(page, width), [], 'nothing is wider than the screen')

      await signUpRow.locator('.opblock-summary-control').click()
      const example = await signUpRow.locator('textarea.body-param__text').inputValue()
      t.match(example, /"username": "noor-[0-9a-f]{6}"/, 'a name that nobody has taken')
      await keep(page, `${width}-sign-up`)
      await signUpRow.locator('button.execute').click()
      await signUpRow.locator('.live-responses-table .response-col_status', { hasText: '201' }).waitFor()

      await page.locator('.btn.authorize').click()
      t.equal(await page.locator('.auth-container').count(), 1, 'no box for a cookie that no script can set')
      await page.locator('.auth-container input').fill(maya.token)
      await keep(page, `${width}-authorize`)
      await page.locator('.auth-btn-wrapper .authorize').click()
      await page.locator('.auth-btn-wrapper .btn-done').click()

      await page.reload()
      await page.locator('#operations-tag-mood').click()
      const logMood = page.locator('#operations-mood-logMood')
      await logMood.locator('.opblock-summary-control').click()
      await logMood.locator('textarea.body-param__text').waitFor()
      await keep(page, `${width}-log-mood`)
      t.strictSame(await wide(page, width), [], 'an open operation is no wider than the screen either')
      await context.clearCookies()
      await logMood.locator('button.execute').click()
      await logMood.locator('.live-responses-table .response-col_status', { hasText: '201' }).waitFor()
      await keep(page, `${width}-logged`)
      t.strictSame(complaints, [], 'neither an error nor a violation of the policy')
    })
  }

  t.test('what was logged in the browser is there', async t => {
    t.match((await maya.get('/mood')).json(), { total: 2, moods: [{ mood: 8 }, { mood: 8 }] })
  })
}

/** What sticks out to the right, which makes a page scroll sideways: nothing, on a page that fits. */
function wide(page: Page, width: number): Promise<string[]> {
  return page.evaluate(`document.documentElement.scrollWidth <= ${width} ? [] : [
    document.documentElement.scrollWidth + ' px',
    ...Array.from(document.querySelectorAll('body *'))
      .filter(element => element.getBoundingClientRect().right > ${width} + 1)
      .map(element => element.tagName + '.' + element.className),
  ]`)
}
