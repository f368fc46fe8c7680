import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, newId, type PracticeId, type SequenceId } from '../../src/ids.ts'
import { formatDay } from '../../src/moods/calendar.ts'
import { dateEntry, notInFuture, onExistingDay } from '../../src/moods/dating.ts'
import type { FoundPractice } from '../../src/yoga/practice-store.ts'
import { DeletionQuery, findToDelete, findToRestore, isDeleted, restoreErrors } from '../deleting.ts'
import { isUnchanged, revisionTag, sendUnchanged, strongEtag } from '../etag.ts'
import { dayIn, submitterOf } from '../mood/context.ts'
import { TimezoneHeader } from '../mood/schemas.ts'
import { describePage, refuseReversed, rowsOf } from '../paging.ts'
import { IfMatch, unchangedSince } from '../revisions.ts'
import {
  ById,
  guarded,
  IdempotencyKey,
  NotModified,
  problems,
  sends,
  signedIn,
  withBody,
  withReceipt,
} from '../wire.ts'
import { byWrites, digestOfSubmission, edit } from '../writing.ts'
import { namedBy, type YogaContext } from './context.ts'
import {
  AllPracticesQuery,
  NewPractice,
  Practice,
  PracticeChange,
  PracticeList,
  PracticeOrReceipt,
  PracticeQuery,
} from './practice-schemas.ts'

/** The longest note with each character written as two escapes of six bytes, and room for the rest. */
const bodyLimit = 160 * 1024

/** The practice log, visible to its user only. */
const practices: FastifyPluginAsyncTypebox<YogaContext> = async (app, context) => {
  const { practices: store } = context
  const common = { tags: ['practices'], security: signedIn }

  app.post(
    '/sequences/:id/practices',
    {
      onRequest: app.requires('practices:write'),
      bodyLimit,
      schema: {
        ...common,
        params: ById,
        headers: Type.Object({ ...TimezoneHeader.properties, ...IdempotencyKey.properties }),
        operationId: 'logPractice',
        summary: 'Log a practice',
        description:
          'Of one of your own sequences or a published one. The practice keeps the current title and length of the sequence, even if it is changed or deleted later. Safe to retry with a client-generated `id`: the same content again returns 200 and the existing practice, other content 409. `Idempotency-Key` works too.',
        body: NewPractice,
        response: {
          201: sends(withReceipt(ref(Practice, 'Logged.'), PracticeOrReceipt), 'ETag'),
          200: sends(
            withReceipt(ref(Practice, 'A retry: the existing practice, in its current state.'), PracticeOrReceipt),
            'ETag',
          ),
          ...problems(
            ...guarded,
            ...withBody,
            'date_in_future',
            'not_found',
            'entry_deleted',
            'id_taken',
            'limit_reached',
            'idempotency_key_reused',
            'cross_site_request',
          ),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const sequence = await context.readableSequence(...namedBy(request))
      const { id: clientId, ...body } = request.body ?? {}
      const digests = clientId === undefined ? [] : [digestOfSubmission({ ...body, sequence: sequence.id })]
      const id = clientId === undefined ? newId<PracticeId>() : idFrom<PracticeId>(clientId)
      const added = await reply.createOnce({
        id,
        digests,
        tables: ['practices'],
        async create(alongside) {
          const fields = {
            date: dateOf(request, body.date ?? undefined),
            sequenceId: sequence.id,
            title: sequence.title,
            totalSeconds: sequence.totalSeconds,
            note: body.note ?? null,
          }
          const { writes, refuse } = store.create(user.id, { ...fields, id, digest: digests[0] ?? null }, app.now())
          return byWrites(request.commit, writes, () => store.find(user.id, id), refuse)(alongside)
        },
        find: made => store.find(user.id, made),
      })
      return show(reply.header('Location', `/practices/${added.practice.id}`), added)
    },
  )

  app.get(
    '/sequences/:id/practices',
    {
      onRequest: app.requires('practices:read'),
      config: { compress: 'private' },
      schema: {
        ...common,
        params: ById,
        querystring: PracticeQuery,
        operationId: 'listSequencePractices',
        summary: 'List your practices of a sequence',
        description: 'Latest first. Nobody sees who else practised it, not even its author.',
        response: {
          200: sends(ref(PracticeList, 'A page of practices.'), 'Link'),
          ...problems(...guarded, 'not_found'),
        },
      },
    },
    async (request, reply) => {
      const { id: sequence } = await context.readableSequence(...namedBy(request))
      return answer(request, reply, `/sequences/${sequence}/practices`, sequence)
    },
  )

  app.get(
    '/practices',
    {
      onRequest: app.requires('practices:read'),
      config: { compress: 'private' },
      schema: {
        ...common,
        querystring: AllPracticesQuery,
        operationId: 'listPractices',
        summary: 'List your practices',
        description: 'Latest first, including those of deleted sequences.',
        response: { 200: sends(ref(PracticeList, 'A page of practices.'), 'Link'), ...problems(...guarded) },
      },
    },
    async (request, reply) => answer(request, reply, '/practices', idIn(request.query.sequence)),
  )

  app.get(
    '/practices/:id',
    {
      onRequest: app.requires('practices:read'),
      config: { compress: 'private' },
      schema: {
        ...common,
        params: ById,
        operationId: 'getPractice',
        summary: 'Get a practice',
        description: 'One of your own. Send its `ETag` as `If-Match` with an update.',
        response: {
          200: sends(ref(Practice, 'The practice.'), 'ETag'),
          304: NotModified,
          ...problems(...guarded, 'not_found'),
        },
      },
    },
    async (request, reply) => {
      const found = await find(request)
      if (isUnchanged(request, reply, strongEtag(found.practice, found.revision))) return sendUnchanged(reply)
      return found.practice
    },
  )

  app.patch(
    '/practices/:id',
    {
      onRequest: app.requires('practices:write'),
      bodyLimit,
      schema: {
        ...common,
        params: ById,
        headers: IfMatch,
        operationId: 'updatePractice',
        summary: 'Update a practice',
        description: 'Absent fields stay as they are; null clears.',
        body: PracticeChange,
        response: {
          200: sends(withReceipt(ref(Practice, 'The updated practice.'), PracticeOrReceipt), 'ETag'),
          ...problems(
            ...guarded,
            ...withBody,
            'date_in_future',
            'not_found',
            'stale_version',
            'edit_conflict',
            'limit_reached',
            'cross_site_request',
          ),
        },
      },
    },
    async (request, reply) => {
      const { date, note } = request.body
      const replaced = await edit(
        () => find(request),
        unchangedSince(request),
        async found => {
          const { practice } = found
          const fields = {
            date: date === undefined || date === practice.date ? practice.date : dateOf(request, date),
            note: note === undefined ? practice.note : note,
          }
          if (fields.date === practice.date && fields.note === practice.note) {
            await request.commit([])
            return practice
          }
          return store.replace(request.commit, request.principal.user.id, found, fields, app.now())
        },
      )
      return show(reply, { practice: replaced, revision: replaced.revision })
    },
  )

  app.delete(
    '/practices/:id',
    {
      onRequest: app.requires('practices:write'),
      schema: {
        ...common,
        params: ById,
        headers: IfMatch,
        querystring: DeletionQuery,
        operationId: 'deletePractice',
        summary: 'Delete a practice',
        description: 'It can be restored for 30 days.',
        response: {
          204: Type.Null({ description: 'Deleted.' }),
          ...problems(...guarded, ...withBody, 'not_found', 'stale_version', 'edit_conflict', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const { permanently = false } = request.query
      await edit(
        () => findToDelete(named(request), permanently),
        unchangedSince(request),
        async found => {
          const removed = isDeleted(found)
            ? store.deletions.purge(request.commit, user.id, found)
            : store.remove(request.commit, user.id, found, { now: app.now(), permanently })
          return (await removed) || undefined
        },
      )
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/practices/:id/restore',
    {
      onRequest: app.requires('practices:write'),
      schema: {
        ...common,
        params: ById,
        operationId: 'restorePractice',
        summary: 'Restore a deleted practice',
        description: 'As it was; one that is not deleted stays as it is.',
        response: {
          200: sends(withReceipt(ref(Practice, 'The practice.'), PracticeOrReceipt), 'ETag'),
          ...problems(...guarded, ...withBody, ...restoreErrors),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const practice = await edit(
        () => findToRestore(named(request)),
        () => true,
        async found => {
          if (isDeleted(found)) return store.restore(request.commit, user.id, found, app.now())
          await request.commit([])
          return found.practice
        },
      )
      return show(reply, { practice, revision: practice.revision })
    },
  )

  /** The practice that the path of a request names, living or deleted. */
  function named({ principal: { user }, params }: FastifyRequest<{ Params: Static<typeof ById> }>) {
    const id = idFrom<PracticeId>(params.id)
    const find = () => store.find(user.id, id)
    return { user: user.id, id, now: app.now(), find, deletions: store.deletions, none: noSuchPractice }
  }

  /** The own practice that the address names. */
  async function find({ principal, params }: FastifyRequest<{ Params: Static<typeof ById> }>) {
    const found = await store.find(principal.user.id, idFrom<PracticeId>(params.id))
    if (!found) throw new ApiError('not_found', noSuchPractice)
    return found
  }

  /** A page of the user's practices, of one sequence or of all. */
  async function answer(
    request: FastifyRequest<{ Querystring: Static<typeof PracticeQuery> }>,
    reply: FastifyReply,
    path: string,
    sequence: SequenceId | undefined,
  ) {
    const { query, principal } = request
    const { from, to } = query
    refuseReversed({ from, to })
    const filter = {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(sequence !== undefined && { sequence }),
    }
    const { rows, total } = await store.list(principal.user.id, filter, rowsOf(query))
    return { practices: rows, ...describePage(reply, path, query, total) }
  }
}
export default practices

const idIn = (sequence: string | undefined) => (sequence === undefined ? undefined : idFrom<SequenceId>(sequence))

function show(reply: FastifyReply, { practice, revision }: Pick<FoundPractice, 'practice' | 'revision'>) {
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

const noSuchPractice = 'No such practice.'

/**
 * The day of a practice: the one given, or today by the rules for moods.
 * @throws {ApiError} `date_in_future`.
 */
function dateOf(request: FastifyRequest, date: string | undefined): string {
  const { settings, zone, now } = submitterOf(request)
  const dated = notInFuture(dateEntry({ day: dayIn(date), timezone: zone }, settings, now), now)
  return formatDay(onExistingDay(dated, settings.timezone).day)
}
