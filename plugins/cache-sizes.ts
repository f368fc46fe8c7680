import fp from 'fastify-plugin'
import { type CacheSizes, cacheSizes, memoryLimit } from '../src/cache-sizes.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How large each cache may become, in bytes. */
    cacheSizes: CacheSizes
  }
}

/**
 * @param processes that share the memory.
 */
export default fp<{ processes: number }>(
  async (app, { processes }) => {
    app.decorate('cacheSizes', cacheSizes(memoryLimit(), processes))
  },
  { name: 'cache-sizes' },
)
