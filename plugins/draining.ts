import { Server, type Socket } from 'node:net'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Stops accepting connections and tells every client with its next answer to close its own. */
    drain(): void
    /** Is aborted when `drain` is called: long work ends where it can go on later. */
    readonly stopping: AbortSignal
    /** Closes connections with an unfinished request; those that wait for an answer stay open. */
    hangUp(): void
    /**
     * Resolves when no client waits for an answer, or for the rest of one that is on its way. `close` alone would cut
     * those who read slowly: Node takes a connection for idle as soon as its answer is computed.
     */
    answered(): Promise<void>
  }
}

/**
 * The first half of a graceful stop. `app.close()` alone either hangs on keep-alive clients or resets those whose next
 * request is on its way; told `Connection: close`, they finish and disconnect (docs/decisions/graceful-stop.md).
 */
export default fp(
  async app => {
    let draining = false
    const stopping = new AbortController()
    app.decorate('stopping', stopping.signal)
    const connected = new Set<Socket>()
    const awaited = new Set<Socket>()
    app.server.on('connection', (socket: Socket) => {
      connected.add(socket)
      socket.once('close', () => {
        connected.delete(socket)
        settle(socket)
      })
    })
    app.addHook('preHandler', (request, _reply, done) => {
      awaited.add(request.raw.socket)
      done()
    })
    app.addHook('onResponse', (request, _reply, done) => {
      settle(request.raw.socket)
      done()
    })
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (draining) reply.header('Connection', 'close')
      done()
    })
    let allAnswered = () => {}
    function settle(socket: Socket) {
      awaited.delete(socket)
      if (awaited.size === 0) allAnswered()
    }
    app.decorate('answered', async () => {
      if (awaited.size > 0) await new Promise<void>(resolve => (allAnswered = resolve))
    })
    app.decorate('drain', () => {
      draining = true
      stopping.abort()
      // `net`'s close: `http`'s would also close idle connections, whose next request may be on its way.
      Server.prototype.close.call(app.server)
    })
    app.decorate('hangUp', () => {
      for (const socket of connected.difference(awaited)) socket.destroy()
    })
  },
  { name: 'draining' },
)
