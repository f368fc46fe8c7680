import fp from 'fastify-plugin'
import type { Commit, Database, WritableDatabase } from '../src/db/database.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** For reading, and for making writes. */
    database: Database
    /**
     * Writes what no signed-in user asks for: sign-ups and sign-ins, the effects of a mailed code, counters. All else
     * goes by `request.commit`.
     */
    commitUnguarded: Commit
  }
}

export default fp<{ database: WritableDatabase }>(
  async (app, { database }) => {
    app.decorate('database', database)
    app.decorate('commitUnguarded', (writes, relation) => database.atomic(writes, relation))
    const { poolLoad } = database
    if (poolLoad)
      app.reportMetric({
        name: 'pool_connections',
        help: 'Connections to the database that are used and idle, and callers that wait for one',
        kind: 'gauge',
        by: 'state',
        read: poolLoad,
      })
    app.addHook('onClose', () => database.close())
  },
  { name: 'db', dependencies: ['metrics'] },
)
