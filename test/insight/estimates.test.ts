import t from 'tap'
import { discoveries } from '../../src/insight/discovery.ts'
import { differenceOf, meanInterval, medianOfSorted, standardDeviationOf } from '../../src/insight/estimates.ts'
import { independent, inflation, keptFreedom, pairsOf, persistenceOf } from '../../src/insight/persistence.ts'
import { criticalT, twoSidedP } from '../../src/insight/student-t.ts'
import { chance, normal } from './worlds.ts'

const near = (t: Tap, value: number | undefined, wanted: number, tolerance: number) =>
  t.ok(value !== undefined && Math.abs(value - wanted) <= tolerance, `${value} is near ${wanted}`)
type Tap = Pick<typeof t, 'ok'>

t.test("Student's t is what published tables say", async t => {
  // Fisher and Yates 1963, table III, P = 0.05.
  const table = [
    [1, 12.706],
    [2, 4.303],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
    [120, 1.98],
    [1e6, 1.96],
  ] as const
  for (const [df, wanted] of table) near(t, criticalT(df), wanted, 0.0006)
  near(t, twoSidedP(3.169, 10), 0.01, 1e-5)
  near(t, twoSidedP(-4.587, 10), 0.001, 1e-6)
  t.equal(twoSidedP(0, 5), 1)
  t.equal(twoSidedP(Number.POSITIVE_INFINITY, 5), 0)
  near(t, twoSidedP(1e-8, 5), 1, 1e-7)
})

// Student 1908, the additional hours of sleep by two drugs.
const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]
const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
/** So far apart that no day says anything of another. */
const apart = (n: number) => Array.from({ length: n }, (_, i) => i * 100)

t.test('mean and difference of days that do not touch are those of the textbook', async t => {
  const [low, high] = meanInterval({ days: apart(10), values: first }, independent) ?? []
  near(t, low, -0.5298, 0.0001)
  near(t, high, 2.0298, 0.0001)
  near(t, standardDeviationOf(first), 1.789, 0.0001)
  t.equal(medianOfSorted(first.toSorted((a, b) => a - b)), 0.35)
  t.equal(medianOfSorted([1, 2, 7]), 2)

  // R: t.test(extra ~ group, var.equal = TRUE)
  const found = differenceOf({ days: apart(20), values: [...first, ...second] }, [
    ...first.map(() => true),
    ...second.map(() => false),
  ])
  near(t, found?.p, 0.07919, 0.00001)
  near(t, found?.interval[0], -3.363874, 0.00001)
  near(t, found?.interval[1], 0.203874, 0.00001)
  t.strictSame([found?.with.n, found?.without.n], [10, 10])
})

t.test('too few days say nothing, and equal days say it for certain', async t => {
  t.equal(meanInterval({ days: [1], values: [0.5] }, independent), undefined)
  const nine = Array.from({ length: 40 }, (_, i) => i < 9)
  t.equal(differenceOf({ days: apart(40), values: apart(40) }, nine), undefined)
  t.equal(
    differenceOf(
      { days: apart(40), values: apart(40) },
      nine.map(on => !on),
    ),
    undefined,
  )
  const ten = Array.from({ length: 20 }, (_, i) => i < 10)
  const all = { days: Array.from({ length: 20 }, (_, i) => i) }
  t.match(differenceOf({ ...all, values: new Array(20).fill(0.5) }, ten), { difference: 0, interval: [0, 0], p: 1 })
  t.match(differenceOf({ ...all, values: ten.map(Number) }, ten), { difference: 1, interval: [1, 1], p: 0 })
})

t.test('the false discovery rate is that of the paper', async t => {
  // Benjamini and Hochberg 1995, section 3: the first four of fifteen.
  const ps = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ]
  t.strictSame(
    discoveries(ps, 0.05),
    ps.map(p => p <= 0.0095),
  )
  t.strictSame(discoveries([...ps].reverse(), 0.05).indexOf(true), 11)
  t.strictSame(discoveries([0.9, 0.8], 0.05), [false, false])
  t.strictSame(discoveries([], 0.05), [])
})

t.test('the persistence of a series is found, across missing days too', async t => {
  const random = chance(5)
  let value = 0
  const days: number[] = []
  const residuals: number[] = []
  for (let day = 0; day < 5_000; day++) {
    value = 0.6 * value + 0.8 * normal(random)
    if (random() < 0.3) continue
    days.push(day)
    residuals.push(value)
  }
  const { share, decay } = persistenceOf(pairsOf(days), Float64Array.from(residuals))
  near(t, share * decay, 0.6, 0.05)
  t.strictSame(persistenceOf(pairsOf(days), new Float64Array(days.length)), independent)
  t.strictSame(persistenceOf(pairsOf([1, 2, 3]), Float64Array.of(1, -2, 1)), independent)
})

t.test('the variance of a mean grows as the correlations add up', async t => {
  const n = 50
  const days = Array.from({ length: n }, (_, i) => i * 2)
  const rho = 0.7 ** 2
  let wanted = 1
  for (let k = 1; k < n; k++) wanted += 2 * (1 - k / n) * 0.8 * rho ** k
  near(t, inflation(days, new Float64Array(n).fill(1 / n), { share: 0.8, decay: 0.7 }), wanted, 1e-9)
  t.equal(inflation(days, new Float64Array(n).fill(1 / n), independent), 1)
  // Alternating signs would profit from persistence: that is not counted.
  t.equal(
    inflation(
      days,
      Float64Array.from(days, (_, i) => (-1) ** i),
      { share: 1, decay: 0.9 },
    ),
    1,
  )
  near(t, keptFreedom(100, { share: 1, decay: 0.5 }), 100 / (1 + 2 / 3), 1e-9)
  t.equal(keptFreedom(1, { share: 1, decay: 0.98 }), 1)
})
