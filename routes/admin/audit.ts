import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { AdminAuditStore } from '../../src/administration/admin-audit.ts'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, type UserId } from '../../src/ids.ts'
import { describePage, refuseReversed, rowsOf } from '../paging.ts'
import { guarded, problems, sends, signedIn } from '../wire.ts'
import { AdminAudit, AuditQuery } from './schemas.ts'

const day = 86_400_000

/** `GET /admin/audit`: the actions of admins. */
const audit: FastifyPluginAsyncTypebox<{ audit: AdminAuditStore }> = async (app, { audit }) => {
  app.get(
    '/admin/audit',
    {
      onRequest: app.requires('admin:read'),
      schema: {
        tags: ['admin'],
        operationId: 'listAdminActions',
        summary: 'List admin actions',
        description: 'What was done to which account, when and by whom, newest first.',
        security: signedIn,
        querystring: AuditQuery,
        response: { 200: sends(ref(AdminAudit, 'A page of admin actions.'), 'Link'), ...problems(...guarded) },
      },
    },
    async ({ query }, reply) => {
      const { kind, user, actor, from, to } = query
      refuseReversed({ from, to })
      const filters = {
        kind,
        actor: actor === undefined ? undefined : idFrom<UserId>(actor),
        target: user === undefined ? undefined : idFrom<UserId>(user),
        from: from === undefined ? undefined : new Date(Date.parse(from)),
        before: to === undefined ? undefined : new Date(Date.parse(to) + day),
      }
      const { rows, total } = await audit.page(filters, rowsOf(query))
      return { audit: rows, ...describePage(reply, '/admin/audit', query, total) }
    },
  )
}
export default audit
