import { parseArgs } from 'node:util'
import { associationsOf } from '../src/insight/findings.ts'
import { atOnce, chance, type World, worldOf } from '../test/insight/worlds.ts'

/**
 * How often the statistics find what is there, and what is not, for people whose moods are invented:
 * `node bench/insight.ts [--people 1000] [--seeds 1,2,3]`. Each person has 40 tags, each on 30 % of days; one of them may
 * change the valence by 0.3, where a day deviates by 0.35. Reported beside what somebody finds who knows the variance.
 */

const { values } = parseArgs({
  options: { people: { type: 'string', default: '1000' }, seeds: { type: 'string', default: '1,2,3' } },
})
const people = Number(values.people)

const percent = (part: number, of: number) => `${((100 * part) / of).toFixed(1)} %`

function report(title: string, world: World, seed: number) {
  const random = chance(seed)
  const counted = { found: 0, foundByOracle: 0, any: 0, covered: 0, intervals: 0 }
  for (let person = 0; person < people; person++) {
    const { days, factors, oracle } = worldOf(world, random)
    const associations = atOnce(associationsOf(days, factors))
    for (const { name, interval, found } of associations) {
      const truth = name === 'works' ? world.effect : 0
      counted.intervals++
      if (interval[0] <= truth && truth <= interval[1]) counted.covered++
      if (found && name === 'works') counted.found++
    }
    if (associations.some(({ found }) => found)) counted.any++
    if (oracle) counted.foundByOracle++
  }
  const { found, foundByOracle, any, covered, intervals } = counted
  console.log(
    `${title}, seed ${seed}: found ${percent(found, people)} (oracle ${percent(foundByOracle, people)}), any found ${percent(any, people)}, intervals with the truth ${percent(covered, intervals)}`,
  )
}

for (const seed of values.seeds.split(',').map(Number)) {
  for (const length of [365, 100]) {
    for (const persistence of [0, 0.5]) {
      const world = { length, persistence, tags: 40 }
      report(`${length} days, persistence ${persistence}, an effect`, { ...world, effect: 0.3 }, seed)
      report(`${length} days, persistence ${persistence}, noise`, { ...world, effect: 0 }, seed)
    }
  }
  report(
    '365 days, slow moods under daily noise, no effect',
    { length: 365, persistence: 0.5, slow: 0.95, tags: 40, effect: 0 },
    seed,
  )
}
