import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ref } from '../../src/http/typebox.ts'
import { describePage, PageQuery, rowsOf } from '../paging.ts'
import { ById, guarded, problems, sends, signedIn, withBody } from '../wire.ts'
import { living, type MoodContext } from './context.ts'
import { MoodRevisions } from './schemas.ts'

/** Earlier states of an entry. */
const revisions: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const { moods } = context
  const common = { params: ById, tags: ['mood'], security: signedIn }

  app.get(
    '/mood/:id/revisions',
    {
      onRequest: app.requires('mood:read'),
      schema: {
        ...common,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        operationId: 'listMoodRevisions',
        summary: 'List earlier states of an entry',
        description: 'Latest first; the last 100 are kept. `revision` is the one that the state had.',
        response: {
          200: sends(ref(MoodRevisions, 'A page of earlier states.'), 'Link'),
          ...problems(...guarded, 'not_found'),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const { id } = (await living(context, request)).entry
      const { rows, total } = await moods.revisions.page(user.id, id, rowsOf(request.query))
      const revisions = rows.map(({ number, content, replacedAt }) => ({
        ...content,
        revision: number,
        replaced_at: replacedAt,
      }))
      return {
        revisions: revisions as never[],
        ...describePage(reply, `/mood/${id}/revisions`, request.query, total),
      }
    },
  )

  app.delete(
    '/mood/:id/revisions',
    {
      onRequest: app.requires('mood:write'),
      schema: {
        ...common,
        operationId: 'deleteMoodRevisions',
        summary: 'Delete the earlier states of an entry',
        description: 'They cannot be restored; the entry stays as it is.',
        response: {
          204: Type.Null({ description: 'Deleted.' }),
          ...problems(...guarded, ...withBody, 'not_found', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const { id } = (await living(context, request)).entry
      await reply.inTurn([id], () => moods.revisions.removeAll(request.commit, user.id, id))
      return reply.code(204).send(null)
    },
  )
}
export default revisions
