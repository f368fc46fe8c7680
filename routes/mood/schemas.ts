import { type SchemaOptions, Type } from '@sinclair/typebox'
import { orders, streakStatuses } from '../../src/moods/streak.ts'
import { nullable, oneOf, ref } from '../../src/typebox.ts'
import { dateSources } from '../../src/vocabulary.ts'
import { Count, Day, IdempotencyKey, Instant, most, Timezone } from '../wire.ts'

/** The moods on the wire. */

const label = { maxLength: 64, format: 'label' }
const Mood = (options: SchemaOptions = {}) => Type.Unsafe<number | string>({ type: ['number', 'string'], ...options })
const Note = Type.String({ maxLength: 10_000, examples: ['Slept well, long walk.'] })
const Tags = Type.Array(Type.String({ ...label, description: 'Case does not tell tags apart.' }), {
  maxItems: 20,
  examples: [['sleep', 'walk']],
})

export const Entry = Type.Object(
  {
    id: Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] }),
    mood: Mood({
      maxLength: 64,
      description: 'As it was submitted; a numeric string became the number.',
      examples: [8, 'happy'],
    }),
    valence: nullable(
      Type.Number({
        description:
          'The mood between -1 (worst) and 1 (best), fixed when it was logged; null for a label nobody knows.',
        examples: [0.6],
      }),
    ),
    note: nullable(Note),
    tags: Tags,
    date: Day({ description: 'The local day the entry counts for.' }),
    occurred_at: Instant({ description: 'When it was felt.' }),
    timezone: Timezone({ description: 'Where it was felt.', examples: ['Europe/Berlin'] }),
    streak: Count({
      description: 'The position of its day in a run of consecutive days: 1 for the first.',
      examples: [3],
    }),
    created_at: Instant(),
    updated_at: Instant(),
  },
  { $id: 'MoodEntry', description: 'How someone felt.' },
)

const Stretch = (description: string) =>
  Type.Object(
    { length: Count({ description: 'In days.', examples: [12] }), from: nullable(Day()), to: nullable(Day()) },
    { description },
  )

export const StreakDetails = Type.Object(
  {
    current: Count({ description: 'The same as `streak`.', examples: [3] }),
    status: oneOf(streakStatuses, {
      description:
        '`active`: logged today or later. `at_risk`: yesterday, not yet today. `broken`: a day was missed. `none`: no entry yet.',
    }),
    started_on: nullable(Day({ description: 'First day of the current streak.' })),
    last_logged_on: nullable(Day({ description: 'Last day with an entry.' })),
    expires_at: nullable(Instant({ description: 'When the current streak becomes 0 if nothing more is logged.' })),
    longest: Stretch('The longest run ever; of equally long ones the latest.'),
    last_run: Stretch('The latest run, alive or not.'),
    today: Day({ description: 'The day that the answer was seen from.' }),
    timezone: Timezone({ description: 'The zone that decided `today`.', examples: ['Europe/Berlin'] }),
  },
  { $id: 'StreakDetails', description: 'How the streak stands.' },
)

/** What every mood answer carries. */
export const streakFields = {
  streak: Count({
    description: 'Days of the current streak; over all entries, whatever the list shows.',
    examples: [3],
  }),
  streak_details: ref(StreakDetails),
}

export const OneMood = Type.Object({ mood: ref(Entry), ...streakFields }, { $id: 'OneMood' })

export const Streak = Type.Object(streakFields, { $id: 'Streak' })

export const MoodList = Type.Object(
  {
    moods: Type.Array(ref(Entry), { maxItems: most }),
    ...streakFields,
    page: Type.Optional(Count({ description: 'Only when a page was asked for.', examples: [1] })),
    per_page: Type.Optional(Count({ examples: [20] })),
    total: Count({ description: 'How many entries the filters let through.', examples: [3] }),
    total_pages: Type.Optional(Count({ examples: [1] })),
  },
  { $id: 'MoodList' },
)

export const Explanation = Type.Object(
  {
    ...streakFields,
    run: Stretch('The run that is explained: the current one, or the last one when it is broken.'),
    days: Type.Array(
      Type.Object({
        date: Day(),
        streak: Count({ description: 'The position of the day in the run.' }),
        entries: Count({ description: 'How many entries the day holds.' }),
        decided_by: Type.Array(
          oneOf(dateSources, {
            description:
              'What put entries on this day: the `date` sent, the `offset` written in `occurred_at`, the `timezone` of the request, the one that the `entry` had before its time was corrected, the one of the `profile`, or the `default` (UTC).',
          }),
          { maxItems: dateSources.length },
        ),
      }),
      { maxItems: most, description: 'The days of the run, oldest first.' },
    ),
    gap: nullable(
      Type.Object(
        { from: Day(), to: Day(), length: Count({ description: 'In days.' }) },
        {
          description:
            'The days without an entry that ended the streak, or that lie before it; null when there are none.',
        },
      ),
    ),
    heal: Type.Array(Day(), {
      maxItems: 31,
      description: 'Logging these dates (the gap) would join what the gap parts. The first 31 of them.',
    }),
    healed: Count({ description: 'The streak there would then be.', examples: [5] }),
    message: Type.String({
      maxLength: 500,
      examples: [
        'Nothing was logged on 2026-03-04, so the streak begins on 2026-03-05. Logging that day would make it 5 days.',
      ],
    }),
  },
  { $id: 'StreakExplanation' },
)

/** Every shared schema of this resource. */
export const shared = [Entry, StreakDetails, OneMood, Streak, MoodList, Explanation]

const entryFields = {
  mood: Mood({
    ...label,
    description:
      "A number on the profile's scale (0-10 until changed), also as a numeric string, or a label of up to 64 characters.",
    examples: [8, 'happy'],
  }),
  note: Type.Optional(nullable(Note)),
  tags: Type.Optional(nullable(Tags)),
  date: Type.Optional(Day({ description: 'The local day it counts for. Decides alone when present.' })),
  occurred_at: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'When it was felt; now when absent. Its offset decides the day; with `Z` the time zone does.',
      examples: ['2026-03-01T23:30:00-05:00'],
    }),
  ),
  timezone: Type.Optional(
    Timezone({ description: 'Where it was felt: before the `X-Timezone` header and the profile.' }),
  ),
}

export const NewMood = Type.Object(
  {
    ...entryFields,
    id: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Made by the client, so that the same entry may be sent again: a retry answers 200.',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ mood: 8, note: 'Slept well, long walk.', tags: ['sleep', 'walk'] }] },
)

export const MoodChange = Type.Object(
  { ...entryFields, mood: Type.Optional(entryFields.mood) },
  { additionalProperties: false, examples: [{ note: 'A second thought.' }] },
)

export const TimezoneHeader = Type.Object({
  'x-timezone': Type.Optional(
    Timezone({ description: "Where the client is: decides what day today is, before the profile's zone." }),
  ),
})

export const NewMoodHeaders = Type.Object({ ...TimezoneHeader.properties, ...IdempotencyKey.properties })

export const IfMatch = Type.Object({
  ...TimezoneHeader.properties,
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1_000,
      description: 'An ETag of the entry: the change happens only if nobody has edited it since.',
    }),
  ),
})

export const AsOf = Type.Object(
  { as_of: Type.Optional(Day({ description: 'How the streak stood on that day. Changes the streak, not the list.' })) },
  { additionalProperties: false },
)

export const ListQuery = Type.Object(
  {
    ...AsOf.properties,
    page: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: most,
        description: 'From 1; without `page` and `per_page` all entries come.',
      }),
    ),
    per_page: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '20 when only `page` is given.' })),
    from: Type.Optional(Day({ description: 'Only entries of this day or later.' })),
    to: Type.Optional(Day({ description: 'Only entries of this day or earlier.' })),
    tag: Type.Optional(Type.String({ ...label, description: 'Only entries with this tag.' })),
    order: Type.Optional(oneOf(orders, { description: 'Newest first (`desc`, when absent) or oldest first (`asc`).' })),
  },
  { additionalProperties: false },
)
