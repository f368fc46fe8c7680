import { isUtf8 } from 'node:buffer'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { RequestError } from '../src/http/problem-details.ts'

/**
 * Validation of requests. Bodies are not coerced, and no field is silently dropped; queries and headers are text, so
 * numbers in them are coerced. Days, instants and zones are checked by the code that parses them.
 */
export default fp(
  async app => {
    acceptJsonOnly(app)
    app.addHook('onRoute', refuseUnknownQueries)
    app.addHook('onRequest', async request => refuseUnclearHost(request))
    app.addHook('preValidation', async request => {
      refuseUndecodableQuery(request.url)
      refuseUnstorableText(request.body, request.query, request.params)
    })
  },
  { name: 'validation' },
)

/** A route without a query schema accepts no parameters: an unknown one is an error, not ignored. */
function refuseUnknownQueries({ schema }: RouteOptions) {
  if (schema && !schema.hide) schema.querystring ??= noQuery
}

/** One for all routes, so that it is compiled once. */
const noQuery = Type.Object({}, { additionalProperties: false })

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
  const hosts = raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.length === 4 && name.toLowerCase() === 'host')
  if (hosts.length > 1) throw new RequestError('invalid_request', 'The Host header must be sent exactly once.')
}

/** The query parser misreads `%zz` and invalid UTF-8; here they are refused. */
function refuseUndecodableQuery(url: string) {
  try {
    decodeURIComponent(url)
  } catch {
    throw new RequestError('invalid_request', 'The query is not valid percent-encoded UTF-8.')
  }
}

/**
 * NUL and lone surrogates cannot be stored as text on every engine, so they are refused everywhere. Bytes are not text.
 * No recursion: the client chooses the depth.
 */
function refuseUnstorableText(...values: unknown[]) {
  const open: [unknown, string][] = values.map(value => [value, ''])
  for (let next = open.pop(); next; next = open.pop()) {
    const [value, path] = next
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
      throw new RequestError(
        'invalid_request',
        `${path.slice(0, 64) || 'The body'} contains NUL or an unpaired surrogate.`,
      )
    }
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) continue
    for (const [key, inner] of Object.entries(value))
      open.push([inner, path ? `${path}.${key}` : key], [key, 'A field name'])
  }
}
