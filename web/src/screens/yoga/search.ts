import type { Pose } from '../../../../client/src/wire.ts'

/** Finding poses on the device, as the server would. */

export interface PoseFilter {
  q: string
  level: Pose['level'] | ''
  category: Pose['categories'][number] | ''
  sides: 'any' | 'two' | 'one'
  own: boolean
}

export const noFilter: PoseFilter = { q: '', level: '', category: '', sides: 'any', own: false }

/** Without case and accents. */
export const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** The poses that match all of a filter, by name. */
export function filterPoses(poses: readonly Pose[], { q, level, category, sides, own }: PoseFilter): Pose[] {
  const words = folded(q).split(/\s+/).filter(Boolean)
  return poses
    .filter(
      pose =>
        (level === '' || pose.level === level) &&
        (category === '' || pose.categories.includes(category)) &&
        (sides === 'any' || pose.two_sided === (sides === 'two')) &&
        (!own || pose.own) &&
        words.every(word => folded(`${pose.name} ${pose.sanskrit_name ?? ''}`).includes(word)),
    )
    .sort((a, b) => a.name.localeCompare(b.name))
}
