import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { abandonedBy } from '../../src/streaming/abandoned.ts'
import { slots } from '../../src/streaming/slots.ts'
import { describePage, rowsOf } from '../paging.ts'
import { guarded, problems, sends, signedIn } from '../wire.ts'
import { summaryOf, type YogaContext } from './context.ts'
import { SequenceList, SequenceQuery } from './sequence-schemas.ts'

/** Searches over what everybody has published compare every row: a few at a time, one of a user. */
const searchLimits = { of: 'searches', concurrency: 2, maxQueued: 32, maxQueuedPerAccount: 4, maxWaitMs: 10_000 }

/** `GET /sequences`: the user's own, or the published ones. */
const list: FastifyPluginAsyncTypebox<YogaContext> = async (app, { lists }) => {
  const searches = slots(searchLimits)
  app.addHook('preClose', async () => searches.refuseWaiting())

  app.get(
    '/sequences',
    {
      onRequest: app.requires('sequences:read'),
      config: { compress: 'private' },
      schema: {
        tags: ['sequences'],
        operationId: 'listSequences',
        summary: 'List sequences',
        description: 'Your own, or with `scope=published` those that everybody can read. Without their poses.',
        security: signedIn,
        querystring: SequenceQuery,
        response: {
          200: sends(ref(SequenceList, 'A page of sequences.'), 'Link'),
          ...problems(...guarded, 'too_busy'),
        },
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
          : await inTurn(request, reply, () => lists.published(filter, rowsOf(filter)))
      const sequences = rows.map(row => summaryOf(request, row))
      return { sequences, ...describePage(reply, '/sequences', request.query, total) }
    },
  )

  /** Reads a published list: a search when its turn has come. */
  async function inTurn<T>(
    { query, principal, network }: FastifyRequest<{ Querystring: Static<typeof SequenceQuery> }>,
    reply: FastifyReply,
    read: () => Promise<T>,
  ): Promise<T> {
    if (query.q === undefined) return read()
    const { release } = await searches.enter({ account: principal.user.id, network }, abandonedBy(reply.raw))
    return read().finally(release)
  }
}
export default list
