import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, newId, type PracticeId, type SequenceId } from '../../src/ids.ts'
import { TimezoneHeader } from '../mood/schemas.ts'
import { describePage, refuseReversed, rowsOf } from '../paging.ts'
import { ById, guarded, IdempotencyKey, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { byWrites, digestOfSubmission } from '../writing.ts'
import { namedBy, type YogaContext } from './context.ts'
import { bodyLimit, newPractice, show } from './practice-answers.ts'
import {
  AllPracticesQuery,
  NewPractice,
  Practice,
  PracticeList,
  PracticeOrReceipt,
  PracticeQuery,
} from './practice-schemas.ts'

/** The practice log, visible to its user only: what is logged, and its lists. */
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
          const fields = newPractice(request, body, sequence)
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
