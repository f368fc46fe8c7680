import t from 'tap'
import { wallClock } from '../../src/moods/calendar.ts'
import { wallHours } from '../../src/moods/wall-hours.ts'

t.test('hours are those of the clock, also when clocks are changed', async t => {
  const hourOf = wallHours()
  const zones = ['UTC', 'Europe/Berlin', 'America/Santiago', 'Asia/Kolkata', 'Australia/Lord_Howe', '+05:45', '-03:30']
  const step = 5 * 3_600_000 + 17 * 60_000
  const wrong: string[] = []
  for (const zone of zones) {
    for (let at = Date.parse('2026-01-01T00:20:00Z'); at < Date.parse('2026-12-31'); at += step) {
      if (hourOf(at, zone) !== wallClock(at, zone).hour) wrong.push(`${zone} ${new Date(at).toISOString()}`)
    }
  }
  t.strictSame(wrong, [])
  // Before time zones there were offsets with seconds.
  const old = Date.parse('1880-05-05T11:05:00Z')
  t.equal(hourOf(old, 'Europe/Amsterdam'), wallClock(old, 'Europe/Amsterdam').hour)
})

t.test('names come from requests: not all of their formatters are kept', async t => {
  const hourOf = wallHours()
  for (let i = 0; i < 600; i++) {
    const minutes = i % 60
    const zone = `+${String(Math.floor(i / 60)).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
    if (hourOf(0, zone) !== Math.floor(i / 60)) t.fail(zone)
  }
  t.equal(hourOf(0, '+01:00'), 1)
})
