import type { FastifyReply, FastifyRequest } from 'fastify'
import { dayOf } from '../../src/moods/calendar.ts'
import type { FoundEntry } from '../../src/moods/entry-row.ts'
import type { Outline } from '../../src/moods/outline.ts'
import { streakOn } from '../../src/moods/streak.ts'
import { describeStreak, type Viewpoint } from '../../src/moods/streak-details.ts'
import { revisionTag, strongEtag } from '../etag.ts'
import { type MoodContext, partsOf, viewOf } from './context.ts'
import { aroundRehearsal, aroundWrite, type Effect } from './user-history.ts'

/** Answers about one entry. */

export type Written = Pick<FoundEntry, 'entry' | 'version' | 'revision'>

/** An entry as it would be: there is no version of the moods that has it. */
export type Rehearsed = Omit<Written, 'version'>

/**
 * The answer to a write: the entry's new state, with the ETag of a read; of the revision alone where nothing was stored.
 * @param effect what it did to the history.
 */
export async function answer(
  context: MoodContext,
  request: FastifyRequest,
  reply: FastifyReply,
  written: Written | Rehearsed,
  effect: Effect = {},
) {
  const { entry, revision } = written
  const view = viewOf(request)
  const { before, after } = isStored(written)
    ? await aroundWrite(context, request, written.version, effect)
    : await aroundRehearsal(context, request, effect)
  const streaks = { ...describeStreak(after, view), streak_before: describeStreak(before, view).streak }
  return reply.resourceOrReceipt(
    'mood:read',
    () => {
      reply.header('ETag', isStored(written) ? etagOf(request, written, view) : revisionTag(revision))
      return { ...describe(written, after, view), ...streaks }
    },
    () => {
      reply.header('ETag', revisionTag(revision))
      return { mood: { id: entry.id, revision }, ...streaks }
    },
  )
}

function isStored(written: Written | Rehearsed): written is Written {
  return 'version' in written
}

/** The ETag of one entry: its revision, and what else the answer shows, the streak, which other entries change. */
export function etagOf(request: FastifyRequest, { entry, version, revision }: Written, view: Viewpoint): string {
  return strongEtag(partsOf(request, version, view, entry.id), revision)
}

export function describe({ entry }: Rehearsed, history: Outline, view: Viewpoint) {
  const streak = streakOn(history.runs, dayOf(entry.date))
  return { mood: { ...entry, streak }, ...describeStreak(history, view) }
}
