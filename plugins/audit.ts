import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { eventStore } from '../src/audit/events.ts'
import type { BoundWrite } from '../src/db/database.ts'
import type { EventKind } from '../src/vocabulary.ts'

declare module 'fastify' {
  interface FastifyInstance {
    events: ReturnType<typeof eventStore>
  }
  interface FastifyRequest {
    /** The write that keeps what the signed-in person did to their own account. @param target a session, a token. */
    ownEvent(kind: EventKind, target?: string): BoundWrite<unknown>
    /** The write that keeps what a stranger did to an account; one who signs in is its owner. */
    eventOf(user: string, kind: EventKind, about?: { actor?: string; target?: string }): BoundWrite<unknown>
  }
}

/** Who did what to which account, when and from where: written in the batch of what happened, or not at all. */
export default fp(
  async app => {
    const events = eventStore(app.database)
    app.decorate('events', events)
    app.decorateRequest('eventOf', function (this: FastifyRequest, user, kind, about = {}) {
      return events.write(user, { kind, ...about, ...this.source }, app.now())
    })
    app.decorateRequest('ownEvent', function (this: FastifyRequest, kind, target) {
      const { id } = this.principal.user
      return this.eventOf(id, kind, { actor: id, ...(target !== undefined && { target }) })
    })
  },
  { name: 'audit', dependencies: ['auth', 'clock', 'db'] },
)
