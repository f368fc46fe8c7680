import t from 'tap'
import { formatDay, parseDay } from '../../src/moods/calendar.ts'
import { existing, skippedDays } from '../../src/moods/skipped-days.ts'

const skipped = (zone: string | undefined) => skippedDays(zone).map(formatDay)

t.test('field case 20: the days that zones skipped when they crossed the date line, and no others', async t => {
  t.strictSame(skipped('Pacific/Apia'), ['2011-12-30'])
  t.strictSame(skipped('Pacific/Apia'), ['2011-12-30'], 'asked again')
  t.strictSame(skipped('Pacific/Kiritimati'), ['1994-12-31'])
  t.strictSame(skipped('Pacific/Kwajalein'), ['1993-08-21'])
  for (const zone of [undefined, 'UTC', 'Europe/Berlin', 'America/Santiago', 'Asia/Manila', '+14:00']) {
    t.strictSame(skipped(zone), [], zone ?? 'none')
  }
})

t.test('field case 20: an hour before the day begins belongs to the last day that existed', async t => {
  const moved = (date: string, zone: string) => formatDay(existing(parseDay(date) as number, zone))
  t.equal(moved('2011-12-30', 'Pacific/Apia'), '2011-12-29')
  t.equal(moved('2011-12-31', 'Pacific/Apia'), '2011-12-31')
  t.equal(moved('2011-12-30', 'Europe/Berlin'), '2011-12-30')
})
