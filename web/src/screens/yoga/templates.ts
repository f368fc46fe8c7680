import type { NewSequence } from '../../../../client/src/wire.ts'
import { yoga as texts } from '../../texts.ts'

/** Sequences to begin with. The check finds nothing to say about any of them. */

type Items = NonNullable<NewSequence['poses']>
const section = (name: string, poses: readonly [pose: string, seconds?: number][]): Items =>
  poses.map(([pose_id, seconds]) => ({ pose_id, section: name, ...(seconds !== undefined && { seconds }) }))

const { names, sections } = texts.templates

export const templates: readonly (NewSequence & { poses: Items })[] = [
  {
    ...names.morning,
    level: 'beginner',
    poses: [
      ...section(sections.warmUp, [
        ['child', 60],
        ['cat', 60],
        ['thread-the-needle', 30],
        ['downward-dog', 60],
        ['low-lunge', 40],
      ]),
      ...section(sections.standing, [
        ['mountain', 30],
        ['warrior-2', 40],
        ['triangle', 40],
        ['tree', 40],
        ['standing-forward-bend', 45],
      ]),
      ...section(sections.coolDown, [
        ['sphinx', 45],
        ['seated-forward-bend', 60],
        ['supine-twist', 50],
        ['corpse', 180],
      ]),
    ],
  },
  {
    ...names.evening,
    level: 'beginner',
    poses: [
      ...section(sections.arrive, [
        ['easy', 90],
        ['cat', 60],
        ['child', 120],
      ]),
      ...section(sections.soften, [
        ['bound-angle', 120],
        ['head-to-knee', 60],
        ['reclining-bound-angle', 150],
        ['supine-twist', 60],
      ]),
      ...section(sections.rest, [
        ['legs-up-the-wall', 240],
        ['corpse', 300],
      ]),
    ],
  },
  {
    ...names.backbend,
    level: 'intermediate',
    poses: [
      ...section(sections.warmUp, [
        ['cat', 60],
        ['puppy', 60],
        ['downward-dog', 60],
        ['low-lunge', 45],
        ['cobra', 40],
        ['sphinx', 60],
      ]),
      ...section(sections.peak, [
        ['bridge', 45],
        ['camel', 40],
      ]),
      ...section(sections.coolDown, [
        ['child', 60],
        ['seated-forward-bend', 90],
        ['supine-twist', 60],
        ['corpse', 240],
      ]),
    ],
  },
]
