import { Type } from '@sinclair/typebox'
import { nullable, oneOf, orReceipt, ref, writes } from '../../src/http/typebox.ts'
import { levels, poseCategories } from '../../src/vocabulary.ts'
import { PageQuery, pageFields } from '../paging.ts'
import { Receipt } from '../wire.ts'

/** The wire schemas of poses. */

const Name = Type.String({ maxLength: 100, format: 'label', examples: ['Tree Pose'] })
const SanskritName = Type.String({ maxLength: 100, format: 'label', examples: ['Vṛkṣāsana'] })
const Level = oneOf(levels, { description: 'The difficulty.' })
const Category = oneOf(poseCategories)
const Categories = Type.Array(Category, {
  maxItems: poseCategories.length,
  uniqueItems: true,
  description: 'The kinds of pose it belongs to.',
  examples: [['standing', 'balance']],
})
const TwoSided = Type.Boolean({ description: 'Whether it has a left and a right side.', examples: [true] })
const HoldSeconds = Type.Integer({
  minimum: 1,
  maximum: 3_600,
  description: 'How long it is typically held, per side if it has two.',
  examples: [40],
})
const Benefits = Type.String({
  maxLength: 1_000,
  description: 'What it is good for.',
  examples: ['Trains ankle and hip stability.'],
})
const Cautions = Type.String({
  maxLength: 1_000,
  description: 'When to be careful, and what to do instead.',
  examples: ['Foot on calf or inner thigh, never against the knee.'],
})

export const Pose = Type.Object(
  {
    id: Type.String({
      maxLength: 64,
      description: 'The id that sequences refer to: a slug of the catalogue, or the UUID of your own pose.',
      examples: ['tree'],
    }),
    slug: nullable(
      Type.String({ maxLength: 64, description: 'Never changes. Null for your own poses.', examples: ['tree'] }),
    ),
    name: Name,
    sanskrit_name: nullable(SanskritName),
    level: Level,
    categories: Categories,
    two_sided: TwoSided,
    hold_seconds: HoldSeconds,
    benefits: nullable(Benefits),
    cautions: nullable(Cautions),
    own: Type.Boolean({
      description: 'Whether it is one of your own poses, visible to you only.',
      examples: [false],
    }),
  },
  { $id: 'Pose', description: 'A yoga pose.' },
)

export const PoseOrReceipt = orReceipt(Pose, Receipt)

export const PoseList = Type.Object(
  { poses: Type.Array(ref(Pose), { maxItems: 100 }), ...pageFields },
  { $id: 'PoseList', description: 'A page of poses.' },
)

const optional = {
  sanskrit_name: Type.Optional(nullable(SanskritName)),
  level: Type.Optional(nullable(Level)),
  categories: Type.Optional(nullable(Categories)),
  two_sided: Type.Optional(nullable(TwoSided)),
  hold_seconds: Type.Optional(nullable(HoldSeconds)),
  benefits: Type.Optional(nullable(Benefits)),
  cautions: Type.Optional(nullable(Cautions)),
}

export const NewPose = writes(
  Pose,
  Type.Object(
    { name: Name, ...optional },
    {
      title: 'NewPose',
      additionalProperties: false,
      examples: [{ name: 'Tree at the Wall', level: 'beginner', categories: ['standing', 'balance'], two_sided: true }],
    },
  ),
)

export const PoseChange = writes(
  Pose,
  Type.Object(
    { name: Type.Optional(Name), ...optional },
    { title: 'PoseChanges', additionalProperties: false, examples: [{ cautions: 'Stay close to the wall.' }] },
  ),
)

export const PoseId = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64, description: 'A slug of the catalogue, or the id of your own pose.' }),
})

export const PoseQuery = Type.Object(
  {
    ...PageQuery,
    level: Type.Optional(oneOf(levels, { description: 'Only poses of this level.' })),
    category: Type.Optional(oneOf(poseCategories, { description: 'Only poses of this kind.' })),
    two_sided: Type.Optional(Type.Boolean({ description: 'Only poses with two sides (`true`) or without (`false`).' })),
    q: Type.Optional(
      Type.String({
        maxLength: 100,
        description: 'Words of the English or Sanskrit name. Case and accents are ignored.',
      }),
    ),
  },
  { additionalProperties: false },
)
