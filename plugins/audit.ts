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
    /**
     * The write that stores an action of the signed-in user on their own account.
     * @param target a session, a token.
     */
    ownEventWrite(kind: EventKind, target?: AnyId): BoundWrite<unknown>
    /** The write that stores a stranger's action on an account; after a successful sign-in the actor is its owner. */
    eventWrite(user: UserId, kind: EventKind, about?: { actor?: UserId; target?: AnyId }): BoundWrite<unknown>
  }
}

/** The audit trail of accounts: an event is written in the batch of its action, or not at all. */
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
