import type { FastifyReply, FastifyRequest } from 'fastify'
import { formatDay } from '../../src/moods/calendar.ts'
import { dateEntry, notInFuture, onExistingDay } from '../../src/moods/dating.ts'
import type { FoundPractice } from '../../src/yoga/practice-steps.ts'
import type { FoundSequence } from '../../src/yoga/sequence-store.ts'
import { revisionTag, strongEtag } from '../etag.ts'
import { dayIn, submitterOf } from '../mood/context.ts'

/** Shared by the routes of practices. */

/** The longest note with each character written as two escapes of six bytes, and room for the rest. */
export const bodyLimit = 160 * 1024

/** The answer to a write: the practice's new state, with the ETag of a read. */
export function show(reply: FastifyReply, { practice, revision }: Pick<FoundPractice, 'practice' | 'revision'>) {
  return reply.resourceOrReceipt(
    'practices:read',
    () => {
      reply.header('ETag', strongEtag(practice, revision))
      return practice
    },
    () => {
      reply.header('ETag', revisionTag(revision))
      return { id: practice.id, revision }
    },
  )
}

/**
 * The fields of a new practice of a sequence.
 * @throws {ApiError} `date_in_future`.
 */
export function newPractice(
  request: FastifyRequest,
  { date, note }: { date?: string | null; note?: string | null },
  { id: sequenceId, title, totalSeconds }: Pick<FoundSequence, 'id' | 'title' | 'totalSeconds'>,
) {
  return { date: dateOf(request, date ?? undefined), sequenceId, title, totalSeconds, note: note ?? null }
}

/**
 * The fields of a practice after a change; undefined where it changes nothing.
 * @throws {ApiError} `date_in_future`.
 */
export function changedPractice(
  request: FastifyRequest,
  { practice }: FoundPractice,
  { date, note }: { date?: string; note?: string | null },
) {
  const fields = {
    date: date === undefined || date === practice.date ? practice.date : dateOf(request, date),
    note: note === undefined ? practice.note : note,
  }
  return fields.date === practice.date && fields.note === practice.note ? undefined : fields
}

/**
 * The day of a practice: the one given, or today by the rules for moods.
 * @throws {ApiError} `date_in_future`.
 */
function dateOf(request: FastifyRequest, date: string | undefined): string {
  const { settings, zone, now } = submitterOf(request)
  const dated = notInFuture(dateEntry({ day: dayIn(date), timezone: zone }, settings, now), now)
  return formatDay(onExistingDay(dated, settings.timezone).day)
}
