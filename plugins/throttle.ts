import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Subject, throttleStore } from '../src/auth/throttle.ts'
import type { BoundWrite } from '../src/db/database.ts'

/** A guess that has been compared. */
export interface Guess {
  right: boolean
  /** For a right guess: the writes that belong at the beginning of the batch that it allows. */
  successWrites(): BoundWrite<unknown>[]
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts guesses at passwords and other secrets, and imposes waits after too many wrong ones. */
    throttle: {
      /**
       * Compares a guess, when there are failures left for its subject and its network. While other guesses at the same
       * subject are under way, it waits for its turn.
       * @param compare whether the guess is right; when it throws, nothing is counted.
       * @throws {ApiError} `too_many_requests`, `too_busy`, and whatever `compare` throws.
       */
      guess(request: FastifyRequest, subject: Subject, compare: () => Promise<boolean>): Promise<Guess>
      /**
       * Counts what needs no comparing, for its subject and the network.
       * @throws {ApiError} `too_many_requests`, `too_busy`.
       */
      count(request: FastifyRequest, subject: Subject): Promise<void>
      /** The writes that forget the failures of subjects. */
      forgivingWrites(...subjects: readonly Subject[]): BoundWrite<unknown>[]
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
    /**
     * A known device has a counter of its own: what a stranger does, from the same network even, does not count for it.
     */
    const subjectsOf = (request: FastifyRequest, subject: Subject): [Subject, ...Subject[]] =>
      subject.kind === 'device' ? [subject] : [subject, { kind: 'network', name: request.network }]

    app.decorate('throttle', {
      async guess(request, subject, compare) {
        if (!enabled) return { right: await compare(), successWrites: () => [] }
        const attempt = await store.attempt(subjectsOf(request, subject), app.now)
        const right = await compare().catch(attempt.withdraw)
        if (!right) await attempt.failed(app.now())
        return { right, successWrites: attempt.successWrites }
      },
      async count(request, subject) {
        if (!enabled) return
        const attempt = await store.attempt(subjectsOf(request, subject), app.now)
        await attempt.failed(app.now())
      },
      forgivingWrites: (...subjects) => store.forgivingWrites(...subjects),
    })
  },
  { name: 'throttle', dependencies: ['clock', 'db', 'network'] },
)
