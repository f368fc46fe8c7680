import { armBalances } from './catalogue/arm-balances.ts'
import { backbends } from './catalogue/backbends.ts'
import { balancing } from './catalogue/balancing.ts'
import { handsAndKnees } from './catalogue/hands-and-knees.ts'
import { inversions } from './catalogue/inversions.ts'
import { resting } from './catalogue/resting.ts'
import { seated } from './catalogue/seated.ts'
import { standing } from './catalogue/standing.ts'
import type { Pose } from './poses.ts'

/** The built-in poses. */
export const catalogue: readonly Pose[] = [
  ...standing,
  ...balancing,
  ...handsAndKnees,
  ...backbends,
  ...seated,
  ...armBalances,
  ...inversions,
  ...resting,
].map(pose => ({ ...pose, id: pose.slug, own: false }))

const bySlug = new Map(catalogue.map(pose => [pose.id, pose]))

/** The catalogue's pose with this slug. */
export function inCatalogue(slug: string): Pose | undefined {
  return bySlug.get(slug)
}
