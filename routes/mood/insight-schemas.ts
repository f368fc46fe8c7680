import { type TSchema, Type } from '@sinclair/typebox'
import { nullable, oneOf, ref } from '../../src/http/typebox.ts'
import { themes } from '../../src/insight/year-in-pixels.ts'
import { maxCalendarDays } from '../../src/statistics/person.ts'
import { Count, Day, Timezone } from '../wire.ts'
import { Entry, streakFields } from './schemas.ts'

/** The wire schemas of calendar and statistics. */

/** A year has about 60 KB. */
const maxPictureBytes = 512 * 1024

const Valence = (description: string, examples: number[] = [0.35]) =>
  Type.Number({ minimum: -1, maximum: 1, description, examples })
const Interval = nullable(
  Type.Array(Type.Number(), {
    minItems: 2,
    maxItems: 2,
    description: '95 % confidence interval; null where there are too few days.',
    examples: [[0.28, 0.41]],
  }),
)
const Days = Count({ description: 'Number of days.', examples: [120] })
const meanOf = <Part extends Record<string, TSchema>>(part: Part) => ({
  ...part,
  n: Days,
  mean: Valence('The mean of these days.'),
})
const Mean = Type.Object({ n: Days, mean: Valence('The mean of these days.') })

const periodQuery = {
  from: Type.Optional(Day({ description: 'The first day.' })),
  to: Type.Optional(Day({ description: 'The last day; today if absent.' })),
}

export const StatsQuery = Type.Object(periodQuery, { additionalProperties: false })

export const CalendarQuery = Type.Object(periodQuery, { additionalProperties: false })

export const CalendarPictureQuery = Type.Object(
  {
    year: Type.Optional(Type.Integer({ minimum: 1900, maximum: 2100, description: 'This year if absent.' })),
    theme: Type.Optional(oneOf(themes, { description: '`light` if absent.' })),
  },
  { additionalProperties: false },
)

export const OnThisDayQuery = Type.Object(
  { date: Type.Optional(Day({ description: 'The day to look back from; today if absent.' })) },
  { additionalProperties: false },
)

const period = {
  from: Day(),
  to: Day(),
  timezone: Timezone({ description: 'The time zone that decides what today is.' }),
}

export const MoodCalendar = Type.Object(
  {
    ...period,
    days: Type.Array(
      Type.Object({
        date: Day(),
        entries: Count({ description: 'Number of entries.', examples: [2] }),
        valence: nullable(Valence('The mean of the entries that have one; null where none has.')),
        streak: Count({
          description: 'The position of the day in its run of consecutive days, from 1.',
          examples: [3],
        }),
        run: Count({ description: 'The length of that run.', examples: [12] }),
      }),
      { maxItems: maxCalendarDays, description: 'The days with an entry, oldest first.' },
    ),
    ...streakFields,
  },
  { $id: 'MoodCalendar', description: 'Days with their mean mood, and the streak.' },
)

export const CalendarPicture = {
  description: 'The picture.',
  content: { 'image/svg+xml': { schema: Type.String({ maxLength: maxPictureBytes }) } },
}

const Association = Type.Object({
  kind: oneOf(['tag', 'task', 'practice', 'weekday'], {
    description: 'What the days share: a tag, a completed task, a practised sequence, a weekday.',
  }),
  name: Type.String({ maxLength: 500, examples: ['walk'] }),
  with: Mean,
  without: Mean,
  difference: Type.Number({ description: '`with.mean` minus `without.mean`.', examples: [0.21] }),
  interval: Type.Array(Type.Number(), {
    minItems: 2,
    maxItems: 2,
    description: '95 % confidence interval of the difference.',
    examples: [[0.12, 0.3]],
  }),
  found: Type.Boolean({
    description:
      'Whether it is unlikely to be chance, given how many differences were compared. Says nothing about causes.',
  }),
})

export const MoodStats = Type.Object(
  {
    ...period,
    days: Days,
    entries: Count({ examples: [340] }),
    valence: Type.Object(
      {
        n: Days,
        mean: nullable(Valence('')),
        median: nullable(Valence('')),
        sd: nullable(Type.Number({ minimum: 0, description: 'The standard deviation.', examples: [0.3] })),
        min: nullable(Valence('', [-0.8])),
        max: nullable(Valence('', [1])),
      },
      { description: 'Over the days with a valence; null if there are none.' },
    ),
    moods: Type.Array(
      Type.Object({
        mood: Type.Unsafe<number | string>({ type: ['number', 'string'], maxLength: 64, examples: [8, 'happy'] }),
        n: Count({ description: 'Number of entries.', examples: [41] }),
      }),
      { maxItems: 200, description: 'The 200 most frequent moods, most frequent first.' },
    ),
    by_weekday: Type.Array(
      Type.Object({
        ...meanOf({ weekday: Type.Integer({ minimum: 1, maximum: 7, description: '1 is Monday.' }) }),
        interval: Interval,
      }),
      { maxItems: 7 },
    ),
    by_hour: Type.Array(
      Type.Object({
        ...meanOf({ hour: Type.Integer({ minimum: 0, maximum: 23, description: 'Local time where it was felt.' }) }),
        interval: Interval,
      }),
      { maxItems: 24, description: 'Entries with a known `occurred_at`, averaged per day and hour.' },
    ),
    months: Type.Array(
      Type.Object(meanOf({ month: Type.String({ maxLength: 7, pattern: '^\\d{4}-\\d\\d$', examples: ['2026-03'] }) })),
      {
        maxItems: 2_412,
        description: 'Oldest first.',
      },
    ),
    trend: nullable(
      Type.Object(
        {
          per_month: Type.Number({ examples: [0.01] }),
          interval: Type.Array(Type.Number(), { minItems: 2, maxItems: 2, examples: [[-0.02, 0.04]] }),
        },
        {
          description: 'Change of the valence per month (30.4375 days); null below 28 days, or 10 days with a valence.',
        },
      ),
    ),
    associations: Type.Array(Association, {
      maxItems: 607,
      description: 'Found ones first. Only where both sides have at least 10 days.',
    }),
    compared: Count({ description: 'How many differences were compared.', examples: [14] }),
    method: Type.String({ maxLength: 1_000, description: 'How to read these numbers.' }),
  },
  { $id: 'MoodStats', description: 'What the moods of a period show.' },
)

export const OnThisDay = Type.Object(
  {
    date: Day(),
    years: Type.Array(
      Type.Object({
        year: Type.Integer({ minimum: 1900, maximum: 9999, examples: [2025] }),
        moods: Type.Array(ref(Entry), { maxItems: 100, description: 'At most 100.' }),
      }),
      { maxItems: 8_100, description: 'Earlier years with an entry on this day, latest first.' },
    ),
    ...streakFields,
  },
  { $id: 'OnThisDay', description: 'What was logged on this day in earlier years, and the streak.' },
)

export const insightSchemas = [MoodCalendar, MoodStats, OnThisDay]
