import fp from 'fastify-plugin'
import { type Limits, type Quotas, quotaStore } from '../src/quotas/quotas.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts what accounts have, and limits it (docs/security.md, line 43). */
    quotas: Quotas
  }
}

export default fp<{ limits: Limits }>(
  async (app, { limits }) => {
    app.decorate('quotas', quotaStore(app.database, limits))
  },
  { name: 'quotas', dependencies: ['db'] },
)
