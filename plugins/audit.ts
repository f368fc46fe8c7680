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
     * The writes that store an action of the signed-in user on their own account.
     * @param target a session, a token.
     */
    ownEventWrites(kind: EventKind, target?: AnyId): BoundWrite<unknown>[]
    /**
     * Stores that the signed-in user has read something, at most once an hour. Never fails the read: a database that
     * takes no writes can still be read.
     */
    noteRead(kind: EventKind): Promise<void>
    /** The writes that store a stranger's action on an account; after a successful sign-in the actor is its owner. */
    eventWrites(user: UserId, kind: EventKind, about?: { actor?: UserId; target?: AnyId }): BoundWrite<unknown>[]
  }
}

/** Reads of one kind within this time (ms) are one event. */
const repeatedReadMs = 3_600_000

/** The audit trail of accounts: an event is written in the batch of its action, or not at all. */
export default fp(
  async app => {
    const events = eventStore(app.database)
    app.decorate('events', events)
    app.decorateRequest('eventWrites', function (this: FastifyRequest, user, kind, about = {}) {
      return events.eventWrites(user, { kind, ...about, ...this.source }, app.now())
    })
    app.decorateRequest('ownEventWrites', function (this: FastifyRequest, kind, target) {
      const { id } = this.principal.user
      return this.eventWrites(id, kind, { actor: id, ...(target !== undefined && { target }) })
    })
    /** Being stored, by account and kind: of reads at the same time, the first is the event. */
    const noting = new Map<string, Promise<void>>()
    app.decorateRequest('noteRead', async function (this: FastifyRequest, kind) {
      const { id } = this.principal.user
      const key = `${id} ${kind}`
      const note = async () => {
        if (await events.happenedSince(id, kind, app.now() - repeatedReadMs)) return
        await this.commit(this.ownEventWrites(kind))
      }
      const before = noting.get(key)
      const own = () => {
        const noted = note().finally(() => noting.delete(key))
        noting.set(key, noted)
        return noted
      }
      // The other one may have been refused, and then says nothing of this one.
      await (before?.catch(own) ?? own()).catch(error => {
        if (!(error instanceof Unavailable)) throw error
        this.log.warn({ database: error.code }, `the event ${kind} could not be stored`)
      })
    })
  },
  { name: 'audit', dependencies: ['authentication', 'clock', 'db', 'guarded-commit', 'network'] },
)
