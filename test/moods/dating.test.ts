import t from 'tap'
import { dayOf, formatDay, parseDay } from '../../src/moods/calendar.ts'
import {
  type Dated,
  type DaySettings,
  dateEntry,
  isNear,
  notInFuture,
  onExistingDay,
  todayFor,
} from '../../src/moods/dating.ts'
import { parseInstant } from '../../src/moods/written-instant.ts'

/** What people write: the dating itself knows numbers only. */
interface Written {
  date?: string
  occurredAt?: string
  timezone?: string
}

function dated({ date, occurredAt, timezone }: Written, settings: DaySettings, at: number) {
  const when = { day: date && dayOf(date), occurredAt: occurredAt && parseInstant(occurredAt), timezone }
  const { day, ...rest } = dateEntry(when as Parameters<typeof dateEntry>[0], settings, at)
  return { ...rest, date: formatDay(day) }
}

function isLate(dated: Pick<Dated, 'day' | 'dateSource' | 'occurredAt'>, at: number): boolean {
  try {
    return !notInFuture(dated, at)
  } catch {
    return true
  }
}

const dateOn = (date: string, occurredAt: string) =>
  ({ day: dayOf(date), dateSource: 'date', occurredAt: new Date(occurredAt) }) as const

const unset: DaySettings = { timezone: undefined, dayStartsAt: 0 }
const berlin: DaySettings = { timezone: 'Europe/Berlin', dayStartsAt: 0 }
const nightOwl: DaySettings = { timezone: 'Europe/Berlin', dayStartsAt: 4 }
/** Already 2 March in Tokyo and Auckland, still 1 March in Berlin and further west. */
const now = Date.parse('2026-03-01T22:30:00Z')

t.test(
  'the first of date, written offset, zone of the request, zone of the profile and UTC decides the day',
  async t => {
    const instant = '2026-03-01T23:30:00Z'
    const table: [string, Written, DaySettings, [string, string, string]][] = [
      [
        'a date beats everything',
        { date: '2026-02-14', occurredAt: '2026-03-01T23:30:00-05:00', timezone: 'Asia/Tokyo' },
        berlin,
        ['2026-02-14', 'date', 'Asia/Tokyo'],
      ],
      ['a date alone', { date: '2026-02-14' }, unset, ['2026-02-14', 'date', 'UTC']],
      [
        'the offset beats the zones',
        { occurredAt: '2026-03-01T23:30:00-05:00', timezone: 'Asia/Tokyo' },
        berlin,
        ['2026-03-01', 'offset', 'Asia/Tokyo'],
      ],
      [
        'the offset stands in for a zone that nobody named',
        { occurredAt: '2026-03-01T23:30:00-05:00' },
        berlin,
        ['2026-03-01', 'offset', '-05:00'],
      ],
      [
        'the zone of the request',
        { occurredAt: instant, timezone: 'America/New_York' },
        berlin,
        ['2026-03-01', 'timezone', 'America/New_York'],
      ],
      ['the zone of the profile', { occurredAt: instant }, berlin, ['2026-03-02', 'profile', 'Europe/Berlin']],
      ['UTC', { occurredAt: instant }, unset, ['2026-03-01', 'default', 'UTC']],
      ['now in the zone of the request', { timezone: 'Asia/Tokyo' }, berlin, ['2026-03-02', 'timezone', 'Asia/Tokyo']],
      ['now in the zone of the profile', {}, berlin, ['2026-03-01', 'profile', 'Europe/Berlin']],
      ['now in UTC', {}, unset, ['2026-03-01', 'default', 'UTC']],
      [
        '-00:00 names no local time (RFC 3339), so the zone decides',
        { occurredAt: '2026-03-01T23:30:00-00:00' },
        berlin,
        ['2026-03-02', 'profile', 'Europe/Berlin'],
      ],
    ]
    for (const [title, when, settings, expected] of table) {
      const { date, dateSource, timezone } = dated(when, settings, now)
      t.strictSame([date, dateSource, timezone], expected, title)
    }
  },
)

t.test(
  'field case 6: an entry happened when it says, or now; with another date than today nobody knows when',
  async t => {
    const at = (when: Written) => dated(when, nightOwl, now).occurredAt?.toISOString()
    t.equal(at({ occurredAt: '2026-03-01T02:59:00+01:00' }), '2026-03-01T01:59:00.000Z')
    t.equal(at({ date: '2026-02-14' }), undefined)
    t.equal(at({ date: '2026-03-01' }), new Date(now).toISOString(), 'today in Berlin')
    t.equal(at({ date: '2026-03-01', timezone: 'Asia/Tokyo' }), undefined, 'which is yesterday in Tokyo')
    t.equal(at({ date: '2026-02-14', occurredAt: '2026-02-14T12:00:00Z' }), '2026-02-14T12:00:00.000Z')
    t.equal(dateEntry({ day: dayOf('2026-03-01'), occurredAt: null }, nightOwl, now).occurredAt, null, 'if it says so')
    t.equal(at({}), new Date(now).toISOString())
  },
)

t.test('the hour at which days start moves every day that a clock decided, and none that was given', async t => {
  const dayAt = (when: Written, settings = nightOwl) => dated(when, settings, Date.parse('2026-03-02T01:59:00Z')).date
  t.equal(dayAt({ occurredAt: '2026-03-02T02:59:00+01:00' }), '2026-03-01', 'offset')
  t.equal(dayAt({ occurredAt: '2026-03-02T04:00:00+01:00' }), '2026-03-02', 'offset, at the hour itself')
  t.equal(dayAt({ timezone: 'Europe/Berlin' }), '2026-03-01', 'zone of the request')
  t.equal(dayAt({}), '2026-03-01', 'profile')
  t.equal(dayAt({}, { timezone: undefined, dayStartsAt: 2 }), '2026-03-01', 'UTC')
  t.equal(dayAt({ date: '2026-03-02' }), '2026-03-02', 'given')
})

t.test('the day start is read off the wall clock, not subtracted from the instant', async t => {
  // On 29 March the clock in Berlin jumps from 02:00 to 03:00: four hours before 04:30 is 23:30 of the day before.
  t.equal(dated({ occurredAt: '2026-03-29T02:30:00Z' }, nightOwl, now).date, '2026-03-29')
  // On 25 October 02:30 comes twice, and both are before four.
  t.equal(dated({ occurredAt: '2026-10-25T00:30:00Z' }, nightOwl, now).date, '2026-10-24')
  t.equal(dated({ occurredAt: '2026-10-25T01:30:00Z' }, nightOwl, now).date, '2026-10-24')
})

t.test('23:59 and 00:01 are two days', async t => {
  t.equal(dated({ occurredAt: '2026-03-01T22:59:00Z' }, berlin, now).date, '2026-03-01')
  t.equal(dated({ occurredAt: '2026-03-01T23:01:00Z' }, berlin, now).date, '2026-03-02')
})

t.test('an entry lies in the future when its date or its moment is later than the date at UTC+14', async t => {
  const judged = (date: string, occurredAt: string, at: string) => isLate(dateOn(date, occurredAt), Date.parse(at))
  t.notOk(judged('2026-03-06', '2026-03-05T10:00:00Z', '2026-03-05T10:00:00Z'), 'tomorrow has begun at UTC+14')
  t.ok(judged('2026-03-06', '2026-03-05T09:59:59Z', '2026-03-05T09:59:59Z'), 'tomorrow has begun nowhere')
  t.ok(judged('2026-03-07', '2026-03-05T12:00:00Z', '2026-03-05T12:00:00Z'), 'the day after tomorrow')
  t.ok(judged('2026-03-05', '2026-03-07T00:00:00Z', '2026-03-05T12:00:00Z'), 'dated today, but felt later')
  t.notOk(judged('1999-12-31', '1999-12-31T00:00:00Z', '2026-03-05T12:00:00Z'), 'the past')
})

t.test('what lies in the future is refused with the latest day there is', async t => {
  const at = Date.parse('2026-03-05T12:00:00Z')
  const today = dateEntry({}, unset, at)
  t.equal(notInFuture(today, at), today)
  t.throws(() => notInFuture({ ...today, day: today.day + 2 }, at), { code: 'date_in_future', errors: [/2026-03-06/] })
})

t.test('field case 4: the sentence names what is late, the date, the instant, or both', async t => {
  const at = Date.parse('2026-03-05T12:00:00Z')
  const said = (dated: Pick<Dated, 'day' | 'dateSource' | 'occurredAt'>) => {
    try {
      notInFuture(dated, at)
      return []
    } catch (error) {
      return (error as { errors: string[] }).errors.map(sentence => sentence.split(' ')[0])
    }
  }
  t.strictSame(said(dateOn('2026-03-08', '2026-03-05T10:00:00Z')), ['date'])
  t.strictSame(said(dateOn('2026-03-05', '2026-03-08T10:00:00Z')), ['occurred_at'])
  t.strictSame(said(dateOn('2026-03-08', '2026-03-08T10:00:00Z')), ['date', 'occurred_at'])
  t.strictSame(said({ ...dateOn('2026-03-08', '2026-03-08T10:00:00Z'), dateSource: 'offset' }), ['occurred_at'])
  t.strictSame(said({ day: dayOf('2026-03-05'), dateSource: 'date', occurredAt: null }), [])
})

t.test('field case 6: an instant is near a day that it falls on in its zone, or two days beside it', async t => {
  const near = (date: string, instant: string, zone = 'UTC') => isNear(dayOf(date), new Date(instant), zone)
  t.ok(near('2026-03-05', '2026-03-05T12:00:00Z'))
  t.ok(near('2026-03-05', '2026-03-03T00:00:00Z') && near('2026-03-05', '2026-03-07T23:59:59Z'))
  t.notOk(near('2026-03-05', '2026-03-02T23:59:59Z') || near('2026-03-05', '2026-03-08T00:00:00Z'))
  t.ok(near('2026-03-05', '2026-03-08T04:00:00Z', 'America/New_York'), 'on the clock there it is still the 7th')
})

t.test(
  'field case 20: a day that the zone skipped cannot be logged, and its early hours are the night before',
  async t => {
    const apia = { timezone: 'Pacific/Apia', dayStartsAt: 4 }
    const night = Date.parse('2011-12-30T11:00:00Z')
    t.equal(formatDay(dateEntry({}, apia, night).day), '2011-12-29', 'one in the morning of the 31st')
    t.equal(formatDay(todayFor(undefined, apia, night).today), '2011-12-29')
    const given = dateEntry({ day: dayOf('2011-12-30') }, apia, night)
    t.throws(() => onExistingDay(given, 'Pacific/Apia'), {
      code: 'invalid_request',
      errors: [/Pacific.Apia.*2011-12-30/],
    })
    t.equal(onExistingDay(given, 'Europe/Berlin'), given, 'elsewhere it was a day like any other')
    t.equal(onExistingDay(given, undefined), given)
    const abroad = dateEntry({ occurredAt: parseInstant('2011-12-30T10:00:00Z') }, unset, night)
    t.equal(
      formatDay(onExistingDay(abroad, 'Pacific/Apia').day),
      '2011-12-29',
      'what a clock abroad showed is not lost',
    )
  },
)

t.test('whatever the clock, zone and offset of an honest entry made now, it is not in the future', async t => {
  for (let hour = 0; hour < 24; hour++) {
    const at = Date.UTC(2026, 2, 5, hour)
    for (const timezone of ['Pacific/Kiritimati', 'Pacific/Auckland', 'UTC', 'Pacific/Honolulu']) {
      t.notOk(isLate(dateEntry({ timezone }, unset, at), at), `${hour}:00 UTC in ${timezone}`)
    }
  }
})

t.test('today is seen in the zone of the request, else of the profile, else in UTC, with the day start', async t => {
  const seen = (zone: string | undefined, settings: DaySettings, at = now) => todayFor(zone, settings, at)
  t.strictSame(seen('Asia/Tokyo', berlin), { timezone: 'Asia/Tokyo', today: parseDay('2026-03-02') })
  t.strictSame(seen(undefined, berlin), { timezone: 'Europe/Berlin', today: parseDay('2026-03-01') })
  t.strictSame(seen(undefined, unset), { timezone: 'UTC', today: parseDay('2026-03-01') })
  t.equal(seen(undefined, nightOwl, Date.parse('2026-03-02T02:59:59Z')).today, parseDay('2026-03-01'))
  t.equal(seen(undefined, nightOwl, Date.parse('2026-03-02T03:00:00Z')).today, parseDay('2026-03-02'))
})
