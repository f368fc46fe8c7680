import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { adminAuditStore } from '../../src/administration/admin-audit.ts'
import auditRoutes from './audit.ts'
import dashboard from './dashboard.ts'
import { shared } from './schemas.ts'
import userRoutes from './users.ts'

/** Administration: accounts, roles and totals; never anything that people wrote. */
const admin: FastifyPluginAsyncTypebox<{ version: string }> = async (app, { version }) => {
  for (const schema of shared) app.addSchema(schema)
  const audit = adminAuditStore(app.database)

  await app.register(dashboard, { version })
  await app.register(userRoutes, { audit })
  await app.register(auditRoutes, { audit })
}
export default admin
