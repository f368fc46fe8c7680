import type { FastifyReply, FastifyRequest } from 'fastify'
import { dayOf } from '../../src/moods/calendar.ts'
import type { FoundEntry } from '../../src/moods/entry-row.ts'
import type { Outline } from '../../src/moods/outline.ts'
import { streakOn } from '../../src/moods/streak.ts'
import { describeStreak, type Viewpoint } from '../../src/moods/streak-details.ts'
import { revisionTag, strongEtag } from '../etag.ts'
import { type MoodContext, partsOf, userHistory, viewOf } from './context.ts'

/** Answers about one entry. */

export type Written = Pick<FoundEntry, 'entry' | 'version' | 'revision'>

/** The answer to a write: the entry's new state, with the ETag of a read. */
export async function answer(context: MoodContext, request: FastifyRequest, reply: FastifyReply, written: Written) {
  const { entry, revision, version } = written
  const view = viewOf(request)
  const history = await userHistory(context, request, version)
  return reply.resourceOrReceipt(
    'mood:read',
    () => {
      reply.header('ETag', etagOf(request, written, view))
      return describe(written, history, view)
    },
    () => {
      reply.header('ETag', revisionTag(revision))
      return { mood: { id: entry.id, revision }, ...describeStreak(history, view) }
    },
  )
}

/** The ETag of one entry: its revision, and what else the answer shows, the streak, which other entries change. */
export function etagOf(request: FastifyRequest, { entry, version, revision }: Written, view: Viewpoint): string {
  return strongEtag(partsOf(request, version, view, entry.id), revision)
}

export function describe({ entry }: Written, history: Outline, view: Viewpoint) {
  const streak = streakOn(history.runs, dayOf(entry.date))
  return { mood: { ...entry, streak }, ...describeStreak(history, view) }
}
