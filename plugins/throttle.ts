import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { throttleStore } from '../src/auth/throttle.ts'
import type { Subject } from '../src/auth/throttle-rules.ts'
import type { Unavailable } from '../src/db/database.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts guesses at passwords and other secrets, and imposes waits after too many wrong ones. */
    throttle: {
      /**
       * Compares a guess, when there are failures left for its subject and its network. While other guesses at the same
       * subject are under way, it waits for its turn.
       * @param compare whether the guess is right; when it throws, nothing is counted.
       * @returns whether it is right.
       * @throws {ApiError} `too_many_requests`, `too_busy`, and whatever `compare` throws.
       */
      guess(request: FastifyRequest, subject: Subject, compare: () => Promise<boolean>): Promise<boolean>
      /**
       * Counts what needs no comparing, for its subject and the network.
       * @throws {ApiError} `too_many_requests`, `too_busy`.
       */
      count(request: FastifyRequest, subject: Subject): Promise<void>
      /** Forgets the failures of subjects. */
      forgive(...subjects: readonly Subject[]): Promise<void>
    }
  }
}

export interface ThrottleOptions {
  /** If not, guesses are not counted. */
  enabled: boolean
  /** The server's key for the hashes of names and addresses. */
  key: Buffer
  /** How long a guess waits for others at the same subject; the default of `waiting-lines.ts` if undefined. */
  maxWaitMs: number | undefined
}

/** Between two lines of the log that say that the database cannot count, in ms. */
const warningIntervalMs = 60_000

export default fp<ThrottleOptions>(
  async (app, { enabled, key, maxWaitMs }) => {
    let warnedAt = Number.NEGATIVE_INFINITY
    const uncounted = ({ code }: Unavailable) => {
      if (app.now() - warnedAt < warningIntervalMs) return
      warnedAt = app.now()
      app.log.warn(
        { database: code },
        'guesses at passwords cannot be counted in the database: this process counts them',
      )
    }
    const store = throttleStore(app.database, app.commitUnguarded, key, { uncounted, maxWaitMs })
    /**
     * A known device has a counter of its own: what a stranger does, from the same network even, does not count for it.
     */
    const subjectsOf = (request: FastifyRequest, subject: Subject): [Subject, ...Subject[]] =>
      subject.kind === 'device' ? [subject] : [subject, { kind: 'network', name: request.network }]

    app.decorate('throttle', {
      async guess(request, subject, compare) {
        if (!enabled) return compare()
        const attempt = await store.attempt(subjectsOf(request, subject), app.now)
        const right = await compare().catch(attempt.withdraw)
        await (right ? attempt.succeeded() : attempt.failed())
        return right
      },
      async count(request, subject) {
        if (!enabled) return
        const attempt = await store.attempt(subjectsOf(request, subject), app.now)
        await attempt.failed()
      },
      forgive: store.forgive,
    })
  },
  { name: 'throttle', dependencies: ['clock', 'db', 'network'] },
)
