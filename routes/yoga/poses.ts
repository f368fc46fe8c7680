import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import { ref } from '../../src/http/typebox.ts'
import { maxOwnPoses } from '../../src/quotas/quotas.ts'
import { catalogue, inCatalogue } from '../../src/yoga/catalogue.ts'
import { blankPose, changedPose, changesNothing, filterPoses } from '../../src/yoga/poses.ts'
import { revisionTag, strongEtag } from '../etag.ts'
import { describePage, rowsOf } from '../paging.ts'
import { IfMatch, unchangedSince } from '../revisions.ts'
import { guarded, IdempotencyKey, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { byWrites, edit } from '../writing.ts'
import { namedBy, type YogaContext } from './context.ts'
import { NewPose, Pose, PoseChange, PoseId, PoseList, PoseOrReceipt, PoseQuery } from './pose-schemas.ts'

/** The catalogue of poses, and an instructor's custom poses. */
const poses: FastifyPluginAsyncTypebox<YogaContext> = async (app, context) => {
  const { poses: store } = context
  const onOne = { params: PoseId, tags: ['poses'], security: signedIn }
  const changeErrors = ['not_found', 'stale_version', 'cross_site_request'] as const

  app.get(
    '/poses',
    {
      onRequest: app.requires('sequences:read'),
      config: { compress: 'private' },
      schema: {
        tags: ['poses'],
        operationId: 'listPoses',
        summary: 'List poses',
        description: 'The catalogue and your own poses, in alphabetical order.',
        security: signedIn,
        querystring: PoseQuery,
        response: { 200: sends(ref(PoseList, 'A page of poses.'), 'Link'), ...problems(...guarded) },
      },
    },
    async (request, reply) => {
      const { query } = request
      const found = filterPoses([...catalogue, ...(await store.list(request.principal.user.id))], query)
      const { limit, offset } = rowsOf(query)
      return { poses: found.slice(offset, offset + limit), ...describePage(reply, '/poses', query, found.length) }
    },
  )

  app.get(
    '/poses/:id',
    {
      onRequest: app.requires('sequences:read'),
      config: { compress: 'private' },
      schema: {
        ...onOne,
        operationId: 'getPose',
        summary: 'Get a pose',
        description:
          'By its slug, or by the id of one of your own poses. Send the `ETag` of your own pose as `If-Match` with an update; poses of the catalogue have none.',
        response: { 200: ref(Pose, 'The pose.'), ...problems(...guarded, 'not_found') },
      },
    },
    async (request, reply) => {
      const known = inCatalogue(request.params.id)
      if (known) return known
      const { pose, revision } = await context.ownPose(...namedBy(request))
      reply.header('ETag', strongEtag(pose, revision))
      return pose
    },
  )

  app.post(
    '/poses',
    {
      onRequest: app.requires('sequences:write'),
      schema: {
        tags: ['poses'],
        operationId: 'createPose',
        summary: 'Create a pose',
        description: `Visible to you only. At most ${maxOwnPoses}.`,
        security: signedIn,
        headers: IdempotencyKey,
        body: NewPose,
        response: {
          201: sends(withReceipt(ref(Pose, 'Created.'), PoseOrReceipt), 'ETag'),
          ...problems(
            ...guarded,
            ...withBody,
            'entry_deleted',
            'limit_reached',
            'idempotency_key_reused',
            'cross_site_request',
          ),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const { id, writes, refuse } = store.create(user.id, changedPose(blankPose, request.body), app.now())
      const added = await reply.createOnce({
        id,
        create: byWrites(request.commit, writes, () => store.find(user.id, id), refuse),
        find: made => store.find(user.id, made),
      })
      return show(reply.header('Location', `/poses/${added.pose.id}`), added)
    },
  )

  app.patch(
    '/poses/:id',
    {
      onRequest: app.requires('sequences:write'),
      schema: {
        ...onOne,
        headers: IfMatch,
        operationId: 'updatePose',
        summary: 'Update a pose',
        description: 'One of your own. Absent fields stay as they are; null clears. Sequences show the updated pose.',
        body: PoseChange,
        response: {
          200: sends(withReceipt(ref(Pose, 'The updated pose.'), PoseOrReceipt), 'ETag'),
          ...problems(...guarded, ...withBody, ...changeErrors),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      return edit(
        reply,
        () => context.poseToChange(...namedBy(request)),
        unchangedSince(request),
        async ({ pose, revision }) => {
          const facts = changedPose(pose, request.body)
          if (changesNothing(pose, facts)) {
            await request.commit([])
            return show(reply, { pose, revision })
          }
          if (!(await store.replace(request.commit, user.id, pose.id, revision, facts, app.now()))) return undefined
          return show(reply, { pose: { ...pose, ...facts }, revision: revision + 1 })
        },
      )
    },
  )

  app.delete(
    '/poses/:id',
    {
      onRequest: app.requires('sequences:write'),
      schema: {
        ...onOne,
        headers: IfMatch,
        operationId: 'deletePose',
        summary: 'Delete a pose',
        description: 'One of your own. Sequences that contain it keep its name.',
        response: {
          204: Type.Null({ description: 'Deleted.' }),
          ...problems(...guarded, ...withBody, ...changeErrors),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      await edit(
        reply,
        () => context.poseToChange(...namedBy(request)),
        unchangedSince(request),
        async ({ pose, revision }) => (await store.remove(request.commit, user.id, pose.id, revision)) || undefined,
      )
      return reply.code(204).send(null)
    },
  )
}
export default poses

/** The answer to a write: the pose, or a receipt, with its ETag. */
function show<Shown extends { id: string }>(
  reply: FastifyReply,
  { pose, revision }: { pose: Shown; revision: number },
) {
  return reply.resourceOrReceipt(
    'sequences:read',
    () => {
      reply.header('ETag', strongEtag(pose, revision))
      return pose
    },
    () => {
      reply.header('ETag', revisionTag(revision))
      return { id: pose.id, revision }
    },
  )
}
