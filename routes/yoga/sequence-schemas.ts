import { type SchemaOptions, Type } from '@sinclair/typebox'
import { nullable, oneOf, orReceipt, ref, writes } from '../../src/http/typebox.ts'
import { levels, sides, visibilities } from '../../src/vocabulary.ts'
import { findingCodes } from '../../src/yoga/check.ts'
import { maxItems } from '../../src/yoga/items.ts'
import { sequenceSorts } from '../../src/yoga/sequence-list.ts'
import { PageQuery, pageFields } from '../paging.ts'
import { Count, Instant, Receipt, Revision } from '../wire.ts'

/** The wire schemas of sequences. */

const Uuid = (options: SchemaOptions = {}) => Type.String({ format: 'uuid', ...options })
const Position = (options: SchemaOptions = {}) => Type.Integer({ minimum: 1, maximum: maxItems, ...options })
const Title = Type.String({ maxLength: 200, format: 'label', examples: ['Twenty minutes before breakfast'] })
const Description = Type.String({ maxLength: 5_000, examples: ['Wakes the back and the hips.'] })
const Category = Type.String({ maxLength: 64, format: 'label', description: 'Free text.', examples: ['morning'] })
const Tags = Type.Array(Type.String({ maxLength: 64, format: 'label', description: 'Case-insensitive.' }), {
  maxItems: 20,
  examples: [['hips', 'short']],
})
const Level = oneOf(levels, { description: 'The difficulty.' })
const Visibility = oneOf(visibilities, {
  description:
    '`published`: every signed-in user can read it, and sees the name of its author and nothing else about them.',
})

const Name = Type.String({
  maxLength: 100,
  format: 'label',
  description: 'The name of the pose. Ignored with a `pose_id`; alone it is a free name.',
  examples: ['Downward-Facing Dog'],
})
const Section = Type.String({
  maxLength: 64,
  format: 'label',
  description: 'The part of the sequence it belongs to. The check looks at the one named "peak".',
  examples: ['warm-up', 'peak', 'cool-down'],
})
const Seconds = Type.Integer({ minimum: 1, maximum: 3_600, description: 'How long it is held.', examples: [45] })
const Breaths = Type.Integer({ minimum: 1, maximum: 500, description: 'Number of breaths; each counts as 5 seconds.' })
const Cue = Type.String({ maxLength: 500, description: 'What the teacher says.', examples: ['Bend the knees.'] })
const SideOf = oneOf(sides, { description: '`both`: one after the other; its time counts twice.' })

export const Item = Type.Object(
  {
    position: Position({ description: 'From 1.', examples: [1] }),
    pose_id: nullable(
      Type.String({
        maxLength: 64,
        description: 'A slug of the catalogue, or the id of your own pose; null for a free name.',
        examples: ['downward-dog'],
      }),
    ),
    name: Name,
    section: nullable(Section),
    side: nullable(SideOf),
    seconds: nullable(Seconds),
    breaths: nullable(Breaths),
    cue: nullable(Cue),
  },
  {
    $id: 'SequenceItem',
    description: 'A pose within a sequence, held for seconds or for breaths.',
    examples: [
      {
        position: 1,
        pose_id: 'downward-dog',
        name: 'Downward-Facing Dog',
        section: 'warm-up',
        side: null,
        seconds: 45,
        breaths: null,
        cue: 'Bend the knees.',
      },
    ],
  },
)

const summary = {
  id: Uuid(),
  title: Title,
  description: nullable(Description),
  category: nullable(Category),
  tags: Tags,
  level: nullable(Level),
  visibility: Visibility,
  archived: Type.Boolean({
    description: 'Put away: not in the default list, and hidden from others.',
    examples: [false],
  }),
  own: Type.Boolean({ description: 'Whether it is yours.' }),
  author: Type.String({ maxLength: 201, description: 'The name of its author.', examples: ['Maya Okafor'] }),
  pose_count: Count({ examples: [1] }),
  total_seconds: Count({
    description: 'The total time; poses done on both sides count twice.',
    examples: [45],
  }),
  copied_from: nullable(
    Uuid({
      description: 'The sequence it was copied from, which may have been deleted; shown to you only.',
      examples: [null],
    }),
  ),
  revision: Revision,
  created_at: Instant(),
  updated_at: Instant(),
}

export const SequenceSummary = Type.Object(summary, {
  $id: 'SequenceSummary',
  description: 'A yoga sequence without its poses.',
})

export const Sequence = Type.Object(
  { ...summary, poses: Type.Array(ref(Item), { maxItems }) },
  { $id: 'Sequence', description: 'A yoga sequence with its poses.' },
)

export const SequenceOrReceipt = orReceipt(Sequence, Receipt)

export const SequenceList = Type.Object(
  { sequences: Type.Array(ref(SequenceSummary), { maxItems: 100 }), ...pageFields },
  { $id: 'SequenceList', description: 'A page of sequences.' },
)

export const Check = Type.Object(
  {
    total_seconds: Count({ ...summary.total_seconds, examples: [1200] }),
    target_seconds: nullable(Count({ description: 'The requested `minutes`, in seconds.', examples: [1200] })),
    left_seconds: Count({ description: 'Total time on the left side.', examples: [180] }),
    right_seconds: Count({ description: 'Total time on the right side.', examples: [180] }),
    peaks: Type.Array(Position(), {
      maxItems,
      description:
        'The positions of the demanding poses: those in the section named "peak", or else the advanced ones.',
      examples: [[7]],
    }),
    findings: Type.Array(
      Type.Object({
        code: oneOf(findingCodes, { examples: ['uneven_sides'] }),
        positions: Type.Array(Position(), {
          maxItems,
          description: 'The positions concerned, from 1; empty for the sequence as a whole.',
        }),
        message: Type.String({
          maxLength: 1_000,
          description: 'What was found, and why it matters.',
          examples: ['Warrior II is held 30 s on the left and 0 s on the right.'],
        }),
      }),
      { maxItems: 1_000 },
    ),
  },
  { $id: 'SequenceCheck', description: 'The result of a check. A sequence without findings is sound.' },
)

const itemFields = {
  pose_id: Type.Optional(
    nullable(
      Type.String({
        maxLength: 64,
        description: 'A slug of the catalogue, or the id of your own pose.',
        examples: ['tree'],
      }),
    ),
  ),
  name: Type.Optional(nullable(Name)),
  section: Type.Optional(nullable(Section)),
  side: Type.Optional(nullable(oneOf(sides, { description: 'Defaults to `both` for a two-sided pose.' }))),
  seconds: Type.Optional(
    nullable(
      Type.Integer({ ...Seconds, description: 'How long it is held. Defaults to the typical time of the pose.' }),
    ),
  ),
  breaths: Type.Optional(nullable(Breaths)),
  cue: Type.Optional(nullable(Cue)),
}

const NewItem = Type.Object(
  {
    ...itemFields,
    position: Type.Optional(
      Position({
        description:
          'Ignored, and accepted so that a list can be sent back as it was read; the order of the list counts.',
      }),
    ),
  },
  { additionalProperties: false },
)

export const ItemChange = Type.Object(itemFields, {
  title: 'SequenceItemChanges',
  additionalProperties: false,
  examples: [{ breaths: 8 }],
})

const exampleItems = [
  { pose_id: 'cat', section: 'warm-up' },
  { pose_id: 'downward-dog', seconds: 60, section: 'warm-up', cue: 'Bend the knees.' },
  { pose_id: 'warrior-2', breaths: 5, section: 'peak' },
  { pose_id: 'corpse', seconds: 300, section: 'cool-down' },
]

/** The longest list of poses with the longest cues, in characters of up to three bytes. */
export const itemsBodyLimit = 512 * 1024

const NewItems = Type.Array(NewItem, { maxItems })

const changeable = {
  description: Type.Optional(nullable(Description)),
  category: Type.Optional(nullable(Category)),
  tags: Type.Optional(nullable(Tags)),
  level: Type.Optional(nullable(Level)),
  visibility: Type.Optional(Visibility),
  archived: Type.Optional(Type.Boolean()),
}

export const NewSequence = writes(
  Sequence,
  Type.Object(
    { title: Title, ...changeable, poses: Type.Optional(NewItems) },
    {
      title: 'NewSequence',
      additionalProperties: false,
      examples: [
        { title: 'Twenty minutes before breakfast', category: 'morning', tags: ['short'], poses: exampleItems },
      ],
    },
  ),
)

export const SequenceChange = writes(
  Sequence,
  Type.Object(
    { title: Type.Optional(Title), ...changeable },
    { title: 'SequenceChanges', additionalProperties: false, examples: [{ visibility: 'published' }] },
  ),
)

export const Items = Type.Object(
  {
    poses: Type.Optional(NewItems),
    order: Type.Optional(
      Type.Array(Position(), {
        maxItems,
        description: 'The current positions in their new order, each once.',
      }),
    ),
  },
  {
    title: 'SequenceOrder',
    additionalProperties: false,
    description: 'Either `poses` or `order`.',
    examples: [{ poses: exampleItems }],
  },
)

export const Copy = nullable(
  Type.Object(
    { title: Type.Optional(Title) },
    { title: 'SequenceCopy', additionalProperties: false, examples: [{ title: 'My twenty minutes' }] },
  ),
)

export const ItemPlace = Type.Object({
  id: Uuid({ description: 'The id of the sequence.' }),
  position: Type.Integer({ minimum: 1, maximum: maxItems, description: 'The position of the pose, from 1.' }),
})

export const SequenceQuery = Type.Object(
  {
    ...PageQuery,
    scope: Type.Optional(
      oneOf(['own', 'published'], {
        description: 'Your own (`own`, the default), or those that everybody can read (`published`).',
      }),
    ),
    archived: Type.Optional(
      Type.Boolean({ description: 'Archived sequences instead of those in use; only with `scope=own`.' }),
    ),
    category: Type.Optional(
      Type.String({
        maxLength: 64,
        format: 'short-text',
        description: 'Only sequences of this category. Case-insensitive.',
      }),
    ),
    tag: Type.Optional(
      Type.String({ maxLength: 64, format: 'short-text', description: 'Only sequences with this tag.' }),
    ),
    level: Type.Optional(oneOf(levels, { description: 'Only sequences of this level.' })),
    q: Type.Optional(
      Type.String({
        maxLength: 100,
        description: 'Words in the title, description, category or tags. Case and accents are ignored.',
      }),
    ),
    sort: Type.Optional(oneOf(sequenceSorts, { description: 'Defaults to `-updated_at`; `-` means descending.' })),
  },
  { additionalProperties: false },
)

export const CheckQuery = Type.Object(
  {
    minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 600, description: 'The intended length in minutes.' })),
  },
  { additionalProperties: false },
)
