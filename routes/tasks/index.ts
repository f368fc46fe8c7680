import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { taskStore } from '../../src/tasks/task-store.ts'
import create from './create.ts'
import exported from './export.ts'
import imports from './imports.ts'
import list from './list.ts'
import many from './many.ts'
import one from './one.ts'
import { shared } from './schemas.ts'

/** The user's tasks. */
const tasks: FastifyPluginAsyncTypebox = async app => {
  for (const schema of shared) app.addSchema(schema)
  // Browsers cache these answers, and each belongs to one user.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('Vary', 'Origin, Authorization, Cookie')
    done()
  })
  const store = taskStore(app.database, app.quotas)

  await app.register(list, { store })
  await app.register(create, { store })
  await app.register(one, { store })
  await app.register(many, { store })
  await app.register(imports)
  await app.register(exported, { store })
}
export default tasks
