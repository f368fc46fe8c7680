import { ApiError } from '../errors.ts'
import { keyOf, tidy } from '../short-text.ts'
import type { MoodValue } from '../vocabulary.ts'

/** The ends of a person's scale; `min` is the worst mood. */
export interface Scale {
  min: number
  max: number
}

export const defaultScale: Scale = { min: 0, max: 10 }

const numeric = /^-?\d+(\.\d+)?$/
/** What somebody means as a number, though it is none of ours: `7,5`, `+7`, `7/10`, `1e1`. */
const numberLike = /^([+-]?\d+([.,]\d+)?(e[+-]?\d+)?|\d+([.,]\d+)?\/\d+|nan|[+-]?infinity)$/i

/**
 * The mood as it is stored: a string that is a number, in digits of any script, becomes the number; anything else stays as
 * submitted, but for white space around it and doubled in it.
 * @throws {ApiError} `invalid_request` for what is meant as a number and written in another way than ours.
 */
export function moodValue(submitted: MoodValue): MoodValue {
  const read = readMood(submitted)
  if (read === undefined) throw new ApiError('invalid_request', 'mood must be a number written like 7.5, or a label')
  return read
}

/** The same, or undefined for what is meant as a number and is none of ours. */
export function readMood(submitted: MoodValue): MoodValue | undefined {
  if (typeof submitted === 'number') return submitted
  const text = tidy(submitted)
  const plain = plainNumber(text)
  if (numeric.test(plain)) return Number(plain)
  return numberLike.test(plain) ? undefined : text
}

/** A text with the digits and signs that programs know. In Unicode the digits of a script stand in a row from 0 to 9. */
function plainNumber(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Nd}/gu, digit => {
      const code = digit.codePointAt(0) as number
      let value = 0
      while (/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++
      // Some scripts stand right behind another one.
      return String(value % 10)
    })
    .replaceAll('\u066b', '.')
    .replaceAll('\u2212', '-')
    .trim()
}

/** Whether a mood can be logged on a scale: every label, and the numbers between its ends. */
export function isOnScale(mood: MoodValue, { min, max }: Scale): boolean {
  return typeof mood === 'string' || (mood >= min && mood <= max)
}

/**
 * A mood on the one scale of statistics, -1 (worst) to 1 (best): a number by its place on the person's scale, a label
 * by the table below, null for an unknown label. Fixed when the entry is written.
 */
export function valenceOf(mood: MoodValue, { min, max }: Scale): number | null {
  if (typeof mood === 'string') return labels.get(keyOf(mood)) ?? null
  return Math.round(((2 * (mood - min)) / (max - min) - 1) * 10_000) / 10_000
}

/** The labels that have a valence, the best first. */
export const knownLabels = (): { label: string; valence: number }[] =>
  Array.from(labels, ([label, valence]) => ({ label, valence })).sort((a, b) => b.valence - a.valence)

/**
 * Labels with a valence that hardly anyone would dispute, in steps of a quarter. Covers the five moods of Daylio (rad,
 * good, meh, bad, awful) and the everyday words; other labels count for the streak, not for statistics.
 */
const labels = new Map(
  Object.entries({
    1: 'rad amazing awesome ecstatic elated euphoric excellent fantastic great overjoyed thrilled wonderful',
    0.75: 'happy joyful delighted cheerful excited proud loved grateful inspired',
    0.5: 'good content calm relaxed peaceful hopeful motivated optimistic energetic confident satisfied',
    0.25: 'fine okay ok alright better rested',
    0: 'meh neutral so-so indifferent average',
    [-0.25]: 'tired bored restless distracted unsure',
    [-0.5]: 'bad sad lonely worried nervous stressed frustrated annoyed irritated disappointed jealous guilty',
    [-0.75]: 'anxious angry afraid scared upset overwhelmed exhausted hurt ashamed unhappy',
    [-1]: 'awful terrible horrible miserable depressed hopeless devastated desperate',
  }).flatMap(([valence, words]) => words.split(' ').map(word => [word, Number(valence)] as const)),
)
