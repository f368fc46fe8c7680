import fp from 'fastify-plugin'
import type { Database } from '../src/db/database.ts'

declare module 'fastify' {
  interface FastifyInstance {
    database: Database
  }
}

export default fp<{ database: Database }>(
  async (app, { database }) => {
    app.decorate('database', database)
    app.addHook('onClose', () => database.close())
  },
  { name: 'db' },
)
