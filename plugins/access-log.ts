import fp from 'fastify-plugin'
import { pathOf } from '../src/http/problem-details.ts'

/**
 * One line per answer: client, request and status. The path without its query, and no headers or bodies, so that no
 * tag, token or note reaches a log.
 */
export default fp<{ level: string }>(
  async (app, { level }) => {
    if (!['trace', 'debug', 'info'].includes(level)) return
    app.addHook('onResponse', async (request, reply) => {
      const ms = Math.round(reply.elapsedTime * 10) / 10
      request.log.info(
        { method: request.method, path: pathOf(request.url), status: reply.statusCode, ms, ip: request.ip },
        'answered',
      )
    })
  },
  { name: 'access-log' },
)
