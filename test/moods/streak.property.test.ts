import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  countIn,
  type History,
  historyOf,
  lengthOf,
  locate,
  type Run,
  runAt,
  runsOf,
  runsUpTo,
  type Span,
  streakOn,
  streakStateOn,
  withEntry,
  withoutEntry,
} from '../../src/moods/streak.ts'

/**
 * The rules of docs/streaks.md, word by word and as slow as they read: days are asked one by one whether they are in
 * a set, and entries lie in a plain list. It shares no code and no idea with what it judges. The days that did not exist
 * are a set too, and asking for the day before walks past them.
 */
const oracleWith = (gone: ReadonlySet<number>) => {
  const before = (day: number): number => (gone.has(day - 1) ? before(day - 1) : day - 1)
  const after = (day: number): number => (gone.has(day + 1) ? after(day + 1) : day + 1)
  /** A day that was logged before the zone changed counts, though it did not exist in this one. */
  const walkBack = (days: Set<number>, day: number): number => (days.has(day - 1) ? day - 1 : logged(days, day))
  const logged = (days: Set<number>, day: number): number => {
    let earlier = day - 1
    while (gone.has(earlier) && !days.has(earlier)) earlier--
    return earlier
  }
  const oracle = {
    /** The position of a day in its run. */
    streakOn(days: Set<number>, day: number): number {
      let streak = 0
      for (let at = day; days.has(at); at = walkBack(days, at)) streak++
      return streak
    },
    /** Every run, as `[first day, last day]`. */
    runs(days: Set<number>): [number, number][] {
      const sorted = [...days].sort((a, b) => a - b)
      const ends = sorted.filter((day, i) => !sorted[i + 1] || walkBack(days, sorted[i + 1] as number) !== day)
      return ends.map(end => [sorted[sorted.indexOf(end) + 1 - oracle.streakOn(days, end)] as number, end])
    },
    length: (days: Set<number>, [from, to]: [number, number]) =>
      [...days].filter(day => from <= day && day <= to).length,
    upTo: (days: Set<number>, limit: number) => new Set([...days].filter(day => day <= limit)),
    current(days: Set<number>, today: number): { length: number; run: [number, number] | undefined } {
      const run = oracle.runs(days).find(([, last]) => last >= before(today))
      return { length: run ? oracle.length(days, run) : 0, run }
    },
    status(days: Set<number>, today: number): string {
      const { run } = oracle.current(days, today)
      if (days.size === 0) return 'none'
      if (!run) return 'broken'
      return run[1] >= today ? 'active' : 'at_risk'
    },
    longest(days: Set<number>): [number, number] | undefined {
      let best: [number, number] | undefined
      for (const run of oracle.runs(days)) {
        if (!best || oracle.length(days, run) >= oracle.length(days, best)) best = run
      }
      return best
    },
    /** Days pass and nothing is logged: the last one on which the streak is not yet 0. */
    lastAliveDay(days: Set<number>, today: number): number | undefined {
      if (oracle.current(days, today).length === 0) return undefined
      let day = today
      while (oracle.current(days, after(day)).length > 0) day = after(day)
      return day
    },
  }
  return oracle
}

const ends = (run: Run | undefined) => run && [run.from, run.to]

/** So few days that entries meet, neighbour and leave gaps all the time. */
const someDay = fc.integer({ min: 100, max: 125 })
const someDays = fc.uniqueArray(someDay, { maxLength: 26 }).map(days => days.sort((a, b) => a - b))
const someCounts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 26, maxLength: 26 })
const someHistory = fc
  .tuple(someDays, someCounts)
  .map(([days, counts]) => historyOf(days, counts.slice(0, days.length)))
const nearDay = fc.integer({ min: 97, max: 128 })
/** Mostly none; else a few, also next to each other and on both sides of what is logged. */
const someGone = fc.oneof(
  fc.constant<number[]>([]),
  fc.uniqueArray(nearDay, { maxLength: 6 }).map(days => days.sort((a, b) => a - b)),
)

t.test('runs and the streak of every day are those of the rules', async t => {
  fc.assert(
    fc.property(someDays, nearDay, someGone, (list, day, gone) => {
      const days = new Set(list)
      const runs = runsOf(list, gone)
      const oracle = oracleWith(new Set(gone))
      assert.deepEqual(
        runs.map(lengthOf),
        oracle.runs(days).map(run => oracle.length(days, run)),
      )
      assert.deepEqual(runs.map(ends), oracle.runs(days))
      assert.equal(streakOn(runs, day), oracle.streakOn(days, day))
      assert.deepEqual(
        ends(runAt(runs, day)),
        oracle.runs(days).find(([from, to]) => from <= day && day <= to),
      )
    }),
    { numRuns: 150 },
  )
  t.pass()
})

t.test('a state is that of the rules, wherever today and the last day that counts are', async t => {
  fc.assert(
    fc.property(someDays, nearDay, fc.integer({ min: 0, max: 2 }), someGone, (list, today, ahead, gone) => {
      const oracle = oracleWith(new Set(gone))
      // Days after the limit are strays that the rules ignore; those between today and the limit they do not.
      const limit = today + ahead
      const days = oracle.upTo(new Set(list), limit)
      const runs = runsOf(list, gone)
      const state = streakStateOn(runs, today, limit, gone)
      const { length, run } = oracle.current(days, today)
      assert.deepEqual(
        {
          current: state.current,
          status: state.status,
          run: ends(state.run),
          lastAliveDay: state.lastAliveDay,
          longest: ends(state.longest),
          lastRun: ends(state.lastRun),
        },
        {
          current: length,
          status: oracle.status(days, today),
          run,
          lastAliveDay: oracle.lastAliveDay(days, today),
          longest: oracle.longest(days),
          lastRun: oracle.runs(days).at(-1),
        },
      )
      assert.deepEqual(runsUpTo(runs, limit).map(ends), oracle.runs(days))
    }),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('one more day logged never lowers the longest streak, and today logged never the current one', async t => {
  const length = (run: Run | undefined) => (run ? run.to - run.from + 1 : 0)
  fc.assert(
    fc.property(someHistory, nearDay, nearDay, (history, today, more) => {
      const before = streakStateOn(history.runs, today, today)
      assert.ok(length(streakStateOn(withEntry(history, more).runs, today, today).longest) >= length(before.longest))
      const logged = streakStateOn(withEntry(history, today).runs, today, today)
      assert.ok(logged.current >= before.current && logged.status === 'active')
    }),
    { numRuns: 100 },
  )
  t.pass()
})

/** What a person does: log on a day (today, or back-filled), or delete an entry that is there (or is not). */
const steps = fc.array(fc.tuple(fc.constantFrom('log', 'log', 'delete'), someDay, fc.boolean()), { maxLength: 60 })

interface Logged {
  day: number
  onTime: boolean
}

/** A history made from scratch of a plain list of all entries. */
function rebuilt(entries: Logged[], gone: number[]): History {
  const days = [...new Set(entries.map(({ day }) => day))].sort((a, b) => a - b)
  const countsOf = (logged: Logged[]) => days.map(day => logged.filter(entry => entry.day === day).length)
  return historyOf(days, countsOf(entries), gone, countsOf(entries.filter(({ onTime }) => onTime)))
}

t.test('a history carried over any writes is the one made from scratch, and no earlier one has changed', async t => {
  fc.assert(
    fc.property(steps, someGone, (taken, gone) => {
      let history = historyOf([], [], gone)
      let entries: Logged[] = []
      const earlier: { history: History; copy: History }[] = []
      for (const [step, day, onTime] of taken) {
        earlier.push({ history, copy: structuredClone(history) })
        if (step === 'log') {
          entries = [...entries, { day, onTime }]
          history = withEntry(history, day, onTime)
        } else {
          const at = entries.findIndex(entry => entry.day === day)
          history = withoutEntry(history, day, entries[at]?.onTime)
          if (at >= 0) entries = entries.toSpliced(at, 1)
        }
      }
      assert.deepEqual(history, rebuilt(entries, gone))
      const oracle = oracleWith(new Set(gone))
      const inTime = new Set(entries.filter(({ onTime }) => onTime).map(({ day }) => day))
      assert.deepEqual(history.onTimeRuns.map(ends), oracle.runs(inTime))
      assert.ok(earlier.every(({ history, copy }) => JSON.stringify(history) === JSON.stringify(copy)))
    }),
    { numRuns: 150 },
  )
  t.pass()
})

t.test('moving an entry is deleting and logging it, and moving it back undoes it', async t => {
  fc.assert(
    fc.property(someHistory, someDay, fc.nat(), (history, to, n) => {
      const from = history.days[n % Math.max(1, history.days.length)]
      if (from === undefined) return
      const moved = withEntry(withoutEntry(history, from), to)
      assert.equal(moved.total, history.total)
      assert.deepEqual(withEntry(withoutEntry(moved, to), from), history)
    }),
    { numRuns: 100 },
  )
  t.pass()
})

const spans: fc.Arbitrary<Span> = fc.record({
  from: fc.option(nearDay, { nil: undefined }),
  to: fc.option(nearDay, { nil: undefined }),
  order: fc.constantFrom('asc', 'desc'),
})

t.test('counting and locating find what leafing through the sorted list finds, at every offset', async t => {
  fc.assert(
    fc.property(someHistory, spans, (history, span) => {
      const { from = -Infinity, to = Infinity, order } = span
      const entries = history.days
        .flatMap((day, i) => new Array<number>(history.counts[i] ?? 0).fill(day))
        .filter(day => day >= from && day <= to)
        .sort((a, b) => (order === 'asc' ? a - b : b - a))
      assert.equal(countIn(history, span), entries.length)
      const expected = entries.map((day, i) => ({ day, skip: i - entries.indexOf(day) }))
      assert.deepEqual(
        expected.map((_, offset) => locate(history, span, offset)),
        expected,
      )
      for (const beyond of [0, 1, 1000]) assert.equal(locate(history, span, entries.length + beyond), undefined)
    }),
    { numRuns: 150 },
  )
  t.pass()
})
