import { searchable, wordsOf } from '../fold.ts'
import type { Level, PoseCategory } from '../vocabulary.ts'
import { oneSpelling } from './search.ts'

/** The facts about a pose. */
export interface PoseFacts {
  /** In English. */
  name: string
  sanskrit_name: string | null
  level: Level
  categories: PoseCategory[]
  /** Whether it has a left and a right side. */
  two_sided: boolean
  /** Its typical time in seconds, on each side if it has two. */
  hold_seconds: number
  benefits: string | null
  cautions: string | null
}

/** A pose of the catalogue. Its slug never changes: sequences refer to it. */
export interface CataloguePose extends PoseFacts {
  slug: string
  sanskrit_name: string
  benefits: string
  cautions: string
}

/** A pose in wire names. */
export interface Pose extends PoseFacts {
  /** The slug of a catalogue pose, the UUID of a custom one. */
  id: string
  slug: string | null
  own: boolean
}

/** Finds a pose by its id. */
export type PoseFinder = (id: string) => Pose | undefined

export interface PoseFilter {
  level?: Level
  category?: PoseCategory
  two_sided?: boolean
  /** Words that must all be in the name or in the Sanskrit name; case and accents do not matter. */
  q?: string
}

/** The poses that match a filter, in alphabetical order. */
export function filterPoses(poses: readonly Pose[], filter: PoseFilter): Pose[] {
  const words = wordsOf(filter.q)
  return poses
    .filter(
      pose =>
        (filter.level === undefined || pose.level === filter.level) &&
        (filter.category === undefined || pose.categories.includes(filter.category)) &&
        (filter.two_sided === undefined || pose.two_sided === filter.two_sided) &&
        words.every(word => isIn(pose, word)),
    )
    .map(pose => ({ pose, key: `${searchable(pose.name)}\n${pose.id}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ pose }) => pose)
}

function isIn({ name, sanskrit_name: sanskrit }: Pose, word: string): boolean {
  return searchable(name).includes(word) || oneSpelling(searchable(sanskrit ?? '')).includes(oneSpelling(word))
}

/** The defaults of a custom pose; the name is required. */
export const blankPose: PoseFacts = {
  name: '',
  sanskrit_name: null,
  level: 'beginner',
  categories: [],
  two_sided: false,
  hold_seconds: 30,
  benefits: null,
  cautions: null,
}

/** A change to a pose: absent fields stay, null restores the default. */
export type PoseChange = { [Fact in keyof PoseFacts]?: PoseFacts[Fact] | (Fact extends 'name' ? never : null) }

/** Whether facts are those that a pose has already. */
export function changesNothing(before: PoseFacts, after: PoseFacts): boolean {
  const values = (facts: PoseFacts) => Object.values(changedPose(facts, {}))
  return JSON.stringify(values(before)) === JSON.stringify(values(after))
}

/** A pose's facts after a change. */
export function changedPose(before: PoseFacts, change: PoseChange): PoseFacts {
  const { name, sanskrit_name, level, categories, two_sided, hold_seconds, benefits, cautions } = {
    ...before,
    ...change,
  }
  return {
    name,
    sanskrit_name,
    level: level ?? blankPose.level,
    categories: categories ?? blankPose.categories,
    two_sided: two_sided ?? blankPose.two_sided,
    hold_seconds: hold_seconds ?? blankPose.hold_seconds,
    benefits,
    cautions,
  }
}
