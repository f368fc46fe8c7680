import { type SchemaOptions, Type } from '@sinclair/typebox'
import { nullable, ref } from '../../src/typebox.ts'
import { PageQuery, pageFields } from '../paging.ts'
import { Count, Day, Instant } from '../wire.ts'

/** The wire schemas of practices. */

const Uuid = (options: SchemaOptions = {}) => Type.String({ format: 'uuid', ...options })

export const Practice = Type.Object(
  {
    id: Uuid(),
    sequence_id: Uuid({ description: 'The sequence practised. It may have been deleted or unpublished since.' }),
    title: Type.String({
      maxLength: 200,
      description: 'The title of the sequence at the time.',
      examples: ['Twenty minutes before breakfast'],
    }),
    total_seconds: Count({ description: 'The length of the sequence at the time.', examples: [1200] }),
    date: Day({ description: 'The local day.' }),
    note: nullable(Type.String({ maxLength: 10_000, examples: ['Hips feel free.'] })),
    created_at: Instant(),
  },
  { $id: 'Practice', description: 'A practice of a sequence.' },
)

export const PracticeList = Type.Object(
  { practices: Type.Array(ref(Practice), { maxItems: 100 }), ...pageFields },
  { $id: 'PracticeList', description: 'A page of practices.' },
)

export const NewPractice = nullable(
  Type.Object(
    {
      date: Type.Optional(nullable(Day({ description: 'The local day. Defaults to today.' }))),
      note: Type.Optional(nullable(Type.String({ maxLength: 10_000, examples: ['Hips feel free.'] }))),
    },
    { title: 'NewPractice', additionalProperties: false, examples: [{ note: 'Hips feel free.' }] },
  ),
)

export const PracticeQuery = Type.Object(
  {
    ...PageQuery,
    from: Type.Optional(Day({ description: 'Only practices on or after this day.' })),
    to: Type.Optional(Day({ description: 'Only practices on or before this day.' })),
  },
  { additionalProperties: false },
)

export const AllPracticesQuery = Type.Object(
  {
    ...PracticeQuery.properties,
    sequence: Type.Optional(Uuid({ description: 'Only practices of this sequence, even if it was deleted.' })),
  },
  { additionalProperties: false },
)
