import t from 'tap'
import {
  countIn,
  historyOf,
  lengthOf,
  locate,
  runAt,
  runsOf,
  runsUpTo,
  streakOn,
  streakStateOn,
  streakStatuses,
  withEntry,
  withoutEntry,
} from '../../src/moods/streak.ts'

/** A history that throws when anything writes to it. */
function frozen(days: number[], counts = days.map(() => 1)) {
  const history = historyOf(Object.freeze(days), Object.freeze(counts))
  for (const run of history.runs) Object.freeze(run)
  Object.freeze(history.runs)
  return Object.freeze(history)
}

t.test('days 1, 2, 3 and 5 are a run of three and a run of one', async t => {
  const runs = runsOf([1, 2, 3, 5])
  t.strictSame(runs, [
    { from: 1, to: 3 },
    { from: 5, to: 5 },
  ])
  t.strictSame(runs.map(lengthOf), [3, 1])
  t.strictSame(
    [0, 1, 2, 3, 4, 5, 6].map(day => streakOn(runs, day)),
    [0, 1, 2, 3, 0, 1, 0],
  )
})

t.test('no days are no runs', async t => {
  t.strictSame(runsOf([]), [])
  t.equal(streakOn([], 1), 0)
  t.equal(runAt([], 1), undefined)
  t.strictSame(historyOf([], []), {
    days: [],
    counts: [],
    onTimeCounts: [],
    runs: [],
    onTimeRuns: [],
    total: 0,
    skipped: [],
  })
})

t.test('a run is found by each of its days and by no other', async t => {
  const runs = runsOf([1, 2, 3, 5, 9, 10])
  t.strictSame(runAt(runs, 2), { from: 1, to: 3 })
  t.strictSame(runAt(runs, 5), { from: 5, to: 5 })
  t.strictSame(runAt(runs, 10), { from: 9, to: 10 })
  for (const day of [0, 4, 6, 8, 11]) t.equal(runAt(runs, day), undefined, `day ${day}`)
})

t.test('a history counts entries, not days', async t => {
  t.equal(historyOf([1, 2, 5], [2, 1, 3]).total, 6)
})

t.test('several entries of one day are one day', async t => {
  const once = frozen([1, 2])
  const twice = withEntry(once, 2)
  t.strictSame(twice, historyOf([1, 2], [1, 2]))
  t.strictSame(twice.runs, [{ from: 1, to: 2 }])
  t.strictSame(withoutEntry(twice, 2), once, 'and removing one of them changes no streak')
})

t.test('filling a gap joins the runs beside it, and removing that entry parts them again', async t => {
  const parted = frozen([1, 2, 3, 5, 6])
  const joined = withEntry(parted, 4)
  t.strictSame(joined.runs, [{ from: 1, to: 6 }])
  t.strictSame(
    [5, 6].map(day => streakOn(joined.runs, day)),
    [5, 6],
  )
  t.strictSame(withoutEntry(joined, 4), parted)
})

t.test('days that were logged in time have runs of their own, by the same rules', async t => {
  const history = historyOf([1, 2, 3, 5], [1, 2, 1, 1], [4], [1, 1, 0, 1])
  t.strictSame(history.onTimeRuns, [
    { from: 1, to: 2 },
    { from: 5, to: 5 },
  ])
  t.strictSame(withEntry(history, 3).onTimeRuns, [{ from: 1, to: 5, skipped: [4] }], 'the day has one in time now')
  t.equal(withEntry(history, 3, false).onTimeRuns, history.onTimeRuns, 'the day is still without one')
  t.equal(withoutEntry(history, 2, false).onTimeRuns, history.onTimeRuns, 'the one in time stays')
  t.strictSame(withoutEntry(history, 2).onTimeRuns, [
    { from: 1, to: 1 },
    { from: 5, to: 5 },
  ])
  t.strictSame(withoutEntry(history, 2).runs, history.runs, 'the day has an entry still')
  t.equal(historyOf([1, 2], [1, 1]).onTimeRuns.length, 1, 'by default all were logged in time')
})

t.test('entries may come in any order', async t => {
  const history = [5, 1, 3, 2].reduce((history, day) => withEntry(history, day), historyOf([], []))
  t.strictSame(history, historyOf([1, 2, 3, 5], [1, 1, 1, 1]))
})

t.test('removing from a day without entries changes nothing', async t => {
  const history = frozen([1, 3])
  for (const day of [0, 2, 4]) t.equal(withoutEntry(history, day), history)
  t.strictSame(withoutEntry(frozen([1]), 1), historyOf([], []))
})

t.test('a history that someone holds never changes', async t => {
  const held = frozen([1, 2, 3], [1, 2, 1])
  for (const day of [0, 1, 2, 4]) {
    withEntry(held, day)
    withoutEntry(held, day)
  }
  t.strictSame(held, historyOf([1, 2, 3], [1, 2, 1]))
})

/** `[current, status, lastAliveDay]`. */
function stateOf(days: number[], today: number, limit = today + 1) {
  const { current, status, lastAliveDay } = streakStateOn(runsOf(days), today, limit)
  return [current, status, lastAliveDay]
}

t.test('a streak is active today, at risk tomorrow and broken the day after', async t => {
  t.strictSame(stateOf([1, 2, 3], 3), [3, 'active', 4])
  t.strictSame(stateOf([1, 2, 3], 4), [3, 'at_risk', 4])
  t.strictSame(stateOf([1, 2, 3], 5), [0, 'broken', undefined])
  t.strictSame(stateOf([], 5), [0, 'none', undefined])
})

t.test('a stray entry dated tomorrow never lowers the streak, whether or not today is logged', async t => {
  t.strictSame(stateOf([1, 2, 3, 5], 4), [3, 'at_risk', 6])
  t.strictSame(stateOf([1, 2, 3, 4, 5], 4), [5, 'active', 6])
  t.strictSame(stateOf([5], 4), [1, 'active', 6], 'it is a streak of its own when there is no other')
  t.strictSame(stateOf([1, 5], 4), [1, 'active', 6], 'also beside a broken one')
})

t.test('what lies after the last possible day is never counted', async t => {
  t.strictSame(stateOf([1, 2, 3, 4], 2, 2), [2, 'active', 3])
  t.strictSame(stateOf([7, 8], 4, 5), [0, 'none', undefined])
  t.strictSame(stateOf([1, 7], 4, 5), [0, 'broken', undefined])
  t.match(streakStateOn(runsOf([1, 2, 4, 5, 6, 7]), 5, 5), {
    longest: { from: 4, to: 5 },
    lastRun: { from: 4, to: 5 },
    run: { from: 4, to: 5 },
  })
})

t.test('the last run is reported also when it is broken', async t => {
  const { run, lastRun, longest } = streakStateOn(runsOf([1, 2, 3, 5]), 9, 10)
  t.equal(run, undefined)
  t.strictSame(lastRun, { from: 5, to: 5 })
  t.strictSame(longest, { from: 1, to: 3 })
})

t.test('of equally long runs the latest is the longest', async t => {
  t.strictSame(streakStateOn(runsOf([1, 2, 4, 5, 7]), 7, 7).longest, { from: 4, to: 5 })
  t.strictSame(streakStateOn(runsOf([1, 2, 3, 5, 6]), 6, 6).longest, { from: 1, to: 3 })
  t.equal(streakStateOn([], 6, 6).longest, undefined)
})

t.test('a status is one of the four', async t => {
  t.strictSame(streakStatuses, ['active', 'at_risk', 'broken', 'none'])
})

t.test('runs up to a day end there, wherever it falls', async t => {
  const runs = Object.freeze(runsOf([1, 2, 3, 5, 6]))
  const cut = (limit: number) => runsUpTo(runs, limit).map(({ from, to }) => [from, to])
  t.strictSame(cut(0), [])
  t.strictSame(cut(1), [[1, 1]])
  t.strictSame(cut(3), [[1, 3]])
  t.strictSame(cut(4), [[1, 3]])
  t.strictSame(cut(5), [
    [1, 3],
    [5, 5],
  ])
  t.strictSame(cut(6), [
    [1, 3],
    [5, 6],
  ])
  t.strictSame(cut(9), [
    [1, 3],
    [5, 6],
  ])
  t.strictSame(runsUpTo([], 9), [])
})

t.test('a span holds the entries from its first day to its last, both included', async t => {
  const history = frozen([1, 2, 5, 9], [2, 1, 3, 1])
  const count = (from?: number, to?: number) => countIn(history, { from, to, order: 'asc' })
  t.equal(count(), 7)
  t.equal(count(2), 5)
  t.equal(count(undefined, 5), 6)
  t.equal(count(2, 5), 4)
  t.equal(count(3, 4), 0)
  t.equal(count(5, 5), 3)
  t.equal(count(10), 0)
  t.equal(count(undefined, 0), 0)
})

t.test('the entry at an offset is found by its day and its place in it, in both directions', async t => {
  const history = frozen([1, 2, 5], [2, 1, 3])
  const walk = (order: 'asc' | 'desc', from?: number, to?: number) =>
    Array.from({ length: 7 }, (_, offset) => locate(history, { from, to, order }, offset)).map(
      place => place && [place.day, place.skip],
    )
  const none = undefined
  t.strictSame(walk('asc'), [[1, 0], [1, 1], [2, 0], [5, 0], [5, 1], [5, 2], none])
  t.strictSame(walk('desc'), [[5, 0], [5, 1], [5, 2], [2, 0], [1, 0], [1, 1], none])
  t.strictSame(walk('asc', 2, 4), [[2, 0], none, none, none, none, none, none])
  t.strictSame(walk('desc', 2), [[5, 0], [5, 1], [5, 2], [2, 0], none, none, none])
  t.equal(locate(historyOf([], []), { order: 'asc' }, 0), undefined)
})

t.test('streaks 29: days that did not exist stand between no two others, and count for nothing', async t => {
  const runs = runsOf([1, 2, 5, 6, 8], [3, 4])
  t.strictSame(runs, [
    { from: 1, to: 6, skipped: [3, 4] },
    { from: 8, to: 8 },
  ])
  t.equal(lengthOf(runs[0] as (typeof runs)[number]), 4)
  t.strictSame(
    [0, 1, 2, 3, 4, 5, 6, 7, 8].map(day => streakOn(runs, day)),
    [0, 1, 2, 0, 0, 3, 4, 0, 1],
  )
  t.strictSame(runsUpTo(runs, 4), [{ from: 1, to: 2 }], 'looked back from one of them')
  t.strictSame(runsUpTo(runs, 5), [{ from: 1, to: 5, skipped: [3, 4] }])
  t.match(streakStateOn([{ from: 1, to: 2 }], 5, 6, [3, 4]), { current: 2, status: 'at_risk', lastAliveDay: 5 })
  t.match(streakStateOn([{ from: 1, to: 2 }], 6, 6, [3, 4]), { current: 0, status: 'broken' })
  t.match(streakStateOn([{ from: 1, to: 1 }], 2, 3, [3, 4]), { current: 1, lastAliveDay: 2 })
  t.strictSame(runsOf([1, 2, 3, 5], [3, 4]), [{ from: 1, to: 5, skipped: [4] }], 'one that was logged is a day')
  t.strictSame(runsOf([1, 6], [3, 4]), runsOf([1, 6]), 'a day between that did exist is missing')
})
