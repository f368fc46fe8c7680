import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ref } from '../../src/http/typebox.ts'
import { describePage, PageQuery, rowsOf } from '../paging.ts'
import { guarded, problems, sends, signedIn } from '../wire.ts'
import { AccountEventList } from './schemas.ts'

/** The events of the user's account. */
const events: FastifyPluginAsyncTypebox = async app => {
  app.addSchema(AccountEventList)

  app.get(
    '/account/events',
    {
      onRequest: app.requires('account:manage'),
      schema: {
        tags: ['account'],
        operationId: 'listAccountEvents',
        summary: 'List account events',
        description: 'Sign-ins, failed ones included, and changes to the account, newest first. Kept for a year.',
        security: signedIn,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: sends(ref(AccountEventList, 'A page of events.'), 'Link'), ...problems(...guarded) },
      },
    },
    async ({ principal: { user }, query }, reply) => {
      const { rows, total } = await app.events.page(user.id, rowsOf(query))
      return { events: rows, ...describePage(reply, '/account/events', query, total) }
    },
  )
}
export default events
