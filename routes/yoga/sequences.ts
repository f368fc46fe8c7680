import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { hasValues } from '../../src/has-values.ts'
import { ref } from '../../src/http/typebox.ts'
import { checkSequence } from '../../src/yoga/check.ts'
import { readItems } from '../../src/yoga/items.ts'
import { blankSequence, changedSequence, type SequenceFields } from '../../src/yoga/sequences.ts'
import { isUnchanged, sendUnchanged } from '../etag.ts'
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
import { edit } from '../writing.ts'
import { add, namedBy, show, type YogaContext } from './context.ts'
import {
  Check,
  CheckQuery,
  itemsBodyLimit,
  NewSequence,
  Sequence,
  SequenceChange,
  SequenceOrReceipt,
} from './sequence-schemas.ts'

/** One sequence: create, read, change, delete, check. */
const sequences: FastifyPluginAsyncTypebox<YogaContext> = async (app, context) => {
  const onOne = { params: ById, tags: ['sequences'], security: signedIn }
  const changeErrors = ['not_found', 'stale_version', 'cross_site_request'] as const

  app.post(
    '/sequences',
    {
      onRequest: app.requires('sequences:write'),
      bodyLimit: itemsBodyLimit,
      schema: {
        tags: ['sequences'],
        operationId: 'createSequence',
        summary: 'Create a sequence',
        description: 'For instructors and admins. `poses` may be added later.',
        security: signedIn,
        headers: IdempotencyKey,
        body: NewSequence,
        response: {
          201: sends(withReceipt(ref(Sequence, 'Created.'), SequenceOrReceipt), 'ETag'),
          ...problems(
            ...guarded,
            ...withBody,
            'not_found',
            'entry_deleted',
            'limit_reached',
            'idempotency_key_reused',
            'cross_site_request',
          ),
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
      config: { compress: 'private' },
      schema: {
        ...onOne,
        operationId: 'getSequence',
        summary: 'Get a sequence',
        description: 'One of your own, or a published one. Send its `ETag` as `If-Match` with an update.',
        response: {
          200: sends(ref(Sequence, 'The sequence with its poses.'), 'ETag'),
          304: NotModified,
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
        operationId: 'updateSequence',
        summary: 'Update a sequence',
        description:
          'Absent fields stay as they are; null clears. `visibility` publishes it; `archived` puts it away and hides it from others. To change its poses, use `PUT /sequences/{id}/poses`.',
        body: SequenceChange,
        response: {
          200: sends(withReceipt(ref(Sequence, 'The updated sequence.'), SequenceOrReceipt), 'ETag'),
          ...problems(...guarded, ...withBody, ...changeErrors, 'limit_reached'),
        },
      },
    },
    async (request, reply) =>
      edit(
        reply,
        () => context.ownSequence(...namedBy(request)),
        unchangedSince(request),
        async found => {
          const fields = changedSequence(found, request.body)
          if (hasValues<SequenceFields>(found, fields)) {
            await request.commit([])
            return show(context, request, reply, found)
          }
          const written = await context.sequences.replace(request.commit, found, fields, app.now())
          return written && show(context, request, reply, written)
        },
      ),
  )

  app.delete(
    '/sequences/:id',
    {
      // Members keep copies, which they delete by session; of tokens this asks for the scope that names sequences.
      onRequest: app.requires('sequences:write', 'sequences:keep'),
      schema: {
        ...onOne,
        headers: IfMatch,
        operationId: 'deleteSequence',
        summary: 'Delete a sequence',
        description: 'Practices of it and copies of it stay. Members can delete their own copies.',
        response: {
          204: Type.Null({ description: 'Deleted.' }),
          ...problems(...guarded, ...withBody, ...changeErrors),
        },
      },
    },
    async (request, reply) => {
      await edit(
        reply,
        () => context.ownSequence(...namedBy(request)),
        unchangedSince(request),
        async found => (await context.sequences.remove(request.commit, found, app.now())) || undefined,
      )
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/sequences/:id/check',
    {
      onRequest: app.requires('sequences:read'),
      config: { compress: 'private' },
      schema: {
        ...onOne,
        querystring: CheckQuery,
        operationId: 'checkSequence',
        summary: 'Check a sequence',
        description:
          'Compares left with right and the total time with `minutes`, and checks that demanding poses are prepared and countered and that it ends in rest. Each finding says why.',
        response: { 200: ref(Check, 'The findings.'), ...problems(...guarded, 'not_found') },
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
