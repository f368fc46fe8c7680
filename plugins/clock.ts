import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** The time, in epoch ms. Injected, so that tests can set it. */
    now: () => number
  }
}

export default fp<{ now: () => number }>(async (app, { now }) => void app.decorate('now', now), { name: 'clock' })
