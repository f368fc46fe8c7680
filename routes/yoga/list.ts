import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { describePage, rowsOf } from '../paging.ts'
import { guarded, problems, sends, signedIn } from '../wire.ts'
import { summaryOf, type YogaContext } from './context.ts'
import { SequenceList, SequenceQuery } from './sequence-schemas.ts'

/** `GET /sequences`: the user's own, or the published ones. */
const list: FastifyPluginAsyncTypebox<YogaContext> = async (app, { lists }) => {
  app.get(
    '/sequences',
    {
      onRequest: app.requires('sequences:read'),
      schema: {
        tags: ['sequences'],
        operationId: 'listSequences',
        summary: 'List sequences',
        description: 'Your own, or with `scope=published` those that everybody can read. Without their poses.',
        security: signedIn,
        querystring: SequenceQuery,
        response: { 200: sends(ref(SequenceList, 'A page of sequences.'), 'Link'), ...problems(...guarded) },
      },
    },
    async (request, reply) => {
      const { scope = 'own', archived, ...filter } = request.query
      if (scope === 'published' && archived !== undefined)
        throw new ApiError('invalid_request', 'archived requires scope=own')
      const { user } = request.principal
      const { rows, total } =
        scope === 'own'
          ? await lists.own(user.id, archived ?? false, filter, rowsOf(filter))
          : await lists.published(filter, rowsOf(filter))
      const sequences = rows.map(row => summaryOf(request, row))
      return { sequences, ...describePage(reply, '/sequences', request.query, total) }
    },
  )
}
export default list
