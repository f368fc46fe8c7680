import t from 'tap'
import { until } from '../helper.ts'
import { openWorld, pictures } from './harness.ts'

/** Past entries, straight to the server. */
async function past(world: NonNullable<Awaited<ReturnType<typeof openWorld>>>, username: string, dates: string[]) {
  const { app } = world
  const login = await app.inject({ method: 'POST', url: '/login', payload: { username, password } })
  const headers = { authorization: `Bearer ${login.json().token}` }
  for (const date of dates) await app.inject({ method: 'POST', url: '/mood', headers, payload: { mood: 7, date } })
  return headers
}
const password = 'correct horse battery'
const days = (month: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${month}-${String(from + i).padStart(2, '0')}`)

t.test('signed up, one tap logs; a second adds a note and tags; undo takes it back', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, username } = await world.open()
  const question = page.getByRole('group', { name: 'How are you?' })
  await question.waitFor()
  await page.getByText('Your first entry starts a streak.').waitFor()
  await pictures(t, page, 'today-first')
  await question.getByRole('button', { name: '8, Great' }).tap()
  await page.getByRole('region', { name: '1 day' }).getByText('Logged today.').waitFor()
  await pictures(t, page, 'today-logged')

  await page.getByRole('button', { name: 'Add a note, tags or another time' }).tap()
  await page.getByLabel('Note').fill('Slept well, long walk.')
  await page.getByLabel('Tags', { exact: true }).fill('sleep, walk,')
  await pictures(t, page, 'today-edit')
  await page.getByRole('button', { name: 'Save' }).tap()
  await page.getByText('Slept well, long walk.').waitFor()
  await pictures(t, page, 'today-noted')

  const headers = await past(world, username, [])
  const stored = async () => (await world.app.inject({ url: '/mood', headers })).json().moods
  await until(async () => (await page.evaluate('navigator.onLine')) === true)
  await until(async () => (await stored())[0]?.note != null)
  t.match(await stored(), [{ mood: 8, note: 'Slept well, long walk.', tags: ['sleep', 'walk'], date: '2026-11-26' }])

  await page.getByRole('button', { name: 'Delete Great' }).tap()
  await page.getByText('Your first entry starts a streak.').waitFor()
  await page.getByRole('button', { name: 'Undo' }).tap()
  await page.getByText('Slept well, long walk.').waitFor()
})

t.test('the streak says why: at risk, at midnight broken, and what a forgotten day would make it', async t => {
  const world = await openWorld(t, { at: '2026-11-26T21:59:00Z' })
  if (!world) return
  const { page, username } = await world.open()
  await past(world, username, days('2026-11', 15, 25))
  await page.reload()
  await page.getByRole('region', { name: '11 days' }).getByText('At risk: log before midnight').waitFor()
  await pictures(t, page, 'today-at-risk')
  await world.moveTo('2026-11-26T23:00:30Z')
  await page.getByRole('region', { name: '0 days' }).getByText('The streak is broken.').waitFor()
  await page.getByText('Logging 26 November would make the streak 12 days.').waitFor()
  await pictures(t, page, 'today-broken')
  await page.getByRole('button', { name: 'Log 26 November' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '6, Good' }).click()
  await pictures(t, page, 'today-heal')
  await page.getByRole('button', { name: 'Log', exact: true }).click()
  await page.getByRole('region', { name: '12 days' }).waitFor()
})

t.test('the scale of the person decides what is tapped: faces, numbers, or a slider', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, username } = await world.open()
  const headers = await past(world, username, [])
  const scale = async (min: number, max: number) => {
    await world.app.inject({ method: 'PATCH', url: '/profile', headers, payload: { mood_scale: { min, max } } })
    await page.reload()
  }
  await scale(1, 5)
  const question = page.getByRole('group', { name: 'How are you?' })
  await question.getByRole('button', { name: 'Wonderful, 5' }).waitFor()
  await pictures(t, page, 'today-faces')
  await scale(0, 100)
  const slider = question.getByRole('slider')
  await slider.waitFor()
  const log = question.getByRole('button', { name: 'Log' })
  t.ok(await log.isDisabled(), 'nothing is chosen before the slider is moved')
  await pictures(t, page, 'today-slider')
  await slider.focus()
  await page.keyboard.press('ArrowRight')
  await log.click()
  await page.getByRole('region', { name: '1 day' }).waitFor()
})
