import t from 'tap'
import { dayOf } from '../../src/moods/calendar.ts'
import { instantOfLogging, isOnTime } from '../../src/moods/on-time.ts'
import { changedEntry, newEntry } from '../../src/moods/submission.ts'
import { parseInstant, type WrittenInstant } from '../../src/moods/written-instant.ts'

const settings = { timezone: 'Europe/Berlin', dayStartsAt: 0 }
const at = (text: string) => Date.parse(text)

t.test('an entry is in time when it is logged on its day, in its zone, as the days of the person begin', async t => {
  const table: [string, string, string, number, boolean][] = [
    ['2026-03-01', '2026-03-01T22:59:59Z', 'Europe/Berlin', 0, true],
    ['2026-03-01', '2026-03-01T23:00:00Z', 'Europe/Berlin', 0, false],
    ['2026-03-01', '2026-03-02T01:59:00Z', 'Europe/Berlin', 3, true],
    ['2026-03-01', '2026-03-02T02:00:00Z', 'Europe/Berlin', 3, false],
    ['2026-03-01', '2026-03-02T07:00:00Z', 'America/Los_Angeles', 0, true],
    ['2026-03-02', '2026-03-01T22:00:00Z', 'Europe/Berlin', 0, false],
    ['2026-03-02', '2026-03-01T15:00:00Z', 'Asia/Tokyo', 0, true],
  ]
  for (const [date, logged, timezone, dayStartsAt, expected] of table) {
    t.equal(isOnTime(dayOf(date), at(logged), timezone, { ...settings, dayStartsAt }), expected, `${date} ${logged}`)
  }
})

t.test('an early hour of the day after one that the zone skipped belongs to the day before that', async t => {
  const samoa = { timezone: 'Pacific/Apia', dayStartsAt: 4 }
  t.ok(isOnTime(dayOf('2011-12-29'), at('2011-12-30T12:00:00Z'), 'Pacific/Apia', samoa))
  t.ok(isOnTime(dayOf('2011-12-31'), at('2011-12-30T14:00:00Z'), 'Pacific/Apia', samoa))
  const honolulu = isOnTime(dayOf('2011-12-29'), at('2011-12-30T20:00:00Z'), 'Pacific/Honolulu', samoa)
  t.ok(honolulu, 'also where the entry has another zone: that is where it is put')
})

t.test('a device may have been offline for 14 days, and not be ahead', async t => {
  const now = at('2026-03-15T12:00:00.000Z')
  for (const fine of ['2026-03-01T12:00:00.000Z', '2026-03-15T12:00:00.000Z'])
    t.equal(instantOfLogging(new Date(fine), now).toISOString(), fine)
  for (const wrong of ['2026-03-01T11:59:59.999Z', '2026-03-15T12:00:00.001Z'])
    t.throws(() => instantOfLogging(new Date(wrong), now), { code: 'invalid_request' })
})

t.test(
  'what was logged in time offline is in time after an upload; another day is judged by the same instant',
  async t => {
    const submitter = { settings: { ...settings, scale: { min: 0, max: 10 } }, now: at('2026-03-02T09:00:00Z') }
    const loggedAt = new Date('2026-03-01T20:00:00Z')
    const occurredAt = parseInstant('2026-03-01T20:00:00Z') as WrittenInstant
    const fields = newEntry({ mood: 5, occurredAt, loggedAt }, submitter)
    t.match(fields, { onTime: true, loggedAt })
    t.match(newEntry({ mood: 5, occurredAt }, submitter), { onTime: false, loggedAt: undefined })

    const entry = { ...fields, date: '2026-03-01', occurred_at: loggedAt, logged_at: loggedAt }
    const found = { entry, onTime: true, dateSource: 'profile' } as unknown as Parameters<typeof changedEntry>[0]
    const patched = (change: object, by = submitter) => changedEntry(found, change, by).onTime
    t.equal(patched({ note: 'x' }, { ...submitter, settings: { ...submitter.settings, dayStartsAt: 6 } }), true)
    t.equal(patched({ day: dayOf('2026-02-28') }), false)
    t.equal(patched({ timezone: 'Asia/Tokyo' }), false, 'there it was the next day')
    const late = { ...found, onTime: false } as typeof found
    t.equal(
      changedEntry(late, { day: dayOf('2026-03-01') }, submitter).onTime,
      false,
      'the same day is not judged again',
    )
    const elsewhere = { ...late, entry: { ...late.entry, date: '2026-02-20' } }
    t.equal(changedEntry(elsewhere, { day: dayOf('2026-03-01') }, submitter).onTime, true)
  },
)
