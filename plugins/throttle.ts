import fp from 'fastify-plugin'
import { type Attempt, type Subject, throttleStore } from '../src/auth/throttle.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts guesses at passwords and other secrets, and makes those wait who guess wrong too often. */
    throttle: {
      /**
       * Counts a guess as wrong until it is known to be right, for what is guessed at and for the network that guesses.
       * To be called before any work is done for it. @throws {ApiError} `too_many_requests`.
       */
      attempt(request: FastifyRequest, subject: Subject): Promise<Attempt>
    }
  }
}

export interface ThrottleOptions {
  /** Where it is not, every guess is free. */
  enabled: boolean
  /** Of the server, for the hashes that stand for names and addresses. */
  key: Buffer
}

export default fp<ThrottleOptions>(
  async (app, { enabled, key }) => {
    const store = throttleStore(app.database, key)
    app.decorate('throttle', {
      attempt: async (request, subject) =>
        enabled ? store.attempt([subject, { kind: 'network', name: request.network }], app.now()) : free,
    })
  },
  { name: 'throttle', dependencies: ['clock', 'db', 'network'] },
)

const free: Attempt = { successWrites: () => [], withdraw: error => Promise.reject(error) }
