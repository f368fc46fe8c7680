import t from 'tap'
import { maxRows, placed, rowAt, rowsAround } from '../../web/src/screens/entries/window.ts'
import { contains, wordsIn } from '../../web/src/screens/entries/words.ts'
import { quantile } from '../../web/src/screens/insights/spread.ts'
import { monthsOfYear, movedBy } from '../../web/src/screens/year/pixels.ts'

t.test('a long list shows the rows in view and few around, wherever it is and however high they are', async t => {
  const offsets = placed(
    1_000,
    row => (row % 2 === 0 ? 100 : undefined),
    () => 20,
  )
  t.equal(offsets[1_000], 60_000)
  t.equal(rowAt(offsets, -50), 0)
  t.equal(rowAt(offsets, 99), 0)
  t.equal(rowAt(offsets, 100), 1)
  t.equal(rowAt(offsets, 1e9), 999)
  for (const [top, height] of [
    [0, 800],
    [30_000, 800],
    [59_900, 2_000],
    [30_000, 9_000],
  ] as const) {
    const [from, to] = rowsAround(offsets, top, height)
    t.ok(to - from <= maxRows - 2, 'with room for the pinned one and the one with the focus')
    t.ok((offsets[from] as number) <= Math.max(0, top) && to > rowAt(offsets, top))
  }
})

t.test('each day of a year has its pixel, and keys lead from day to day within it, never beyond today', async t => {
  t.equal(monthsOfYear(2024).flat().length, 366)
  t.strictSame(monthsOfYear(2026)[1]?.slice(-2), ['2026-02-27', '2026-02-28'])
  t.equal(monthsOfYear(2026)[11]?.at(-1), '2026-12-31')
  const phone = { isUpright: true, isRightToLeft: false, last: '2026-11-26' }
  const desk = { ...phone, isUpright: false }
  t.equal(movedBy('ArrowDown', '2026-03-31', phone), '2026-04-01')
  t.equal(movedBy('ArrowRight', '2026-01-31', phone), '2026-02-28')
  t.equal(movedBy('ArrowRight', '2026-01-31', desk), '2026-02-01')
  t.equal(movedBy('ArrowRight', '2026-02-01', { ...desk, isRightToLeft: true }), '2026-01-31')
  t.equal(movedBy('ArrowUp', '2026-01-01', phone), '2026-01-01')
  t.equal(movedBy('ArrowDown', '2026-11-26', phone), '2026-11-26')
  t.equal(movedBy('PageDown', '2026-10-30', phone), '2026-11-26')
  t.equal(movedBy('Home', '2026-10-30', phone), '2026-10-01')
  t.equal(movedBy('End', '2026-02-03', phone), '2026-02-28')
  t.equal(movedBy('a', '2026-02-03', phone), undefined)
})

t.test('a search finds each of its words in note, label or tags, whatever their case and composition', async t => {
  const entry = { mood: 'Fröhlich', note: 'Cafe\u0301 with Zoë', tags: ['Long walk'] }
  t.ok(contains(wordsIn('CAFÉ walk fröh'), entry))
  t.notOk(contains(wordsIn('café run'), entry))
  t.strictSame(wordsIn('  '), [])
})

t.test('quantiles lie between the values around them', async t => {
  t.equal(quantile([1, 2, 3, 4], 0.5), 2.5)
  t.equal(quantile([5], 0.25), 5)
  t.equal(quantile([0, 10], 0.25), 2.5)
})
