import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { seedDemo } from '../../src/commands/seed-demo.ts'
import { grant, temporaryFolder } from '../helper.ts'
import { type Opened, type OpenOptions, openWorld, settled, type World } from './harness.ts'

/** The app on the demo account, and every screen of it: for rules that hold on all of them. */

export interface Screen {
  name: string
  /** Below `/app`. */
  path: string
  /** What is there when the screen has come. */
  ready: string
  /** Opens what is looked at, such as a dialog; without it, the screen as it opens. */
  act?: (page: Page) => Promise<unknown>
}

export interface Demo extends World {
  screens: readonly Screen[]
  /** What opens above or within a screen: dialogs and forms. */
  dialogs: readonly Screen[]
  /** A device on which the demo account is signed in. */
  openDemo: (options?: OpenOptions) => Promise<Opened>
  show: (page: Page, screen: Screen) => Promise<void>
}

const at = '2026-11-26T09:00:00Z'

/** @returns undefined where there is no browser. */
export async function openDemoWorld(t: Test): Promise<Demo | undefined> {
  const databaseUrl = `file:${join(temporaryFolder(t), 'demo.db')}`
  await seedDemo([], { DATABASE_URL: databaseUrl, BCRYPT_COST: '4' }, { now: Date.parse(at) })
  const world = await openWorld(t, { at, databaseUrl })
  if (!world) return undefined
  const credentials = { username: 'demo', password: 'password' }
  const { token } = (await world.app.inject({ method: 'POST', url: '/login', payload: credentials })).json()
  const headers = { authorization: `Bearer ${token}` }
  await grant(world.app, (await world.app.inject({ url: '/me', headers })).json().id, 'admin')
  const { sequences } = (await world.app.inject({ url: '/sequences', headers })).json()
  const [sequence] = sequences.filter(({ visibility }: { visibility: string }) => visibility === 'published')

  return {
    ...world,
    screens: screensOf(sequence.id),
    dialogs: dialogsOf(sequence.id),
    async openDemo(options) {
      const opened = await world.open({ ...options, username: null })
      await opened.context.request.post(`${world.base}/login`, { data: credentials })
      await opened.page.goto(`${world.base}/app/`)
      await opened.page.getByRole('region', { name: /\d+ days/ }).waitFor()
      return opened
    },
    async show(page, { path, ready, act }) {
      await page.goto(`${world.base}/app${path}`)
      await page.locator(ready).first().waitFor()
      await settled(page)
      if (!act) return
      await act(page)
      await settled(page)
    },
  }
}

const press = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first().click()

const screensOf = (sequence: string): Screen[] => [
  { name: 'today', path: '/', ready: '.mood-number' },
  { name: 'year', path: '/year', ready: '.year-pixel, [class*=pixel]' },
  { name: 'insights', path: '/insights', ready: 'figure, .insights-figures' },
  {
    name: 'entries',
    path: '/entries',
    ready: '.long-list > li',
    // Few enough to walk through.
    act: page => page.getByRole('combobox', { name: 'Mood' }).selectOption('Wonderful'),
  },
  { name: 'trash', path: '/entries/trash', ready: '.entries-trash > li' },
  { name: 'tasks', path: '/tasks', ready: '.tasks-open' },
  { name: 'yoga', path: '/yoga', ready: 'a[href*=sequences]' },
  { name: 'yoga-published', path: '/yoga/published', ready: 'a[href*=sequences]' },
  { name: 'yoga-poses', path: '/yoga/poses', ready: '.yoga-pose, [class*=pose]' },
  { name: 'yoga-sequence', path: `/yoga/sequences/${sequence}`, ready: 'main h2' },
  { name: 'yoga-builder', path: `/yoga/sequences/${sequence}/edit`, ready: '.yoga-unfold' },
  { name: 'yoga-class', path: `/yoga/sequences/${sequence}/class`, ready: 'button', act: press('Start') },
  ...['', '/profile', '/mood', '/reminders', '/data', '/sign-in', '/devices', '/tokens', '/delete'].map(part => {
    return { name: `account${part.replace('/', '-')}`, path: `/account${part}`, ready: 'main h1' }
  }),
  { name: 'admin', path: '/admin', ready: 'main h1' },
  { name: 'admin-people', path: '/admin/people', ready: 'main h1' },
  { name: 'admin-audit', path: '/admin/audit', ready: 'main h1' },
]

const dialogsOf = (sequence: string): Screen[] => [
  { name: 'editing an entry', path: '/', ready: '.entry-edit', act: press(/^Edit /) },
  {
    name: 'a day of the year',
    path: '/year',
    ready: '[data-date="2026-11-25"]',
    act: page => page.locator('[data-date="2026-11-25"]').click(),
  },
  { name: 'deleting for good', path: '/entries/trash', ready: '.entries-trash > li', act: press('Delete for good') },
  { name: 'emptying the trash', path: '/entries/trash', ready: '.entries-trash > li', act: press('Empty trash') },
  {
    name: 'editing a task',
    path: '/tasks',
    ready: '.tasks-open',
    act: page => page.locator('.tasks-open').first().click(),
  },
  { name: 'a new pose', path: '/yoga/poses', ready: '.yoga-pose, [class*=pose]', act: press('New pose') },
  { name: 'deleting a sequence', path: `/yoga/sequences/${sequence}`, ready: 'main h2', act: press('Delete') },
  { name: 'a new token', path: '/account/tokens', ready: 'main h1', act: press('Create token') },
  { name: 'signing out', path: '/account', ready: 'main h1', act: press('Sign out') },
  {
    name: 'a person',
    path: '/admin/people',
    ready: '.admin-person',
    act: page => page.locator('.admin-person').first().click(),
  },
]
