import t from 'tap'
import { associationsOf, weekdayFactors, weekdayOf } from '../../src/insight/findings.ts'
import { statisticsOf } from '../../src/insight/statistics.ts'
import { counts, dayMeans, nameTally } from '../../src/insight/tally.ts'
import { trendOf } from '../../src/insight/trend.ts'
import { dayOf, formatDay } from '../../src/moods/calendar.ts'
import { atOnce, chance, normal, type World, worldOf } from './worlds.ts'

const people = 60

/** How many of some people see what works, see anything, and how many intervals contain the truth. */
function seen(world: World, seed: number) {
  const random = chance(seed)
  const counted = { works: 0, any: 0, covered: 0, intervals: 0 }
  for (let person = 0; person < people; person++) {
    const { days, factors } = worldOf(world, random)
    const associations = atOnce(associationsOf(days, factors))
    if (associations.some(({ found }) => found)) counted.any++
    for (const { name, found, interval } of associations) {
      if (found && name === 'works') counted.works++
      const truth = name === 'works' ? world.effect : 0
      counted.intervals++
      if (interval[0] <= truth && truth <= interval[1]) counted.covered++
    }
  }
  return { ...counted, coverage: counted.covered / counted.intervals }
}

// bench/insight.ts has the figures of a thousand people; the seeds are fixed, so these are too.
t.test('of a year what works is found, and of noise nothing, also where moods and tags persist', async t => {
  for (const persistence of [0, 0.5]) {
    const world = { length: 365, persistence, tags: 40 }
    const effect = seen({ ...world, effect: 0.3 }, 1)
    t.ok(effect.works >= people * 0.95, `${effect.works} of ${people}`)
    t.ok(effect.coverage > 0.93 && effect.coverage < 0.97, `${effect.coverage}`)
    const noise = seen({ ...world, effect: 0 }, 2)
    t.ok(noise.any <= people * 0.1, `${noise.any} of ${people}`)
  }
  const slow = seen({ length: 365, persistence: 0.5, slow: 0.95, tags: 40, effect: 0 }, 3)
  t.ok(slow.any <= people * 0.1, `${slow.any} of ${people} whose moods come and go slowly`)
})

t.test('weekdays are compared like tags, and findings come first', async t => {
  const monday = dayOf('2026-03-02')
  t.strictSame([weekdayOf(monday), weekdayOf(monday - 1), weekdayOf(dayOf('1969-12-31'))], [1, 7, 3])
  const days = Array.from({ length: 280 }, (_, i) => monday + i)
  const random = chance(4)
  const values = days.map(day => normal(random) * 0.1 + (weekdayOf(day) === 6 ? 0.5 : 0))
  const [first, ...others] = atOnce(associationsOf({ days, values }, weekdayFactors(days)))
  t.match(first, { kind: 'weekday', name: 'Saturday', found: true, with: { n: 40 }, without: { n: 240 } })
  t.equal(others.length, 6)

  const elsewhere = { kind: 'task', name: 'on days without a mood', days: days.map(day => day - 260) } as const
  const [counted] = atOnce(associationsOf({ days, values }, [elsewhere]))
  t.match(counted, { with: { n: 20 }, without: { n: 260 } })
  const never = { ...elsewhere, days: days.map(day => day - 1_000) }
  t.strictSame(atOnce(associationsOf({ days, values }, [never])), [])
})

t.test('a trend is found, and its interval contains the truth as often as it says', async t => {
  const random = chance(6)
  let covered = 0
  const rounds = 150
  for (let round = 0; round < rounds; round++) {
    const days: number[] = []
    const values: number[] = []
    let mood = normal(random)
    for (let day = 0; day < 150; day++) {
      mood = 0.5 * mood + Math.sqrt(0.75) * normal(random)
      if (random() < 0.2) continue
      days.push(day)
      values.push(0.35 * mood + 0.002 * day)
    }
    const [low, high] = trendOf({ days, values })?.interval ?? [1, 1]
    if (low <= 0.002 && 0.002 <= high) covered++
  }
  t.ok(covered >= rounds * 0.9, `${covered} of ${rounds}`)
})

t.test('the slope is the median of all slopes, over as many years as there are', async t => {
  const line = (n: number) => ({ days: [...Array(n).keys()], values: [...Array(n).keys()].map(day => 0.001 * day) })
  const near = (value: number | undefined) => t.ok(value !== undefined && Math.abs(value - 0.001) < 1e-9, `${value}`)
  near(trendOf(line(29))?.perDay)
  near(trendOf(line(4_000))?.perDay)
  const spoilt = line(60)
  spoilt.values[59] = 1_000
  near(trendOf(spoilt)?.perDay)
  t.equal(trendOf({ days: [], values: [] }), undefined)
  t.equal(trendOf(line(28)), undefined, '27 days from the first to the last')
  t.equal(trendOf({ days: [0, 100], values: [0, 1] }), undefined)
})

t.test('names are counted by day, as they were last written, in bounded memory', async t => {
  const asked: string[] = []
  const tally = nameTally(name => {
    asked.push(name)
    return name.toLowerCase()
  })
  tally.add('Walk', 1)
  tally.add('walk', 1)
  tally.add('WALK', 2)
  tally.add('sleep', 2)
  tally.add('read', 2)
  tally.add('WALK', 2)
  t.strictSame(asked, ['Walk', 'walk', 'WALK', 'sleep', 'read'], 'each spelling once')
  t.strictSame(tally.commonest(2), [
    { name: 'WALK', days: [1, 2] },
    { name: 'read', days: [2] },
  ])
  for (let i = 0; i < 25_000; i++) tally.add(`once ${i}`, 3)
  t.equal(tally.commonest(1)[0]?.name, 'WALK')
  t.ok(tally.commonest(100_000).length <= 10_000)

  const moods = counts<string | number>()
  for (const mood of [3, 'happy', 3, 'calm']) moods.add(mood)
  t.strictSame(moods.commonest(3), [
    [3, 2],
    ['calm', 1],
    ['happy', 1],
  ])
  for (let i = 0; i < 25_000; i++) moods.add(`mood ${i}`)
  t.strictSame(moods.commonest(1), [[3, 2]])
})

t.test('nothing is nothing, one day has a mean and no interval', async t => {
  const empty = { days: [], values: [] }
  const monthOf = (day: number) => formatDay(day).slice(0, 7)
  t.match(atOnce(statisticsOf(empty, [empty], [], monthOf)), {
    valence: { n: 0, mean: null, median: null, sd: null, min: null, max: null },
    by_weekday: [],
    by_hour: [],
    months: [],
    trend: null,
    associations: [],
    compared: 0,
  })
  const means = dayMeans()
  means.add(dayOf('2026-03-02'), 0.5)
  means.add(dayOf('2026-03-02'), 0.25)
  const one = atOnce(statisticsOf(means.means(), [empty, means.means()], [], monthOf))
  t.match(one, {
    valence: { n: 1, mean: 0.375, median: 0.375, sd: null, min: 0.375, max: 0.375 },
    by_weekday: [{ weekday: 1, n: 1, mean: 0.375, interval: null }],
    by_hour: [{ hour: 1, n: 1, mean: 0.375, interval: null }],
    months: [{ month: '2026-03', n: 1, mean: 0.375 }],
  })
})
