import type { FastifyError, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import fp from 'fastify-plugin'
import { Unavailable } from '../src/db/database.ts'
import { ApiError } from '../src/errors.ts'
import { answerFor, type ErrorCode, Problem, pathOf, RequestError } from '../src/http/problem-details.ts'
import { readOnlyFields } from '../src/http/typebox.ts'
import { sentences } from '../src/http/validation-sentences.ts'

/** One error handler and one body for every error; causes are logged, never sent. */
export default fp(
  async app => {
    const routes: Route[] = []
    app.addHook(
      'onRoute',
      ({ method, url }) => void routes.push({ methods: [method].flat(), segments: url.split('/') }),
    )
    app.addSchema(Problem)
    app.setErrorHandler(answerError)
    app.setNotFoundHandler((request, reply) => answerError(noRoute(routes, request), request, reply))
  },
  { name: 'problems' },
)

/** Sends any error as a problem, also those before routing (`frameworkErrors`). */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const failure = asApiError(error, request)
  const { status, title, headers, body } = answerFor(failure, request.url)
  // A client's error is in the access log by its status; a parser's message would quote the body.
  if (expected.has(failure.code)) request.log.info(loggable(error), title)
  else if (status >= 500) request.log.error(loggable(error), title)
  // Set by a handler that then failed: they describe an answer that was not sent.
  reply.removeHeader('etag').removeHeader('link').removeHeader('location')
  return reply
    .code(status)
    .headers({ ...bareHeaders, ...headers })
    .type('application/problem+json')
    .send(body)
}

/** No hook has run for a request without a valid address, so its answer gets the most important headers here. */
const bareHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
}

const byFastifyCode: Record<string, [ErrorCode, string?]> = {
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body does not match its Content-Length.'],
  FST_ERR_BAD_URL: ['invalid_request', 'The URL is malformed.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long'],
}

/** Of the server as it is set up, or of a busy hour, which logs of their own tell: no failures to look into. */
const expected: ReadonlySet<unknown> = new Set<ErrorCode>(['email_not_configured', 'email_busy', 'too_busy'])

/** How long (ms) a database that cannot be reached is left alone. */
const databaseRetryMs = 5_000

function asApiError(error: unknown, { routeOptions }: FastifyRequest): ApiError<ErrorCode> {
  if (error instanceof ApiError) return error
  if (error instanceof Unavailable) return new ApiError('unavailable', undefined, { retryAfterMs: databaseRetryMs })
  const { validation, validationContext, code, statusCode = 500 } = error as Partial<FastifyError>
  if (validation) {
    const readOnly = validationContext === 'body' ? readOnlyFields(routeOptions.schema?.body) : []
    return new RequestError('invalid_request', sentences(validation, validationContext, readOnly))
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const sentence = `The body must be at most ${Number(routeOptions.bodyLimit) / 1024} KiB.`
    return new RequestError('body_too_large', sentence)
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new RequestError('unsupported_media_type', typesOf(routeOptions))
  if (statusCode === 416) {
    const { headers = {} } = error as { headers?: Record<string, string> }
    return new RequestError('range_not_satisfiable', undefined, headers)
  }
  const known = byFastifyCode[code ?? '']
  if (known) return new RequestError(...known)
  // Other errors that Fastify blames on the client (an aborted upload, a missing body) are not ours.
  return new RequestError(statusCode < 500 ? 'invalid_request' : 'internal_error')
}

/** The content types of a route's body; the default is JSON. */
function typesOf({ schema }: FastifyRequest['routeOptions']): string {
  const { content } = (schema?.body ?? {}) as { content?: Record<string, unknown> }
  if (!content) return 'The body must be JSON, sent with Content-Type: application/json.'
  return `Content-Type must be one of ${Object.keys(content).join(', ')}.`
}

/** The loggable form of an error: a database driver's message can contain values, so only its code is logged. */
function loggable(error: unknown) {
  if (error instanceof Unavailable) return { database: error.code }
  return error instanceof ApiError ? { code: error.code } : { err: error }
}

interface Route {
  methods: HTTPMethods[]
  /** Of its pattern: `['', 'mood', ':id']`. */
  segments: string[]
}

function fits({ segments }: Route, path: string[]): boolean {
  const equal = (segment: string, i: number) => (/^[:*]/.test(segment) ? path[i] !== '' : segment === path[i])
  return segments.length === path.length && segments.every(equal)
}

/** 405 with the methods of the address; 404 where it has none, or where a route of its method has nothing there. */
function noRoute(routes: readonly Route[], { url, method, headers }: FastifyRequest): RequestError {
  const path = pathOf(url)
    .replace(/(.)\/$/, '$1')
    .split('/')
  const methods = routes.filter(route => fits(route, path)).flatMap(route => route.methods)
  const allowed = [...new Set(methods)].sort()
  if (allowed.length === 0 || allowed.includes(method as HTTPMethods))
    return new RequestError('not_found', 'No such endpoint.')
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
  const sentences = [
    `Allowed methods: ${allowed.join(', ')}.`,
    ...(isPreflight ? ['Pages of other origins may call this server when CORS_ORIGINS lists their origin.'] : []),
  ]
  return new RequestError('method_not_allowed', sentences, { Allow: allowed.join(', ') })
}
