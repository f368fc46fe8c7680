import fc from 'fast-check'
import t from 'tap'
import {
  dayOf,
  formatDay,
  isTimezone,
  lastPossibleDay,
  localDay,
  parseDay,
  startOfDay,
  todayIn,
  wallClock,
} from '../../src/moods/calendar.ts'

const minute = 60_000
const day = 86_400_000

/** A day that the test itself knows to exist. */
function named(text: string): number {
  const parsed = parseDay(text)
  if (parsed === undefined) throw new Error(`${text} is no day`)
  return parsed
}

t.test('a day is the number of days since 1 January 1970', async t => {
  t.equal(parseDay('1970-01-01'), 0)
  t.equal(parseDay('1970-01-02'), 1)
  t.equal(parseDay('1969-12-31'), -1)
  t.equal(parseDay('2026-03-01'), Date.parse('2026-03-01T00:00:00Z') / day)
})

t.test('29 February exists in leap years only', async t => {
  for (const year of ['2024', '2000', '2028', '1904']) t.not(parseDay(`${year}-02-29`), undefined, year)
  for (const year of ['2023', '1900', '2100', '2026']) t.equal(parseDay(`${year}-02-29`), undefined, year)
})

t.test('what is not exactly a day of the calendar as YYYY-MM-DD is no day', async t => {
  const wrong = [
    '',
    'today',
    '2026-00-10',
    '2026-13-01',
    '2026-01-00',
    '2026-01-32',
    '2026-04-31',
    '2026-3-1',
    '20260301',
    '2026/03/01',
    ' 2026-03-01',
    '2026-03-01 ',
    '2026-03-01\n',
    '2026-03-01T00:00:00Z',
    '+002026-03-01',
    '-2026-03-01',
    '２０２６-03-01',
    '1899-12-31',
    '0099-01-01',
    '0000-01-01',
  ]
  for (const text of wrong) t.equal(parseDay(text), undefined, JSON.stringify(text))
})

t.test('the calendar reaches from 1900 to 9999', async t => {
  t.equal(formatDay(named('1900-01-01')), '1900-01-01')
  t.equal(formatDay(named('9999-12-31')), '9999-12-31')
})

t.test('the next day is one more, across months, years and leap days', async t => {
  const pairs = [
    ['2024-02-28', '2024-02-29'],
    ['2024-02-29', '2024-03-01'],
    ['2023-02-28', '2023-03-01'],
    ['2025-12-31', '2026-01-01'],
    ['2026-03-29', '2026-03-30'],
    ['2011-12-29', '2011-12-30'],
  ] as const
  for (const [before, after] of pairs) t.equal(named(after), named(before) + 1, `${before} -> ${after}`)
})

t.test('every day survives being written and read again, by the careful reader and by the quick one', async t => {
  fc.assert(
    fc.property(fc.integer({ min: named('1900-01-01'), max: named('9999-12-31') }), number => {
      const text = formatDay(number)
      return parseDay(text) === number && dayOf(text) === number
    }),
  )
  t.pass()
})

t.test('before the hour at which days start it is still the day before', async t => {
  t.equal(localDay({ day: 100, hour: 0 }, 0), 100)
  t.equal(localDay({ day: 100, hour: 2 }, 4), 99)
  t.equal(localDay({ day: 100, hour: 3 }, 4), 99)
  t.equal(localDay({ day: 100, hour: 4 }, 4), 100)
  t.equal(localDay({ day: 100, hour: 23 }, 6), 100)
})

t.test('a time zone is what the runtime knows by name or as an offset, and nothing else', async t => {
  for (const name of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Pacific/Apia', '+05:30', '-09:00']) {
    t.ok(isTimezone(name), name)
    t.ok(isTimezone(name), `${name}, asked again`)
  }
  for (const name of ['', 'Mars/Olympus_Mons', 'Europe/Berlin ', 'Europe/Berlin\0', '+5', 'x'.repeat(10_000)]) {
    t.notOk(isTimezone(name), JSON.stringify(name.slice(0, 40)))
  }
})

t.test('the wall clock follows the zone through both clock changes and shows midnight as hour 0', async t => {
  const shown = (instant: string, zone: string) => {
    const wall = wallClock(Date.parse(instant), zone)
    return `${formatDay(wall.day)} ${wall.hour}`
  }
  const table = [
    ['2026-03-01T00:00:00Z', 'UTC', '2026-03-01 0'],
    ['2026-03-29T00:59:59Z', 'Europe/Berlin', '2026-03-29 1'],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', '2026-03-29 3'],
    ['2026-10-25T00:59:59Z', 'Europe/Berlin', '2026-10-25 2'],
    ['2026-10-25T01:00:00Z', 'Europe/Berlin', '2026-10-25 2'],
    ['2026-10-25T02:00:00Z', 'Europe/Berlin', '2026-10-25 3'],
    ['2026-09-06T03:59:59Z', 'America/Santiago', '2026-09-05 23'],
    ['2026-09-06T04:00:00Z', 'America/Santiago', '2026-09-06 1'],
    ['2026-04-05T02:59:59Z', 'America/Santiago', '2026-04-04 23'],
    ['2026-04-05T03:00:00Z', 'America/Santiago', '2026-04-04 23'],
    ['2026-04-05T04:00:00Z', 'America/Santiago', '2026-04-05 0'],
    ['2011-12-30T09:59:59Z', 'Pacific/Apia', '2011-12-29 23'],
    ['2011-12-30T10:00:00Z', 'Pacific/Apia', '2011-12-31 0'],
    ['2026-06-01T18:15:00Z', 'Asia/Kathmandu', '2026-06-02 0'],
    ['2026-06-01T18:30:00Z', '+05:30', '2026-06-02 0'],
    ['1969-12-31T23:59:59Z', 'UTC', '1969-12-31 23'],
  ] as const
  for (const [instant, zone, expected] of table) t.equal(shown(instant, zone), expected, `${instant} in ${zone}`)
  t.throws(() => wallClock(0, 'Mars/Olympus_Mons'), RangeError)
})

const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/Santiago',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Honolulu',
  'Pacific/Auckland',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Africa/Casablanca',
  '-12:00',
)
const hours = fc.integer({ min: 0, max: 6 })

t.test('today is what the wall clock shows now, whatever was asked a moment ago', async t => {
  const moments = fc.array(fc.tuple(fc.integer({ min: -90, max: 90 }), zones, hours), { minLength: 2, maxLength: 8 })
  const midnight = Date.parse('2026-10-25T00:00:00Z')
  fc.assert(
    fc.property(moments, asked =>
      asked.every(([seconds, zone, hour]) => {
        const now = midnight + seconds * 1000
        return todayIn(zone, hour, now) === localDay(wallClock(now, zone), hour)
      }),
    ),
  )
  const lastSecond = Date.parse('2026-03-01T23:59:59.999Z')
  t.equal(formatDay(todayIn('UTC', 0, lastSecond)), '2026-03-01')
  t.equal(formatDay(todayIn('UTC', 0, lastSecond + 1)), '2026-03-02')
  t.equal(formatDay(todayIn('UTC', 1, lastSecond + 1)), '2026-03-01')
  t.equal(formatDay(todayIn('UTC', 0, lastSecond)), '2026-03-01', 'also when the clock is set back')
})

t.test('the last possible day is the date at UTC+14, where days begin first', async t => {
  t.equal(formatDay(lastPossibleDay(Date.parse('2026-03-05T09:59:59.999Z'))), '2026-03-05')
  t.equal(formatDay(lastPossibleDay(Date.parse('2026-03-05T10:00:00Z'))), '2026-03-06')
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) }), now => {
      return lastPossibleDay(now) === wallClock(now, 'Pacific/Kiritimati').day
    }),
  )
})

/** The start of a day found the slow way: minute by minute, the first one that no longer belongs to an earlier day. */
function firstMinuteOf(number: number, zone: string, hour: number): number {
  for (let ms = number * day - 18 * 3_600_000; ; ms += minute) {
    if (localDay(wallClock(ms, zone), hour) >= number) return ms
  }
}

t.test('a day starts at the first instant whose local day it is, on whatever day the clocks do what', async t => {
  const table = [
    ['UTC', 0, '2026-03-01'],
    ['UTC', 6, '2026-03-01'],
    ['Europe/Berlin', 0, '2026-03-29'],
    ['Europe/Berlin', 2, '2026-03-29'],
    ['Europe/Berlin', 3, '2026-03-29'],
    ['Europe/Berlin', 2, '2026-10-25'],
    ['Europe/Berlin', 3, '2026-10-25'],
    ['America/Santiago', 0, '2026-09-06'],
    ['America/Santiago', 1, '2026-09-06'],
    ['America/Santiago', 0, '2026-04-05'],
    ['America/Santiago', 0, '2026-04-04'],
    ['America/New_York', 1, '2026-11-01'],
    ['America/New_York', 2, '2026-03-08'],
    ['Australia/Lord_Howe', 2, '2026-04-05'],
    ['Pacific/Kiritimati', 0, '2026-06-01'],
    ['Pacific/Honolulu', 0, '2026-06-01'],
    ['Asia/Kathmandu', 5, '2026-06-01'],
    ['Pacific/Apia', 0, '2011-12-29'],
    ['Pacific/Apia', 0, '2011-12-30'],
    ['Pacific/Apia', 0, '2011-12-31'],
    ['-12:00', 6, '2026-06-01'],
    ['+14:00', 0, '2026-06-01'],
  ] as const
  for (const [zone, hour, date] of table) {
    const found = new Date(startOfDay(named(date), zone, hour)).toISOString()
    t.equal(found, new Date(firstMinuteOf(named(date), zone, hour)).toISOString(), `${date} in ${zone} from ${hour}:00`)
  }
  t.equal(startOfDay(named('2026-09-06'), 'America/Santiago', 0), Date.parse('2026-09-06T04:00:00Z'), 'at 01:00')
  t.equal(
    startOfDay(named('2011-12-30'), 'Pacific/Apia', 0),
    startOfDay(named('2011-12-31'), 'Pacific/Apia', 0),
    'a day that never was starts when the next one does',
  )
})

t.test('a day that starts, is set back by the clocks and starts again, starts the first time', async t => {
  const table = [
    ['Antarctica/Troll', 2, '2026-10-25'],
    ['Pacific/Chatham', 3, '2026-04-05'],
    // Until 2011 clocks there were set back at one minute past midnight.
    ['America/St_Johns', 0, '2010-11-07'],
  ] as const
  for (const [zone, hour, date] of table) {
    const found = new Date(startOfDay(named(date), zone, hour)).toISOString()
    t.equal(found, new Date(firstMinuteOf(named(date), zone, hour)).toISOString(), `${date} in ${zone} from ${hour}:00`)
  }
})

t.test('the start of a day is of that day (or a later one), and the millisecond before it is not', async t => {
  const days = fc.integer({ min: named('2000-01-01'), max: named('2030-01-01') })
  fc.assert(
    fc.property(days, zones, hours, (number, zone, hour) => {
      const start = startOfDay(number, zone, hour)
      return (
        localDay(wallClock(start, zone), hour) >= number &&
        localDay(wallClock(start - 1, zone), hour) < number &&
        startOfDay(number, zone, hour) === start
      )
    }),
  )
  t.pass()
})

t.test('a day began between two quarters of an hour where the offset had seconds', t => {
  // Liberia kept its own time, 44 minutes and 30 seconds behind, until 1972.
  const day = parseDay('1960-06-01') as number
  t.equal(startOfDay(day, 'Africa/Monrovia', 0), Date.parse('1960-06-01T00:44:30Z'))
  t.end()
})
