import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ref } from '../../src/typebox.ts'
import { checkSequence } from '../../src/yoga/check.ts'
import { readItems } from '../../src/yoga/items.ts'
import { blankSequence, changedSequence } from '../../src/yoga/sequences.ts'
import { isUnchanged, sendUnchanged } from '../etag.ts'
import { IfMatch, unchangedSince } from '../revisions.ts'
import { ById, guarded, IdempotencyKey, problems, signedIn, withBody } from '../wire.ts'
import { edit } from '../writing.ts'
import { add, namedBy, show, type YogaContext } from './context.ts'
import { Check, CheckQuery, itemsBodyLimit, NewSequence, Sequence, SequenceChange } from './sequence-schemas.ts'

/** One sequence at a time: make it, read it, change what it says of itself, delete it, look it over. */
const sequences: FastifyPluginAsyncTypebox<YogaContext> = async (app, context) => {
  const onOne = { params: ById, tags: ['sequences'], security: signedIn }
  const changeErrors = ['not_found', 'stale_version', 'edit_conflict', 'cross_site_request'] as const

  app.post(
    '/sequences',
    {
      onRequest: app.requires('sequences:write'),
      bodyLimit: itemsBodyLimit,
      schema: {
        tags: ['sequences'],
        summary: 'Make a sequence',
        description: 'For instructors. With its poses, or without any to begin with.',
        security: signedIn,
        headers: IdempotencyKey,
        body: NewSequence,
        response: {
          201: ref(Sequence, 'Made. `Location` is its address.'),
          ...problems(...guarded, ...withBody, 'not_found', 'idempotency_key_reused', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const { poses = [], ...body } = request.body
      const ids = poses.map(item => item.pose_id)
      const items = readItems(poses, await context.poseFinder(request.principal.user.id, ids))
      return add(app, context, request, reply, changedSequence({ ...blankSequence, poses: items }, body))
    },
  )

  app.get(
    '/sequences/:id',
    {
      onRequest: app.requires('sequences:read'),
      schema: {
        ...onOne,
        summary: 'One sequence',
        description: 'An own one, or a published one. Its `ETag` goes into `If-Match` of a change.',
        response: {
          200: ref(Sequence, 'The sequence with its poses.'),
          304: Type.Null({ description: 'Nothing has changed.' }),
          ...problems(...guarded, 'not_found'),
        },
      },
    },
    async (request, reply) => {
      const shown = await show(context, request, reply, await context.readableSequence(...namedBy(request)))
      return isUnchanged(request, reply, String(reply.getHeader('etag'))) ? sendUnchanged(reply) : shown
    },
  )

  app.patch(
    '/sequences/:id',
    {
      onRequest: app.requires('sequences:write'),
      schema: {
        ...onOne,
        headers: IfMatch,
        summary: 'Change a sequence',
        description:
          'What is absent stays; null clears. Publishes it (`visibility`), and puts it away (`archived`), which hides it from others. Its poses are changed by `PUT /sequences/:id/poses`.',
        body: SequenceChange,
        response: {
          200: ref(Sequence, 'The sequence as it is now.'),
          ...problems(...guarded, ...withBody, ...changeErrors),
        },
      },
    },
    async (request, reply) =>
      edit(
        () => context.ownSequence(...namedBy(request)),
        unchangedSince(request),
        async found => {
          const written = await context.sequences.replace(found, changedSequence(found, request.body), app.now())
          return written && show(context, request, reply, written)
        },
      ),
  )

  app.delete(
    '/sequences/:id',
    {
      onRequest: app.requires('sequences:write', 'practices:write'),
      schema: {
        ...onOne,
        headers: IfMatch,
        summary: 'Delete a sequence',
        description: 'Whoever practised it keeps that; copies stay as they are. Members may delete their copies.',
        response: {
          204: Type.Null({ description: 'Deleted.' }),
          ...problems(...guarded, ...withBody, ...changeErrors),
        },
      },
    },
    async (request, reply) => {
      await edit(
        () => context.ownSequence(...namedBy(request)),
        unchangedSince(request),
        async found => (await context.sequences.remove(found)) || undefined,
      )
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/sequences/:id/check',
    {
      onRequest: app.requires('sequences:read'),
      schema: {
        ...onOne,
        querystring: CheckQuery,
        summary: 'Look a sequence over',
        description:
          'Left against right, its time against `minutes`, whether a demanding pose is prepared before and undone after, and whether it ends in rest. Each finding says why.',
        response: { 200: ref(Check, 'What a teacher would remark.'), ...problems(...guarded, 'not_found') },
      },
    },
    async request => {
      const found = await context.readableSequence(...namedBy(request))
      const { minutes } = request.query
      return checkSequence(found.poses, await context.finderFor(found), minutes && minutes * 60)
    },
  )
}
export default sequences
