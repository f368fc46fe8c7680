import type { Page, Route } from 'playwright-core'
import t from 'tap'
import { until } from '../helper.ts'
import { openDemoWorld } from './demo.ts'
import { openWorld } from './harness.ts'

/**
 * A server that is newer than the app: its answers have fields more, kinds of things and of events that the app does not know,
 * and codes of problems that nobody has told it.
 */

type Json = Record<string, unknown>

/** Adds a field that nobody knows to each object, whatever it is. */
function extended(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(extended)
  if (value === null || typeof value !== 'object') return value
  const fields = Object.entries(value).map(([name, one]) => [name, extended(one)])
  return Object.fromEntries([...fields, ['weather', { today: 'rain', degrees: [7, 9] }]])
}

/** Lists in which each value is one of a few: here is one more. */
const more: Record<string, Json> = {
  events: { kind: 'passkey_added' },
  imports: { format: 'future-app', status: 'paused' },
  tokens: { scopes: ['photos:read'] },
  poses: { kinds: ['aerial'], level: 'master' },
  sequences: { level: 'master', visibility: 'friends' },
  actions: { kind: 'account_merged', role: 'coach' },
  associations: { kind: 'weather', name: 'rain' },
  users: { role: 'coach', state: 'paused' },
}

/** What screens say of those: their own words, rather than nothing. */
const said: Record<string, RegExp> = {
  'account-devices': /Passkey added/,
  'account-data': /Future app/,
  'account-tokens': /Photos:read/,
  'yoga-poses': /Master/,
  insights: /^Weather$/,
}

/** Makes the first of each such list one of a kind that the app does not know. */
function unknownKinds(body: Json): Json {
  const changed = Object.entries(body).map(([name, list]) => {
    const isOne = Array.isArray(list) && name in more && typeof list[0] === 'object'
    return [name, isOne ? [{ ...list[0], ...more[name] }, ...list.slice(1)] : list]
  })
  return Object.fromEntries(changed)
}

function newer(body: Json): Json {
  const told = extended(unknownKinds(body)) as Json
  if (Array.isArray(told.changes)) {
    const photo = { id: '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11', revision: 1, deleted: false, value: { url: 'x' } }
    told.changes.push({ kind: 'photo', ...photo }, { kind: 'weather', ...photo, deleted: true, value: null })
  }
  return told
}

const isApi = (url: URL) => !url.pathname.startsWith('/app/') && url.pathname !== '/events'

/** What the server answers, made newer on its way to the page. */
async function answerNewer(route: Route) {
  if (route.request().headers().accept?.includes('event-stream')) return route.continue()
  try {
    // All of it, not that it is as before.
    const { 'if-none-match': ___, ...asked } = route.request().headers()
    const response = await route.fetch({ headers: asked, timeout: 0 })
    if (!response.headers()['content-type']?.includes('json')) return await route.fulfill({ response })
    const { 'content-encoding': _, 'content-length': __, ...headers } = response.headers()
    await route.fulfill({ status: response.status(), headers, json: newer(await response.json()) })
  } catch {
    // The page has gone on meanwhile.
    await route.abort().catch(() => {})
  }
}

async function moodsOf(page: Page) {
  return (await page.evaluate(`fetch('/mood').then(it => it.json()).then(it => it.moods ?? [], () => [])`)) as Json[]
}

t.test(
  'every screen, of a newer server: it is there, nothing is broken, and what it does not know it leaves',
  async t => {
    const demo = await openDemoWorld(t)
    if (!demo) return
    const { page, complaints } = await demo.openDemo({ width: 1280, height: 800 })
    // What else the answers have that the demo lacks.
    const post = (path: string, type: string, body: string) =>
      page.evaluate(
        `fetch(${JSON.stringify(path)}, {
        method: 'POST', headers: { 'Content-Type': ${JSON.stringify(type)} }, body: ${JSON.stringify(body)},
      }).then(it => it.status)`,
      )
    const file = 'full_date,date,weekday,time,mood,activities,note_title,note\n2026-01-02,,,20:00,good,,,\n'
    t.equal(await post('/tokens', 'application/json', JSON.stringify({ name: 'a script', scopes: ['mood:read'] })), 201)
    t.equal(await post('/mood/import', 'application/octet-stream', file), 201)
    await page.route(isApi, answerNewer)
    for (const screen of demo.screens) {
      await demo.show(page, screen)
      await until(async () => (await page.locator('.skeleton').count()) === 0)
      t.equal(await page.getByText('Something went wrong').count(), 0, `${screen.name} is not broken`)
      t.notMatch(await page.locator('body').innerText(), /undefined|\[object|NaN/, `${screen.name} says nothing odd`)
      t.strictSame(complaints.splice(0), [], `${screen.name}: no error`)
      const words = said[screen.name]
      if (words) await page.getByText(words).first().waitFor({ state: 'attached' })
    }
  },
)

t.test('what is logged, edited and deleted reaches a newer server, as it is', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, complaints } = await world.open()
  await page.getByText('Your first entry starts a streak.').waitFor()
  await page.route(isApi, answerNewer)
  await page.getByRole('button', { name: '8, Great' }).click()
  await until(async () => (await moodsOf(page)).length === 1)
  await page.reload()
  await page.getByRole('button', { name: 'Edit Great' }).click()
  await page.getByRole('textbox', { name: 'Note' }).fill('Rain')
  await page.getByRole('button', { name: 'Save' }).click()
  await until(async () => (await moodsOf(page))[0]?.note === 'Rain')
  await page.getByRole('region', { name: '1 day' }).waitFor()
  await page.getByRole('button', { name: 'Delete Great' }).click()
  await until(async () => (await moodsOf(page)).length === 0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await until(async () => (await moodsOf(page)).length === 1)
  t.match(await moodsOf(page), [{ mood: 8, note: 'Rain' }])
  t.strictSame(complaints, [])
})

const teapot = (status: number) => {
  const sentence = 'The server wants something that this app does not know'
  const body = { type: 'urn:moodstreak:error:tea_first', title: sentence, status, detail: sentence, instance: '' }
  const problem = JSON.stringify({ ...body, code: 'tea_first', errors: [sentence], tea: { kind: 'green' } })
  return (route: Route) => route.fulfill({ status, contentType: 'application/problem+json', body: problem })
}

t.test('a problem of a code that the app does not know: its sentence is said, and nothing is lost', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page } = await world.open()
  await page.getByText('Your first entry starts a streak.').waitFor()
  const isListed = (entries: number) =>
    until(async () => (await page.getByRole('button', { name: 'Edit Great' }).count()) === entries)
  for (const [i, status] of [409, 418, 422, 451, 501].entries()) {
    await page.route(isApi, teapot(status))
    await page.getByRole('button', { name: '8, Great' }).click()
    await page.getByText('The server wants something that this app does not know.').waitFor()
    await page.reload()
    await isListed(i + 1)
    await page.unroute(isApi)
    await until(async () => {
      await page.clock.runFor(5_000)
      return (await moodsOf(page)).length === i + 1
    })
    t.match((await moodsOf(page))[0], { mood: 8 }, `with ${status}`)
    // So that the next sentence is not this one.
    await page.reload()
    await isListed(i + 1)
  }
})
