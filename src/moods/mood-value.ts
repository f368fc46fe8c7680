import { fold } from '../fold.ts'
import type { MoodValue } from '../vocabulary.ts'

/** The ends of a person's scale; `min` is the worst mood. */
export interface Scale {
  min: number
  max: number
}

export const defaultScale: Scale = { min: 0, max: 10 }

const numeric = /^-?\d+(\.\d+)?$/

/** The stored form of a mood: a numeric string becomes the number, anything else stays as submitted. */
export function moodValue(submitted: MoodValue): MoodValue {
  return typeof submitted === 'string' && numeric.test(submitted) ? Number(submitted) : submitted
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
  if (typeof mood === 'string') return labels.get(fold(mood.trim())) ?? null
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
