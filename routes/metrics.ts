import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { hashSecret, matchesHash } from '../src/auth/secrets.ts'
import { ApiError } from '../src/errors.ts'

/** `GET /metrics`, for Prometheus, by a token of its own: no credential of a person opens it. */
const metrics: FastifyPluginAsync<{ token: string | undefined }> = async (app, { token }) => {
  const { metrics } = app
  if (!metrics || token === undefined) return

  app.get(
    '/metrics',
    { onRequest: bearing(hashSecret(token)), config: { ignoresCookie: true }, schema: { hide: true } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.read()),
  )
}
export default metrics

/** The guard: the token as a bearer, compared in constant time. */
function bearing(hash: string) {
  return async ({ headers: { authorization } }: FastifyRequest) => {
    if (authorization === undefined)
      throw new ApiError('authentication_required', 'Send Authorization: Bearer and the METRICS_TOKEN of the server.')
    const [, presented = ''] = /^Bearer +(.+?) *$/i.exec(authorization) ?? []
    if (!matchesHash(presented, hash))
      throw new ApiError('invalid_token', 'This is not the METRICS_TOKEN of the server.')
  }
}
