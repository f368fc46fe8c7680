import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { type App, build, type Clock, signUp } from '../helper.ts'

/**
 * Random histories over HTTP, each answer compared with the rules of docs/streaks.md. The oracle is as slow and plain
 * as the rules: dates are strings in a set, entries are in a list, and no code of the program is used.
 */

const shift = (date: string, days: number) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)

/** The local date at an instant, for someone whose days start at an hour. */
function localDate(ms: number, timeZone: string, dayStartsAt: number): string {
  const [date = '', time = ''] = new Date(ms).toLocaleString('sv-SE', { timeZone }).split(' ')
  return Number(time.slice(0, 2)) < dayStartsAt ? shift(date, -1) : date
}

/** The zone of a written offset, which the runtime may not know by that name. */
const zoneOf = (zone: string) => (zone === '+00:00' ? 'UTC' : zone)

const lastPossibleDate = (now: number) => new Date(now + 14 * 3_600_000).toISOString().slice(0, 10)

function streakOn(dates: Set<string>, date: string): number {
  let streak = 0
  while (dates.has(shift(date, -streak))) streak++
  return streak
}

function runsOf(dates: Set<string>) {
  const ends = [...dates].filter(date => !dates.has(shift(date, 1))).sort()
  return ends.map(to => ({ length: streakOn(dates, to), from: shift(to, 1 - streakOn(dates, to)), to }))
}

const currentRun = (dates: Set<string>, today: string) => runsOf(dates).find(({ to }) => to >= shift(today, -1))

/** Lengths of the current run of dates and of the longest. */
const lengthsOf = (dates: Set<string>, today: string) => ({
  current: currentRun(dates, today)?.length ?? 0,
  longest: Math.max(0, ...runsOf(dates).map(({ length }) => length)),
})

/**
 * `streak_details` without `expires_at`, and the streak.
 * @param inTime the dates that were logged on the day itself.
 */
function streakOf(dates: Set<string>, inTime: Set<string>, today: string, timezone: string) {
  const runs = runsOf(dates)
  const run = currentRun(dates, today)
  const none = { length: 0, from: null, to: null }
  const longest = Math.max(...runs.map(({ length }) => length))
  return {
    current: run?.length ?? 0,
    status: run ? (run.to >= today ? 'active' : 'at_risk') : runs.length > 0 ? 'broken' : 'none',
    started_on: run?.from ?? null,
    last_logged_on: runs.at(-1)?.to ?? null,
    longest: runs.findLast(({ length }) => length === longest) ?? none,
    last_run: runs.at(-1) ?? none,
    on_time: lengthsOf(inTime, today),
    today,
    timezone,
  }
}

const zones = ['UTC', 'Europe/Berlin', 'America/Santiago', 'Pacific/Honolulu', 'Pacific/Auckland']
const offsets = { '-10:00': -600, '+00:00': 0, '+05:45': 345, '+13:00': 780 }

const zone = fc.option(fc.constantFrom(...zones), { nil: undefined, freq: 2 })
const tags = fc.constantFrom<string[]>([], ['walk'], ['Walk', 'sleep'], ['Sleep', 'café'])
const back = fc.integer({ min: 0, max: 12 })
const pick = fc.nat({ max: 1000 })

/** The next random action. Days are counted back from today, so that entries often coincide and touch. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('logNow' as const), zone, bodyZone: zone, tags }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('logOn' as const),
      back,
      noon: fc.boolean(),
      id: fc.option(fc.uuid()),
      tags,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('logAt' as const),
      minutes: fc.nat({ max: 12 * 1440 }),
      offset: fc.constantFrom(...(Object.keys(offsets) as (keyof typeof offsets)[])),
      tags,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('logAhead' as const), days: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('move' as const), pick, back }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.nat({ max: 2200 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      timezone: fc.constantFrom(null, ...zones),
      day_starts_at: fc.constantFrom(0, 1, 4, 6),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('list' as const),
      zone,
      asOf: fc.option(fc.integer({ min: -1, max: 15 }), { freq: 2 }),
      page: fc.option(fc.integer({ min: 1, max: 4 })),
      perPage: fc.option(fc.integer({ min: 1, max: 7 })),
      from: fc.option(back, { freq: 2 }),
      to: fc.option(back, { freq: 2 }),
      order: fc.constantFrom(undefined, 'asc', 'desc'),
      tag: fc.option(fc.constantFrom('walk', 'WALK', 'sleep', 'CAFE\u0301', 'swim'), { freq: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('readOne' as const), pick, asOf: fc.option(back), zone }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('streak' as const), asOf: fc.option(back), zone }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
type StepOf<Kind extends Step['do']> = Extract<Step, { do: Kind }>

interface Known {
  id: string
  date: string
  /** Null where nobody knows. */
  at: string | null
  zone: string
  createdAt: string
  /** Logged on its day: as it was when it was logged, or got its day. */
  inTime: boolean
  tags: string[]
  /** The sent body, if it may be sent again. */
  sent?: object
}

interface Submission {
  id?: string
  date?: string
  occurred_at?: string
  timezone?: string
  tags: string[]
}

interface Answer {
  mood: { id: string; date: string; occurred_at: string | null; tags: string[]; streak: number }
  moods: Answer['mood'][]
  streak: number
  streak_details: { expires_at: string | null; today: string }
  total: number
  code: string
}

/** One user, their actions, and the expected answers. */
async function life(app: App, clock: Clock, username: string) {
  const { cookie } = await signUp(app, username)
  let entries: Known[] = []
  let profile = { timezone: 'UTC', dayStartsAt: 0 }

  const dates = () => new Set(entries.map(({ date }) => date))
  const datesInTime = () => new Set(entries.filter(({ inTime }) => inTime).map(({ date }) => date))
  const isInTime = (date: string, loggedAt: string, zone: string) =>
    localDate(Date.parse(loggedAt), zone, profile.dayStartsAt) === date
  const todayIn = (timezone = profile.timezone) => localDate(clock.now, timezone, profile.dayStartsAt)
  const at = (n: number) => entries[n % Math.max(1, entries.length)]

  async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: object, timezone?: string) {
    const answer = await app.inject({
      method,
      url,
      headers: { cookie, 'sec-fetch-site': 'same-origin', ...(timezone !== undefined && { 'x-timezone': timezone }) },
      ...(body && { payload: body as InjectOptions['payload'] & object }),
    })
    return { status: answer.statusCode, body: answer.json() as Answer }
  }

  function expectStreak({ streak, streak_details: details }: Answer, timezone = profile.timezone, asOf?: string) {
    const limit = asOf ?? lastPossibleDate(clock.now)
    const upTo = (dates: Set<string>) => new Set([...dates].filter(date => date <= limit))
    const counted = upTo(dates())
    const { expires_at: expiry, ...rest } = details
    const expected = streakOf(counted, upTo(datesInTime()), asOf ?? todayIn(timezone), timezone)
    assert.deepEqual(rest, expected)
    assert.equal(streak, expected.current)
    // `expires_at` is checked by the clock: a millisecond earlier there is a streak, from then on there is none.
    const lengthAt = (ms: number) => currentRun(counted, localDate(ms, timezone, profile.dayStartsAt))?.length ?? 0
    assert.equal(expiry === null, streak === 0)
    if (expiry !== null) assert.ok(lengthAt(Date.parse(expiry) - 1) > 0 && lengthAt(Date.parse(expiry)) === 0, expiry)
  }

  function expectEntry(shown: Answer['mood'], { id, date, at, tags }: Known) {
    assert.deepEqual(
      { id: shown.id, date: shown.date, at: shown.occurred_at, tags: shown.tags, streak: shown.streak },
      { id, date, at, tags, streak: streakOn(dates(), date) },
    )
  }

  async function log(body: Submission, date: string, timezone?: string) {
    const today = todayIn(body.timezone ?? timezone)
    const { status, body: answer } = await call('POST', '/mood', { mood: 5, ...body }, timezone)
    assert.equal(status, 201)
    const createdAt = new Date(clock.now).toISOString()
    const zone = body.timezone ?? timezone ?? /[+-]..:..$/.exec(body.occurred_at ?? '')?.[0] ?? profile.timezone
    const entry: Known = {
      id: body.id ?? answer.mood.id,
      date,
      at:
        body.occurred_at === undefined && date !== today ? null : new Date(body.occurred_at ?? clock.now).toISOString(),
      zone,
      createdAt,
      inTime: isInTime(date, createdAt, zoneOf(zone)),
      tags: body.tags,
      ...(body.id !== undefined && { sent: { mood: 5, ...body } }),
    }
    entries.push(entry)
    expectEntry(answer.mood, entry)
    expectStreak(answer, timezone)
  }

  const doing: { [Kind in Step['do']]: (step: StepOf<Kind>) => Promise<void> } = {
    async logNow({ zone, bodyZone, tags }) {
      const body = { tags, ...(bodyZone !== undefined && { timezone: bodyZone }) }
      await log(body, todayIn(bodyZone ?? zone), zone)
    },

    async logOn({ back, noon, id, tags }) {
      const date = shift(todayIn(), -back)
      const occurred = noon && { occurred_at: `${date}T12:00:00Z` }
      await log({ date, tags, ...occurred, ...(id !== null && { id }) }, date)
    },

    async logAt({ minutes, offset, tags }) {
      const wall = new Date(clock.now - minutes * 60_000 + offsets[offset] * 60_000).toISOString()
      const date = Number(wall.slice(11, 13)) < profile.dayStartsAt ? shift(wall.slice(0, 10), -1) : wall.slice(0, 10)
      await log({ occurred_at: wall.replace('Z', offset), tags }, date)
    },

    async logAhead({ days }) {
      const date = shift(lastPossibleDate(clock.now), days)
      if (days === 0) return log({ date, tags: [] }, date)
      const { status, body } = await call('POST', '/mood', { mood: 5, date })
      assert.deepEqual([status, body.code], [400, 'date_in_future'])
    },

    async retry({ pick }) {
      const sent = entries.filter(({ sent }) => sent)
      const entry = sent[pick % Math.max(1, sent.length)]
      if (!entry) return
      const { status, body } = await call('POST', '/mood', entry.sent)
      assert.equal(status, 200)
      expectEntry(body.mood, entry)
      expectStreak(body)
    },

    async move({ pick, back }) {
      const entry = at(pick)
      if (!entry) return
      const date = shift(todayIn(), -back)
      // Days away from its instant an entry no longer knows when it was.
      const felt = entry.at && localDate(Date.parse(entry.at), entry.zone, 0)
      if (date !== entry.date && felt && (felt < shift(date, -2) || felt > shift(date, 2))) entry.at = null
      if (date !== entry.date) entry.inTime = isInTime(date, entry.createdAt, zoneOf(entry.zone))
      entry.date = date
      const { status, body } = await call('PATCH', `/mood/${entry.id}`, { date: entry.date })
      assert.equal(status, 200)
      expectEntry(body.mood, entry)
      expectStreak(body)
    },

    async remove({ pick }) {
      const entry = at(pick)
      if (!entry) return
      entries = entries.filter(({ id }) => id !== entry.id)
      const { status, body } = await call('DELETE', `/mood/${entry.id}`)
      assert.equal(status, 200)
      expectStreak(body)
      assert.equal((await call('GET', `/mood/${entry.id}`)).status, 404)
    },

    async wait({ minutes }) {
      clock.now += minutes * 60_000
    },

    async settle({ timezone, day_starts_at }) {
      assert.equal((await call('PATCH', '/profile', { timezone, day_starts_at })).status, 200)
      profile = { timezone: timezone ?? 'UTC', dayStartsAt: day_starts_at }
    },

    async list({ zone, asOf, page, perPage, from, to, order, tag }) {
      const today = todayIn()
      const ago = (days: number | null) => (days === null ? undefined : shift(today, -days))
      const [first, last, lookedBack] = [ago(from), ago(to), ago(asOf)]
      const asked = { as_of: lookedBack, page, per_page: perPage, from: first, to: last, order, tag }
      const query = new URLSearchParams(
        Object.entries(asked).flatMap(([key, value]) =>
          value == null ? [] : [[key, String(value)] as [string, string]],
        ),
      )
      const { status, body } = await call('GET', `/mood?${query}`, undefined, zone)
      if (first !== undefined && last !== undefined && first > last) return assert.equal(status, 400)
      assert.equal(status, 200)
      expectStreak(body, zone, lookedBack)
      // The same URL in another zone: a cached answer must not be used for it.
      if (zone !== undefined) expectStreak((await call('GET', `/mood?${query}`)).body, undefined, lookedBack)

      const key = ({ date, at, createdAt, id }: Known) => `${date} ${at ?? `later ${createdAt}`} ${id}`
      const same = (a: string, b: string) => a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase()
      const filtered = entries
        .filter(({ date }) => (first === undefined || date >= first) && (last === undefined || date <= last))
        .filter(({ tags }) => tag === null || tags.some(one => same(one, tag)))
        .sort((a, b) => (key(a) < key(b) ? -1 : 1))
      const ordered = order === 'asc' ? filtered : filtered.reverse()
      const paged = page !== null || perPage !== null
      const [number, size] = [page ?? 1, perPage ?? 20]
      const shown = paged ? ordered.slice((number - 1) * size, number * size) : ordered
      assert.deepEqual(
        body.moods.map(({ id }) => id),
        shown.map(({ id }) => id),
      )
      for (const [i, entry] of shown.entries()) expectEntry(body.moods[i] as Answer['mood'], entry)
      const { moods: _, streak: __, streak_details: ___, ...paging } = body
      const total = ordered.length
      assert.deepEqual(
        paging,
        paged ? { page: number, per_page: size, total, total_pages: Math.ceil(total / size) } : { total },
      )
    },

    async readOne({ pick, asOf, zone }) {
      const entry = at(pick)
      if (!entry) return
      const lookedBack = asOf === null ? undefined : shift(todayIn(), -asOf)
      const query = lookedBack === undefined ? '' : `?as_of=${lookedBack}`
      const { body } = await call('GET', `/mood/${entry.id}${query}`, undefined, zone)
      expectEntry(body.mood, entry)
      expectStreak(body, zone, lookedBack)
    },

    async streak({ asOf, zone }) {
      const lookedBack = asOf === null ? undefined : shift(todayIn(), -asOf)
      const query = lookedBack === undefined ? '' : `?as_of=${lookedBack}`
      const { body } = await call('GET', `/mood/streak${query}`, undefined, zone)
      expectStreak(body, zone, lookedBack)
    },
  }

  return {
    async take(step: Step) {
      await (doing[step.do] as (step: Step) => Promise<void>)(step)
    },
  }
}

t.test('whatever a person logs, moves, deletes and asks, every answer is what the rules say', async t => {
  const { app, clock } = await build(t)
  // Days around clock changes somewhere, and ordinary ones.
  const start = fc.constantFrom(
    '2026-03-28T20:00:00Z',
    '2026-10-24T07:30:00Z',
    '2026-09-04T23:59:30Z',
    '2024-02-27T10:00:00Z',
  )
  const steps = fc.array(step, { minLength: 36, maxLength: 44, size: 'max' })
  let people = 0
  await fc.assert(
    fc.asyncProperty(start, steps, async (start, taken) => {
      clock.now = Date.parse(start)
      const person = await life(app, clock, `person-${++people}`)
      for (const step of taken) await person.take(step)
      await person.take({
        do: 'list',
        zone: undefined,
        asOf: null,
        page: null,
        perPage: null,
        from: null,
        to: null,
        order: 'asc',
        tag: null,
      })
    }),
    { numRuns: 30 },
  )
  t.ok(people >= 30)
})
