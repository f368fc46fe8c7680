import type { Locator, Page, Route } from 'playwright-core'
import t, { type Test } from 'tap'
import { signUp, until } from '../helper.ts'
import { accessible, focusIs, opensOffline, openWorld, pictures, type World } from './harness.ts'

/** The screens of yoga: the builder by mouse, touch and keyboard, two builders, and a class from its start to the log. */

let counted = 0
const poses = [
  { pose_id: 'cat', section: 'Warm-up', seconds: 30 },
  { pose_id: 'downward-dog', section: 'Warm-up', seconds: 20, cue: 'Bend the knees.' },
  { pose_id: 'warrior-2', section: 'Standing', seconds: 20 },
  { pose_id: 'corpse', section: 'Rest', seconds: 60 },
]

async function instructor(world: World, title = 'Ten minutes', items: readonly object[] = poses) {
  const username = `teacher${++counted}`
  const person = await signUp(world.app, username, { role: 'instructor' })
  const { id } = (await person.post('/sequences', { title, poses: items })).json()
  const stored = async () => (await person.get(`/sequences/${id}`)).json()
  const names = async () =>
    (await stored()).poses.map(({ name, section }: { name: string; section: string | null }) => `${section}: ${name}`)
  return { username, person, id, stored, names, path: `/app/yoga/sequences/${id}/edit` }
}

const saved = (page: Page) => page.locator('[data-state="saved"]').waitFor()
const rows = (page: Page, section: string) =>
  page.getByRole('region', { name: section, exact: true }).locator('.yoga-item .yoga-step-name').allTextContents()
const grip = (page: Page, name: string) => page.getByRole('button', { name: new RegExp(`^Move ${name}[^:]*: up`) })
const offer = (page: Page, name: string) => page.locator('.yoga-offer', { hasText: name }).first()

async function middle(of: Locator): Promise<{ x: number; y: number }> {
  const box = await of.boundingBox()
  if (!box) throw new Error('it is not on the screen')
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

/** What a hand does: it goes there, sees how the lists have made room, and goes there again. */
async function drag(
  page: Page,
  from: Locator,
  to: Locator,
  below: number,
  move: (x: number, y: number) => Promise<unknown>,
) {
  let at = await middle(from)
  for (let round = 1; round <= 3; round++) {
    const end = await middle(to)
    const [x, y] = [end.x - at.x, end.y + below - at.y]
    for (let step = 1; step <= 8; step++) await move(at.x + (x * step) / 8, at.y + (y * step) / 8)
    await page.clock.runFor(300)
    at = { x: end.x, y: end.y + below }
  }
}

async function dragByMouse(page: Page, from: Locator, to: Locator, below = 0): Promise<void> {
  const { x, y } = await middle(from)
  await page.mouse.move(x, y)
  await page.mouse.down()
  await drag(page, from, to, below, (...at) => page.mouse.move(...at))
  await page.mouse.up()
  await page.clock.runFor(300)
}

async function dragByTouch(page: Page, from: Locator, to: Locator, below = 0): Promise<void> {
  const { x, y } = await middle(from)
  const session = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: { x: number; y: number }[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: points })
  await touch('touchStart', { x, y })
  await page.clock.runFor(400)
  await drag(page, from, to, below, (x, y) => touch('touchMove', { x, y }))
  await touch('touchEnd')
  await page.clock.runFor(300)
}

t.test(
  'by mouse: from the catalogue into a section, within it, and into another one; undone and done again',
  async t => {
    const world = await openWorld(t)
    if (!world) return
    const { username, names, path } = await instructor(world)
    const { page } = await world.open({ username, signIn: true, path, width: 1280, height: 1000 })
    await saved(page)
    await page.getByLabel('Search poses').fill('triangle')
    await dragByMouse(page, offer(page, 'Extended Triangle'), page.locator('.yoga-item', { hasText: 'Warrior II' }), 20)
    t.strictSame((await rows(page, 'Standing')).toSorted(), ['Extended Triangle Pose', 'Warrior II'])
    await page.getByLabel('Search poses').fill('')
    t.equal(await offer(page, 'Extended Triangle').count(), 1, 'the catalogue still has it')
    await dragByMouse(page, grip(page, 'Cat'), page.locator('.yoga-item', { hasText: 'Downward-Facing Dog' }), 20)
    t.strictSame(await rows(page, 'Warm-up'), ['Downward-Facing Dog', 'Cat Pose'])
    await dragByMouse(page, grip(page, 'Cat'), page.locator('.yoga-item', { hasText: 'Corpse' }), -24)
    t.strictSame((await rows(page, 'Rest')).toSorted(), ['Cat Pose', 'Corpse Pose'])
    await pictures(t, page, 'yoga-builder')
    await saved(page)
    const shown = async () => {
      const inSection = async (name: string) => (await rows(page, name)).map(pose => `${name}: ${pose}`)
      return (await Promise.all(['Warm-up', 'Standing', 'Rest'].map(inSection))).flat()
    }
    const built = await shown()
    t.equal(built.length, 5)
    t.strictSame(await names(), built)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.keyboard.press('Control+z')
    t.strictSame(await rows(page, 'Warm-up'), ['Cat Pose', 'Downward-Facing Dog'])
    await page.keyboard.press('Control+Shift+z')
    await page.keyboard.press('Control+y')
    t.strictSame(await shown(), built)
    await saved(page)
    t.strictSame(await names(), built)
  },
)

t.test('by touch, on a phone: from the drawer into the sequence, and within it', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { username, names, path } = await instructor(world)
  const { page } = await world.open({ username, signIn: true, path })
  await saved(page)
  await dragByTouch(page, grip(page, 'Cat'), page.locator('.yoga-item', { hasText: 'Downward-Facing Dog' }), 20)
  t.strictSame(await rows(page, 'Warm-up'), ['Downward-Facing Dog', 'Cat Pose'])
  await page.getByRole('button', { name: 'Add poses' }).tap()
  await page.getByLabel('Search poses').fill('child')
  await page.locator('.yoga-item', { hasText: 'Downward-Facing Dog' }).scrollIntoViewIfNeeded()
  await page.evaluate('scrollTo(0, 160)')
  await dragByTouch(page, offer(page, 'Child'), page.locator('.yoga-item', { hasText: 'Downward-Facing Dog' }), 20)
  t.strictSame((await rows(page, 'Warm-up')).toSorted(), ['Cat Pose', "Child's Pose", 'Downward-Facing Dog'])
  await page.getByRole('button', { name: /^Add Child's Pose to/ }).tap()
  await pictures(t, page, 'yoga-drawer')
  await saved(page)
  t.equal((await names()).length, 6)
})

t.test('by keyboard alone, and each move is said', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { username, names, stored, path } = await instructor(world)
  const { page } = await world.open({ username, signIn: true, path, width: 1280, height: 800 })
  await saved(page)
  await grip(page, 'Cat').focus()
  await page.keyboard.press('ArrowDown')
  await page.getByText('Cat Pose is 2 of 2 in Warm-up').waitFor()
  await page.keyboard.press('ArrowDown')
  await page.getByText('Cat Pose is 1 of 2 in Standing').waitFor()
  await focusIs(page, 'document.activeElement.textContent', /Move Cat Pose/)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByLabel('Cue').fill('Breathe in')
  await page.getByLabel('Held for').first().fill('45')
  await pictures(t, page, 'yoga-item')
  await page.getByRole('button', { name: 'Add Full Boat Pose to Standing' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Full Boat Pose added to Standing').waitFor()
  await page.getByRole('button', { name: 'Move section Rest up' }).focus()
  await page.keyboard.press('Enter')
  await saved(page)
  t.strictSame(await names(), [
    'Warm-up: Downward-Facing Dog',
    'Rest: Corpse Pose',
    'Standing: Cat Pose',
    'Standing: Warrior II',
    'Standing: Full Boat Pose',
  ])
  t.match((await stored()).poses[2], { cue: 'Breathe in', seconds: 45 })
  await page
    .getByRole('region', { name: 'Check' })
    .getByText(/instead of rest|warm-up|sides/)
    .first()
    .waitFor()
  await accessible(t, page, 'builder')
})

t.test('two builders: the later one is asked, sees both versions, and nothing is overwritten', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { username, person, id, names, path } = await instructor(world)
  const { page, context } = await world.open({ username, signIn: true, path, width: 1280, height: 800 })
  await saved(page)
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Add Full Boat Pose to' }).click()
  await page.getByText('Offline: kept on this device').waitFor()
  await person.put(`/sequences/${id}/poses`, { poses: [...poses, { pose_id: 'tree', section: 'Rest' }] })
  await context.setOffline(false)
  const question = page.getByRole('alertdialog', { name: 'Changed on another device' })
  await question.getByText('Only here: Full Boat Pose').waitFor()
  await question.getByText('Only here: Tree Pose').waitFor()
  t.ok((await names()).includes('Rest: Tree Pose'), 'the other version stands')
  await pictures(t, page, 'yoga-conflict')
  await question.getByRole('button', { name: 'Keep mine' }).click()
  await question.waitFor({ state: 'detached' })
  await saved(page)
  t.ok((await names()).includes('Warm-up: Full Boat Pose'))
  t.notOk((await names()).includes('Rest: Tree Pose'))
})

t.test('a slow network, and Done: what was changed meanwhile is sent once, and meets nobody as a conflict', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { username, stored, path } = await instructor(world)
  const { page } = await world.open({ username, signIn: true, path, width: 1280, height: 800 })
  await saved(page)
  const held: Route[] = []
  const answers: number[] = []
  page.on('response', answer => {
    if (answer.request().method() === 'PATCH') answers.push(answer.status())
  })
  let isSlow = true
  await page.route(
    url => /^\/sequences\/[^/]+$/.test(url.pathname),
    route => {
      if (isSlow && route.request().method() === 'PATCH') held.push(route)
      else return route.continue()
    },
  )
  await page.getByText('About this sequence').click()
  const category = page.getByLabel('Category')
  await category.pressSequentially('Slow ')
  await page.clock.runFor(1_300)
  await until(async () => held.length === 1)
  await category.pressSequentially('flow ')
  t.equal(await category.inputValue(), 'Slow flow ', 'a space is a space while somebody types')
  // The pause after typing ends, and somebody is done: both wait for the first request.
  await page.clock.runFor(1_300)
  await page.getByRole('button', { name: 'Done' }).click()
  isSlow = false
  for (const route of held) await route.continue()
  await page.getByRole('button', { name: 'Publish' }).waitFor()
  t.strictSame(answers, [200, 200])
  t.match(await stored(), { category: 'Slow flow' })
})

t.test('the catalogue that never came says so without a network, and comes by itself with one', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { page, context } = await world.open()
  await opensOffline(page)
  await context.setOffline(true)
  await page.goto(`${world.base}/app/yoga/poses`)
  await page.getByText('The poses are not on this device yet').waitFor()
  await accessible(t, page, 'no catalogue')
  await context.setOffline(false)
  await page.getByRole('button', { name: 'Accomplished Pose' }).waitFor()
})

/** So long that no step ends by itself while it is looked at: between what the test does, time goes by on the page as well. */
const lengths = [60, 1_200, 300, 600]

async function published(world: World) {
  const held = poses.map((pose, i) => ({ ...pose, seconds: lengths[i] }))
  const { person, id } = await instructor(world, 'Short and sweet', held)
  await person.patch(`/sequences/${id}`, { visibility: 'published' })
  return id
}

async function practised(t: Test, page: Page, offline: boolean): Promise<void> {
  await page.getByRole('button', { name: 'Practise' }).click()
  await page.getByRole('button', { name: 'Start' }).waitFor()
  await accessible(t, page, 'class, before')
  await page.getByRole('button', { name: 'Start' }).click()
  await page.clock.runFor(6_000)
  await page.getByRole('heading', { name: 'Cat Pose' }).waitFor()
  await page.clock.fastForward(60_000)
  await page.getByText('Bend the knees.').waitFor()
  if (!offline) await pictures(t, page, 'yoga-class')
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.clock.fastForward(3_600_000)
  await page.getByRole('heading', { name: 'Downward-Facing Dog' }).waitFor()
  await page.getByRole('button', { name: 'Skip' }).click()
  await page.getByText('Left side', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Back' }).click()
  await page.getByRole('heading', { name: 'Downward-Facing Dog' }).waitFor()
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.clock.fastForward(1_201_000)
  await page.getByText('Left side', { exact: true }).waitFor()
  await page.clock.fastForward(300_000)
  await page.getByText('Right side', { exact: true }).waitFor()
  await page.clock.fastForward(901_000)
  await page.getByRole('heading', { name: 'Well done' }).waitFor()
  if (!offline) await pictures(t, page, 'yoga-class-end')
  await page.getByLabel('How was it?').fill('Hips feel free')
  await page.getByRole('button', { name: 'Done' }).click()
}

t.test('a member finds a published sequence and practises it, then again offline; both are logged', async t => {
  const world = await openWorld(t)
  if (!world) return
  const id = await published(world)
  const username = 'member'
  const person = await signUp(world.app, username)
  const { page, context } = await world.open({ username, signIn: true, path: '/app/yoga' })
  await page.getByRole('link', { name: 'Browse published sequences' }).click()
  await page.getByText('Short and sweet').waitFor()
  await pictures(t, page, 'yoga-published')
  await page.getByText('Short and sweet').click()
  await page.getByRole('heading', { name: 'Short and sweet' }).waitFor()
  t.equal(await page.getByRole('button', { name: 'Edit' }).count(), 0, 'members build none')
  await pictures(t, page, 'yoga-view')
  await practised(t, page, false)
  await page.getByRole('heading', { name: 'Short and sweet' }).waitFor()
  await opensOffline(page)
  await context.setOffline(true)
  await page.getByRole('link', { name: 'Tasks' }).click()
  await page.getByRole('link', { name: 'Yoga' }).click()
  await page.getByRole('link', { name: 'Published', exact: true }).click()
  await page.getByText('Offline: as last seen').waitFor()
  await page.getByText('Short and sweet').click()
  await practised(t, page, true)
  await context.setOffline(false)
  const logged = async () => (await person.get('/practices')).json().practices
  const isAllThere = async () => {
    const all: { note: string | null }[] = await logged()
    return all.length === 2 && all.every(({ note }) => note !== null)
  }
  while (!(await isAllThere())) await page.clock.runFor(2_000)
  for (const practice of await logged())
    t.match(practice, { sequence_id: id, title: 'Short and sweet', note: 'Hips feel free', date: '2026-11-26' })
})

t.test('an instructor starts from a template, publishes it, and has a pose of their own', async t => {
  const world = await openWorld(t)
  if (!world) return
  const { username, person } = await instructor(world)
  const { page } = await world.open({ username, signIn: true, path: '/app/yoga', width: 1280, height: 800 })
  await page.getByText('Ten minutes').waitFor()
  await pictures(t, page, 'yoga')
  await page.getByRole('button', { name: 'Slow evening' }).click()
  await page.getByText('Nothing to object').waitFor()
  await page.getByLabel('Title', { exact: true }).fill('My evening')
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('heading', { name: 'My evening' }).waitFor()
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByRole('button', { name: 'Unpublish' }).waitFor()
  const list = (await person.get('/sequences?scope=published')).json().sequences
  t.match(list, [{ title: 'My evening', visibility: 'published' }])
  await page.goto(`${world.base}/app/yoga/poses`)
  await page.getByRole('button', { name: 'New pose' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Tree at the wall')
  await page.getByLabel('It has a left and a right side').check()
  await page.getByRole('button', { name: 'Balance', exact: true }).click()
  await pictures(t, page, 'yoga-pose-form')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'My own' }).click()
  await page.getByText('1 pose', { exact: true }).waitFor()
  await page.getByRole('button', { name: /Tree at the wall/ }).waitFor()
  await page.getByRole('button', { name: 'My own' }).click()
  await page.getByLabel('Kind').selectOption('Balance')
  await pictures(t, page, 'yoga-poses')
})
