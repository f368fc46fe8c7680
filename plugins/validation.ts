import { isUtf8 } from 'node:buffer'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { exceededBound, maxDepth, maxValues } from '../src/http/json-bounds.ts'
import { RequestError } from '../src/http/problem-details.ts'
import { nameOfUnstorable, unstorable } from '../src/http/unstorable-text.ts'

/**
 * Validation of requests. Bodies are not coerced, and no field is silently dropped; queries and headers are text, so
 * numbers in them are coerced. Days, instants and zones are checked by the code that parses them.
 */
export default fp(
  async app => {
    acceptJsonOnly(app)
    app.addHook('onRoute', refuseUnknownQueries)
    app.addHook('onRoute', boundBodies)
    app.addHook('onRequest', (request, _reply, done) => {
      refuseUnclearHost(request)
      refuseEncodedBody(request)
      done()
    })
    app.addHook('preValidation', (request, _reply, done) => {
      refuseUndecodableQuery(request.url)
      refuseUnstorableText(request)
      done()
    })
  },
  { name: 'validation' },
)

/** A route without a query schema accepts no parameters: an unknown one is an error, not ignored. */
function refuseUnknownQueries({ schema }: RouteOptions) {
  if (schema && !schema.hide) schema.querystring ??= noQuery
}

/**
 * The server's body limit, in bytes: of routes without authentication, and of addresses without a route, whose bodies are
 * parsed too. What strangers send is parsed before anything is known.
 */
export const strangersBodyLimit = 4 * 1024
/** The body limit of routes with a guard, unless they have one of their own, in bytes. */
const guardedBodyLimit = 64 * 1024

function boundBodies(route: RouteOptions) {
  const guards = [route.onRequest ?? []].flat() as { permissions?: unknown }[]
  if (guards.some(({ permissions }) => permissions)) route.bodyLimit ??= guardedBodyLimit
}

/** One for all routes, so that it is compiled once. */
const noQuery = Type.Object({}, { additionalProperties: false })

const tooMuch = {
  depth: () => new RequestError('invalid_request', `The body is nested more than ${maxDepth} levels deep.`),
  values: () => new RequestError('body_too_large', `The body must have at most ${maxValues} values.`),
}

/** JSON in valid UTF-8, or no body at all: a DELETE that names a content type and sends nothing is fine. */
function acceptJsonOnly(app: FastifyInstance) {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done) => {
      if (body.length === 0) return done(null, undefined)
      if (!isUtf8(body)) return done(new RequestError('invalid_json', 'The body is not valid UTF-8.'))
      const bound = exceededBound(body)
      if (bound !== undefined) return done(tooMuch[bound]())
      return parse(request, body.toString(), (error, value) => {
        // The parser's message quotes the body, which may contain a note or a password.
        if (error) done(new RequestError('invalid_json'))
        else done(null, value)
      })
    },
  )
}

/**
 * RFC 9112: a request without a Host is invalid, except in HTTP/1.0, and so is one with two: a proxy in front may have
 * read the other.
 */
function refuseUnclearHost({ headers, raw }: FastifyRequest) {
  if (headers.host === undefined && raw.httpVersion === '1.1') {
    throw new RequestError('invalid_request', 'The Host header is required.')
  }
  // Not `headersDistinct`, which would sort all headers of every request.
  let hosts = 0
  for (let i = 0; i < raw.rawHeaders.length; i += 2) {
    const name = raw.rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  if (hosts > 1) throw new RequestError('invalid_request', 'The Host header must be sent exactly once.')
}

/** No route takes a compressed body, which would be read as what it is not. */
function refuseEncodedBody({ headers }: FastifyRequest) {
  const { 'content-encoding': encoding = 'identity', 'content-length': length, 'transfer-encoding': transfer } = headers
  if (encoding.toLowerCase() === 'identity' || encoding === '') return
  if (transfer === undefined && Number(length ?? 0) === 0) return
  throw new RequestError('unsupported_media_type', 'The body must be sent without Content-Encoding.', {
    'Accept-Encoding': 'identity',
  })
}

/** The query parser misreads `%zz` and invalid UTF-8; here they are refused. */
function refuseUndecodableQuery(url: string) {
  if (!url.includes('%')) return
  try {
    decodeURIComponent(url)
  } catch {
    throw new RequestError('invalid_request', 'The query is not valid percent-encoded UTF-8.')
  }
}

/** NUL and lone surrogates cannot be stored as text on every engine, so they are refused everywhere. */
function refuseUnstorableText({ body, query, params, routeOptions }: FastifyRequest) {
  const { withoutOwnTexts } = routeOptions.config
  for (const value of [withoutOwnTexts ? withoutOwnTexts(body) : body, query, params]) {
    const name = nameOfUnstorable(value)
    if (name !== undefined) throw new RequestError('invalid_request', unstorable(name))
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body without the parts whose text the route checks by itself: one bad text there refuses its part only. */
    withoutOwnTexts?: (body: unknown) => unknown
  }
}
