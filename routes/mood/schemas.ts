import { type SchemaOptions, type TSchema, Type } from '@sinclair/typebox'
import { nullable, oneOf, orReceipt, ref, writes } from '../../src/http/typebox.ts'
import { orders, streakStatuses } from '../../src/moods/streak.ts'
import { dateSources } from '../../src/vocabulary.ts'
import { pageFields } from '../paging.ts'
import { Count, Day, IdempotencyKey, Instant, maxInt32, Receipt, Revision, Timezone } from '../wire.ts'

/** The wire schemas of moods. */

const label = { maxLength: 64, format: 'visible' }
const Mood = (options: SchemaOptions = {}) => Type.Unsafe<number | string>({ type: ['number', 'string'], ...options })
const Note = Type.String({ maxLength: 10_000, examples: ['Slept well, long walk.'] })
const Tag = Type.String({ ...label, description: 'Case-insensitive.' })
const Tags = Type.Array(Tag, { maxItems: 20, examples: [['sleep', 'walk']] })
/** An imported entry may have more of them. */
const KeptTags = Type.Array(Tag, { maxItems: 1_000, examples: [['sleep', 'walk']] })

export const Entry = Type.Object(
  {
    id: Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] }),
    mood: Mood({
      maxLength: 64,
      description: 'As submitted, except that a numeric string becomes the number.',
      examples: [8, 'happy'],
    }),
    valence: nullable(
      Type.Number({
        description:
          'The mood on a scale from -1 (worst) to 1 (best), fixed when logged; null for an unknown label (see `GET /mood/labels`).',
        examples: [0.6],
      }),
    ),
    note: nullable(Note),
    tags: KeptTags,
    date: Day({ description: 'The local day that the entry counts for.' }),
    occurred_at: nullable(
      Instant({ description: 'When the mood was felt; null if it was logged for another day and nobody said when.' }),
    ),
    timezone: Timezone({ description: 'The time zone it was felt in.', examples: ['Europe/Berlin'] }),
    streak: Count({
      description: 'The position of its day in the run of consecutive days, from 1.',
      examples: [3],
    }),
    revision: Revision,
    logged_at: Instant({ description: 'When it was logged; earlier than `created_at` if the device was offline.' }),
    created_at: Instant(),
    updated_at: Instant(),
  },
  { $id: 'MoodEntry', description: 'A mood entry.' },
)

/** The fields of a schema without what explains them, where they are explained elsewhere. */
const bare = ({ description: _, examples: __, ...schema }: TSchema): TSchema => schema as TSchema
const { streak: _, ...lasting } = Entry.properties
const explained = Object.fromEntries(
  Object.entries(lasting).map(([name, schema]) => [name, bare(schema)]),
) as typeof lasting

export const MoodTrash = Type.Object(
  {
    moods: Type.Array(
      Type.Object({
        ...explained,
        deleted_at: Instant(),
        purges_at: Instant({ description: 'Until then it can be restored.' }),
      }),
      { maxItems: 100 },
    ),
    ...pageFields,
  },
  { $id: 'MoodTrash', description: 'A page of deleted entries.' },
)

const { id: __, logged_at: ___, created_at: ____, ...editable } = explained

export const MoodRevisions = Type.Object(
  {
    revisions: Type.Array(
      Type.Object({
        ...editable,
        replaced_at: Instant({ description: 'When it was edited.' }),
      }),
      { maxItems: 100 },
    ),
    ...pageFields,
  },
  { $id: 'MoodRevisions', description: 'A page of earlier states of an entry.' },
)

const Stretch = (description: string, example: { length: number; from: string; to: string }) =>
  Type.Object(
    { length: Count({ description: 'In days.' }), from: nullable(Day()), to: nullable(Day()) },
    { description, examples: [example] },
  )
const exampleRun = { length: 3, from: '2026-02-27', to: '2026-03-01' }

export const StreakDetails = Type.Object(
  {
    current: Count({ description: 'Same as `streak`.', examples: [3] }),
    status: oneOf(streakStatuses, {
      description:
        '`active`: logged today (or later). `at_risk`: logged yesterday but not yet today. `broken`: a day was missed. `none`: no entries yet.',
    }),
    started_on: nullable(Day({ description: 'First day of the current streak.', examples: ['2026-02-27'] })),
    last_logged_on: nullable(Day({ description: 'Last day with an entry.' })),
    expires_at: nullable(
      Instant({
        description: 'When the streak drops to 0 if nothing more is logged.',
        examples: ['2026-03-02T23:00:00.000Z'],
      }),
    ),
    longest: Stretch('The longest run ever; the latest one if tied.', {
      length: 12,
      from: '2026-01-10',
      to: '2026-01-21',
    }),
    last_run: Stretch('The latest run, current or ended.', exampleRun),
    on_time: Type.Object(
      { current: Count(), longest: Count() },
      {
        description: 'The same over days that were logged on the day itself; filling a gap later does not count.',
        examples: [{ current: 3, longest: 9 }],
      },
    ),
    today: Day({ description: 'The day the streak is computed as of.' }),
    timezone: Timezone({ description: 'The time zone that determined `today`.', examples: ['Europe/Berlin'] }),
  },
  { $id: 'StreakDetails', description: 'The streak in detail.' },
)

/** The fields of every mood answer. */
export const streakFields = {
  streak: Count({
    description: 'Length of the current streak in days, over all entries.',
    examples: [3],
  }),
  streak_details: ref(StreakDetails),
}

export const OneMood = Type.Object(
  { mood: ref(Entry), ...streakFields },
  { $id: 'OneMood', description: 'An entry, and the streak.' },
)

/** The fields of the answers to writes. */
const writtenFields = {
  ...streakFields,
  streak_before: Count({ description: 'The streak without this change.', examples: [2] }),
}

export const WrittenMood = Type.Object(
  { mood: ref(Entry), ...writtenFields },
  { $id: 'WrittenMood', description: 'An entry, and the streak after and before a write.' },
)

export const MoodReceipt = Type.Object(
  { mood: ref(Receipt), ...writtenFields },
  { $id: 'MoodReceipt', description: 'What a token without `mood:read` gets for a write.' },
)

export const MoodOrReceipt = orReceipt(WrittenMood, MoodReceipt)

export const Streak = Type.Object(streakFields, { $id: 'Streak', description: 'The streak.' })

export const ChangedStreak = Type.Object(writtenFields, {
  $id: 'ChangedStreak',
  description: 'The streak after and before a write.',
})

export const DryRun = Type.Object(
  {
    dry_run: Type.Optional(
      Type.Boolean({ description: 'Responds 200 with what would happen, or with the error; stores nothing.' }),
    ),
  },
  { additionalProperties: false },
)

export const MoodList = Type.Object(
  {
    moods: Type.Array(ref(Entry), { maxItems: maxInt32 }),
    ...streakFields,
    page: Type.Optional(Count({ description: 'Only if a page was requested.', examples: [1] })),
    per_page: Type.Optional(Count({ examples: [20] })),
    total: Count({ description: 'Number of entries that match the filters.', examples: [3] }),
    total_pages: Type.Optional(Count({ examples: [1] })),
  },
  { $id: 'MoodList', description: 'Entries, and the streak.' },
)

export const Explanation = Type.Object(
  {
    ...streakFields,
    run: Stretch('The run explained: the current one, or the last one if the streak is broken.', exampleRun),
    days: Type.Array(
      Type.Object({
        date: Day(),
        streak: Count({ description: 'The position of the day in the run.' }),
        entries: Count({ description: 'Number of entries on the day.' }),
        decided_by: Type.Array(
          oneOf(dateSources, {
            description:
              'What put the entries on this day: the `date` sent, the UTC `offset` in `occurred_at`, the `timezone` of the request, the time zone the `entry` had before its time was corrected, that of the `profile`, or the `default` (UTC).',
          }),
          { maxItems: dateSources.length },
        ),
      }),
      {
        maxItems: maxInt32,
        description: 'The days of the run, oldest first.',
        examples: [
          [
            { date: '2026-02-27', streak: 1, entries: 2, decided_by: ['profile'] },
            { date: '2026-02-28', streak: 2, entries: 1, decided_by: ['date'] },
            { date: '2026-03-01', streak: 3, entries: 1, decided_by: ['profile'] },
          ],
        ],
      },
    ),
    gap: nullable(
      Type.Object(
        { from: Day(), to: Day(), length: Count({ description: 'In days.' }) },
        {
          examples: [{ from: '2026-02-26', to: '2026-02-26', length: 1 }],
          description: 'The days without an entry that ended the streak, or that precede it; null if there are none.',
        },
      ),
    ),
    heal: Type.Array(Day(), {
      maxItems: 31,
      examples: [['2026-02-26']],
      description: 'Logging these dates would close the gap. At most the first 31.',
    }),
    healed: Count({ description: 'The streak there would be then.', examples: [5] }),
    skipped: Type.Array(Day(), {
      maxItems: 31,
      examples: [[]],
      description:
        'Days among these that did not exist in the time zone of your profile (30 December 2011 in Samoa): they break no streak.',
    }),
    message: Type.String({
      maxLength: 700,
      examples: [
        'Nothing was logged on 2026-02-26, so the streak starts on 2026-02-27. Logging that day would make it 5 days.',
      ],
    }),
  },
  { $id: 'StreakExplanation', description: 'Why the streak is what it is.' },
)

export const MoodLabels = Type.Object(
  {
    labels: Type.Array(
      Type.Object({
        label: Type.String({ maxLength: 64, examples: ['happy'] }),
        valence: Type.Number({ minimum: -1, maximum: 1, examples: [0.75] }),
      }),
      { maxItems: 1_000 },
    ),
  },
  { $id: 'MoodLabels', description: 'The labels that have a valence.' },
)

/** Every shared schema of this resource. */
export const shared = [
  Receipt,
  MoodLabels,
  Entry,
  StreakDetails,
  OneMood,
  WrittenMood,
  MoodReceipt,
  MoodOrReceipt,
  Streak,
  ChangedStreak,
  MoodList,
  MoodTrash,
  MoodRevisions,
  Explanation,
]

const entryFields = {
  mood: Mood({
    ...label,
    description:
      'A number on the scale set in the profile (0-10 by default), also as a numeric string, or a label of up to 64 characters.',
    examples: [8, 'happy'],
  }),
  note: Type.Optional(nullable(Note)),
  tags: Type.Optional(nullable(Tags)),
  date: Type.Optional(Day({ description: 'The local day it counts for. Overrides everything else.' })),
  occurred_at: Type.Optional(
    nullable(
      Type.String({
        format: 'written-instant',
        maxLength: 200,
        description:
          'When it was felt: RFC 3339 or RFC 9557 (`2026-03-01T23:30:00+01:00[Europe/Berlin]`), or a local time beside a `timezone`. Its UTC offset decides the day; with `Z` the time zone does. Defaults to now; beside another `date` than today it is unknown, which is null.',
        examples: ['2026-03-01T23:30:00-05:00'],
      }),
    ),
  ),
  timezone: Type.Optional(
    Timezone({ description: 'The time zone it was felt in. Overrides `X-Timezone` and the profile.' }),
  ),
}

export const NewMood = writes(
  Entry,
  Type.Object(
    {
      ...entryFields,
      id: Type.Optional(
        Type.String({
          format: 'uuid',
          description: 'Generated by the client, so that the request can be retried safely.',
        }),
      ),
    },
    {
      title: 'NewMood',
      additionalProperties: false,
      examples: [{ mood: 8, note: 'Slept well, long walk.', tags: ['sleep', 'walk'] }],
    },
  ),
)

export const MoodChange = writes(
  Entry,
  Type.Object(
    { ...entryFields, mood: Type.Optional(entryFields.mood) },
    { title: 'MoodChanges', additionalProperties: false, examples: [{ note: 'A second thought.' }] },
  ),
)

export const TimezoneHeader = Type.Object({
  'x-timezone': Type.Optional(
    Type.String({
      // All headers together are limited to 16 KiB: whatever arrives here is read, and ignored if it names no zone.
      maxLength: 16_384,
      description:
        'The time zone of the client: decides which day today is. Overrides the profile. Ignored if it names no zone; `streak_details.timezone` shows the one used.',
    }),
  ),
})

export const NewMoodHeaders = Type.Object({ ...TimezoneHeader.properties, ...IdempotencyKey.properties })

export const IfMatch = Type.Object({
  ...TimezoneHeader.properties,
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1_000,
      description: 'The `ETag` last seen: if the resource has changed since, the request fails with 412.',
    }),
  ),
})

export const AsOf = Type.Object(
  { as_of: Type.Optional(Day({ description: 'Compute the streak as of this day. Does not filter the list.' })) },
  { additionalProperties: false },
)

export const ListQuery = Type.Object(
  {
    ...AsOf.properties,
    page: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: maxInt32,
        description: 'From 1. Without `page` and `per_page` all entries are returned.',
      }),
    ),
    per_page: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'Defaults to 20 if `page` is given.' }),
    ),
    from: Type.Optional(Day({ description: 'Only entries on or after this day.' })),
    to: Type.Optional(Day({ description: 'Only entries on or before this day.' })),
    tag: Type.Optional(Type.String({ ...label, description: 'Only entries with this tag.' })),
    q: Type.Optional(
      Type.String({
        maxLength: 200,
        format: 'visible',
        description:
          'Only entries that contain each of these words, or words with these parts, in the note, label or tags.',
      }),
    ),
    order: Type.Optional(oneOf(orders, { description: 'Newest first (`desc`, the default) or oldest first (`asc`).' })),
  },
  { additionalProperties: false },
)
