import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { type Change, changed, hasDays, type Outline, outlineAfter, runsWith } from '../../src/moods/outline.ts'
import { outlineOf, snapshotOf } from '../../src/moods/snapshot.ts'
import { type History, historyOf, runsOf } from '../../src/moods/streak.ts'

const near = fc.integer({ min: 20_000, max: 20_040 })
const far = fc.integer({ min: -25_567, max: 60_000 })
const distinct = (day: fc.Arbitrary<number>) =>
  fc.uniqueArray(day, { maxLength: 40 }).map(days => days.sort((a, b) => a - b))
const days = fc.oneof(distinct(near), distinct(far))
const skipped = fc.oneof(fc.constant<number[]>([]), distinct(near))

/** On each day one entry or two; some were logged in time, on a third of the days none. */
const history = (days: number[], skipped: number[], isLate = (day: number) => day % 3 === 0) =>
  historyOf(
    days,
    days.map(day => 1 + (day & 1)),
    skipped,
    days.map(day => (isLate(day) ? 0 : 1)),
  )
const outline = ({ runs, onTimeRuns, total, skipped }: History): Outline => ({ runs, onTimeRuns, total, skipped })

t.test('runs after one more day are those of all the days, whatever days never existed', async t => {
  fc.assert(
    fc.property(distinct(near), near, skipped, (days, day, skipped) => {
      const after = [...new Set([...days, day])].sort((a, b) => a - b)
      assert.deepEqual(runsWith(runsOf(days, skipped), day, skipped), runsOf(after, skipped))
    }),
    { numRuns: 2_000 },
  )
  t.pass()
})

t.test('a day that was logged and then never existed is counted once it exists again', async t => {
  t.strictSame(runsWith(runsOf([1, 3], [2]), 2, []), runsOf([1, 2, 3], []))
})

t.test('an outline changes as the history that it is of, or becomes unknown', async t => {
  const placed = fc.record({ day: near, onTime: fc.boolean() })
  const someChange = fc.record({ added: placed, removed: placed }, { requiredKeys: [] })
  fc.assert(
    fc.property(distinct(near), skipped, someChange, fc.boolean(), (days, skipped, change, allInTime) => {
      const before = history(days, skipped, allInTime ? () => false : undefined)
      // An entry that is moved or deleted is there.
      const { added, removed } = change
      if (removed && !days.includes(removed.day)) return
      if (removed?.onTime && !allInTime && removed.day % 3 === 0) return
      if (removed && !removed.onTime && (removed.day & 1) === 0 && (allInTime || removed.day % 3 !== 0)) return
      const after = changed(before, change) as History
      assert.ok(hasDays(after))
      const known = changed(outline(before), change)
      const leavesDay = removed && removed.day !== added?.day
      const leavesThoseInTime = removed?.onTime && !added?.onTime
      if (leavesDay || leavesThoseInTime) assert.equal(known, undefined)
      else assert.deepEqual(known, outline(after))
    }),
    { numRuns: 2_000 },
  )
  t.pass()
})

t.test('the outline after a change is that of the history after it, and has no days where those stay', async t => {
  const placed = fc.record({ day: near, onTime: fc.boolean() })
  const entries = fc.array(placed, { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(entries, skipped, fc.nat(), fc.boolean(), fc.option(placed), (all, skipped, at, removes, added) => {
      const days = [...new Set(all.map(({ day }) => day))].sort((a, b) => a - b)
      const counted = (of: typeof all) => days.map(day => of.filter(entry => entry.day === day).length)
      const before = historyOf(days, counted(all), skipped, counted(all.filter(({ onTime }) => onTime)))
      const removed = removes ? all[at % all.length] : undefined
      const change: Change = { removed, added: added ?? undefined }
      const after = outlineAfter(before, change) as History
      assert.deepEqual(outline(after), outline(changed(before, change) as History))
      if (!removed) assert.ok(!hasDays(after))
    }),
    { numRuns: 2_000 },
  )
  const two = historyOf([20_000], [2], [], [1])
  const late = { removed: { day: 20_000, onTime: false } }
  t.strictSame(outlineAfter(two, late), outline(changed(two, late) as History), 'also where one of two entries goes')
  t.ok(
    hasDays(outlineAfter(two, { removed: { day: 20_000, onTime: true } }) as History),
    'but for the only one in time',
  )
})

t.test('an entry that stays on its day and becomes late leaves unknown whether the day has another in time', t => {
  const before = outline(history([20_000, 20_001], [], day => day === 20_001))
  const of = (day: number, was: boolean, is: boolean) =>
    changed(before, { removed: { day, onTime: was }, added: { day, onTime: is } })
  t.equal(of(20_000, true, false), undefined)
  t.strictSame(of(20_001, false, true)?.onTimeRuns, [{ from: 20_000, to: 20_001 }])
  t.equal(of(20_001, false, false), before)
  t.end()
})

t.test('a snapshot is read as what was written', async t => {
  fc.assert(
    fc.property(days, skipped, fc.nat(), (days, skipped, version) => {
      const written = outline(history(days, skipped))
      assert.deepEqual(outlineOf(snapshotOf(written, version), version, skipped), written)
    }),
    { numRuns: 2_000 },
  )
  t.pass()
})

t.test('a snapshot is bounded by its runs, not by days', async t => {
  const decade = Array.from({ length: 3_650 }, (_, n) => 16_000 + n + Math.floor(n / 97))
  const snapshot = snapshotOf(
    historyOf(
      decade,
      decade.map(() => 3),
    ),
    3_650,
  ) as string
  t.equal(snapshot.split('.').length, 6)
  t.ok(snapshot.length < 160, `${snapshot.length} characters for ten years with 37 gaps`)
  const everyOther = (n: number) => Array.from({ length: n }, (_, i) => 10_000 + 2 * i)
  const of = (days: number[]) => snapshotOf(historyOf(days, days), 1)
  t.ok(of(everyOther(1_800)), 'ten years of every other day')
  t.equal(of(everyOther(2_100)), null, 'longer ones are not kept')
})

t.test('what is no snapshot of this version, format and time-zone data counts as missing', async t => {
  const written = snapshotOf(historyOf([1, 2], [1, 1], [9]), 7) as string
  t.ok(outlineOf(written, 7, [9]))
  const withLate = snapshotOf(historyOf([1, 2], [1, 1], [9], [1, 0]), 7) as string
  t.ok(outlineOf(withLate, 7, [9]))
  for (const [what, text, version, skipped] of [
    ['none', null, 7, [9]],
    ['another version', written, 8, [9]],
    ['a version that begins the same', written, 70, [9]],
    ['another format', written.replace(/^2/, '1'), 7, [9]],
    ['other days that never existed', written, 7, []],
    ['a part of one', written.slice(0, written.lastIndexOf('.')), 7, [9]],
    ['a part of one with late entries', withLate.slice(0, withLate.lastIndexOf('.')), 7, [9]],
    ['the beginning of one', '2.7.', 7, []],
  ] as const)
    t.equal(outlineOf(text, version, skipped), undefined, what)
})
