import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ref } from '../../src/typebox.ts'
import { linkOf, PageQuery, pagingOf, rowsOf } from '../paging.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import { AccountEventList } from './schemas.ts'

/** What happened to the own account. */
const events: FastifyPluginAsyncTypebox = async app => {
  app.addSchema(AccountEventList)

  app.get(
    '/account/events',
    {
      onRequest: app.requires('account:manage'),
      schema: {
        tags: ['accounts'],
        summary: 'What happened to the own account',
        description: 'Sign-ins, failed ones too, and changes; the newest first. Kept for a year.',
        security: signedIn,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: ref(AccountEventList, 'A page of the events.'), ...problems(...guarded) },
      },
    },
    async ({ principal: { user }, query }, reply) => {
      const { limit, offset } = rowsOf(query)
      const [found, total] = await Promise.all([app.events.list(user.id, limit, offset), app.events.count(user.id)])
      reply.header('Link', linkOf('/account/events', query, total))
      return { events: found, ...pagingOf(query, total), total }
    },
  )
}
export default events
