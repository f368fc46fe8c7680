import t from 'tap'
import { dayOf, formatDay, parseDay, parseInstant } from '../../src/moods/calendar.ts'
import { type DaySettings, dateEntry, isInFuture, notInFuture, todayFor } from '../../src/moods/dating.ts'

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

t.test('an entry happened when it says, or now', async t => {
  const at = (when: Written) => dated(when, nightOwl, now).occurredAt.toISOString()
  t.equal(at({ occurredAt: '2026-03-01T02:59:00+01:00' }), '2026-03-01T01:59:00.000Z')
  t.equal(at({ date: '2026-02-14' }), new Date(now).toISOString())
  t.equal(at({}), new Date(now).toISOString())
})

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
  const judged = (date: string, occurredAt: string, at: string) =>
    isInFuture({ day: dayOf(date), occurredAt: new Date(occurredAt) }, Date.parse(at))
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

t.test('whatever the clock, zone and offset of an honest entry made now, it is not in the future', async t => {
  for (let hour = 0; hour < 24; hour++) {
    const at = Date.UTC(2026, 2, 5, hour)
    for (const timezone of ['Pacific/Kiritimati', 'Pacific/Auckland', 'UTC', 'Pacific/Honolulu']) {
      t.notOk(isInFuture(dateEntry({ timezone }, unset, at), at), `${hour}:00 UTC in ${timezone}`)
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
