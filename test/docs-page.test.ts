import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { hangingMs, launchBrowser } from './browser.ts'
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
  const phone = { width: 390, height: 844 }
  const desk = { width: 1280, height: 800 }
  /** Nothing is wider than the screen, small or large. The page is loaded once: it is most of the cost. */
  const fits = async (t: Test, page: Page, name: string) => {
    for (const size of [desk, phone]) {
      await page.setViewportSize(size)
      await keep(page, `${size.width}-${name}`)
      t.strictSame(await wide(page, size.width), [], `${name}: nothing is wider than ${size.width} px`)
    }
  }

  t.test(
    'on a phone and a desk Swagger UI shows sign-up first, and a mood can be logged, also after a reload',
    async t => {
      const context = await browser.newContext({ viewport: phone, isMobile: true })
      t.teardown(() => context.close())
      context.setDefaultTimeout(hangingMs)
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
      await fits(t, page, 'first')

      await signUpRow.locator('.opblock-summary-control').click()
      const example = await signUpRow.locator('textarea.body-param__text').inputValue()
      t.match(example, /"username": "noor-[0-9a-f]{6}"/, 'a name that nobody has taken')
      await keep(page, 'sign-up')
      await signUpRow.locator('button.execute').click()
      await signUpRow.locator('.live-responses-table .response-col_status', { hasText: '201' }).waitFor()

      await page.locator('.btn.authorize').click()
      t.equal(await page.locator('.auth-container').count(), 1, 'no box for a cookie that no script can set')
      await page.locator('.auth-container input').fill(maya.token)
      await keep(page, 'authorize')
      await page.locator('.auth-btn-wrapper .authorize').click()
      await page.locator('.auth-btn-wrapper .btn-done').click()

      await page.reload()
      await page.locator('#operations-tag-mood').click()
      const logMood = page.locator('#operations-mood-logMood')
      await logMood.locator('.opblock-summary-control').click()
      await logMood.locator('textarea.body-param__text').waitFor()
      await fits(t, page, 'log-mood')
      await context.clearCookies()
      await logMood.locator('button.execute').click()
      await logMood.locator('.live-responses-table .response-col_status', { hasText: '201' }).waitFor()
      await keep(page, 'logged')
      t.strictSame(complaints, [], 'neither an error nor a violation of the policy')
    },
  )

  t.test('what was logged in the browser is there', async t => {
    t.match((await maya.get('/mood')).json(), { total: 1, moods: [{ mood: 8 }] })
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
