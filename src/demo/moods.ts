import { createHash } from 'node:crypto'
import { type DayNumber, formatDay } from '../moods/calendar.ts'

/** One invented mood of a day. */
export interface DemoMood {
  mood: number | string
  note: string | null
  tags: string[]
  /** Minutes since the day began. */
  minute: number
}

/** The last days without a gap, so that the demo account has a current streak. */
const unbroken = 17

/**
 * The moods of the demo account on a day: none, one or several. The same day always gives the same moods, so that
 * seeding again adds only what is missing.
 * @param age days before today.
 */
export function demoMoods(day: DayNumber, age: number): DemoMood[] {
  const date = formatDay(day)
  const chance = (what: string) => createHash('sha256').update(`${date} ${what}`).digest().readUInt32BE() / 2 ** 32
  // A forgotten day now and then, and two weeks away from the phone every summer.
  const away = date.slice(5) >= '08-03' && date.slice(5) <= '08-16'
  if (age >= unbroken && (away || chance('gap') < 0.05)) return []

  const times = chance('times') < 0.2 ? [500, 1265] : [1230]
  return times.map((base, n) => {
    const roll = (what: string) => chance(`${n} ${what}`)
    const level = levelOn(day, roll('level'))
    const tags = activities
      .filter(({ likes, tag }) => roll(tag) < (likes === level > 6 ? 0.3 : 0.08))
      .map(({ tag }) => tag)
    return {
      mood: roll('label') < 0.1 ? labelOf(level) : level,
      note: roll('note') < 0.35 ? pick(level > 6 ? good : level < 5 ? bad : plain, roll('words')) : null,
      tags,
      minute: base + Math.floor(roll('minute') * 90),
    }
  })
}

/** Better in summer and at weekends, worse in November, with some noise. */
function levelOn(day: DayNumber, luck: number): number {
  const season = Math.sin(((day % 365) / 365) * 2 * Math.PI - 1.2)
  const weekday = (day + 4) % 7
  const weekend = weekday === 0 || weekday === 6 ? 0.8 : weekday === 1 ? -0.5 : 0
  return Math.min(10, Math.max(1, Math.round(6.2 + season * 0.9 + weekend + (luck - 0.5) * 5)))
}

function labelOf(level: number): string {
  return level > 7 ? 'happy' : level > 5 ? 'calm' : level > 3 ? 'tired' : 'stressed'
}

function pick(list: readonly string[], chance: number): string {
  return list[Math.floor(chance * list.length)] as string
}

const activities = [
  { tag: 'yoga', likes: true },
  { tag: 'friends', likes: true },
  { tag: 'walk', likes: true },
  { tag: 'good sleep', likes: true },
  { tag: 'work', likes: false },
  { tag: 'bad sleep', likes: false },
  { tag: 'headache', likes: false },
]
const good = [
  'Long walk by the river before breakfast.',
  'Dinner with old friends, laughed a lot.',
  'Finally finished what I had been putting off.',
  'Class went well; the whole room was quiet in the end.',
]
const plain = ['An ordinary day.', 'Groceries, laundry, an early night.', 'Rain all day, read a little.']
const bad = [
  'Slept badly, everything took twice as long.',
  'Too many meetings.',
  'Argued about nothing. Will call tomorrow.',
]

/** What a note said before it was edited: its first half; undefined where it has none. */
export function demoFirstNote({ note }: DemoMood): string | undefined {
  const comma = note?.indexOf(',') ?? -1
  return comma === -1 ? undefined : `${note?.slice(0, comma)}.`
}

/** Moods that were deleted. */
export const demoDeleted: readonly (DemoMood & { daysAgo: number })[] = [
  { daysAgo: 1, mood: 4, note: 'Logged on the wrong day.', tags: ['work'], minute: 640 },
  { daysAgo: 5, mood: 9, note: 'Twice the same sunset.', tags: ['walk', 'friends'], minute: 1180 },
  { daysAgo: 12, mood: 2, note: null, tags: ['headache'], minute: 905 },
]
