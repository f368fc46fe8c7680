import { randomUUID } from 'node:crypto'
import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { build, signUp } from '../helper.ts'

/** The numbered cases of docs/streaks.md, over HTTP: each is a bug that a real product shipped. */

const minute = 60_000
const hour = 60 * minute

interface Answered {
  date: string
  streak: number
}

/** One server for all cases, each with its own user: starting thirty servers would take most of the time. */
const shared = await build(t)
let people = 0

/**
 * A new user, and the server's clock. Authenticated by cookie, because a bearer token would not last for days.
 * @param settings of their profile.
 */
async function live(t: Test, at: string, settings: Record<string, unknown> = {}, { app, clock } = shared) {
  clock.now = Date.parse(at)
  const { cookie } = await signUp(app, `maya-${++people}`)
  const call = (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
    zone?: string,
    headers: Record<string, string> = {},
  ) =>
    app.inject({
      method,
      url,
      headers: {
        cookie,
        'sec-fetch-site': 'same-origin',
        ...(zone !== undefined && { 'x-timezone': zone }),
        ...headers,
      },
      ...(payload && { payload: payload as InjectOptions['payload'] & object }),
    })
  const change = async (changed: object) => t.equal((await call('PATCH', '/profile', changed)).statusCode, 200)
  if (Object.keys(settings).length > 0) await change(settings)

  return {
    call,
    change,
    clock,
    goTo: (instant: string) => {
      clock.now = Date.parse(instant)
    },
    /**
     * Logs a mood that must be accepted.
     * @returns the answer.
     */
    async log(body: object = {}, zone?: string) {
      const answer = await call('POST', '/mood', { mood: 5, ...body }, zone)
      t.equal(answer.statusCode, 201, answer.body)
      return answer.json()
    },
    /**
     * Logs moods on dates.
     * @returns the last answer.
     */
    async logOn(...dates: string[]) {
      let last: { streak: number; mood: { id: string } } | undefined
      for (const date of dates) last = await this.log({ date })
      return last as NonNullable<typeof last>
    },
    list: async (query = '', zone?: string) => (await call('GET', `/mood${query}`, undefined, zone)).json(),
    /** The dates and streaks of all entries, oldest first. */
    async streaks(): Promise<[string, number][]> {
      const { moods } = await this.list('?order=asc')
      return moods.map(({ date, streak }: Answered) => [date, streak])
    },
    /** `[streak, status, expires_at]`. */
    async standing(zone?: string) {
      const { streak, streak_details: details } = (await call('GET', '/mood/streak', undefined, zone)).json()
      return [streak, details.status, details.expires_at]
    },
    explain: async () => (await call('GET', '/mood/streak/explain')).json(),
    /** Moves the clock to the first millisecond at which the answer is 0. */
    async waitUntilBroken(): Promise<string> {
      const isBroken = async () => (await this.standing())[0] === 0
      for (const step of [hour, minute, 1000, 100, 10, 1]) {
        while (!(await isBroken())) clock.now += step
        if (step > 1) clock.now -= step
      }
      return new Date(clock.now).toISOString()
    },
  }
}

t.test(
  'case 1: yesterday keeps the streak alive at full length until the end of today, as expires_at says',
  async t => {
    const maya = await live(t, '2026-03-05T12:00:00Z')
    await maya.logOn('2026-03-02', '2026-03-03', '2026-03-04')
    const expiry = '2026-03-06T00:00:00.000Z'
    t.strictSame(await maya.standing(), [3, 'at_risk', expiry])
    t.equal(await maya.waitUntilBroken(), expiry)

    maya.goTo('2026-03-05T12:00:00Z')
    await maya.log()
    t.strictSame(await maya.standing(), [4, 'active', '2026-03-07T00:00:00.000Z'])
  },
)

t.test(
  'case 2: with the last entry two days ago the streak is 0 and broken, and the last run is still told',
  async t => {
    const maya = await live(t, '2026-03-05T12:00:00Z')
    await maya.logOn('2026-03-01', '2026-03-02', '2026-03-03')
    t.match((await maya.list()).streak_details, {
      current: 0,
      status: 'broken',
      started_on: null,
      last_logged_on: '2026-03-03',
      expires_at: null,
      last_run: { length: 3, from: '2026-03-01', to: '2026-03-03' },
    })
  },
)

t.test('case 3: without entries the answer is 200, 0, none and null dates', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  const answer = await maya.call('GET', '/mood')
  t.equal(answer.statusCode, 200)
  t.strictSame(answer.json(), {
    moods: [],
    streak: 0,
    streak_details: {
      current: 0,
      status: 'none',
      started_on: null,
      last_logged_on: null,
      expires_at: null,
      longest: { length: 0, from: null, to: null },
      last_run: { length: 0, from: null, to: null },
      on_time: { current: 0, longest: 0 },
      today: '2026-03-05',
      timezone: 'UTC',
    },
    total: 0,
  })
})

t.test('case 4: several entries on one day are one day, and each of them has its streak', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  await maya.logOn('2026-03-04', '2026-03-05', '2026-03-05', '2026-03-04', '2026-03-05')
  t.strictSame(await maya.streaks(), [
    ['2026-03-04', 1],
    ['2026-03-04', 1],
    ['2026-03-05', 2],
    ['2026-03-05', 2],
    ['2026-03-05', 2],
  ])
  t.equal((await maya.list()).streak, 2)
})

t.test('case 5: deleting one of several entries of a day changes no streak', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  await maya.logOn('2026-03-03', '2026-03-04', '2026-03-05')
  const { mood } = await maya.logOn('2026-03-04')
  const before = await maya.standing()
  const deleted = await maya.call('DELETE', `/mood/${mood.id}`)
  t.equal(deleted.statusCode, 200)
  t.equal(deleted.json().streak, 3)
  t.strictSame(await maya.standing(), before)
})

t.test('case 6: deleting the only entry of a day inside a run splits it, and the longest streak falls', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  await maya.logOn('2026-03-01', '2026-03-02', '2026-03-04', '2026-03-05')
  const { mood, streak } = await maya.logOn('2026-03-03')
  t.equal(streak, 5)
  const { streak: left, streak_details: details } = (await maya.call('DELETE', `/mood/${mood.id}`)).json()
  t.equal(left, 2)
  t.match(details.longest, { length: 2, from: '2026-03-04' }, 'of the two halves the later one')
  t.strictSame(
    (await maya.streaks()).map(([, streak]) => streak),
    [1, 2, 1, 2],
  )
})

t.test('case 7: back-filling the gap joins both runs, and the streaks of later entries change', async t => {
  const maya = await live(t, '2026-03-06T12:00:00Z')
  await maya.logOn('2026-03-01', '2026-03-02', '2026-03-03', '2026-03-05', '2026-03-06')
  t.strictSame((await maya.streaks()).at(-1), ['2026-03-06', 2])
  t.match(await maya.log({ date: '2026-03-04' }), { streak: 6, mood: { date: '2026-03-04', streak: 4 } })
  t.strictSame(
    (await maya.streaks()).map(([, streak]) => streak),
    [1, 2, 3, 4, 5, 6],
  )
})

t.test('case 8: moving an entry to another date is a delete and an insert at once', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  const { mood } = await maya.logOn('2026-02-01')
  await maya.logOn('2026-03-03', '2026-03-05')
  const moved = await maya.call('PATCH', `/mood/${mood.id}`, { date: '2026-03-04' })
  t.match(moved.json(), { streak: 3, mood: { id: mood.id, date: '2026-03-04', streak: 2 } })
  t.strictSame(await maya.streaks(), [
    ['2026-03-03', 1],
    ['2026-03-04', 2],
    ['2026-03-05', 3],
  ])
  const back = await maya.call('PATCH', `/mood/${mood.id}`, { date: '2026-02-01' })
  t.match(back.json(), { streak: 1, mood: { date: '2026-02-01', streak: 1 } })
})

t.test('case 9: a history logged afterwards, in any order, has the streaks of one logged day by day', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  await maya.logOn('2026-03-05', '2026-02-28', '2026-03-02', '2026-03-01', '2026-03-04')
  t.strictSame(await maya.streaks(), [
    ['2026-02-28', 1],
    ['2026-03-01', 2],
    ['2026-03-02', 3],
    ['2026-03-04', 1],
    ['2026-03-05', 2],
  ])
})

t.test('case 10: a date is accepted from the minute it begins anywhere on earth, and refused before', async t => {
  const maya = await live(t, '2026-03-05T09:59:59.999Z')
  const refused = await maya.call('POST', '/mood', { mood: 5, date: '2026-03-06' })
  t.equal(refused.statusCode, 400)
  t.equal(refused.json().code, 'date_in_future')
  const { mood } = await maya.log({ date: '2026-03-05' })
  t.equal((await maya.call('PATCH', `/mood/${mood.id}`, { date: '2026-03-06' })).json().code, 'date_in_future')
  maya.goTo('2026-03-05T10:00:00Z')
  t.match(await maya.log({ date: '2026-03-06' }), { mood: { date: '2026-03-06', streak: 2 } })
  t.equal((await maya.call('POST', '/mood', { mood: 5, date: '2026-03-07' })).statusCode, 400)
  t.equal((await maya.list()).total, 2, 'nothing of what was refused was kept')
})

t.test('case 10: an entry dated tomorrow neither lowers the streak of today nor ends it early', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  await maya.logOn('2026-03-03', '2026-03-04', '2026-03-06')
  t.match(await maya.standing(), [2, 'at_risk'])
  const [, , expiry] = await maya.standing()
  t.equal(await maya.waitUntilBroken(), expiry)
})

t.test('case 11: 23:59 and 00:01 are two days', async t => {
  const maya = await live(t, '2026-03-04T22:59:00Z', { timezone: 'Europe/Berlin' })
  t.match(await maya.log(), { streak: 1, mood: { date: '2026-03-04' } })
  maya.goTo('2026-03-04T23:01:00Z')
  t.match(await maya.log(), { streak: 2, mood: { date: '2026-03-05' } })
})

t.test('case 12: for a night owl 02:59 belongs to the evening before, and the moment stays what it was', async t => {
  const maya = await live(t, '2026-03-05T01:59:00Z', { timezone: 'Europe/Berlin', day_starts_at: 4 })
  t.match(await maya.log(), { mood: { date: '2026-03-04', occurred_at: '2026-03-05T01:59:00.000Z' } })
  t.match(await maya.log({ occurred_at: '2026-03-05T02:59:00+01:00' }), {
    mood: { date: '2026-03-04', occurred_at: '2026-03-05T01:59:00.000Z' },
  })
  t.equal((await maya.list()).streak_details.today, '2026-03-04')
  maya.goTo('2026-03-05T03:00:00Z')
  t.match(await maya.log(), { streak: 2, mood: { date: '2026-03-05' } })
  const [, , expiry] = await maya.standing()
  t.equal(expiry, '2026-03-07T03:00:00.000Z')
  t.equal(await maya.waitUntilBroken(), expiry)
})

t.test('case 12: changing the hour at which days start moves no entry that is there', async t => {
  const maya = await live(t, '2026-03-05T02:00:00Z', { day_starts_at: 4 })
  await maya.log()
  const before = await maya.streaks()
  await maya.change({ day_starts_at: 0 })
  t.strictSame(await maya.streaks(), before)
  t.equal((await maya.list()).streak_details.today, '2026-03-05', 'only today moves')
})

t.test('case 13: three evenings around a day of 23 or of 25 hours are a run of three', async t => {
  const evenings = [
    ['2026-03-28T22:30:00Z', '2026-03-29T21:30:00Z', '2026-03-30T21:30:00Z'],
    ['2026-10-24T21:30:00Z', '2026-10-25T22:30:00Z', '2026-10-26T22:30:00Z'],
  ] as const
  for (const [first, ...others] of evenings) {
    const maya = await live(t, first, { timezone: 'Europe/Berlin' })
    await maya.log()
    for (const evening of others) {
      maya.goTo(evening)
      await maya.log()
    }
    t.match(await maya.standing(), [3, 'active'])
    const [, , expiry] = await maya.standing()
    t.equal(await maya.waitUntilBroken(), expiry)
  }
})

t.test('case 13: a streak that ends with a day of 23 or of 25 hours ends when that day does', async t => {
  for (const [logged, ends] of [
    ['2026-03-28T12:00:00Z', '2026-03-29T22:00:00.000Z'],
    ['2026-10-24T12:00:00Z', '2026-10-25T23:00:00.000Z'],
  ] as const) {
    const maya = await live(t, logged, { timezone: 'Europe/Berlin' })
    await maya.log()
    t.equal((await maya.standing())[2], ends)
    t.equal(await maya.waitUntilBroken(), ends)
  }
})

t.test('case 14: where midnight does not exist the day begins at one, and no day is lost', async t => {
  // On 6 September 2026 clocks in Santiago jump from 24:00 to 01:00, which is 04:00 UTC.
  const maya = await live(t, '2026-09-06T03:59:59Z', { timezone: 'America/Santiago' })
  t.match(await maya.log(), { mood: { date: '2026-09-05' } })
  maya.goTo('2026-09-06T04:00:00Z')
  t.match(await maya.log(), { streak: 2, mood: { date: '2026-09-06' } })
  maya.goTo('2026-09-07T03:00:00Z')
  t.match(await maya.log(), { streak: 3, mood: { date: '2026-09-07' } })

  const other = await live(t, '2026-09-04T12:00:00Z', { timezone: 'America/Santiago' })
  await other.log()
  t.equal((await other.standing())[2], '2026-09-06T04:00:00.000Z')
  t.equal(await other.waitUntilBroken(), '2026-09-06T04:00:00.000Z')
})

t.test('case 14: an hour that occurs twice belongs to one day both times', async t => {
  // On 4 April 2026 it is 23:30 in Santiago twice.
  const maya = await live(t, '2026-04-05T02:30:00Z', { timezone: 'America/Santiago' })
  t.match(await maya.log(), { mood: { date: '2026-04-04' } })
  maya.goTo('2026-04-05T03:30:00Z')
  t.match(await maya.log(), { streak: 1, mood: { date: '2026-04-04' } })
  maya.goTo('2026-04-05T04:00:00Z')
  t.match(await maya.log(), { streak: 2, mood: { date: '2026-04-05' } })
  t.equal((await maya.standing())[2], await maya.waitUntilBroken())
})

t.test(
  'case 15: 28 February, 29 February and 1 March are a run of three; without the 29th only in other years',
  async t => {
    const leap = await live(t, '2024-03-01T12:00:00Z')
    t.equal((await leap.logOn('2024-02-28', '2024-02-29', '2024-03-01')).streak, 3)
    const gap = await live(t, '2024-03-01T12:00:00Z')
    t.equal((await gap.logOn('2024-02-28', '2024-03-01')).streak, 1)
    const common = await live(t, '2026-03-01T12:00:00Z')
    t.equal((await common.logOn('2026-02-28', '2026-03-01')).streak, 2)
  },
)

t.test('case 15: 31 December and 1 January are a run of two', async t => {
  const maya = await live(t, '2026-01-01T12:00:00Z')
  t.equal((await maya.logOn('2025-12-31', '2026-01-01')).streak, 2)
})

t.test('case 16: 29 February 2023 is no date, wherever it is written', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  const { mood } = await maya.logOn('2026-03-05')
  const attempts = [
    maya.call('POST', '/mood', { mood: 5, date: '2023-02-29' }),
    maya.call('POST', '/mood', { mood: 5, occurred_at: '2023-02-29T12:00:00Z' }),
    maya.call('PATCH', `/mood/${mood.id}`, { date: '2023-02-29' }),
    ...['as_of', 'from', 'to'].map(name => maya.call('GET', `/mood?${name}=2023-02-29`)),
    maya.call('GET', '/mood/streak?as_of=2023-02-29'),
  ]
  for (const answer of await Promise.all(attempts)) {
    t.equal(answer.statusCode, 400)
    t.equal(answer.json().code, 'invalid_request')
  }
  t.strictSame(await maya.streaks(), [['2026-03-05', 1]])
})

t.test('case 17: a new zone in the profile moves today, and never an entry that is there', async t => {
  const maya = await live(t, '2026-03-04T23:30:00Z', { timezone: 'Europe/London' })
  await maya.log()
  maya.goTo('2026-03-05T23:30:00Z')
  await maya.log()
  const before = await maya.list()
  t.match(before, { streak: 2, streak_details: { today: '2026-03-05', status: 'active' } })
  await maya.change({ timezone: 'Asia/Tokyo' })
  const after = await maya.list()
  t.match(after, { streak: 2, streak_details: { today: '2026-03-06', status: 'at_risk', timezone: 'Asia/Tokyo' } })
  t.strictSame(after.moods, before.moods)
})

t.test('case 18: travelling west, the same local date twice is one day', async t => {
  const maya = await live(t, '2026-06-01T01:00:00Z')
  t.match(await maya.log({}, 'Asia/Tokyo'), { streak: 1, mood: { date: '2026-06-01' } })
  maya.goTo('2026-06-02T02:00:00Z')
  t.match(await maya.log({}, 'America/Los_Angeles'), { streak: 1, mood: { date: '2026-06-01', streak: 1 } })
  maya.goTo('2026-06-02T20:00:00Z')
  t.match(await maya.log({}, 'America/Los_Angeles'), { streak: 2, mood: { date: '2026-06-02' } })
})

t.test('case 19: travelling east, a shorter day is a day like any other', async t => {
  const maya = await live(t, '2026-06-01T22:00:00Z')
  t.match(await maya.log({}, 'America/New_York'), { streak: 1, mood: { date: '2026-06-01' } })
  maya.goTo('2026-06-02T08:00:00Z')
  t.match(await maya.log({}, 'Europe/Berlin'), { streak: 2, mood: { date: '2026-06-02' } })
  maya.goTo('2026-06-02T18:00:00Z')
  t.match(await maya.log({}, 'Asia/Tokyo'), { streak: 3, mood: { date: '2026-06-03' } })
})

t.test('case 20: a date skipped over the date line breaks the run, is named, and back-filling it heals', async t => {
  const maya = await live(t, '2026-06-02T06:00:00Z')
  t.match(await maya.log({ timezone: 'Pacific/Honolulu' }), { mood: { date: '2026-06-01' } })
  maya.goTo('2026-06-02T20:00:00Z')
  t.match(await maya.log({ timezone: 'Pacific/Auckland' }, 'Pacific/Auckland'), {
    streak: 1,
    mood: { date: '2026-06-03' },
  })
  const explained = (await maya.call('GET', '/mood/streak/explain', undefined, 'Pacific/Auckland')).json()
  t.match(explained, {
    streak: 1,
    run: { length: 1, from: '2026-06-03', to: '2026-06-03' },
    days: [{ date: '2026-06-03', streak: 1, entries: 1, decided_by: ['timezone'] }],
    gap: { from: '2026-06-02', to: '2026-06-02', length: 1 },
    heal: ['2026-06-02'],
    healed: 3,
  })
  for (const date of explained.heal) await maya.log({ date }, 'Pacific/Auckland')
  t.match(await maya.standing('Pacific/Auckland'), [explained.healed, 'active'])
})

t.test(
  'case 29, field case 20: a date that one’s own country skipped (Samoa, 30 December 2011) breaks no run',
  async t => {
    const maya = await live(t, '2011-12-29T20:00:00Z', { timezone: 'Pacific/Apia' })
    t.match(await maya.log(), { mood: { date: '2011-12-29' } })
    const [, , expiry] = await maya.standing()
    t.equal(expiry, '2011-12-31T10:00:00.000Z', 'the 31st is the day after, and may pass without an entry')
    t.equal(await maya.waitUntilBroken(), expiry)

    maya.goTo('2011-12-30T20:00:00Z')
    t.match(await maya.log(), { streak: 2, mood: { date: '2011-12-31', streak: 2 } })
    const explained = await maya.explain()
    t.match(explained, { healed: 2, heal: [], skipped: ['2011-12-30'], run: { length: 2 } })
    t.match(explained.message, /2011-12-30 did not exist/)
    for (const call of [
      maya.call('POST', '/mood', { mood: 5, date: '2011-12-30' }),
      maya.call('PATCH', `/mood/${(await maya.list()).moods[0].id}`, { date: '2011-12-30' }),
    ]) {
      const refused = await call
      t.match([refused.statusCode, refused.json().errors], [400, [/Pacific.Apia skipped 2011-12-30/]])
    }
  },
)

t.test(
  'case 29: a change of the zone joins and parts runs, also in answers that were kept, and moves no entry',
  async t => {
    const maya = await live(t, '2011-12-31T20:00:00Z', { timezone: 'Pacific/Honolulu' })
    await maya.logOn('2011-12-29', '2011-12-31')
    const before = await maya.call('GET', '/mood?page=1')
    t.equal(before.json().streak, 1)
    const settle = (timezone: string) => maya.call('PATCH', '/profile', { timezone })
    await settle('Pacific/Apia')
    const after = await maya.call('GET', '/mood?page=1', undefined, undefined, {
      'if-none-match': String(before.headers.etag),
    })
    t.match([after.statusCode, after.json().streak_details.longest.length], [200, 2])
    t.strictSame(
      after.json().moods.map(({ date }: { date: string }) => date),
      ['2011-12-31', '2011-12-29'],
    )
    await settle('Pacific/Honolulu')
    await maya.logOn('2011-12-30')
    t.equal((await maya.list()).streak_details.longest.length, 3)
    await settle('Pacific/Apia')
    t.equal((await maya.list()).streak_details.longest.length, 3, 'one that is there counts as a day')
  },
)

t.test('case 21: back over the line the list is ordered by date, then moment, then id', async t => {
  const maya = await live(t, '2026-06-02T20:00:00Z')
  await maya.log({ timezone: 'Pacific/Auckland', note: 'first' })
  maya.goTo('2026-06-03T08:00:00Z')
  await maya.log({ timezone: 'Pacific/Honolulu', note: 'later, on the day before' })
  const [low, high] = [randomUUID(), randomUUID()].sort()
  for (const id of [high, low]) await maya.log({ id, date: '2026-06-01', occurred_at: '2026-06-01T12:00:00Z' })
  await maya.log({ date: '2026-06-01', occurred_at: '2026-06-01T11:00:00Z', note: 'earlier' })

  const { moods } = await maya.list('?order=asc')
  t.strictSame(
    moods.map(({ id, date, note }: { id: string; date: string; note: string | null }) => [date, note ?? id]),
    [
      ['2026-06-01', 'earlier'],
      ['2026-06-01', low],
      ['2026-06-01', high],
      ['2026-06-02', 'later, on the day before'],
      ['2026-06-03', 'first'],
    ],
  )
  t.strictSame((await maya.list()).moods, moods.toReversed())
})

t.test("case 22: what is uploaded late counts for the day it was felt on, by the client's time and zone", async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z', { timezone: 'Europe/Berlin' })
  t.match(await maya.log({ occurred_at: '2026-03-03T23:30:00-05:00' }), { mood: { date: '2026-03-03' } })
  t.match(await maya.log({ occurred_at: '2026-03-05T04:30:00Z', timezone: 'America/New_York' }), {
    streak: 2,
    mood: { date: '2026-03-04', occurred_at: '2026-03-05T04:30:00.000Z', created_at: '2026-03-05T12:00:00.000Z' },
  })
})

t.test(
  "case 23: a device clock that runs ahead is refused like any future, and created_at is the server's",
  async t => {
    const maya = await live(t, '2026-03-05T12:00:00Z')
    for (const occurred_at of ['2027-01-01T12:00:00Z', '2026-03-07T00:00:00+14:00', '2026-03-07T00:00:00Z']) {
      const refused = await maya.call('POST', '/mood', { mood: 5, occurred_at })
      t.equal(refused.json().code, 'date_in_future', occurred_at)
      const hidden = await maya.call('POST', '/mood', { mood: 5, occurred_at, date: '2026-03-05' })
      // 7 March at UTC+14 is still 6 March in UTC, and has begun somewhere, so it is not in the future.
      t.equal(hidden.statusCode, occurred_at.includes('+14') ? 201 : 400, `${occurred_at} with a date`)
    }
    t.match(await maya.log({ occurred_at: '1999-01-01T12:00:00Z' }), {
      mood: { date: '1999-01-01', created_at: '2026-03-05T12:00:00.000Z' },
    })
  },
)

t.test('case 24: a retry, a double tap and two devices never count a day twice', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  await maya.logOn('2026-03-04')
  const submission = { id: randomUUID(), mood: 5, date: '2026-03-05' }
  const taps = await Promise.all([1, 2, 3].map(() => maya.call('POST', '/mood', submission)))
  t.strictSame(taps.map(({ statusCode }) => statusCode).sort(), [200, 200, 201])
  for (const tap of taps) t.match(tap.json(), { streak: 2, mood: { id: submission.id, streak: 2 } })
  t.equal((await maya.call('POST', '/mood', { ...submission, mood: 6 })).statusCode, 409)
  t.equal((await maya.list()).total, 2)

  await Promise.all(['phone', 'tablet'].map(note => maya.log({ note })))
  t.match(await maya.list(), { total: 4, streak: 2 })
})

t.test('case 25: a server in Tokyo or Los Angeles answers what a server in UTC answers', async t => {
  const before = process.env.TZ
  t.teardown(() => {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  })
  const answered: unknown[] = []
  for (const [zone, hourOfEpoch] of [
    ['UTC', 0],
    ['Asia/Tokyo', 9],
    ['America/Los_Angeles', 16],
  ] as const) {
    process.env.TZ = zone
    t.equal(new Date(0).getHours(), hourOfEpoch, `the server's clock is in ${zone}`)
    const house = await build(t)
    const maya = await live(t, '2026-03-08T23:30:00Z', { timezone: 'Europe/Berlin', day_starts_at: 1 }, house)
    await maya.logOn('2026-03-06', '2026-03-07')
    await maya.log({ occurred_at: '2026-03-08T02:30:00-08:00' })
    await maya.log()
    const { moods, ...rest } = await maya.list()
    answered.push([moods.map(({ id: _, ...mood }: { id: string }) => mood), rest, (await maya.explain()).message])
  }
  t.strictSame(answered[1], answered[0])
  t.strictSame(answered[2], answered[0])
})

t.test('case 26: an answer that a client kept is good until its today ends, and not a moment longer', async t => {
  const maya = await live(t, '2026-03-04T12:00:00Z', { timezone: 'Europe/Berlin' })
  const { mood } = await maya.log()
  for (const url of ['/mood', '/mood?page=1', `/mood/${mood.id}`]) {
    maya.goTo('2026-03-05T22:59:00Z')
    const kept = await maya.call('GET', url)
    t.equal(kept.json().streak, 1)
    const ifChanged = { 'if-none-match': String(kept.headers.etag) }
    maya.goTo('2026-03-05T22:59:59.999Z')
    t.equal((await maya.call('GET', url, undefined, undefined, ifChanged)).statusCode, 304, url)
    maya.goTo('2026-03-05T23:00:00Z')
    const next = await maya.call('GET', url, undefined, undefined, ifChanged)
    t.equal(next.statusCode, 200, url)
    t.equal(next.json().streak, 0)
  }
})

t.test('case 27: a page or a filter shortens the list and never the streak', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  await maya.logOn('2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04')
  await maya.log({ tags: ['walk'] })
  const { streak, streak_details, moods } = await maya.list()
  t.equal(streak, 5)
  for (const [query, shown] of [
    ['?page=2&per_page=2', 2],
    ['?page=9', 0],
    ['?from=2026-03-03&to=2026-03-03', 1],
    ['?to=2026-02-01', 0],
    ['?tag=walk', 1],
    ['?tag=swim', 0],
    ['?order=asc&per_page=1', 1],
  ] as const) {
    const part = await maya.list(query)
    t.equal(part.moods.length, shown, query)
    t.strictSame([part.streak, part.streak_details], [streak, streak_details], query)
    for (const entry of part.moods)
      t.ok(moods.some(({ id, streak }: { id: string; streak: number }) => id === entry.id && streak === entry.streak))
  }
})

t.test('case 33: a gap filled later heals the streak, and not the one of the days logged in time', async t => {
  const maya = await live(t, '2026-03-01T12:00:00Z')
  const onTime = async (query = '') => (await maya.list(query)).streak_details.on_time
  for (const day of ['2026-03-01', '2026-03-02', '2026-03-04']) {
    maya.goTo(`${day}T20:00:00Z`)
    await maya.log()
  }
  t.strictSame(await onTime(), { current: 1, longest: 2 })
  const filled = await maya.log({ date: '2026-03-03' })
  t.match(filled, { streak: 4, streak_details: { on_time: { current: 1, longest: 2 } } })
  t.equal(filled.mood.logged_at, '2026-03-04T20:00:00.000Z')
  t.strictSame(await onTime('?as_of=2026-03-02'), { current: 2, longest: 2 })
  t.strictSame((await maya.call('GET', '/mood/streak')).json().streak_details.on_time, { current: 1, longest: 2 })
  t.strictSame((await maya.explain()).streak_details.on_time, { current: 1, longest: 2 })

  await maya.log({ date: '2026-03-05' })
  t.strictSame(await onTime(), { current: 1, longest: 2 }, 'an entry dated in the future is not in time')
  maya.goTo('2026-03-05T20:00:00Z')
  const moved = await maya.call('PATCH', `/mood/${filled.mood.id}`, { date: '2026-03-04' })
  t.strictSame(moved.json().streak_details.on_time, { current: 1, longest: 2 }, 'it was logged on the day it has now')
})

t.test('case 33: in time is what the day was for the person who logged; later settings change nothing', async t => {
  const maya = await live(t, '2026-03-02T02:00:00Z', { day_starts_at: 4 })
  const night = await maya.log({ date: '2026-03-01' })
  t.match(night.streak_details.on_time, { current: 1, longest: 1 })
  const late = await maya.log({ date: '2026-03-02' })
  t.match(late.streak_details.on_time, { longest: 1 }, 'that day had not begun')
  await maya.change({ day_starts_at: 0 })
  t.match((await maya.list()).streak_details.on_time, { longest: 1 })
  const noted = await maya.call('PATCH', `/mood/${late.mood.id}`, { note: 'slept' })
  t.match(noted.json().streak_details.on_time, { longest: 1 }, 'nor does an edit that keeps the day')
  await maya.call('DELETE', `/mood/${night.mood.id}`)
  t.match((await maya.list()).streak_details.on_time, { longest: 0 })
  const back = await maya.call('POST', `/mood/${night.mood.id}/restore`)
  t.match(back.json(), { mood: { logged_at: night.mood.logged_at }, streak_details: { on_time: { longest: 1 } } })
})

t.test('as_of tells how the streak stood on a day, and changes nothing of the list', async t => {
  const maya = await live(t, '2026-03-05T12:00:00Z')
  await maya.logOn('2026-03-01', '2026-03-02', '2026-03-03', '2026-03-05')
  const { moods } = await maya.list()
  for (const [day, streak, status] of [
    ['2026-02-28', 0, 'none'],
    ['2026-03-01', 1, 'active'],
    ['2026-03-02', 2, 'active'],
    ['2026-03-04', 3, 'at_risk'],
    ['2026-03-05', 1, 'active'],
    ['2026-03-07', 0, 'broken'],
  ] as const) {
    const back = await maya.list(`?as_of=${day}`)
    t.strictSame([back.streak, back.streak_details.status, back.streak_details.today], [streak, status, day])
    t.strictSame(back.moods, moods)
  }
})
