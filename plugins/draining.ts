import { Server } from 'node:net'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Stops accepting connections and asks every client to let go of its own with the next answer. */
    drain(): void
  }
}

/**
 * The first half of a graceful stop. `app.close()` alone either hangs on keep-alive clients or resets those whose next
 * request is on its way; told `Connection: close`, they finish and leave (docs/decisions/graceful-stop.md).
 */
export default fp(
  async app => {
    let draining = false
    app.decorate('drain', () => {
      draining = true
      // The one of `net`: the one of `http` would also close idle connections, with a request perhaps on its way.
      Server.prototype.close.call(app.server)
    })
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (draining) reply.header('Connection', 'close')
      done()
    })
  },
  { name: 'draining' },
)
