import { isUtf8 } from 'node:buffer'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { RequestError } from '../src/http/problem-details.ts'

/**
 * What may enter. Bodies are taken as they are (no coercion, no silent dropping of fields); queries and headers are
 * text, so there a number may be written as one. Days, instants and zones are checked by the code that will read them.
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

/** A route that says nothing about its query has none: a parameter there is a mistake that must not be ignored. */
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
        // The parser's own message quotes the body, which may hold a note or a password.
        if (error) done(new RequestError('invalid_json'))
        else done(null, value)
      })
    },
  )
}

/**
 * RFC 9112: a request that does not say which host it means is not valid, except in HTTP/1.0, nor is one that says it
 * twice: a proxy in front may have read the other one.
 */
function refuseUnclearHost({ headers, raw }: FastifyRequest) {
  if (headers.host === undefined && raw.httpVersion === '1.1') {
    throw new RequestError('invalid_request', 'The header Host is required.')
  }
  // Not `headersDistinct`, which would sort all headers of every request.
  const hosts = raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.length === 4 && name.toLowerCase() === 'host')
  if (hosts.length > 1) throw new RequestError('invalid_request', 'The header Host must be sent once.')
}

/** The query parser takes `%zz` and bytes that are no UTF-8 for what they are not; here they are refused. */
function refuseUndecodableQuery(url: string) {
  try {
    decodeURIComponent(url)
  } catch {
    throw new RequestError('invalid_request', 'The query is not valid percent-encoded UTF-8.')
  }
}

/**
 * NUL and lone surrogates cannot be stored as text on every engine, so they enter nowhere. Bytes are no text.
 * Walks without recursion: the depth is the client's choice.
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
