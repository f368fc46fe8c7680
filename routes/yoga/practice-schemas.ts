import { type SchemaOptions, Type } from '@sinclair/typebox'
import { nullable, ref } from '../../src/typebox.ts'
import { PageQuery, pageFields } from '../paging.ts'
import { Count, Day, Instant } from '../wire.ts'

/** The practices on the wire. */

const Uuid = (options: SchemaOptions = {}) => Type.String({ format: 'uuid', ...options })

export const Practice = Type.Object(
  {
    id: Uuid(),
    sequence_id: Uuid({ description: 'What was practised. It may be gone, or be no longer for others to read.' }),
    title: Type.String({
      maxLength: 200,
      description: 'What the sequence was called then.',
      examples: ['Twenty minutes before breakfast'],
    }),
    total_seconds: Count({ description: 'How long the sequence took then.', examples: [1200] }),
    date: Day({ description: 'The local day.' }),
    note: nullable(Type.String({ maxLength: 10_000, examples: ['Hips feel free.'] })),
    created_at: Instant(),
  },
  { $id: 'Practice', description: 'That somebody practised a sequence.' },
)

export const PracticeList = Type.Object(
  { practices: Type.Array(ref(Practice), { maxItems: 100 }), ...pageFields },
  { $id: 'PracticeList' },
)

export const NewPractice = nullable(
  Type.Object(
    {
      date: Type.Optional(nullable(Day({ description: 'The local day; today when absent.' }))),
      note: Type.Optional(nullable(Type.String({ maxLength: 10_000, examples: ['Hips feel free.'] }))),
    },
    { additionalProperties: false, examples: [{ note: 'Hips feel free.' }] },
  ),
)

export const PracticeQuery = Type.Object(
  {
    ...PageQuery,
    from: Type.Optional(Day({ description: 'Only practices of this day or later.' })),
    to: Type.Optional(Day({ description: 'Only practices of this day or earlier.' })),
  },
  { additionalProperties: false },
)

export const AllPracticesQuery = Type.Object(
  {
    ...PracticeQuery.properties,
    sequence: Type.Optional(Uuid({ description: 'Only practices of this sequence, even when it is gone.' })),
  },
  { additionalProperties: false },
)
