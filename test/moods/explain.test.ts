import t from 'tap'
import { formatDay, parseDay } from '../../src/moods/calendar.ts'
import { datesOf, explain, explainDays } from '../../src/moods/explain.ts'
import { historyOf, runsOf, streakStateOn, withEntry } from '../../src/moods/streak.ts'

const day = (text: string) => parseDay(text) as number
const days = (...dayOfMonth: number[]) => dayOfMonth.map(n => day('2026-03-01') + n - 1)
const seenOn = (dayOfMonth: number, limit = dayOfMonth + 1) => ({
  timezone: 'UTC',
  dayStartsAt: 0,
  today: day('2026-03-01') + dayOfMonth - 1,
  limit: day('2026-03-01') + limit - 1,
  skipped: [],
})
const told = (run: { from: number; to: number } | undefined) => run && [formatDay(run.from), formatDay(run.to)]

t.test('where nothing was logged there is nothing to explain', async t => {
  const { run, gap, healed, message } = explain([], seenOn(5))
  t.strictSame([run, gap, healed], [undefined, undefined, 0])
  t.equal(message, 'Nothing logged yet. The first entry starts a streak.')
  t.equal(explain(runsOf(days(9)), seenOn(5)).run, undefined, 'nor where only days that do not count were')
})

t.test('a streak that begins after a gap names the gap and what filling it would give', async t => {
  const { run, gap, healed, message } = explain(runsOf(days(1, 2, 3, 5)), seenOn(5))
  t.strictSame(told(run), ['2026-03-05', '2026-03-05'])
  t.strictSame(told(gap), ['2026-03-04', '2026-03-04'])
  t.equal(healed, 5)
  t.equal(
    message,
    'Nothing was logged on 2026-03-04, so the streak starts on 2026-03-05. Logging that day would make it 5 days.',
  )
})

t.test('a broken streak names the days since, today not among them', async t => {
  const { run, gap, healed, message } = explain(runsOf(days(1, 2, 3)), seenOn(6))
  t.strictSame(told(run), ['2026-03-01', '2026-03-03'])
  t.strictSame(told(gap), ['2026-03-04', '2026-03-05'])
  t.equal(healed, 5)
  t.equal(
    message,
    'Nothing was logged from 2026-03-04 to 2026-03-05, so the streak ended on 2026-03-03. Logging those days would make it 5 days.',
  )
})

t.test('a streak without a gap says since when', async t => {
  const { run, gap, healed, message } = explain(runsOf(days(1, 2, 3)), seenOn(4))
  t.strictSame(told(run), ['2026-03-01', '2026-03-03'])
  t.equal(gap, undefined)
  t.equal(healed, 3)
  t.equal(message, 'Every day since the first entry (2026-03-01) has one.')
})

t.test('looking back explains the run as it stood on that day', async t => {
  t.strictSame(told(explain(runsOf(days(1, 2, 3, 5)), seenOn(2, 2)).run), ['2026-03-01', '2026-03-02'])
})

t.test('whatever is promised for filling the gap is what filling it gives', async t => {
  const histories = [
    [[1, 2, 3, 5], 5],
    [[1, 2, 3, 5], 6],
    [[1, 2, 3], 9],
    [[1, 4, 5, 9, 10], 11],
    [[1, 2, 6], 5],
    [[1, 2, 3, 5], 4],
    [[1, 4], 20],
  ] as const
  for (const [logged, today] of histories) {
    const view = seenOn(today)
    const history = historyOf(
      days(...logged),
      logged.map(() => 1),
    )
    const { gap, healed } = explain(history.runs, view)
    let filled = history
    if (gap) for (let missing = gap.from; missing <= gap.to; missing++) filled = withEntry(filled, missing)
    t.equal(streakStateOn(filled.runs, view.today, view.limit).current, healed, `${logged} seen on ${today}`)
  }
})

t.test('the days of a run tell how many entries they hold and what decided each', async t => {
  t.strictSame(explainDays([]), [])
  t.strictSame(
    explainDays([
      { day: day('2026-03-01'), source: 'date', entries: 2 },
      { day: day('2026-03-01'), source: 'profile', entries: 1 },
      { day: day('2026-03-02'), source: 'offset', entries: 1 },
    ]),
    [
      { date: '2026-03-01', streak: 1, entries: 3, decided_by: ['date', 'profile'] },
      { date: '2026-03-02', streak: 2, entries: 1, decided_by: ['offset'] },
    ],
  )
})

t.test('the dates of a run come oldest first, and never more than asked for', async t => {
  const run = { from: day('2024-02-28'), to: day('2024-03-02') }
  t.strictSame(datesOf(run, 31), ['2024-02-28', '2024-02-29', '2024-03-01', '2024-03-02'])
  t.strictSame(datesOf(run, 2), ['2024-02-28', '2024-02-29'])
})

t.test('field case 20: a day that did not exist breaks no streak, is no gap, and is named', async t => {
  const skipped = days(4)
  const told4 = /2026-03-04 did not exist in your profile's time zone and breaks no streak/
  const seen = (today: number, limit?: number) => ({ ...seenOn(today, limit), skipped })
  const whole = explain(runsOf(days(2, 3, 5), skipped), seen(5))
  t.strictSame([whole.gap, whole.healed, whole.skipped], [undefined, 3, skipped])
  t.match(whole.message, told4)
  // Before the gap, in it, and next to it.
  for (const [logged, today, gap, healed] of [
    [[2, 3, 5, 7], 7, [6, 6], 5],
    [[2, 6], 6, [3, 5], 4],
    [[3, 6], 6, [5, 5], 3],
    [[2, 5], 5, [3, 3], 3],
    [[2], 5, [3, 3], 2],
    [[3], 6, [5, 5], 2],
  ] as const) {
    const explained = explain(runsOf(days(...logged), skipped), seen(today))
    t.strictSame(
      told(explained.gap),
      told({ from: days(gap[0])[0] as number, to: days(gap[1])[0] as number }),
      `${logged}`,
    )
    t.strictSame([explained.healed, explained.skipped], [healed, skipped], `${logged}`)
    t.match(explained.message, told4)
  }
  const broken = explain(runsOf(days(2, 3), skipped), seen(7)).gap as { from: number; to: number }
  t.strictSame(datesOf(broken, 31), ['2026-03-05', '2026-03-06'])
  t.strictSame(datesOf({ from: days(3)[0] as number, to: days(5)[0] as number, skipped }, 31), [
    '2026-03-03',
    '2026-03-05',
  ])
  const both = explain(runsOf(days(2, 5), days(3, 4)), { ...seenOn(5), skipped: days(3, 4) })
  t.match(both.message, /2026-03-03, 2026-03-04 did not exist in your profile's time zone and break no streak/)
})
