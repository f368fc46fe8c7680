import { discoveries } from '../../src/insight/discovery.ts'
import type { Days } from '../../src/insight/estimates.ts'
import type { Factor } from '../../src/insight/findings.ts'

/** Invented people, of whom is known what works. For the tests of the statistics and their bench. */

/** What work that comes in parts gives when nobody else has a turn. */
export function atOnce<T>(work: Generator<void, T, void>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

export interface World {
  /** Days. */
  length: number
  /** Of moods and tags: the correlation of a day with the next. */
  persistence: number
  /** With it, two fifths of the moods' variance persist by so much instead, and nothing of the rest. */
  slow?: number
  tags: number
  /** What the tag named `works` adds to the valence. */
  effect: number
}

/** Random numbers from 0 to 1 (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A number of the standard normal distribution (Box and Muller 1958). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** A series of variance 1. */
function series(length: number, persistence: number, random: () => number): number[] {
  let value = normal(random)
  return Array.from({ length }, () => {
    const now = value
    value = persistence * value + Math.sqrt(1 - persistence ** 2) * normal(random)
    return now
  })
}

function moods({ length, persistence, slow }: World, random: () => number): number[] {
  if (slow === undefined) return series(length, persistence, random)
  const noise = series(length, 0, random)
  return series(length, slow, random).map((value, i) => Math.sqrt(0.4) * value + Math.sqrt(0.6) * (noise[i] as number))
}

const share = 0.3
const sd = 0.35

/** The days of a tag: a chain that stays in its state as often as its persistence asks. */
function tagDays(length: number, persistence: number, random: () => number): boolean[] {
  let on = random() < share
  return Array.from({ length }, () => {
    const now = on
    on = random() < share * (1 - persistence) + (now ? persistence : 0)
    return now
  })
}

/**
 * A person of a world.
 * @returns also whether `works` is found by somebody who knows variance and persistence (not of slow moods).
 */
export function worldOf(world: World, random: () => number): { days: Days; factors: Factor[]; oracle: boolean } {
  const { length, persistence, tags, effect } = world
  const noise = moods(world, random)
  const all = Array.from({ length: tags }, () => tagDays(length, persistence, random))
  const values = noise.map((value, i) => sd * value + (all[0]?.[i] ? effect : 0))
  const ps = all.map(tag => oracleP(values, tag, persistence))
  return {
    days: { days: values.map((_, i) => 20_000 + i), values },
    factors: all.map((tag, i) => ({
      kind: 'tag',
      name: i === 0 ? 'works' : `tag ${i}`,
      days: tag.flatMap((on, day) => (on ? [20_000 + day] : [])),
    })),
    oracle: discoveries(ps, 0.05)[0] === true,
  }
}

/** The normal test with the true variance of a difference of means. */
function oracleP(values: readonly number[], isWith: readonly boolean[], persistence: number): number {
  const n = isWith.filter(Boolean).length
  let [carried, variance, difference] = [0, 0, 0]
  for (const [i, value] of values.entries()) {
    const weight = isWith[i] ? 1 / n : -1 / (values.length - n)
    carried *= persistence
    variance += weight * (2 * carried + weight)
    carried += weight
    difference += weight * value
  }
  return normalTail(Math.abs(difference) / (sd * Math.sqrt(variance)))
}

/** The two-sided tail of the normal distribution (Abramowitz and Stegun 1964, 7.1.26: to 1.5e-7). */
function normalTail(z: number): number {
  const x = z / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return series * Math.exp(-x * x)
}
