import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, type PracticeId } from '../../src/ids.ts'
import { DeletionQuery, deleteNamed, findToRestore, isDeleted, restoreErrors } from '../deleting.ts'
import { isUnchanged, sendUnchanged, strongEtag } from '../etag.ts'
import { IfMatch, unchangedSince } from '../revisions.ts'
import { ById, guarded, NotModified, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { edit } from '../writing.ts'
import type { YogaContext } from './context.ts'
import { bodyLimit, changedPractice, show } from './practice-answers.ts'
import { Practice, PracticeChange, PracticeOrReceipt } from './practice-schemas.ts'

/** One practice: read, change, delete, restore. */
const onePractice: FastifyPluginAsyncTypebox<YogaContext> = async (app, { practices: store }) => {
  const common = { tags: ['practices'], security: signedIn }

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
            'limit_reached',
            'cross_site_request',
          ),
        },
      },
    },
    async (request, reply) => {
      const replaced = await edit(
        reply,
        () => find(request),
        unchangedSince(request),
        async found => {
          const fields = changedPractice(request, found, request.body)
          if (!fields) {
            await request.commit([])
            return found.practice
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
          ...problems(...guarded, ...withBody, 'not_found', 'stale_version', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const { permanently = false } = request.query
      await deleteNamed(reply, named(request), permanently, {
        allows: unchangedSince(request),
        remove: found => store.remove(request.commit, user.id, found, { now: app.now(), permanently }),
        purge: deleted => store.deletions.purge(request.commit, user.id, deleted),
      })
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
        reply,
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
}
export default onePractice

const noSuchPractice = 'No such practice.'
