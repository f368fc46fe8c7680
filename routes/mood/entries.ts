import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ref } from '../../src/http/typebox.ts'
import { type EntryId, idFrom, newId } from '../../src/ids.ts'
import { newEntry, spelled } from '../../src/moods/submission.ts'
import { isUnchanged, sendUnchanged } from '../etag.ts'
import { ById, guarded, NotModified, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { digestOfSubmission } from '../writing.ts'
import { answer, describe, etagOf, type Rehearsed, type Written } from './answers.ts'
import { dayIn, living, type MoodContext, submissionOf, submitterOf, viewOf } from './context.ts'
import {
  AsOf,
  DryRun,
  MoodOrReceipt,
  NewMood,
  NewMoodHeaders,
  OneMood,
  TimezoneHeader,
  WrittenMood,
} from './schemas.ts'
import { type Effect, readWithHistory, userHistory } from './user-history.ts'

/** The longest note with each character written as two escapes of six bytes, and room for the rest. */
export const bodyLimit = 160 * 1024

/** The errors of what is said of an entry. */
export const entryErrors = ['mood_off_scale', 'date_in_future'] as const

/** Logs an entry, and shows one. */
const entries: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const { moods, histories } = context
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
        querystring: DryRun,
        body: NewMood,
        response: {
          201: sends(withReceipt(ref(WrittenMood, 'Logged.'), MoodOrReceipt), 'ETag'),
          200: sends(
            withReceipt(
              ref(WrittenMood, 'A retry: the existing entry, in its current state. Or a dry run.'),
              MoodOrReceipt,
            ),
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
      const { dry_run: dryRun = false } = request.query
      const id = clientId === undefined ? newId<EntryId>() : idFrom<EntryId>(clientId)
      // Entries of version 0.1 have the digest of what was sent, space included.
      const digests = clientId === undefined ? [] : [digestOfSubmission(spelled(body)), digestOfSubmission(body)]
      let effect: Effect = {}
      const written = await reply.createOnce<Written | Rehearsed, EntryId>({
        id,
        digests,
        tables: ['moods', 'mood_tags'],
        dryRun,
        async create(alongside) {
          const fields = newEntry(submissionOf(body), submitterOf(request))
          const entry = { ...fields, id, digest: digests[0] ?? null }
          const change = { added: fields }
          if (dryRun) {
            await request.commit([])
            const rehearsed = await moods.rehearsal.add(user.id, entry, app.now())
            effect = { change }
            return rehearsed
          }
          const carried = histories.carry(user.id, settings, change)
          const added = await moods.add(request.commit, user.id, entry, app.now(), alongside, carried)
          if (!added) return undefined
          histories.apply(user.id, added.version, change, carried)
          effect = { change, carried }
          return added
        },
        find: made => moods.find(user.id, made),
      })
      if (!dryRun) reply.header('Location', `/mood/${written.entry.id}`)
      return reply.send(await answer(context, request, reply, written, effect))
    },
  )

  app.get(
    '/mood/:id',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
      schema: {
        params: ById,
        headers: TimezoneHeader,
        tags: ['mood'],
        security: signedIn,
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
        const value = await living(context, request)
        return { value, version: value.version }
      })
      const view = viewOf(request, dayIn(request.query.as_of))
      if (isUnchanged(request, reply, etagOf(request, found, view))) return sendUnchanged(reply)
      return describe(found, history, view)
    },
  )
}
export default entries
