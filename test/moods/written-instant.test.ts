import fc from 'fast-check'
import t from 'tap'
import { parseDay, wallClock } from '../../src/moods/calendar.ts'
import { parseInstant, writtenInstant } from '../../src/moods/written-instant.ts'

const minute = 60_000

/** A day that the test itself knows to exist. */
const named = (text: string) => parseDay(text) as number
const iso = (text: string, timezone?: string) => {
  const read = parseInstant(text, timezone)
  return read && new Date(read.ms).toISOString()
}

t.test('an instant with an offset tells its moment and the wall clock of whoever wrote it', async t => {
  t.strictSame(parseInstant('2026-03-01T23:30:00-05:00'), {
    ms: Date.parse('2026-03-02T04:30:00Z'),
    wall: { day: named('2026-03-01'), hour: 23 },
    offset: '-05:00',
    timezone: undefined,
  })
  t.strictSame(parseInstant('2026-03-01T00:15:00.25+05:45'), {
    ms: Date.parse('2026-02-28T18:30:00.250Z'),
    wall: { day: named('2026-03-01'), hour: 0 },
    offset: '+05:45',
    timezone: undefined,
  })
  t.match(parseInstant('2026-03-01T12:00:00+00:00'), { wall: { hour: 12 }, offset: '+00:00' })
})

t.test('Z and -00:00 give the moment but say nothing about a wall clock (RFC 3339, section 4.3)', async t => {
  for (const text of ['2026-03-01T23:30:00Z', '2026-03-01t23:30:00z', '2026-03-01 23:30:00-00:00']) {
    t.strictSame(
      parseInstant(text),
      { ms: Date.parse('2026-03-01T23:30:00Z'), wall: undefined, offset: undefined, timezone: undefined },
      text,
    )
  }
})

t.test('digits past the millisecond are dropped, never rounded into the next one', async t => {
  t.equal(parseInstant('2026-03-01T23:59:59.9Z')?.ms, Date.parse('2026-03-01T23:59:59.900Z'))
  t.equal(parseInstant('2026-03-01T23:59:59.999999999Z')?.ms, Date.parse('2026-03-01T23:59:59.999Z'))
  t.equal(parseInstant('1969-12-31T23:59:59.001Z')?.ms, -999)
})

t.test('offsets reach as far as clocks on earth do', async t => {
  t.match(parseInstant('2026-03-01T12:00:00+14:00'), { ms: Date.parse('2026-02-28T22:00:00Z') })
  t.match(parseInstant('2026-03-01T12:00:00-14:00'), { ms: Date.parse('2026-03-02T02:00:00Z') })
  t.equal(parseInstant('2026-03-01T12:00:00+14:01'), undefined)
  t.equal(parseInstant('2026-03-01T12:00:00-15:00'), undefined)
})

t.test('what no clock and no calendar shows is no instant', async t => {
  const wrong = [
    '',
    'now',
    '2026-03-01',
    '2026-03-01T12:00:00',
    '2026-03-01T12:00Z',
    '2026-03-01T12:00',
    '2026-03-01T12:00:00.Z',
    '2026-03-01T12:00:00.1234567890Z',
    '2026-03-01T12:00:00+0200',
    '2026-03-01T12:00:00+02:60',
    '2026-03-01T24:00:00Z',
    '2026-03-01T12:60:00Z',
    '2026-03-01T12:00:60Z',
    '2023-02-29T12:00:00Z',
    '1899-12-31T12:00:00Z',
    '2026-03-01T12:00:00Z\n',
  ]
  for (const text of wrong) t.equal(parseInstant(text), undefined, JSON.stringify(text))
})

t.test('every instant the runtime writes is read as the runtime reads it', async t => {
  const minutes = fc.integer({ min: -14 * 60, max: 14 * 60 })
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1901, 0), max: Date.UTC(2100, 0) }), minutes, (ms, shift) => {
      const two = (n: number) => String(Math.abs(n)).padStart(2, '0')
      const offset = `${shift < 0 ? '-' : '+'}${two(Math.trunc(shift / 60))}:${two(shift % 60)}`
      const local = new Date(ms + shift * minute).toISOString()
      const read = parseInstant(local.replace('Z', offset))
      return (
        read?.ms === ms &&
        read.wall?.day === parseDay(local.slice(0, 10)) &&
        read.wall?.hour === Number(local.slice(11, 13)) &&
        read.offset === offset
      )
    }),
  )
  t.pass()
})

t.test('field case 7: an instant with its zone in brackets (RFC 9557) is read, and the zone with it', async t => {
  const berlin = {
    ms: Date.parse('2026-11-26T09:00:00Z'),
    wall: undefined,
    offset: undefined,
    timezone: 'Europe/Berlin',
  }
  for (const text of [
    '2026-11-26T10:00:00+01:00[Europe/Berlin]',
    '2026-11-26T10:00:00.000000000+01:00[Europe/Berlin][u-ca=gregory]',
    '2026-11-26T10:00:00+01:00[!Europe/Berlin][!u-ca=iso8601]',
    '2026-11-26T10:00+01:00[Europe/Berlin]',
    '2026-11-26T10:00:00[Europe/Berlin]',
    '2026-11-26T10:00:00[europe/BERLIN]',
    '2026-11-26T09:00:00Z[Europe/Berlin]',
    '2026-11-26T09:00:00-00:00[Europe/Berlin]',
  ]) {
    t.strictSame(parseInstant(text), berlin, text)
  }
  t.match(parseInstant('2026-11-26T10:00:00+01:00[+01:00]'), { timezone: '+01:00' })
  t.match(parseInstant('2026-11-26T10:00:00+01:00[foo=bar]'), { offset: '+01:00', timezone: undefined })
})

t.test('field case 7: what contradicts itself, or cannot be heeded, is no instant', async t => {
  for (const text of [
    '2026-11-26T10:00:00+02:00[Europe/Berlin]',
    '2026-11-26T10:00:00+01:00[Mars/Olympus_Mons]',
    '2026-11-26T10:00:00+05:30[IST]',
    '2026-11-26T10:00:00+01:00[CET]',
    '2026-11-26T10:00:00+01:00[Europe/Berlin][Europe/Paris]',
    '2026-11-26T10:00:00+01:00[Europe/Berlin][!u-ca=hebrew]',
    '2026-11-26T10:00:00+01:00[]',
    '2026-11-26T10:00:00+01:00[Europe/Berlin',
    '2026-11-26T10:00+01:00',
  ]) {
    t.equal(parseInstant(text), undefined, text)
  }
})

t.test('field case 7: a local time is read in the zone beside it', async t => {
  t.equal(iso('2026-11-26T10:00:00'), undefined)
  t.strictSame(parseInstant('2026-11-26T10:00', 'Europe/Berlin'), {
    ...writtenInstant(Date.parse('2026-11-26T09:00:00Z')),
    timezone: 'Europe/Berlin',
  })
  t.equal(iso('2026-11-26T10:00:00.25', '+05:30'), '2026-11-26T04:30:00.250Z')
  t.equal(
    parseInstant('2026-11-26T10:00:00[Asia/Tokyo]', 'Europe/Berlin')?.timezone,
    'Asia/Tokyo',
    'its own comes first',
  )
  t.equal(iso('1960-06-01T00:00:00', 'Africa/Monrovia'), '1960-06-01T00:44:30.000Z', 'an offset with seconds')
  t.equal(
    iso('1960-06-01T00:00:00-00:45[Africa/Monrovia]'),
    '1960-06-01T00:45:00.000Z',
    'rounded, as RFC 9557 writes it',
  )
})

t.test(
  'field case 7: a time that the clock skips moves forward, of one that it shows twice the first counts',
  async t => {
    t.equal(iso('2026-03-29T02:30:00', 'Europe/Berlin'), '2026-03-29T01:30:00.000Z', 'it is 03:30 then')
    t.equal(iso('2026-10-25T02:30:00', 'Europe/Berlin'), '2026-10-25T00:30:00.000Z')
    t.equal(iso('2026-10-25T02:30:00+01:00[Europe/Berlin]'), '2026-10-25T01:30:00.000Z', 'its offset tells the second')
    t.equal(iso('2026-09-06T00:30:00', 'America/Santiago'), '2026-09-06T04:30:00.000Z', 'at midnight')
    t.equal(iso('2011-12-30T10:00:00', 'Pacific/Apia'), '2011-12-30T20:00:00.000Z', 'a whole day: it is the 31st then')
    t.equal(iso('2011-12-29T23:59:59', 'Pacific/Apia'), '2011-12-30T09:59:59.000Z')
    t.equal(iso('2011-12-31T00:00:00', 'Pacific/Apia'), '2011-12-30T10:00:00.000Z')
  },
)

t.test('field case 7: a clock shows what was read from it, or what it was moved to', async t => {
  const zones = [
    'Europe/Berlin',
    'America/Santiago',
    'Pacific/Apia',
    'Asia/Kathmandu',
    'America/St_Johns',
    'Asia/Tehran',
  ]
  const ms = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2030, 0) })
  fc.assert(
    fc.property(ms, fc.constantFrom(...zones), (at, zone) => {
      const { day, hour } = wallClock(at, zone)
      const text = new Date(at).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T')
      const read = parseInstant(text, zone)?.ms as number
      // The first of two equal times lies up to an hour and a half before; neither shows another.
      const shown = wallClock(read, zone)
      return read <= at && at - read <= 7_200_000 && shown.day === day && shown.hour === hour
    }),
  )
  t.pass()
})
