import { Type } from '@sinclair/typebox'
import { Problem } from '../../src/http/problem-details.ts'
import { nullable, oneOf, ref } from '../../src/http/typebox.ts'
import { verbs } from '../../src/sync/decide.ts'
import { syncedKinds, writableKinds } from '../../src/vocabulary.ts'
import { streakFields } from '../mood/schemas.ts'
import { maxInt32, Revision, Timezone } from '../wire.ts'

/** The wire schemas of syncing. */

export const maxOperations = 500
const maxLimit = 2_000
export const defaultLimit = 500

const limit = { minimum: 1, maximum: maxLimit, default: defaultLimit }

const Uuid = Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] })
const Kind = oneOf(syncedKinds)

/** How operations end. */
export const outcomes = ['applied', 'unchanged', 'conflict', 'deleted', 'rejected'] as const

/** A thing as its own `GET` gives it, an entry without `streak`; null when it is deleted. */
const Value = Type.Unsafe<Record<string, unknown> | null>({
  type: ['object', 'null'],
  additionalProperties: true,
  description: 'As its own `GET` gives it, an entry without `streak`; null when it is deleted.',
})

const Change = Type.Object({
  kind: Kind,
  id: Uuid,
  revision: Revision,
  deleted: Type.Boolean(),
  value: Value,
})

const Result = Type.Object({
  id: Uuid,
  op_id: Type.Optional(Uuid),
  status: oneOf(outcomes, {
    description:
      '`unchanged`: it was so already. `conflict`: it changed meanwhile; `value` is what it is now. `deleted`: it was deleted elsewhere. `rejected`: for `problem`.',
  }),
  revision: Type.Optional(Revision),
  value: Type.Optional(Value),
  problem: Type.Optional(ref(Problem)),
})

const Settings = Type.Object(
  {
    timezone: Timezone(),
    day_starts_at: Type.Integer({ minimum: 0, maximum: 23 }),
    mood_scale: Type.Object({ min: Type.Number(), max: Type.Number() }),
  },
  { description: 'Of the profile.' },
)

const Operation = Type.Object(
  {
    kind: oneOf(writableKinds),
    op: oneOf(verbs, { description: '`create` takes the whole value, `update` the changed fields.' }),
    id: Uuid,
    op_id: Type.Optional(Type.String({ format: 'uuid', description: 'Made by the device; all but `create` need it.' })),
    if_revision: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: maxInt32,
        description: 'The last one seen: after a later one it is a `conflict`. Absent: the last write wins.',
      }),
    ),
    value: Type.Optional(Type.Unsafe<Record<string, unknown>>({ type: 'object' })),
  },
  { additionalProperties: false },
)

export const SyncRequest = Type.Object(
  {
    cursor: Type.Optional(nullable(Type.String({ maxLength: 512, description: 'Null or absent to begin.' }))),
    kinds: Type.Optional(
      Type.Array(Kind, {
        maxItems: syncedKinds.length,
        description: 'All that you may read if absent; none if empty.',
      }),
    ),
    operations: Type.Optional(Type.Array(Operation, { maxItems: maxOperations })),
    limit: Type.Optional(Type.Integer({ ...limit, description: 'Changes in the answer, at most.' })),
  },
  {
    title: 'SyncRequest',
    additionalProperties: false,
    examples: [
      {
        cursor: null,
        operations: [
          {
            kind: 'mood',
            op: 'create',
            id: '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11',
            value: { mood: 8, occurred_at: '2026-03-01T21:15:00+01:00' },
          },
        ],
      },
    ],
  },
)

/** The answer but for the changes, which are rendered where they are read. */
export const SyncHead = Type.Object({
  results: Type.Array(Result, { maxItems: maxOperations, description: 'One per operation, in order.' }),
  cursor: Type.String({ maxLength: 512, description: 'For the next request. Opaque.' }),
  has_more: Type.Boolean({ description: 'There are more changes: ask again with this cursor.' }),
  settings: Type.Optional(Settings),
  streak: Type.Optional(streakFields.streak),
  streak_details: Type.Optional(streakFields.streak_details),
})

export const SyncAnswer = Type.Object(
  {
    ...SyncHead.properties,
    changes: Type.Array(Change, {
      maxItems: maxLimit,
      description: 'Each thing once in its latest state; oldest first within a kind.',
    }),
  },
  { $id: 'SyncAnswer', description: 'Results of operations, and changes since the cursor.' },
)

export const SyncQuery = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 512, description: 'Of the last answer; absent to begin.' })),
    kinds: Type.Optional(
      Type.String({
        maxLength: 64,
        description: `Of ${syncedKinds.join(', ')}, separated by commas. All that you may read if absent.`,
      }),
    ),
    limit: Type.Optional(Type.Integer({ ...limit, description: 'Changes in the answer, at most.' })),
  },
  { additionalProperties: false },
)
