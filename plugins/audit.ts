import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { eventStore } from '../src/audit/events.ts'
import type { BoundWrite } from '../src/db/database.ts'
import type { AnyId, UserId } from '../src/ids.ts'
import type { EventKind } from '../src/vocabulary.ts'

declare module 'fastify' {
  interface FastifyInstance {
    events: ReturnType<typeof eventStore>
  }
  interface FastifyRequest {
    /** The write that keeps what the signed-in person did to their own account. @param target a session, a token. */
    ownEventWrite(kind: EventKind, target?: AnyId): BoundWrite<unknown>
    /** The write that keeps what a stranger did to an account; one who signs in is its owner. */
    eventWrite(user: UserId, kind: EventKind, about?: { actor?: UserId; target?: AnyId }): BoundWrite<unknown>
  }
}

/** Who did what to which account, when and from where: written in the batch of what happened, or not at all. */
export default fp(
  async app => {
    const events = eventStore(app.database)
    app.decorate('events', events)
    app.decorateRequest('eventWrite', function (this: FastifyRequest, user, kind, about = {}) {
      return events.eventWrite(user, { kind, ...about, ...this.source }, app.now())
    })
    app.decorateRequest('ownEventWrite', function (this: FastifyRequest, kind, target) {
      const { id } = this.principal.user
      return this.eventWrite(id, kind, { actor: id, ...(target !== undefined && { target }) })
    })
  },
  { name: 'audit', dependencies: ['auth', 'clock', 'db'] },
)
