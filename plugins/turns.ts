import fp from 'fastify-plugin'
import { keyedTurns } from '../src/keyed-turns.ts'
import { abandonedBy } from '../src/streaming/abandoned.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How many things are worked on, and how many requests wait for one. */
    readonly turnLoad: { things: number; waiting: number }
  }
  interface FastifyReply {
    /**
     * Works on some things of the sender when no other request that this process answers works on one of them; otherwise each
     * would write what it made from a state that another one has replaced (docs/decisions/edits-take-turns.md).
     * @param ids of the things.
     * @throws {ApiError} `unavailable` when too many wait, or for too long.
     */
    inTurn<T>(ids: readonly string[], work: () => Promise<T>): Promise<T>
  }
}

/** Edits of one thing take turns. */
export default fp<{ maxWaitMs: number | undefined }>(
  async (app, { maxWaitMs }) => {
    const turns = keyedTurns({ maxWaitMs })
    app.decorate('turnLoad', { getter: () => turns.load })
    app.decorateReply('inTurn', function (ids, work) {
      return turns.take(this.request.principal.user.id, ids, () => abandonedBy(this.raw), work)
    })
  },
  { name: 'turns', dependencies: ['authentication'] },
)
