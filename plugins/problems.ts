import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Unavailable } from '../src/db/database.ts'
import { ApiError, type ErrorCode, Problem } from '../src/errors.ts'
import { sentences } from '../src/validation-sentences.ts'

/** One error handler and one body for whatever goes wrong; causes are logged, never sent. */
export default fp(
  async app => {
    app.addSchema(Problem)
    app.setErrorHandler(answerError)
    app.setNotFoundHandler((request, reply) => answerError(noRoute(methodsOf(app, request)), request, reply))
    app.addHook('onRoute', ({ method, url }) => rememberRoute(app, [method].flat(), url))
  },
  { name: 'problems' },
)

/** Sends any error as a problem. Also for what goes wrong before there is a route (`frameworkErrors`). */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const problem = asApiError(error)
  // What the client did wrong is in the access log by its status; a parser's message would quote the body.
  if (problem.status >= 500) request.log.error(loggable(error), problem.message)
  return reply
    .code(problem.status)
    .headers({ ...problem.headers, 'Cache-Control': 'no-store' })
    .type('application/problem+json')
    .send(problem.body(request.url))
}

const byFastifyCode: Record<string, [ErrorCode, string?]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'The body must be JSON, sent with Content-Type: application/json.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body is not as long as its Content-Length says.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large'],
  FST_ERR_BAD_URL: ['invalid_request', 'The address is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long'],
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof Unavailable) return new ApiError('unavailable', undefined, { 'Retry-After': '5' })
  const { validation, validationContext, code } = error as Partial<FastifyError>
  if (validation) return new ApiError('invalid_request', sentences(validation, validationContext))
  const known = byFastifyCode[code ?? '']
  return known ? new ApiError(...known) : new ApiError('internal_error')
}

/** An error as it may be logged: a database driver's message can hold values, so of those only the code is. */
function loggable(error: unknown) {
  return error instanceof Unavailable ? { database: error.code } : { err: error }
}

function noRoute(allowed: string[]): ApiError {
  if (allowed.length === 0) return new ApiError('not_found', 'There is nothing at this address.')
  return new ApiError('method_not_allowed', `This address knows ${allowed.join(', ')}.`, { Allow: allowed.join(', ') })
}

const routes = new WeakMap<object, Map<string, Set<string>>>()

function rememberRoute(app: FastifyInstance, methods: string[], url: string) {
  const known = routes.get(app) ?? new Map<string, Set<string>>()
  routes.set(app, known.set(url, new Set([...(known.get(url) ?? []), ...methods])))
}

/** The methods of the routes whose pattern the path of a request fits. */
function methodsOf(app: FastifyInstance, request: FastifyRequest): string[] {
  const path = request.url.split('?', 1)[0]?.replace(/(.)\/$/, '$1') ?? ''
  const fits = (pattern: string) => new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+').replace('*', '.*')}$`).test(path)
  const found = [...(routes.get(app) ?? [])].filter(([pattern]) => fits(pattern)).flatMap(([, methods]) => [...methods])
  return [...new Set(found)].sort()
}
