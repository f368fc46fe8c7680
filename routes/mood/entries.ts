import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { type EntryId, idFrom, newId } from '../../src/ids.ts'
import { type FoundEntry, placedAt } from '../../src/moods/entry-row.ts'
import { describeStreak } from '../../src/moods/streak-details.ts'
import { changedEntry, changesNothing, newEntry, spelled } from '../../src/moods/submission.ts'
import { DeletionQuery, findToDelete, isDeleted } from '../deleting.ts'
import { isUnchanged, sendUnchanged } from '../etag.ts'
import { unchangedSince } from '../revisions.ts'
import { ById, guarded, NotModified, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { digestOfSubmission, edit } from '../writing.ts'
import { answer, describe, etagOf, type Written } from './answers.ts'
import {
  dayIn,
  type MoodContext,
  named,
  readWithHistory,
  submissionOf,
  submitterOf,
  userHistory,
  viewOf,
} from './context.ts'
import {
  AsOf,
  IfMatch,
  MoodChange,
  MoodOrReceipt,
  NewMood,
  NewMoodHeaders,
  OneMood,
  Streak,
  TimezoneHeader,
} from './schemas.ts'

/** The longest note with each character written as two escapes of six bytes, and room for the rest. */
const bodyLimit = 160 * 1024

/** One entry at a time: log it, read it, change it, delete it. */
const entries: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const { moods, histories } = context
  const onOne = { params: ById, headers: IfMatch, tags: ['mood'], security: signedIn }
  const changeErrors = ['not_found', 'stale_version', 'edit_conflict', 'cross_site_request'] as const
  const entryErrors = ['mood_off_scale', 'date_in_future'] as const

  app.post(
    '/mood',
    {
      onRequest: app.requires('mood:write'),
      bodyLimit,
      schema: {
        tags: ['mood'],
        operationId: 'logMood',
        summary: 'Log a mood',
        description:
          'Safe to retry with a client-generated `id`: the same content again returns 200 and the existing entry, other content 409. `Idempotency-Key` works too.',
        security: signedIn,
        headers: NewMoodHeaders,
        body: NewMood,
        response: {
          201: sends(withReceipt(ref(OneMood, 'Logged.'), MoodOrReceipt), 'ETag'),
          200: sends(
            withReceipt(ref(OneMood, 'A retry: the existing entry, in its current state.'), MoodOrReceipt),
            'ETag',
          ),
          ...problems(
            ...guarded,
            ...withBody,
            ...entryErrors,
            'entry_deleted',
            'id_taken',
            'limit_reached',
            'idempotency_key_reused',
          ),
        },
      },
    },
    async (request, reply) => {
      const { user, settings } = request.principal
      const { id: clientId, ...body } = request.body
      const id = clientId === undefined ? newId<EntryId>() : idFrom<EntryId>(clientId)
      // Entries of version 0.1 have the digest of what was sent, space included.
      const digests = clientId === undefined ? [] : [digestOfSubmission(spelled(body)), digestOfSubmission(body)]
      const written = await reply.createOnce<Written, EntryId>({
        id,
        digests,
        tables: ['moods', 'mood_tags'],
        async create(alongside) {
          const fields = newEntry(submissionOf(body), submitterOf(request))
          const entry = { ...fields, id, digest: digests[0] ?? null }
          const change = { added: fields }
          const carried = histories.carry(user.id, settings, change)
          const added = await moods.add(request.commit, user.id, entry, app.now(), alongside, carried)
          if (added) histories.apply(user.id, added.version, change, carried)
          return added
        },
        find: made => moods.find(user.id, made),
      })
      return reply.header('Location', `/mood/${written.entry.id}`).send(await answer(context, request, reply, written))
    },
  )

  app.get(
    '/mood/:id',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
      schema: {
        ...onOne,
        headers: TimezoneHeader,
        querystring: AsOf,
        operationId: 'getMood',
        summary: 'Get an entry',
        description: 'Send its `ETag` as `If-Match` with an update.',
        response: {
          200: sends(ref(OneMood, 'The entry and the streak.'), 'ETag'),
          304: NotModified,
          ...problems(...guarded, 'not_found'),
        },
      },
    },
    async (request, reply) => {
      const { history, value: found } = await readWithHistory(context, request, userHistory, async () => {
        const value = await find(request)
        return { value, version: value.version }
      })
      const view = viewOf(request, dayIn(request.query.as_of))
      if (isUnchanged(request, reply, etagOf(request, found, view))) return sendUnchanged(reply)
      return describe(found, history, view)
    },
  )

  app.patch(
    '/mood/:id',
    {
      onRequest: app.requires('mood:write'),
      bodyLimit,
      schema: {
        ...onOne,
        body: MoodChange,
        operationId: 'updateMood',
        summary: 'Update an entry',
        description:
          'Absent fields stay as they are; null clears. A new `occurred_at` moves the entry to the day it falls on, unless `date` is sent too; a new `timezone` alone does not.',
        response: {
          200: sends(withReceipt(ref(OneMood, 'The updated entry and streak.'), MoodOrReceipt), 'ETag'),
          ...problems(...guarded, ...withBody, ...entryErrors, ...changeErrors, 'limit_reached'),
        },
      },
    },
    async (request, reply) => {
      const { user, settings } = request.principal
      return editEntry(request, async found => {
        const fields = changedEntry(found, submissionOf(request.body), submitterOf(request))
        if (changesNothing(found, fields)) {
          await request.commit([])
          return answer(context, request, reply, found)
        }
        const change = { removed: placedAt(found), added: fields }
        const carried = histories.carry(user.id, settings, change)
        const replaced = await moods.replace(request.commit, user.id, found, fields, app.now(), carried)
        if (!replaced) return undefined
        histories.apply(user.id, replaced.version, change, carried)
        return answer(context, request, reply, replaced)
      })
    },
  )

  app.delete(
    '/mood/:id',
    {
      onRequest: app.requires('mood:write'),
      schema: {
        ...onOne,
        querystring: DeletionQuery,
        operationId: 'deleteMood',
        summary: 'Delete an entry',
        description: 'Returns the streak without the entry, which can be restored for 30 days.',
        response: {
          200: ref(Streak, 'The remaining streak.'),
          ...problems(...guarded, ...withBody, ...changeErrors),
        },
      },
    },
    async request => {
      const { user, settings } = request.principal
      const { permanently = false } = request.query
      const version = await edit(
        () => findToDelete(named(context, request), permanently),
        unchangedSince(request),
        async found => {
          if (isDeleted(found))
            return (await moods.deletions.purge(request.commit, user.id, found)) ? settings.moodVersion : undefined
          const change = { removed: placedAt(found) }
          const carried = histories.carry(user.id, settings, change)
          const removed = await moods.remove(request.commit, user.id, found, { now: app.now(), permanently }, carried)
          if (removed !== undefined) histories.apply(user.id, removed, change, carried)
          return removed
        },
      )
      return describeStreak(await userHistory(context, request, version), viewOf(request))
    },
  )

  /** The user's entry with the id in the path. */
  async function find(request: FastifyRequest<{ Params: Static<typeof ById> }>): Promise<FoundEntry> {
    const found = await moods.find(request.principal.user.id, idFrom<EntryId>(request.params.id))
    if (!found) throw new ApiError('not_found', 'No such entry.')
    return found
  }

  /** Edits the entry with the id in the path, if `If-Match` matches. */
  function editEntry<T>(
    request: FastifyRequest<{ Params: Static<typeof ById>; Headers: Static<typeof IfMatch> }>,
    write: (found: FoundEntry) => Promise<T | undefined>,
  ): Promise<T> {
    return edit(() => find(request), unchangedSince(request), write)
  }
}
export default entries
