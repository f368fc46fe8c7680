import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { LRUCache } from 'lru-cache'
import { ApiError } from '../src/errors.ts'

/**
 * The requests that a network may send in a number of seconds, to the routes named here and to all others together. An
 * office full of people with the app open never reaches the general limit. Counted per process: the throttle counts
 * wrong passwords for all of them.
 */
export const limits = {
  general: { requests: 3_000, seconds: 60 },
  signup: { requests: 30, seconds: 600 },
  login: { requests: 60, seconds: 60 },
  refresh: { requests: 120, seconds: 60 },
  availability: { requests: 60, seconds: 60 },
} as const
export type Limit = keyof typeof limits

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The limit that counts the route's requests, instead of the general one; `none` for health checks and files. */
    limit?: Limit | 'none'
    /** Whether surplus requests reach the handler, which calls `refuseSurplus` unless a known device sent them. */
    sparesKnownDevices?: boolean
  }
  interface FastifyRequest {
    /**
     * Ends a surplus request of a route that spares known devices.
     * @throws {ApiError} `too_many_requests` when the network has sent too many.
     */
    refuseSurplus(): void
    [surplus]: ApiError | undefined
  }
}

const surplus = Symbol('surplus request')
/** Times its limit that a route spares known devices: they are told from others by a look into the database. */
const sparedTimes = 10

/** Networks that each limit remembers; the least recently active one is evicted first. */
const maxNetworks = 10_000

/**
 * Tells with every answer how many requests are left (`RateLimit-Policy` and `RateLimit`, as in
 * draft-ietf-httpapi-ratelimit-headers-11), and refuses surplus ones before any other work
 * (docs/decisions/login-throttling.md).
 */
export default fp<{ enabled: boolean }>(
  async (app, { enabled }) => {
    app.decorateRequest(surplus)
    app.decorateRequest('refuseSurplus', function (this: FastifyRequest) {
      if (this[surplus]) throw this[surplus]
    })
    if (!enabled) return
    const counters = Object.fromEntries(
      Object.entries(limits).map(([name, limit]) => [name, counter(name, limit)]),
    ) as Record<Limit, ReturnType<typeof counter>>

    app.addHook('onRequest', (request, reply, done) => {
      const { limit = 'general', sparesKnownDevices } = request.routeOptions.config
      if (limit === 'none') return done()
      const { policy, count } = counters[limit]
      const { left, seconds } = count(request.network, app.now())
      reply.header('RateLimit-Policy', policy)
      reply.header('RateLimit', `"${limit}";r=${Math.max(0, left)};t=${seconds}`)
      if (left >= 0) return done()
      const refusal = tooMany(seconds)
      if (!sparesKnownDevices || -left > (sparedTimes - 1) * limits[limit].requests) return done(refusal)
      request[surplus] = refusal
      done()
    })
  },
  { name: 'rate-limits', dependencies: ['clock', 'network'] },
)

/** Counts requests in windows of time, each of which begins with a network's first request after the previous one. */
function counter(name: string, { requests, seconds }: { requests: number; seconds: number }) {
  const windows = new LRUCache<string, { sent: number; endsAt: number }>({ max: maxNetworks })
  return {
    policy: `"${name}";q=${requests};w=${seconds}`,
    /** The number of requests left after this one, negative beyond the limit, and the seconds until there are more. */
    count(network: string, now: number) {
      let window = windows.get(network)
      if (!window || window.endsAt <= now) {
        window = { sent: 0, endsAt: now + seconds * 1000 }
        windows.set(network, window)
      }
      window.sent++
      return { left: requests - window.sent, seconds: Math.ceil((window.endsAt - now) / 1000) }
    },
  }
}

function tooMany(seconds: number): ApiError {
  return new ApiError('too_many_requests', `Too many requests from your network. Try again in ${seconds} seconds.`, {
    retryAfterMs: seconds * 1000,
  })
}
