import type { Browser } from 'playwright-core'
import { same } from '../../../client/src/sync/records.ts'
import { randomFrom } from '../../client/world.ts'
import { signIn, signUp, until } from '../signing.ts'
import * as actions from './actions.ts'
import { type Device, openDevice, type Tab } from './device.ts'
import { Journal } from './journal.ts'
import { Model } from './model.ts'
import type { Mishap, TortureServer } from './server.ts'

/** A random sequence of what people do and what befalls them; in the end everything has to be everywhere, once. */

const edits = {
  log: actions.log,
  openForm: actions.openForm,
  editEntry: async (hand: actions.Hand) => {
    await actions.openForm(hand)
    await actions.saveForm(hand)
  },
  deleteEntry: actions.deleteEntry,
  restoreEntry: actions.restoreEntry,
  addTask: actions.addTask,
  toggleTask: actions.toggleTask,
  editTask: actions.editTask,
  deleteTask: actions.deleteTask,
}
type Edit = keyof typeof edits

const events = [
  'network',
  'reload',
  'kill',
  'killWhileWriting',
  'tab',
  'restart',
  'down',
  'held',
  'late',
  'lost',
  'hours',
  'decide',
] as const
type Event = (typeof events)[number]

interface Step {
  what: Edit | Event
  device: number
  tab: number
  pick: number
  how: number
}

/** How often each comes, in proportion. */
const weights: Record<Edit | Event, number> = {
  log: 5,
  openForm: 2,
  editEntry: 4,
  deleteEntry: 2,
  restoreEntry: 1.5,
  addTask: 3,
  toggleTask: 3,
  editTask: 1.5,
  deleteTask: 1.5,
  network: 5,
  reload: 2,
  kill: 1.5,
  killWhileWriting: 1,
  tab: 1.5,
  restart: 1.5,
  down: 1.5,
  held: 1,
  late: 1,
  lost: 1.5,
  hours: 0.5,
  decide: 1,
}

/** So that there is something to edit; then the second browser comes in. */
const beginning: readonly Edit[] = ['log', 'addTask', 'log', 'addTask']
const secondAt = beginning.length

function planOf(seed: number, length: number): Step[] {
  const random = randomFrom(seed)
  const names = Object.keys(weights) as (Edit | Event)[]
  const total = names.reduce((sum, name) => sum + weights[name], 0)
  const what = () => {
    let left = random.next() * total
    const isIt = (name: Edit | Event) => {
      left -= weights[name]
      return left < 0
    }
    return names.find(isIt) ?? 'log'
  }
  return Array.from({ length }, (_, n) => ({
    what: beginning[n] ?? what(),
    device: random.below(2),
    tab: random.below(2),
    pick: random.next(),
    how: random.next(),
  }))
}

export interface Outcome {
  seed: number
  /** How often each thing was done. */
  counts: Map<string, number>
  faults: string[]
  /** What became of the things that a fault names. */
  journal: Journal
}

interface Host {
  browser: Browser
  server: TortureServer
  /** Told of each step. */
  say?: (line: string) => void
}

/** @param length the number of steps, before everything is online again. */
export async function runSequence(seed: number, length: number, host: Host): Promise<Outcome> {
  const counts = new Map<string, number>()
  const did = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1)
  const faults: string[] = []
  const devices: Device[] = []
  const steps: string[] = []
  const journal = new Journal()
  host.server.listen(journal)
  try {
    await run(seed, length, { ...host, counts, did, faults, devices, steps, journal })
  } catch (error) {
    faults.push(`${steps.at(-1)}: ${(error as Error).stack}`)
    for (const [n, { tabs }] of devices.entries())
      for (const { page } of tabs) journal.step(`device ${n} at ${page.url()} shows ${await textOf(page)}`)
  } finally {
    host.server.calm()
    for (const { complaints } of devices) faults.push(...complaints.map(one => `the page complained: ${one}`))
    for (const device of devices) await device.close()
  }
  return { seed, counts, faults, journal }
}

const textOf = (page: Tab['page']): Promise<string> =>
  page
    .locator('body')
    .innerText({ timeout: 5_000 })
    .then(text => JSON.stringify(text), String)

interface Run extends Host {
  counts: Map<string, number>
  did: (what: string) => void
  faults: string[]
  devices: Device[]
  steps: string[]
  journal: Journal
}

async function run(seed: number, length: number, { browser, server, say, did, faults, devices, steps, journal }: Run) {
  const model = new Model()
  const username = `torture${seed}x${Math.floor(server.now()).toString(36)}`
  let written = 0
  const world = { server, model, username, devices, did, fresh: () => `t${++written}` }
  const { base, now } = server

  async function join(isFirst: boolean) {
    const device = await openDevice(browser, { base, now, wide: !isFirst })
    devices.push(device)
    const { page } = await device.openTab()
    if (isFirst) await signUp(page, username)
    else await signIn(page, username)
    // Without it the app does not open offline.
    await until(async () => (await page.evaluate('navigator.serviceWorker.controller !== null')) as boolean)
    did('browser')
  }

  await join(true)
  let downFor = 0
  let stuckFor = 0
  for (const [n, step] of planOf(seed, length).entries()) {
    if (n === secondAt) {
      server.calm()
      downFor = 0
      await join(false)
    }
    const device = (devices[step.device] ?? devices[0]) as Device
    const tab = (device.tabs[step.tab] ?? device.tabs[0]) as Tab
    const hand = { ...world, device, tab, pick: step.pick, how: step.how }
    steps.push(`step ${n} ${step.what} on ${devices.indexOf(device)}.${device.tabs.indexOf(tab)}`)
    model.at = `${n}/${devices.indexOf(device)}`
    await journal.devices(devices)
    journal.step(steps.at(-1) as string)
    say?.(`seed ${seed} ${steps.at(-1)}${device.isOffline ? ', offline' : ''}${downFor > 0 ? ', server down' : ''}`)
    if (downFor > 0 && --downFor === 0) server.down(false)
    if (stuckFor > 0 && --stuckFor === 0) server.pass()
    // What is typed is saved before anything else happens in its tab, but not before what happens elsewhere.
    if (tab.form && !['reload', 'kill'].includes(step.what)) await actions.saveForm(hand)
    if (step.what in edits) {
      await edits[step.what as Edit](hand)
      continue
    }
    switch (step.what as Event) {
      case 'network':
        await device.setOffline(!device.isOffline)
        did(device.isOffline ? 'offline' : 'online')
        break
      case 'reload':
        delete tab.form
        await tab.page.reload()
        await device.ready(tab.page)
        did('reload')
        break
      case 'kill':
        if (step.how < 0.6) await device.kill(tab)
        else {
          await device.closeTab(tab)
          await device.ready((await device.openTab()).page)
        }
        did('kill')
        break
      case 'killWhileWriting':
        await actions.killWhileWriting(hand)
        break
      case 'tab':
        if (device.tabs.length === 1) await device.ready((await device.openTab()).page)
        else await device.closeTab(tab)
        did('tab')
        break
      case 'restart':
        await server.restart()
        did('restart')
        break
      case 'down':
        server.down(true)
        downFor = 1 + Math.floor(step.how * 4)
        did('down')
        break
      case 'held':
      case 'late':
        server.befall(step.what as Mishap, 1)
        stuckFor = 2 + Math.floor(step.how * 4)
        did(step.what)
        break
      case 'lost':
        server.befall('lost', 1 + Math.floor(step.how * 2))
        did('lost')
        break
      case 'hours':
        await advance(6 * 3_600_000)
        did('hours')
        break
      case 'decide':
        await actions.decide(hand)
        break
    }
  }

  /** Time passes, everywhere. */
  async function advance(ms: number) {
    await server.advance(ms, async () => {
      for (const device of devices) await device.advance(ms)
    })
  }

  steps.push('the end')
  await journal.devices(devices)
  journal.step('the end')
  model.at = 'end'
  say?.(`seed ${seed} the end`)
  server.calm()
  for (const device of devices) {
    await device.setOffline(false)
    for (const tab of device.tabs) if (tab.form) await actions.saveForm({ ...world, device, tab, pick: 0, how: 0.5 })
  }
  for (let round = 0, asked = true; asked; round++) {
    if (round > 50) throw new Error('the questions have no end')
    await inStep(world, advance)
    await journal.devices(devices)
    asked = false
    for (const device of devices) {
      const hand = { ...world, device, tab: device.tabs[0] as Tab, pick: 0, how: ((seed + round) % 10) / 10 }
      asked = (await actions.decide(hand)) || asked
    }
  }
  const stored = await server.stored(username)
  faults.push(...model.faultsOf(stored))
  for (const device of devices)
    for (const tab of device.tabs) faults.push(...(await faultsOf(world, device, tab, stored)))
}

type Stored = Awaited<ReturnType<TortureServer['stored']>>

/** Waits until nothing is left to send, and every copy is what the server has. */
async function inStep(world: actions.World, advance: (ms: number) => Promise<void>): Promise<void> {
  const { server, devices, username } = world
  let missing: string[] = []
  for (let tries = 0; tries < 3_000; tries++) {
    missing = []
    const stored = await server.stored(username)
    for (const [n, device] of devices.entries()) {
      const { ops, bases } = await device.copy()
      const withdrawn = ops.filter(op => !op.withdrawn)
      if (withdrawn.length > 0) missing.push(`device ${n}: ${JSON.stringify(withdrawn)}`)
      for (const [name, { deleted }] of bases) {
        // What was deleted does not come to who begins anew.
        const [kind = '', id = ''] = name.split('/')
        if (['mood', 'task'].includes(kind) && !deleted && !stored.has(id))
          missing.push(`device ${n} still has ${name}`)
      }
      for (const { kind, id, revision } of stored.values()) {
        if (bases.get(`${kind}/${id}`)?.revision !== revision) missing.push(`device ${n} lacks ${kind} ${id}`)
      }
    }
    // What one device has sent since was not looked for on the others.
    if (missing.length === 0 && same([...stored], [...(await server.stored(username))])) return
    await new Promise(resolve => setTimeout(resolve, 100))
    // Pauses between attempts pass; on the way something wakes the app, as looking at it does.
    if (tries % 4 === 1) await advance(2_000)
    if (tries % 20 === 19)
      for (const { tabs } of devices)
        for (const { page } of tabs) await page.evaluate("dispatchEvent(new Event('online'))")
  }
  throw new Error(`they do not come to an end: ${missing.slice(0, 5).join('; ')}`)
}

/** What a tab shows that is not what the server has. */
async function faultsOf(world: actions.World, device: Device, { page }: Tab, stored: Stored): Promise<string[]> {
  const { server, devices, username } = world
  const faults: string[] = []
  const name = `device ${devices.indexOf(device)}, tab ${device.tabs.findIndex(tab => tab.page === page)}`
  const differs = (what: string, shown: unknown, wanted: unknown) => {
    if (!same(shown, wanted))
      faults.push(`${name}: ${what}: ${JSON.stringify(shown)} instead of ${JSON.stringify(wanted)}`)
  }
  const copy = await device.copy()
  for (const { kind, id, deleted, value } of stored.values()) {
    const thing = copy.thing(kind, id)
    if (!deleted) differs(`${kind} ${id} in the copy`, sorted(thing?.value), sorted(value))
  }
  const living = (kind: 'mood' | 'task') => [...stored.values()].filter(one => one.kind === kind && !one.deleted)

  await actions.go(page, 'Entries')
  const entries = living('mood').map(({ value }) => [
    String(value?.mood),
    value?.note ?? null,
    value?.occurred_at ?? null,
  ])
  await settled(`entries`, shownEntries, entries, differs, page)
  await actions.go(page, 'Tasks')
  const tasks = living('task').map(({ id, value }) => [id, value?.title, value?.completed])
  await settled(`tasks`, shownTasks, tasks, differs, page)
  await actions.go(page, 'Today')
  await settled('streak', shownStreak, [[await server.streak(username)]], differs, page)
  return faults
}

/** Waits a while for what the page shows to be right: it is drawn after the copy has changed. */
async function settled(
  what: string,
  script: string,
  wanted: unknown[][],
  differs: (what: string, shown: unknown, wanted: unknown) => void,
  page: Tab['page'],
) {
  const inOrder = (rows: unknown[][]) => rows.map(row => JSON.stringify(row)).toSorted()
  let shown: string[] = []
  for (let tries = 0; tries < 100; tries++) {
    shown = inOrder((await page.evaluate(script)) as unknown[][])
    if (same(shown, inOrder(wanted))) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  differs(what, shown, inOrder(wanted))
}

const shownEntries = `[...document.querySelectorAll('.long-list .entry-item')].map(row => [
  row.querySelector('.entry-mood')?.textContent ?? null,
  row.querySelector('.entry-note')?.textContent ?? null,
  row.querySelector('.entry-time')?.dateTime ?? null,
])`
const shownTasks = `[...document.querySelectorAll('li[data-task]')].map(row => [
  row.dataset.task, row.querySelector('.tasks-title').textContent, row.querySelector('input').checked,
])`
const shownStreak = `[[Number.parseInt(document.querySelector('.today-streak-days')?.textContent ?? '-1')]]`

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
