import type { FastifyRequest } from 'fastify'
import type { Commit } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { type EntryId, idFrom } from '../../src/ids.ts'
import { type DayNumber, dayOf } from '../../src/moods/calendar.ts'
import type { FoundEntry } from '../../src/moods/entry-row.ts'
import { historyCache } from '../../src/moods/histories.ts'
import type { MoodStore } from '../../src/moods/mood-store.ts'
import { type Viewpoint, viewpoint } from '../../src/moods/streak-details.ts'
import type { Submitter } from '../../src/moods/submission.ts'
import { parseInstant, type WrittenInstant } from '../../src/moods/written-instant.ts'
import { readZone } from '../../src/moods/zones.ts'

/** Shared by the mood routes: the store, and data derived from it. */
export interface MoodContext {
  moods: MoodStore
  histories: ReturnType<typeof historyCache>
}

/**
 * @param maxBytes of the cached histories.
 */
export function moodContext(moods: MoodStore, commit: Commit, maxBytes: number): MoodContext {
  const keep = moods.keepSnapshot.bind(undefined, commit)
  return { moods, histories: historyCache({ read: moods.history, keep }, maxBytes) }
}

/** The parts of a request to a mood route that its streak depends on. */
type MoodRequest = FastifyRequest<{ Headers: { 'x-timezone'?: string } }>

/**
 * The viewpoint of a request on its streak.
 * @param asOf the day to look back from, if any.
 */
export function viewOf(request: MoodRequest, asOf?: DayNumber): Viewpoint {
  const { settings, zone, now } = submitterOf(request)
  return viewpoint(zone, settings, asOf, now)
}

/** The context of a request's submission: user, rules, zone and time. */
export function submitterOf({ principal: { settings }, headers, server }: FastifyRequest): Submitter {
  const { timezone, dayStartsAt, moodMin: min, moodMax: max } = settings
  const zone = headers['x-timezone']
  return {
    settings: { timezone: timezone ?? undefined, dayStartsAt, scale: { min, max } },
    // Some devices send what names no zone; that is no reason to lose an entry.
    zone: zone === undefined ? undefined : readZone(String(zone)),
    now: server.now(),
  }
}

/** The entry that the path of a request names, living or deleted. */
export function named(
  { moods }: MoodContext,
  { principal, params, server }: FastifyRequest<{ Params: { id: string } }>,
) {
  const { user } = principal
  const id = idFrom<EntryId>(params.id)
  const find = () => moods.find(user.id, id)
  return { user: user.id, id, now: server.now(), find, deletions: moods.deletions, none: 'No such entry.' }
}

/**
 * The entry that the path of a request names.
 * @throws {ApiError} `not_found`, also when it was deleted.
 */
export async function living(
  context: MoodContext,
  request: FastifyRequest<{ Params: { id: string } }>,
): Promise<FoundEntry> {
  const { find, none } = named(context, request)
  const found = await find()
  if (!found) throw new ApiError('not_found', none)
  return found
}

/** The day of a validated field, if present. */
export function dayIn(date: string | undefined): DayNumber | undefined {
  return date === undefined ? undefined : dayOf(date)
}

/** The submitted fields of a body, with days and instants parsed. */
export function submissionOf<Body extends WhenInBody>(body: Body) {
  const { date, occurred_at: written, ...said } = body
  return {
    ...said,
    day: dayIn(date),
    occurredAt: typeof written === 'string' ? instantIn(written, body.timezone) : written,
  }
}

interface WhenInBody {
  date?: string
  occurred_at?: string | null
  timezone?: string
}

/** @throws {ApiError} `invalid_request` for a local time without a zone. */
function instantIn(text: string, timezone: string | undefined): WrittenInstant {
  const instant = parseInstant(text, timezone)
  if (!instant) throw new ApiError('invalid_request', 'occurred_at needs its UTC offset, Z, or a timezone beside it')
  return instant
}

/**
 * Everything that an answer about moods depends on: user, version, day, zone and URL. Answers with the same parts are the
 * same bytes.
 */
export function partsOf(
  { principal: { user } }: FastifyRequest,
  version: number,
  view: Viewpoint,
  asked: string,
): readonly unknown[] {
  return [user.id, version, view.today, view.limit, view.timezone, view.dayStartsAt, asked]
}
