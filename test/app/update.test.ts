import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder, until } from '../helper.ts'
import { builtWeb } from './built.ts'
import { openWorld, pictures } from './harness.ts'

t.test('a newer version waits while something is typed, in any tab, and takes over when it is saved', async t => {
  const folder = join(temporaryFolder(t), 'web')
  cpSync(await builtWeb(), folder, { recursive: true })
  const world = await openWorld(t, { webFolder: folder })
  if (!world) return
  const { page, context } = await world.open()
  await page.getByRole('button', { name: '8, Great' }).click()
  await page.getByRole('button', { name: 'Add a note, tags or another time' }).click()
  await page.getByLabel('Note').fill('In the middle of a sen')
  const other = await context.newPage()
  await other.goto(`${world.base}/app/tasks`)
  await other.getByRole('textbox', { name: 'Add a task' }).fill('Half a ta')
  for (const one of [page, other])
    await until(async () => (await one.evaluate('navigator.serviceWorker.controller !== null')) as boolean)

  // Another build; the compressed ones would be served in its place.
  const worker = join(folder, 'sw.js')
  writeFileSync(worker, `${readFileSync(worker, 'utf8')}\n// newer`)
  for (const name of readdirSync(folder)) if (/^sw\.js\.(br|gz)$/.test(name)) rmSync(join(folder, name))
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  for (const one of [page, other]) await one.getByText('A newer version of the app is ready.').waitFor()
  await pictures(t, page, 'update-ready')
  for (const one of [page, other]) await one.evaluate('window.isOld = true')

  // Looked away from, as when another app is opened: nothing is taken over.
  await page.evaluate(hide)
  await page.evaluate(show)
  await page.getByRole('button', { name: 'Reload' }).click()
  await page.getByText('Save or cancel what you are typing, then reload.').waitFor()
  t.equal(await page.getByLabel('Note').inputValue(), 'In the middle of a sen')
  await page.getByLabel('Note').fill('In the middle of a sentence')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('In the middle of a sentence').waitFor()

  // Nothing is typed here any more, and nobody looks.
  await page.evaluate(hide).catch(() => {})
  await until(async () => (await page.evaluate('window.isOld').catch(() => true)) === undefined)
  await page.getByText('In the middle of a sentence').waitFor()
  await page.getByText('A newer version of the app is ready.').waitFor({ state: 'hidden' })

  t.equal(await other.evaluate('window.isOld'), true, 'the other tab is left as it is')
  t.equal(await other.getByRole('textbox', { name: 'Add a task' }).inputValue(), 'Half a ta')
  await other.getByRole('textbox', { name: 'Add a task' }).press('Enter')
  await other.locator('.tasks-title', { hasText: 'Half a ta' }).waitFor()
  await other.getByRole('button', { name: 'Reload' }).click()
  await until(async () => (await other.evaluate('window.isOld').catch(() => true)) === undefined)
  await other.locator('.tasks-title', { hasText: 'Half a ta' }).waitFor()
})

const seen = (
  state: string,
) => `Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${state}' })
document.dispatchEvent(new Event('visibilitychange'))`
const hide = seen('hidden')
const show = seen('visible')
