import { type SchemaOptions, Type } from '@sinclair/typebox'
import { nullable, oneOf, ref } from '../../src/typebox.ts'
import { levels, sides, visibilities } from '../../src/vocabulary.ts'
import { findingCodes } from '../../src/yoga/check.ts'
import { maxItems } from '../../src/yoga/items.ts'
import { sequenceSorts } from '../../src/yoga/sequence-list.ts'
import { PageQuery, pageFields } from '../paging.ts'
import { Count, Instant } from '../wire.ts'

/** The sequences on the wire. */

const Uuid = (options: SchemaOptions = {}) => Type.String({ format: 'uuid', ...options })
const Position = (options: SchemaOptions = {}) => Type.Integer({ minimum: 1, maximum: maxItems, ...options })
const Title = Type.String({ maxLength: 200, format: 'label', examples: ['Twenty minutes before breakfast'] })
const Description = Type.String({ maxLength: 5_000, examples: ['Wakes the back and the hips.'] })
const Category = Type.String({ maxLength: 64, format: 'label', description: 'Any words.', examples: ['morning'] })
const Tags = Type.Array(
  Type.String({ maxLength: 64, format: 'label', description: 'Case does not tell tags apart.' }),
  { maxItems: 20, examples: [['hips', 'short']] },
)
const Level = oneOf(levels, { description: 'How much it asks for.' })
const Visibility = oneOf(visibilities, {
  description:
    '`published`: everybody who is signed in may read it, and sees the name of its author and nothing else of them.',
})

const Name = Type.String({
  maxLength: 100,
  format: 'label',
  description: 'What the pose is called. With a `pose_id` the name of that pose counts; alone it is a free name.',
  examples: ['Downward-Facing Dog'],
})
const Section = Type.String({
  maxLength: 64,
  format: 'label',
  description: 'The part of the sequence that it stands in; one called "peak" is looked at by the check.',
  examples: ['warm-up', 'peak', 'cool-down'],
})
const Seconds = Type.Integer({ minimum: 1, maximum: 3_600, description: 'How long it is held.', examples: [45] })
const Breaths = Type.Integer({ minimum: 1, maximum: 500, description: 'How many breaths; one counts 5 seconds.' })
const Cue = Type.String({ maxLength: 500, description: 'What to say.', examples: ['Bend the knees.'] })
const SideOf = oneOf(sides, { description: '`both` is one after the other and counts its time twice.' })

export const Item = Type.Object(
  {
    position: Position({ description: 'From 1.', examples: [1] }),
    pose_id: nullable(
      Type.String({
        maxLength: 64,
        description: 'A slug of the catalogue, or an own pose; null for a free name.',
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
  { $id: 'SequenceItem', description: 'One pose of a sequence, held for seconds or for breaths.' },
)

const summary = {
  id: Uuid(),
  title: Title,
  description: nullable(Description),
  category: nullable(Category),
  tags: Tags,
  level: nullable(Level),
  visibility: Visibility,
  archived: Type.Boolean({ description: 'Put away: out of the usual list, and out of the sight of others.' }),
  own: Type.Boolean({ description: 'Whether it is one’s own.' }),
  author: Type.String({ maxLength: 201, description: 'The name of whoever made it.', examples: ['Maya Okafor'] }),
  pose_count: Count({ examples: [12] }),
  total_seconds: Count({
    description: 'How long it takes; what is done on both sides counts twice.',
    examples: [1200],
  }),
  copied_from: nullable(
    Uuid({ description: 'The sequence that it was copied from, which may be gone; others are not told.' }),
  ),
  created_at: Instant(),
  updated_at: Instant(),
}

export const SequenceSummary = Type.Object(summary, {
  $id: 'SequenceSummary',
  description: 'A sequence without its poses.',
})

export const Sequence = Type.Object(
  { ...summary, poses: Type.Array(ref(Item), { maxItems }) },
  { $id: 'Sequence', description: 'Yoga poses one after the other.' },
)

export const SequenceList = Type.Object(
  { sequences: Type.Array(ref(SequenceSummary), { maxItems: 100 }), ...pageFields },
  { $id: 'SequenceList' },
)

export const Check = Type.Object(
  {
    total_seconds: summary.total_seconds,
    target_seconds: nullable(Count({ description: 'What `minutes` asked for.', examples: [1200] })),
    left_seconds: Count({ description: 'How long something is held on the left.', examples: [180] }),
    right_seconds: Count({ description: 'How long something is held on the right.', examples: [180] }),
    peaks: Type.Array(Position(), {
      maxItems,
      description:
        'The positions of the demanding poses: what stands in a section called "peak", or else the hard ones.',
      examples: [[7]],
    }),
    findings: Type.Array(
      Type.Object({
        code: oneOf(findingCodes),
        positions: Type.Array(Position(), {
          maxItems,
          description: 'Where, from 1; none for the sequence as a whole.',
        }),
        message: Type.String({
          maxLength: 1_000,
          description: 'What it is, and why it is remarked.',
          examples: ['Warrior II is held 30 s on the left and 0 s on the right.'],
        }),
      }),
      { maxItems: 1_000 },
    ),
  },
  { $id: 'SequenceCheck', description: 'What a teacher would remark. A sequence without findings is sound.' },
)

const itemFields = {
  pose_id: Type.Optional(
    nullable(
      Type.String({
        maxLength: 64,
        description: 'A slug of the catalogue, or the id of an own pose.',
        examples: ['tree'],
      }),
    ),
  ),
  name: Type.Optional(nullable(Name)),
  section: Type.Optional(nullable(Section)),
  side: Type.Optional(nullable(oneOf(sides, { description: 'For a two-sided pose `both` when absent.' }))),
  seconds: Type.Optional(
    nullable(
      Type.Integer({ ...Seconds, description: 'How long it is held; as long as the pose typically is when absent.' }),
    ),
  ),
  breaths: Type.Optional(nullable(Breaths)),
  cue: Type.Optional(nullable(Cue)),
}

const NewItem = Type.Object(
  {
    ...itemFields,
    position: Type.Optional(
      Position({ description: 'Accepted so that what was read can be sent back; the order of the list counts.' }),
    ),
  },
  { additionalProperties: false },
)

export const ItemChange = Type.Object(itemFields, { additionalProperties: false, examples: [{ breaths: 8 }] })

const exampleItems = [
  { pose_id: 'cat', section: 'warm-up' },
  { pose_id: 'downward-dog', seconds: 60, section: 'warm-up', cue: 'Bend the knees.' },
  { pose_id: 'warrior-2', breaths: 5, section: 'peak' },
  { pose_id: 'corpse', seconds: 300, section: 'cool-down' },
]

/** The longest list of poses with the longest cues, in letters of up to three bytes. */
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

export const NewSequence = Type.Object(
  { title: Title, ...changeable, poses: Type.Optional(NewItems) },
  {
    additionalProperties: false,
    examples: [{ title: 'Twenty minutes before breakfast', category: 'morning', tags: ['short'], poses: exampleItems }],
  },
)

export const SequenceChange = Type.Object(
  { title: Type.Optional(Title), ...changeable },
  { additionalProperties: false, examples: [{ visibility: 'published' }] },
)

export const Items = Type.Object(
  {
    poses: Type.Optional(NewItems),
    order: Type.Optional(
      Type.Array(Position(), {
        maxItems,
        description: 'The same poses in another order: each of their positions once.',
      }),
    ),
  },
  { additionalProperties: false, description: 'One of the two.', examples: [{ poses: exampleItems }] },
)

export const Copy = nullable(
  Type.Object(
    { title: Type.Optional(Title) },
    { additionalProperties: false, examples: [{ title: 'My twenty minutes' }] },
  ),
)

export const ItemPlace = Type.Object({
  id: Uuid({ description: 'Which one.' }),
  position: Type.Integer({ minimum: 1, maximum: maxItems, description: 'Which of its poses, from 1.' }),
})

export const SequenceQuery = Type.Object(
  {
    ...PageQuery,
    scope: Type.Optional(
      oneOf(['own', 'published'], {
        description: 'The own ones (when absent), or what everybody who is signed in may read.',
      }),
    ),
    archived: Type.Optional(
      Type.Boolean({ description: 'Those put away instead of those in use. Others do not see what is put away.' }),
    ),
    category: Type.Optional(
      Type.String({ maxLength: 64, description: 'Only sequences of this category; case does not matter.' }),
    ),
    tag: Type.Optional(Type.String({ maxLength: 64, description: 'Only sequences with this tag.' })),
    level: Type.Optional(oneOf(levels, { description: 'Only sequences of this level.' })),
    q: Type.Optional(
      Type.String({
        maxLength: 100,
        description: 'Words in title, description, category or tags; accents and case do not matter.',
      }),
    ),
    sort: Type.Optional(
      oneOf(sequenceSorts, { description: 'With `-` in front descending; `-updated_at` when absent.' }),
    ),
  },
  { additionalProperties: false },
)

export const CheckQuery = Type.Object(
  {
    minutes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 600, description: 'How long the sequence is meant to take.' }),
    ),
  },
  { additionalProperties: false },
)
