import fp from 'fastify-plugin'
import { type Attempt, type Subject, throttleStore } from '../src/auth/throttle.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts guesses at passwords and other secrets, and imposes waits after too many wrong ones. */
    throttle: {
      /**
       * Counts a guess as wrong until it is known to be right, for its subject and for its network. Call it before any
       * other work.
       * @throws {ApiError} `too_many_requests`.
       */
      attempt(request: FastifyRequest, subject: Subject): Promise<Attempt>
    }
  }
}

export interface ThrottleOptions {
  /** If not, guesses are not counted. */
  enabled: boolean
  /** The server's key for the hashes of names and addresses. */
  key: Buffer
}

export default fp<ThrottleOptions>(
  async (app, { enabled, key }) => {
    const store = throttleStore(app.database, app.commitUnguarded, key)
    app.decorate('throttle', {
      attempt: async (request, subject) =>
        enabled ? store.attempt([subject, { kind: 'network', name: request.network }], app.now()) : free,
    })
  },
  { name: 'throttle', dependencies: ['clock', 'db', 'network'] },
)

const free: Attempt = { successWrites: () => [], withdraw: error => Promise.reject(error) }
