import fp from 'fastify-plugin'
import { pathOf } from '../src/http/problem-details.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The address has a secret in it: its pattern is logged. */
    isSecret?: boolean
  }
}

/**
 * One line per answer: client, request and status. The path without its query, and no headers or bodies, so that no
 * tag, token or note reaches a log.
 */
export default fp<{ level: string }>(
  async (app, { level }) => {
    if (!['trace', 'debug', 'info'].includes(level)) return
    app.addHook('onResponse', (request, reply, done) => {
      const { id: reqId, method, url, ip, routeOptions } = request
      const ms = Math.round(reply.elapsedTime * 10) / 10
      const path = routeOptions.config.isSecret ? routeOptions.url : pathOf(url)
      // As by the request's own logger, which would be made for this.
      app.log.info({ reqId, method, path, status: reply.statusCode, ms, ip }, 'answered')
      done()
    })
  },
  { name: 'access-log' },
)
