import type { Page, Route } from 'playwright-core'
import t from 'tap'
import { until } from '../helper.ts'
import { openWorld, pictures } from './harness.ts'

/** Of a server that does not do what it should: what a person sees, that nothing is lost, and that it passes by itself. */

const isApi = (url: URL) => !url.pathname.startsWith('/app/')
const minute = 60_000

/** Logs while something is wrong, and looks at what is said; then it is over, and what was logged arrives by itself. */
async function outlasts(
  t: Parameters<typeof pictures>[0],
  { page, answer, says, name }: { page: Page; answer: (route: Route) => unknown; says: string; name?: string },
) {
  await page.route(isApi, async route => {
    // What is still being answered when the trouble is over has been let through.
    await Promise.resolve(answer(route)).catch(() => {})
  })
  await page.getByRole('button', { name: '8, Great' }).click()
  await page.getByText('Logged today.').waitFor()
  await passing(page, () => page.getByText(says).isVisible())
  await page.getByText('1 change not sent yet').waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Edit Great' }).waitFor()
  await passing(page, () => page.getByText(says).isVisible())
  if (name) await pictures(t, page, name)

  await page.unroute(isApi)
  await passing(page, async () => (await moodsOf(page)).length === 1)
  t.match(await moodsOf(page), [{ mood: 8 }])
  await page.getByText(says).waitFor({ state: 'hidden' })
  await page.getByText('1 change not sent yet').waitFor({ state: 'hidden' })
}

/** Lets time pass on the page until something holds: it tries again after ever longer pauses. */
async function passing(page: Page, holds: () => Promise<boolean>) {
  await until(async () => {
    if (await holds()) return true
    await page.clock.runFor(5_000)
    return holds()
  })
}

async function moodsOf(page: Page) {
  return (await page.evaluate(`fetch('/mood').then(it => it.json()).then(it => it.moods ?? [], () => [])`)) as {
    mood: number
  }[]
}

const html = (status: number) => (route: Route) =>
  route.fulfill({ status, contentType: 'text/html', body: '<h1>nginx</h1>' })
const problem = (status: number, code: string, sentence: string, headers = {}) => {
  const body = { type: `urn:moodstreak:error:${code}`, title: sentence, status, detail: sentence, instance: '', code }
  const json = JSON.stringify({ ...body, errors: [sentence] })
  return (route: Route) => route.fulfill({ status, headers, contentType: 'application/problem+json', body: json })
}
const unreachable = 'The server cannot be reached. What you log is kept on this device and sent later.'
const otherVersion = 'The server and this app are of different versions.'

const troubles: Record<string, { answer: (route: Route) => unknown; says: string; name?: string }> = {
  'is down: connections are refused': {
    answer: route => route.abort('connectionrefused'),
    says: unreachable,
    name: 'server-down',
  },
  'is down behind a proxy that says 502 in HTML': { answer: html(502), says: unreachable },
  'has no room, by the words of a proxy (507)': { answer: html(507), says: unreachable },
  'has no room, and says so': {
    answer: problem(507, 'unavailable', 'The server has no room left'),
    says: 'The server has no room left.',
  },
  'is too busy, and says when to come back': {
    answer: problem(503, 'too_busy', 'The server is busy', { 'Retry-After': '120' }),
    says: 'The server is busy.',
    name: 'server-busy',
  },
  'does not know how to sync (404)': { answer: problem(404, 'not_found', 'Not found'), says: otherVersion },
  'no longer syncs as this app does (410)': {
    answer: problem(410, 'entry_deleted', 'Gone'),
    says: otherVersion,
    name: 'server-other-version',
  },
}

/** Answers as it should, but for what it says of the writes. */
const results = (result: object | undefined) => async (route: Route) => {
  if (new URL(route.request().url()).pathname !== '/sync') return route.continue()
  const { operations, ...body } = route.request().postDataJSON()
  const response = await route.fetch({ postData: { ...body, operations: [] } }).catch(() => undefined)
  if (!response?.ok()) return route.abort().catch(() => {})
  const { 'content-encoding': _, 'content-length': __, ...headers } = response.headers()
  const told = result ? operations.map(({ id }: { id: string }) => ({ id, ...result })) : []
  return route.fulfill({ headers, json: { ...(await response.json()), results: told } })
}

Object.assign(troubles, {
  'says of a write what the app does not know': {
    answer: results({ status: 'postponed' }),
    says: otherVersion,
    name: 'server-newer',
  },
  'says nothing of a write': { answer: results(undefined), says: otherVersion },
})

for (const [what, { answer, says, name }] of Object.entries(troubles)) {
  t.test(`a server that ${what}: it is said, nothing is lost, and it passes by itself`, async t => {
    const world = await openWorld(t)
    if (!world) return
    const { page } = await world.open()
    await page.getByText('Your first entry starts a streak.').waitFor()
    await outlasts(t, { page, answer, says, ...(name && { name }) })
  })
}

t.test('a server that takes minutes to answer: what is logged is there, marked, and once', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page } = await world.open()
  await page.getByText('Your first entry starts a streak.').waitFor()
  const waiting: Route[] = []
  let isSlow = true
  await page.route(
    url => url.pathname === '/sync',
    async route => {
      if (!isSlow) return route.continue()
      // The server has done it; the answer is on its way.
      await route.fetch().catch(() => {})
      waiting.push(route)
    },
  )
  await page.getByRole('button', { name: '8, Great' }).click()
  await page.getByText('Logged today.').waitFor()
  await passing(page, async () => waiting.length > 0)
  await page.getByRole('button', { name: 'Log another' }).click()
  await passing(page, () => page.getByText('Not sent yet', { exact: true }).isVisible())
  isSlow = false
  for (const route of waiting) await route.abort().catch(() => {})
  await page.clock.runFor(5 * minute)
  await passing(page, async () => !(await page.getByText('Not sent yet', { exact: true }).isVisible()))
  t.match(await moodsOf(page), [{ mood: 8 }])
  t.equal((await moodsOf(page)).length, 1)
})
