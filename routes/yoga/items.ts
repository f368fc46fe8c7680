import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { hasValues } from '../../src/has-values.ts'
import { ref } from '../../src/http/typebox.ts'
import type { SequenceItem } from '../../src/vocabulary.ts'
import { readItems, reordered, resolved, withItemChanged } from '../../src/yoga/items.ts'
import type { PoseFinder } from '../../src/yoga/poses.ts'
import type { FoundSequence } from '../../src/yoga/sequence-store.ts'
import { IfMatch, unchangedSince } from '../revisions.ts'
import { ById, guarded, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { edit } from '../writing.ts'
import { namedBy, show, type YogaContext } from './context.ts'
import { ItemChange, ItemPlace, Items, itemsBodyLimit, Sequence, SequenceOrReceipt } from './sequence-schemas.ts'

/** The poses of a sequence: all of them at once, or one. */
const items: FastifyPluginAsyncTypebox<YogaContext> = async (app, context) => {
  const common = { headers: IfMatch, tags: ['sequences'], security: signedIn }
  const answers = {
    200: sends(withReceipt(ref(Sequence, 'The updated sequence.'), SequenceOrReceipt), 'ETag'),
    ...problems(...guarded, ...withBody, 'not_found', 'stale_version', 'limit_reached', 'cross_site_request'),
  }

  app.put(
    '/sequences/:id/poses',
    {
      onRequest: app.requires('sequences:write'),
      bodyLimit: itemsBodyLimit,
      schema: {
        ...common,
        params: ById,
        operationId: 'reorderSequence',
        summary: 'Replace or reorder the poses of a sequence',
        description:
          'Atomic. Send either `poses`, the new list, or `order`, the current positions in their new order. With `If-Match` two devices cannot overwrite each other: the later one gets 412.',
        body: Items,
        response: answers,
      },
    },
    async (request, reply) => {
      const { poses, order } = request.body
      if (poses && !order) {
        const ids = poses.map(item => item.pose_id)
        return change(request, reply, ids, (_, poseOf) => readItems(poses, poseOf))
      }
      if (order && !poses) return change(request, reply, [], there => reordered(there, order))
      throw new ApiError('invalid_request', 'exactly one of poses and order is required')
    },
  )

  app.patch(
    '/sequences/:id/poses/:position',
    {
      onRequest: app.requires('sequences:write'),
      schema: {
        ...common,
        params: ItemPlace,
        operationId: 'updateSequencePose',
        summary: 'Update one pose of a sequence',
        description:
          'Absent fields stay as they are; null clears. Another `pose_id`, or a `name` alone, replaces the pose; `seconds` replaces `breaths` and vice versa.',
        body: ItemChange,
        response: answers,
      },
    },
    async (request, reply) => {
      const { body, params } = request
      return change(request, reply, [body.pose_id], (there, poseOf) =>
        withItemChanged(there, params.position, body, poseOf),
      )
    },
  )

  /**
   * Changes the items of the user's sequence with the id in the path.
   * @param ids of poses that are not in it yet.
   * @param make gets the items with the current names of their poses.
   */
  async function change(
    request: FastifyRequest<{ Params: { id: string }; Headers: { 'if-match'?: string } }>,
    reply: FastifyReply,
    ids: (string | null | undefined)[],
    make: (there: SequenceItem[], poseOf: PoseFinder) => SequenceItem[],
  ) {
    return edit(
      reply,
      () => context.ownSequence(...namedBy(request)),
      unchangedSince(request),
      async (found: FoundSequence) => {
        const known = [...ids, ...found.poses.map(item => item.pose_id)]
        const poseOf = await context.poseFinder(found.userId, known)
        const poses = make(resolved(found.poses, poseOf), poseOf)
        if (hasValues<Pick<FoundSequence, 'poses'>>(found, { poses })) {
          await request.commit([])
          return show(context, request, reply, found, poseOf)
        }
        const written = await context.sequences.replace(request.commit, found, { ...found, poses }, app.now())
        return written && show(context, request, reply, written, poseOf)
      },
    )
  }
}
export default items
