import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ref } from '../../src/http/typebox.ts'
import { resolved } from '../../src/yoga/items.ts'
import { copyOf, seenItems } from '../../src/yoga/sequences.ts'
import { ById, guarded, IdempotencyKey, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { edit } from '../writing.ts'
import { add, namedBy, type YogaContext } from './context.ts'
import { Copy, Sequence, SequenceOrReceipt } from './sequence-schemas.ts'

/** Sequences between people: copying, and unpublishing by admins. */
const sharing: FastifyPluginAsyncTypebox<YogaContext> = async (app, context) => {
  const onOne = { params: ById, tags: ['sequences'], security: signedIn }

  app.post(
    '/sequences/:id/copy',
    {
      onRequest: app.requires('sequences:write', 'practices:write'),
      schema: {
        ...onOne,
        operationId: 'copySequence',
        summary: 'Copy a sequence',
        description:
          'Of one of your own or a published one; the copy is private and yours. Members can keep copies too, and practise them. Poses created by the author become free names.',
        headers: IdempotencyKey,
        body: Copy,
        response: {
          201: sends(withReceipt(ref(Sequence, 'The copy.'), SequenceOrReceipt), 'ETag'),
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
      const found = await context.readableSequence(...namedBy(request))
      const own = found.userId === request.principal.user.id
      const poses = seenItems(resolved(found.poses, await context.finderFor(found)), own)
      return add(app, context, request, reply, copyOf(found, poses, request.body?.title), found.id)
    },
  )

  app.post(
    '/sequences/:id/unpublish',
    {
      onRequest: app.requires('sequences:moderate'),
      schema: {
        ...onOne,
        operationId: 'unpublishSequence',
        summary: 'Unpublish a sequence',
        description: 'For admins: makes it private. The author keeps it; copies stay.',
        response: {
          204: Type.Null({ description: 'Unpublished.' }),
          ...problems(...guarded, ...withBody, 'not_found', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      await edit(
        reply,
        () => context.publishedSequence(request.params.id),
        () => true,
        found => context.sequences.replace(request.commit, found, { ...found, visibility: 'private' }, app.now()),
      )
      return reply.code(204).send(null)
    },
  )
}
export default sharing
