import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { eventStore } from '../src/audit/events.ts'
import { type BoundWrite, Unavailable } from '../src/db/database.ts'
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
    /**
     * Stores that the signed-in user has read something, at most once an hour. Never fails the read: a database that
     * takes no writes can still be read.
     */
    noteRead(kind: EventKind): Promise<void>
    /** The write that stores a stranger's action on an account; after a successful sign-in the actor is its owner. */
    eventWrite(user: UserId, kind: EventKind, about?: { actor?: UserId; target?: AnyId }): BoundWrite<unknown>
  }
}

/** Reads of one kind within this time (ms) are one event. */
const repeatedReadMs = 3_600_000

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
    /** Being stored, by account and kind: of reads at the same time, the first is the event. */
    const noting = new Map<string, Promise<void>>()
    app.decorateRequest('noteRead', async function (this: FastifyRequest, kind) {
      const { id } = this.principal.user
      const key = `${id} ${kind}`
      const note = async () => {
        if (await events.happenedSince(id, kind, app.now() - repeatedReadMs)) return
        await this.commit([this.ownEventWrite(kind)])
      }
      const first = noting.get(key) ?? note().finally(() => noting.delete(key))
      noting.set(key, first)
      await first.catch(error => {
        if (!(error instanceof Unavailable)) throw error
        this.log.warn({ database: error.code }, `the event ${kind} could not be stored`)
      })
    })
  },
  { name: 'audit', dependencies: ['auth', 'clock', 'db', 'guarded-commit'] },
)
