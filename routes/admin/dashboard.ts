import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Statistics, statisticsStore } from '../../src/administration/statistics.ts'
import { livingSessions } from '../../src/auth/sessions.ts'
import { ref } from '../../src/http/typebox.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import { Dashboard } from './schemas.ts'

/** `GET /admin/dashboard`: totals over all accounts. */
const dashboard: FastifyPluginAsyncTypebox<{ version: string }> = async (app, { version }) => {
  const statistics = statisticsStore(app.database, livingSessions(app.database.tables))
  let running: Promise<Statistics> | undefined

  app.get(
    '/admin/dashboard',
    {
      onRequest: app.requires('admin:read'),
      schema: {
        tags: ['admin'],
        operationId: 'getDashboard',
        summary: 'Get usage statistics',
        description: 'Numbers only, computed on request.',
        security: signedIn,
        response: { 200: ref(Dashboard, 'The statistics.'), ...problems(...guarded) },
      },
    },
    async () => {
      // It reads much: concurrent requests share one result.
      running ??= statistics.count(app.now()).finally(() => {
        running = undefined
      })
      const [counted, storage] = await Promise.all([running, app.database.size()])
      return { version, ...counted, storage_bytes: storage }
    },
  )
}
export default dashboard
