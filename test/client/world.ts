import { createClient, memoryStorage, NoAnswer, openSync, SignedOut, type SyncEngine } from '../../client/src/index.ts'
import type { Fetch } from './device.ts'

/**
 * A simulated world: three devices of one person, in different zones and with wrong clocks, that write, edit, delete and
 * restore, go offline, lose requests and answers and send them twice, while midnights pass and settings change. At every
 * step the entries that a device shows, their days, and the streak have to be those of an oracle written apart from all of
 * the project's code; after each complete sync and at the end devices and server have to be equal, and every write
 * accounted for. All of it follows from a seed.
 *
 * The oracle keeps its own days of entries. It learns others' writes from the server's list, by another client, after a
 * sync that left nothing unsent; only where a sync broke off, so that nobody else knows what arrived, and for things that
 * the person was asked about, it takes them from the engine.
 */

export interface Host {
  /** Delivers a request; `origin` is the number of a server, where there are several. */
  fetch: Fetch
  /** Epoch ms. The world moves it. */
  clock: { now: number }
  /** Runs the jobs that delete what is old. */
  purge: () => Promise<void>
}

export interface WorldOptions {
  seed: number
  operations: number
  host: Host
  /** The name of the person, which no other world has. */
  username: string
}

export interface WorldReport {
  seed: number
  steps: number
  requests: number
  /** How often a streak was compared. */
  streaks: number
  questions: number
  rejected: number
  /** What else befell it. */
  happened: Record<Happening, number>
}

export const happenings = [
  'lost requests',
  'lost answers',
  'doubled requests',
  'late requests',
  'expired cursors',
  'expired sessions',
  'half years',
  'purges',
  'two tabs at once',
  'emptied trashes',
  'settings',
] as const
export type Happening = (typeof happenings)[number]

const password = 'correct horse battery'
const day = 86_400_000
/** Zones with and without clock changes, one of them at midnight, and the first and last of the day. */
const zones = [
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Asia/Kolkata',
  'UTC',
]
/** Before nights on which clocks change somewhere. */
const beginnings = [
  '2026-03-01T12:00:00Z',
  '2026-03-25T20:00:00Z',
  '2026-09-01T03:00:00Z',
  '2026-10-22T22:00:00Z',
  '2026-12-29T10:00:00Z',
  '2028-02-25T00:00:00Z',
]

export function randomFrom(seed: number) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    below: (count: number) => Math.floor(next() * count),
    chance: (p: number) => next() < p,
    of: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T,
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>()
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone)
  if (known) return known
  const options = {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
  } as const
  const made = new Intl.DateTimeFormat('sv-SE', options)
  clocks.set(timeZone, made)
  return made
}

/** The local date when days start at an hour, by nothing but `Intl`. */
function localDate(now: number, timeZone: string, dayStartsAt: number): string {
  const [date = '', hour = '0'] = clockOf(timeZone).format(now).split(' ')
  return Number(hour) < dayStartsAt ? dayFrom(date, -1) : date
}

function dayFrom(date: string, days: number): string {
  return new Date(Date.parse(date) + days * day).toISOString().slice(0, 10)
}

/** The streak by walking back from the last day: the oracle. */
function streakBy(dates: ReadonlySet<string>, today: string, now: number): number {
  const limit = new Date(now + 14 * 3_600_000).toISOString().slice(0, 10)
  const counts = (date: string) => date <= limit && dates.has(date)
  // The earliest run that ends yesterday or later.
  for (let last = dayFrom(today, -1); last <= limit; last = dayFrom(last, 1)) {
    if (!counts(last)) continue
    let length = 0
    for (let date = last; counts(date); date = dayFrom(date, -1)) length++
    for (let date = dayFrom(last, 1); counts(date); date = dayFrom(date, 1)) length++
    return length
  }
  return 0
}

interface Applied {
  kind: string
  op: string
  id: string
  op_id: string | undefined
  revision: number
  value: Record<string, unknown> | undefined
}

/** @throws {Error} for the first difference, with the seed. */
export async function runWorld({ seed, operations, host, username }: WorldOptions): Promise<WorldReport> {
  const random = randomFrom(seed)
  const { clock } = host
  clock.now = Date.parse(random.of(beginnings)) + random.below(day)
  const happened = Object.fromEntries(happenings.map(one => [one, 0])) as Record<Happening, number>
  const report: WorldReport = { seed, steps: 0, requests: 0, streaks: 0, questions: 0, rejected: 0, happened }
  const fail = (what: string): never => {
    throw new Error(`seed ${seed}, step ${report.steps}: ${what}`)
  }
  const expect = (holds: boolean, what: () => string) => {
    if (!holds) fail(what())
  }
  const dated = (answer: Response) => {
    answer.headers.set('Date', new Date(clock.now).toUTCString())
    return answer
  }

  const applied = new Map<string, Applied>()
  const creations = new Map<string, number>()
  const surfaced = new Set<string>()

  /** Things that a killed server may or may not have written: in which order is not known. */
  const uncertain = new Set<string>()
  function lostIn(url: string, init: RequestInit, error: unknown): never {
    if (url === '/sync') for (const { id } of JSON.parse(init.body as string).operations) uncertain.add(id)
    throw error
  }

  /** Delivers a request, and writes down what the server says that it did. */
  async function deliver(url: string, init: RequestInit): Promise<Response> {
    report.requests++
    const answer = dated(await host.fetch(url, init).catch(error => lostIn(url, init, error)))
    if (url === '/sync' && answer.status === 410) happened['expired cursors']++
    if (url !== '/sync' || answer.status !== 200) return answer
    const text = await answer.text()
    const { operations: sent } = JSON.parse(init.body as string)
    const { results } = JSON.parse(text)
    for (const [i, result] of results.entries()) {
      const { kind, op, id, op_id, value } = sent[i]
      if (result.status !== 'applied') continue
      const key = op_id ?? `create ${id}`
      if (applied.has(key)) fail(`${key} was applied twice`)
      if (op === 'create') creations.set(id, (creations.get(id) ?? 0) + 1)
      applied.set(key, { kind, op, id, op_id, value, revision: result.revision })
    }
    return new Response(text, { status: 200, headers: answer.headers })
  }

  /** A request that nobody waits for arrives, unless the server is killed. */
  async function arrive(url: string, init: RequestInit): Promise<void> {
    await deliver(url, init).catch(error => {
      if (!(error instanceof TypeError)) throw error
    })
  }

  /** What the person's devices do and a reader checks goes through without faults. */
  const quiet = {
    now: () => clock.now,
    later: soon,
    /** Until a server that was killed is back. */
    fetch: async (url: string, init: RequestInit): Promise<Response> => {
      for (let attempt = 0; ; attempt++) {
        try {
          return await deliver(url, init)
        } catch (error) {
          if (attempt === 1_000 || !(error instanceof TypeError)) throw error
          await new Promise(resolve => setTimeout(resolve, 20))
        }
      }
    },
  }
  const desk = createClient({ timezone: () => undefined, environment: quiet })
  await desk.signUp({ username, password, role: 'instructor' })
  const sequence = await desk.sequences.create({ title: 'Morning', poses: [{ pose_id: 'tree' }] })
  async function makeDevice(number: number) {
    const way = { offline: false, faulty: true }
    const skew = random.chance(0.5) ? 0 : (random.next() - 0.5) * 6 * day
    const zone = random.of(zones)
    const late: { url: string; init: RequestInit }[] = []
    const storage = memoryStorage()
    const environment = {
      now: () => Math.floor(clock.now + skew),
      random: random.next,
      later: soon,
      async fetch(url: string, init: RequestInit) {
        if (way.offline) throw new TypeError('offline')
        if (!way.faulty || url !== '/sync') return deliver(url, init)
        if (random.chance(0.06)) {
          // Lost, or under way for long.
          happened['lost requests']++
          if (random.chance(0.5)) late.push({ url, init })
          throw new TypeError('the request is lost')
        }
        const answer = await deliver(url, init)
        if (random.chance(0.05)) late.push({ url, init })
        if (random.chance(0.05)) {
          happened['doubled requests']++
          await deliver(url, init)
        }
        if (random.chance(0.92)) return answer
        happened['lost answers']++
        throw new TypeError('the answer is lost')
      },
    }
    const client = createClient({ timezone: () => zone, retries: 0, environment })
    const signIn = () => untilAnswered(() => client.signIn({ username, password }))
    await signIn()
    const open = () => openSync({ client, storage, account: username, environment })
    const tabs = [await open()]
    if (number === 0) tabs.push(await open())
    // The first answer tells the clock.
    way.faulty = false
    await untilAnswered(() => (tabs[0] as SyncEngine).sync())
    for (const tab of tabs) await tab.refresh()
    way.faulty = true
    const expected = new Map<string, string>()
    /** Whether the server may have done what the device does not know of. */
    const isUncertain = false
    return { number, way, zone, signIn, tabs, late, expected, isUncertain }
  }
  type Device = Awaited<ReturnType<typeof makeDevice>>
  const devices: Device[] = []
  for (let number = 0; number < 3; number++) devices.push(await makeDevice(number))

  const datesOn = (engine: SyncEngine) =>
    new Map(
      engine.moods
        .list()
        .filter(({ rejected, value }) => !(rejected && value.revision === 0))
        .map(({ id, value }) => [id, value.date]),
    )

  /** Compares what every tab of a device shows with the oracle. */
  async function check(device: Device) {
    for (const tab of device.tabs) {
      await tab.refresh()
      const shown = datesOn(tab)
      expect(
        shown.size === device.expected.size,
        () => `device ${device.number} shows ${shown.size} entries instead of ${device.expected.size}`,
      )
      for (const [id, date] of device.expected)
        expect(shown.get(id) === date, () => `device ${device.number} dates ${id} ${shown.get(id)} instead of ${date}`)
      const { streak, streak_details } = tab.streak()
      const { day_starts_at: hour } = tab.settings()
      // Corrected clocks are right to the second.
      const now = tab.now()
      const today = localDate(now, device.zone, hour)
      expect(
        streak_details.today === today,
        () => `device ${device.number}: today is ${streak_details.today} instead of ${today}`,
      )
      const right = streakBy(new Set(device.expected.values()), today, now)
      expect(
        streak === right && streak_details.current === right,
        () => `device ${device.number}: streak ${streak} instead of ${right}`,
      )
      report.streaks++
    }
  }

  /** After a complete sync: what the device shows is what the server has, and the oracle learns what others wrote. */
  async function compare(device: Device) {
    const [tab] = device.tabs as [SyncEngine]
    const server = await desk.moods.list()
    device.expected = new Map(server.moods.map(({ id, date }) => [id, date]))
    const plain = (entry: object) => {
      const { streak: _, ...rest } = entry as { streak?: number }
      return JSON.stringify(rest, Object.keys(rest).sort())
    }
    const theirs = server.moods.map(plain).sort()
    const ours = tab.moods
      .list()
      .filter(({ value }) => value.revision > 0)
      .map(({ value }) => plain(value))
      .sort()
    expect(JSON.stringify(ours) === JSON.stringify(theirs), () => {
      const missing = theirs.filter(one => !ours.includes(one))
      const extra = ours.filter(one => !theirs.includes(one))
      return `device ${device.number} differs from the server: lacks ${missing.slice(0, 2)}, has ${extra.slice(0, 2)}`
    })
    const there = await desk.request({ method: 'GET', path: '/mood/streak', headers: { 'X-Timezone': device.zone } })
    const here = tab.streak(clock.now)
    const seen = there.body as typeof here & { streak_details: { on_time?: unknown } }
    const { on_time: _, ...details } = seen.streak_details
    const { on_time: __, ...own } = here.streak_details as typeof here.streak_details & { on_time?: unknown }
    expect(
      JSON.stringify(sorted(details)) === JSON.stringify(sorted(own)),
      () => `streak_details ${JSON.stringify(own)} instead of ${JSON.stringify(details)}`,
    )
  }

  /** What the person is shown: values that were asked about, and rejected writes. */
  function witness(tab: SyncEngine) {
    for (const { id, fields } of tab.conflicts()) {
      for (const [name, { mine }] of Object.entries(fields)) surfaced.add(`${id} ${name} ${JSON.stringify(mine)}`)
    }
    for (const { id, op } of tab.rejected()) surfaced.add(`${op} ${id}`)
  }

  let moved = 0
  /** @returns whether all is sent and received. */
  async function sync(device: Device): Promise<boolean> {
    const tab = random.of(device.tabs)
    // The other tab finds the lock taken, or comes after it.
    const both = device.tabs.length > 1 && random.chance(0.3)
    if (both) happened['two tabs at once']++
    let isOver = true
    for (const outcome of await Promise.allSettled((both ? device.tabs : [tab]).map(one => one.sync()))) {
      if (outcome.status === 'fulfilled') {
        moved += outcome.value.sent + outcome.value.received
        continue
      }
      isOver = false
      const { reason } = outcome
      if (!(reason instanceof NoAnswer || reason instanceof SignedOut)) throw reason
      if (reason instanceof SignedOut && !device.way.offline) {
        happened['expired sessions']++
        await device.signIn()
      }
    }
    for (const one of device.tabs) await one.refresh()
    witness(tab)
    device.isUncertain = !isOver
    if (isOver && tab.unsent() === 0) await compare(device)
    else device.expected = datesOn(tab)
    return isOver
  }

  /** Syncs without faults until it succeeds. */
  async function settle(device: Device): Promise<void> {
    const before = { ...device.way }
    Object.assign(device.way, { offline: false, faulty: false })
    while (!(await sync(device)));
    Object.assign(device.way, before)
  }

  /**
   * Half a year passes, in which nobody looks. What the server remembers for 180 days, such as the operations it has done,
   * is gone then; who sent something before and has no answer is outside of what it promises.
   */
  async function sleepForHalfAYear(): Promise<void> {
    happened['half years']++
    for (const device of devices) {
      device.late.splice(0)
      if (device.isUncertain || random.chance(0.3)) await settle(device)
    }
    clock.now += 181 * day + random.below(40 * day)
    await purge()
    await desk.signIn({ username, password })
  }

  async function purge(): Promise<void> {
    happened.purges++
    await host.purge()
  }

  const mood = () => (random.chance(0.2) ? random.of(['happy', 'Current Mood', ' meh  ']) : random.below(11))
  /** Every value is written once, so that it can be told where it went. */
  let counter = 0
  const text = () => `note ${++counter}`
  const written: { id: string; field: string; value: unknown }[] = []

  /** What a device does by itself. */
  async function act(device: Device) {
    const tab = random.of(device.tabs)
    const { expected } = device
    const living = tab.moods.list()
    const some = living.length > 0 ? random.of(living) : undefined
    const { day_starts_at: hour, mood_scale: scale } = tab.settings()
    const scaled = () => {
      const value = mood()
      return typeof value === 'number' ? Math.max(scale.min, Math.min(scale.max, value)) : value
    }
    const today = localDate(tab.now(), device.zone, hour)
    switch (random.below(15)) {
      case 0:
      case 1:
      case 2: {
        const note = text()
        const { id } = await tab.moods.log({ mood: scaled(), note, tags: random.chance(0.3) ? ['a', 'b'] : [] })
        written.push({ id, field: 'note', value: note })
        expected.set(id, today)
        break
      }
      case 3: {
        const date = dayFrom(today, -random.below(12))
        const { id } = await tab.moods.log({ mood: scaled(), date })
        written.push({ id, field: 'date', value: date })
        expected.set(id, date)
        break
      }
      case 4:
      case 5: {
        if (!some) break
        const note = text()
        await tab.moods.update(some.id, random.chance(0.5) ? { note } : { note, mood: scaled() })
        // What was rejected is tried again with it.
        expected.set(some.id, some.value.date)
        written.push({ id: some.id, field: 'note', value: note })
        break
      }
      case 6: {
        if (!some) break
        const date = dayFrom(some.value.date, random.of([-1, 1, -2, 0]))
        const latest = new Date(tab.now() + 14 * 3_600_000).toISOString().slice(0, 10)
        if (date > latest) break
        await tab.moods.update(some.id, { date })
        written.push({ id: some.id, field: 'date', value: date })
        expected.set(some.id, date)
        break
      }
      case 7:
        if (!some) break
        await tab.moods.delete(some.id)
        expected.delete(some.id)
        break
      case 8: {
        const gone = tab.moods.trash()
        if (gone.length === 0) break
        const one = random.of(gone)
        await tab.moods.restore(one.id)
        const now = tab.moods.get(one.id)
        if (now && !now.deleted && !(now.rejected && now.value.revision === 0)) expected.set(one.id, now.value.date)
        break
      }
      case 9:
        await tab.tasks.create({ title: text() })
        break
      case 10: {
        const tasks = tab.tasks.list()
        if (tasks.length === 0) break
        const { id, value } = random.of(tasks)
        if (random.chance(0.15)) await tab.tasks.delete(id)
        else await tab.tasks.update(id, random.chance(0.5) ? { completed: !value.completed } : { title: text() })
        break
      }
      case 11:
        await tab.practices.log(sequence.id, { note: text() })
        break
      case 12: {
        const practices = tab.practices.list()
        if (practices.length === 0) break
        const { id } = random.of(practices)
        if (random.chance(0.3)) await tab.practices.delete(id)
        else await tab.practices.update(id, { note: text() })
        break
      }
      case 13: {
        // An instant, perhaps in a night on which clocks change; the day follows by the zone and the start of the day.
        const instant = Math.floor(tab.now()) - random.below(4 * day)
        const zone = random.chance(0.5) ? device.zone : random.of(zones)
        const occurred_at = new Date(instant).toISOString()
        const { id } = await tab.moods.log({ mood: scaled(), occurred_at, timezone: zone })
        const date = localDate(instant, zone, hour)
        written.push({ id, field: 'date', value: date })
        expected.set(id, date)
        break
      }
      case 14: {
        if (!some?.value.occurred_at) break
        const instant = Date.parse(some.value.occurred_at) + (random.below(60) - 30) * 3_600_000
        if (instant > tab.now()) break
        await tab.moods.update(some.id, { occurred_at: new Date(instant).toISOString() })
        const isMoved = instant !== Date.parse(some.value.occurred_at)
        const date = isMoved ? localDate(instant, some.value.timezone, hour) : some.value.date
        if (isMoved) written.push({ id: some.id, field: 'date', value: date })
        // What was rejected is tried again with it.
        expected.set(some.id, date)
        break
      }
    }
  }

  /** What happens around the devices. */
  async function happen(device: Device) {
    switch (random.below(10)) {
      case 0:
      case 1:
        clock.now += random.below(9 * 3_600_000)
        break
      case 2: {
        // To a minute around the next midnight of the device.
        const today = localDate(clock.now, device.zone, 0)
        let ms = clock.now
        while (localDate(ms, device.zone, 0) === today) ms += 15 * 60_000
        clock.now = ms - 60_000 * random.below(30)
        break
      }
      case 3:
        device.way.offline = random.chance(0.4)
        break
      case 4: {
        const change = random.of([
          { day_starts_at: random.below(7) },
          { timezone: random.of(zones) },
          {
            mood_scale: random.of([
              { min: 0, max: 10 },
              { min: 1, max: 5 },
              { min: -3, max: 3 },
            ]),
          },
        ])
        happened.settings++
        await desk.profile.update(change)
        break
      }
      case 5:
        if (random.chance(0.6)) break
        happened['emptied trashes']++
        await desk.moods.emptyTrash()
        break
      case 6:
        if (random.chance(0.3)) await desk.sessions.endOthers()
        break
      case 7:
        if (random.chance(0.1)) await sleepForHalfAYear()
        else if (random.chance(0.2)) await purge()
        break
      default: {
        // What was under way for long arrives, in any order.
        for (const { url, init } of device.late.splice(0).sort(() => random.next() - 0.5)) {
          happened['late requests']++
          await arrive(url, init)
        }
      }
    }
  }

  /** Answers what the devices ask. */
  async function decide(device: Device) {
    const [tab] = device.tabs as [SyncEngine]
    const asked = new Set<string>()
    witness(tab)
    for (const { id } of tab.conflicts()) {
      report.questions++
      const answer = random.of(['mine', 'theirs'] as const)
      // The person's last word on these fields.
      const fields = Object.entries(tab.conflicts().find(one => one.id === id)?.fields ?? {})
      if (answer === 'mine') for (const [field, { mine }] of fields) written.push({ id, field, value: mine })
      await tab.resolve(id, answer).catch(async () => tab.resolve(id, 'theirs'))
      asked.add(id)
    }
    for (const { opId, id, op } of tab.rejected()) {
      report.rejected++
      surfaced.add(`${op} ${id}`)
      await tab.discard(opId)
    }
    for (const one of device.tabs) await one.refresh()
    const shown = datesOn(tab)
    for (const id of asked) {
      const date = shown.get(id)
      if (date === undefined) device.expected.delete(id)
      else device.expected.set(id, date)
    }
  }

  for (report.steps = 0; report.steps < operations; report.steps++) {
    const device = random.of(devices)
    const what = random.next()
    if (what < 0.6) await act(device)
    else if (what < 0.8) await sync(device)
    else if (what < 0.97) await happen(device)
    else await decide(device)
    for (const one of devices) await check(one)
  }

  for (const device of devices) {
    for (const { url, init } of device.late.splice(0)) await arrive(url, init)
    Object.assign(device.way, { offline: false, faulty: false })
  }
  const isSettled = ({ tabs }: Device) =>
    tabs.every(tab => tab.unsent() + tab.conflicts().length + tab.rejected().length === 0)
  for (let round = 0; round < 2 || moved > 0 || !devices.every(isSettled); round++) {
    expect(round < 50, () => 'the devices come to no rest')
    moved = 0
    for (const device of devices) {
      while (!(await sync(device)));
      await decide(device)
    }
  }
  for (const device of devices) {
    await check(device)
    await compare(device)
  }
  await account()
  return report

  /** Every write is somewhere, and nothing is there that nobody wrote. */
  async function account() {
    const [tab] = (devices[0] as Device).tabs as [SyncEngine]
    for (const [id, count] of creations) expect(count === 1, () => `${id} was made ${count} times`)
    const tasks = (await desk.tasks.list({ per_page: 100 })).tasks
    const practices = (await desk.practices.list({ per_page: 100 })).practices
    const text = (things: readonly object[]) =>
      JSON.stringify(things.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)))
    for (const { tabs } of devices) {
      const [one] = tabs as [SyncEngine]
      expect(text(one.tasks.list().map(({ value }) => value)) === text(tasks), () => 'tasks differ')
      expect(text(one.practices.list().map(({ value }) => value)) === text(practices), () => 'practices differ')
    }
    // What the server did, in its order, leads to what it has.
    const byId = Map.groupBy(applied.values(), ({ id }) => id)
    const moods = new Map((await desk.moods.list()).moods.map(entry => [entry.id, entry as Record<string, unknown>]))
    const others = new Map([...tasks, ...practices].map(thing => [thing.id, thing as Record<string, unknown>]))
    for (const [id, ops] of byId) {
      ops.sort((a, b) => a.revision - b.revision)
      const isAlive = !['delete'].includes(ops.filter(({ op }) => op !== 'update').at(-1)?.op ?? '')
      const there = moods.get(id) ?? others.get(id)
      expect(
        (there !== undefined) === isAlive || uncertain.has(id),
        () => `${id} is ${there ? 'alive' : 'gone'} after ${ops.map(({ op }) => op)}`,
      )
      if (!there || uncertain.has(id)) continue
      const last = Object.assign({}, ...ops.map(({ value }) => value ?? {})) as Record<string, unknown>
      for (const field of ['note', 'date', 'title', 'completed', 'due_on']) {
        if (field in last)
          expect(there[field] === last[field], () => `${id}: ${field} is ${there[field]} instead of ${last[field]}`)
      }
    }
    for (const id of [...moods.keys(), ...others.keys()])
      expect(byId.has(id) || uncertain.has(id), () => `nobody made ${id}`)
    // What a person wrote was applied, replaced by the same person before it was sent, asked about, or rejected with a sentence.
    const values = new Set(
      Array.from(applied.values(), ({ id, value }) =>
        Object.entries(value ?? {}).map(([name, of]) => `${id} ${name} ${JSON.stringify(of)}`),
      ).flat(),
    )
    const latest = new Map(written.map(({ id, field, value }) => [`${id} ${field}`, value]))
    for (const [place, value] of latest) {
      const [id = ''] = place.split(' ')
      const isKnown =
        values.has(`${place} ${JSON.stringify(value)}`) || surfaced.has(`${place} ${JSON.stringify(value)}`)
      const isRejected = ['create', 'update'].some(op => surfaced.has(`${op} ${id}`))
      const isWithdrawn = !byId.has(id) && !tab.moods.get(id)
      expect(
        isKnown ||
          isRejected ||
          isWithdrawn ||
          !moods.has(id) ||
          (uncertain.has(id) && moods.get(id)?.[place.split(' ')[1] ?? ''] === value),
        () => `${place} ${value} is lost`,
      )
    }
  }
}

function sorted(of: object): object {
  return Object.fromEntries(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A server may be killed meanwhile. */
async function untilAnswered(ask: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await ask()
      return
    } catch (error) {
      if (!(error instanceof NoAnswer) || attempt === 10) throw error
    }
  }
}

/** Pauses are over at once; time-outs never come. */
function soon(work: () => void, ms: number) {
  if (ms < 30_000) queueMicrotask(work)
  return () => {}
}
