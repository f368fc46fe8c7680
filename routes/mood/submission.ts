import type { Static } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { fold } from '../../src/fold.ts'
import { formatDay, lastPossibleDay } from '../../src/moods/calendar.ts'
import { type Dated, dateEntry, isInFuture } from '../../src/moods/dating.ts'
import type { EntryFields, FoundEntry } from '../../src/moods/entry-store.ts'
import { isOnScale, moodValue, valenceOf } from '../../src/moods/mood-value.ts'
import { daySettingsOf } from './context.ts'
import type { MoodChange, NewMood } from './schemas.ts'

/** What a request says about an entry, judged by the rules of days and scales. */

/** What a new entry says, judged. @throws {ApiError} `mood_off_scale`, `date_in_future`. */
export function fieldsOf(request: FastifyRequest, body: Omit<Static<typeof NewMood>, 'id'>): EntryFields {
  const now = request.server.now()
  const when = { date: body.date, occurredAt: body.occurred_at, timezone: body.timezone ?? requestZone(request) }
  return {
    ...felt(request, body.mood),
    ...notInFuture(dateEntry(when, daySettingsOf(request), now), now),
    note: body.note ?? null,
    tags: withoutDoubles(body.tags ?? []),
  }
}

/** An entry with a change: what is absent stays, as fixed when it was written. */
export function changedFields(
  request: FastifyRequest,
  found: FoundEntry,
  body: Static<typeof MoodChange>,
): EntryFields {
  const { entry } = found
  return {
    ...(body.mood === undefined ? { mood: entry.mood, valence: entry.valence } : felt(request, body.mood)),
    ...notInFuture(redated(request, found, body), request.server.now()),
    note: body.note === undefined ? entry.note : body.note,
    tags: body.tags === undefined ? entry.tags : withoutDoubles(body.tags ?? []),
  }
}

/** When a changed entry belongs. An `occurred_at` without a zone of its own is seen where the entry was made. */
function redated(request: FastifyRequest, { entry, dateSource }: FoundEntry, body: Static<typeof MoodChange>): Dated {
  const { date, occurred_at: occurredAt, timezone } = body
  if (occurredAt !== undefined) {
    const when = { date, occurredAt, timezone: timezone ?? requestZone(request) }
    const settings = { ...daySettingsOf(request), timezone: entry.timezone, timezoneOf: 'entry' } as const
    return dateEntry(when, settings, request.server.now())
  }
  return {
    date: date ?? entry.date,
    dateSource: date === undefined ? dateSource : 'date',
    occurredAt: entry.occurred_at,
    timezone: timezone ?? entry.timezone,
  }
}

function notInFuture(dated: Dated, now: number): Dated {
  if (isInFuture(dated, now))
    throw new ApiError(
      'date_in_future',
      `The day must not be later than ${formatDay(lastPossibleDay(now))}, the latest on earth.`,
    )
  return dated
}

function felt(request: FastifyRequest, submitted: number | string) {
  const { moodMin: min, moodMax: max } = request.principal.settings
  const mood = moodValue(submitted)
  if (!isOnScale(mood, { min, max }))
    throw new ApiError('mood_off_scale', `mood must be between ${min} and ${max}, or a label`)
  return { mood, valence: valenceOf(mood, { min, max }) }
}

function requestZone(request: FastifyRequest): string | undefined {
  return request.headers['x-timezone'] as string | undefined
}

/** The tags without those that differ in case only; the first spelling stays. */
function withoutDoubles(tags: readonly string[]): string[] {
  const seen = new Set<string>()
  return tags.filter(tag => !seen.has(fold(tag)) && seen.add(fold(tag)))
}
