import { isUtf8 } from 'node:buffer'
import { Type } from '@sinclair/typebox'
import { Ajv, type AnySchema, type Options } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../src/errors.ts'
import { isTimezone, parseDay, parseInstant } from '../src/moods/calendar.ts'
import { isHttpsUrl } from '../src/profile/social-links.ts'
import { isUsername } from '../src/users/users.ts'

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

/**
 * Builds the validators of requests. An option of the server and not a call of `setValidatorCompiler`: Fastify forgets
 * that one in every plugin that adds a schema.
 */
export function buildValidator() {
  // Fastify types what it hands over as a bare schema; it is the schema with the part of the request it is for.
  return (route: AnySchema) => {
    const { schema, httpPart, contentType } = route as { schema: AnySchema; httpPart: string; contentType?: string }
    // A body that is not JSON stays the bytes it is: its schema describes a file, and its route judges it.
    if (contentType !== undefined) return lenient.compile({})
    return (httpPart === 'body' ? strict : lenient).compile(schema)
  }
}

// One of each for the process: Fastify asks for a compiler per plugin that adds a schema, and each Ajv compiles its own
// meta-schema first, which costs more than all that the routes need.
const strict = validator({ coerceTypes: false })
const lenient = validator({ coerceTypes: true })

function validator(options: Options): Ajv {
  const ajv = new Ajv({
    ...options,
    allErrors: true,
    removeAdditional: false,
    useDefaults: true,
    allowUnionTypes: true,
  })
  addOwnFormats(ajv)
  return ajv
}

/** What the formats of our schemas mean, for whoever checks by them. */
export function addOwnFormats(ajv: Ajv): void {
  addFormats.default(ajv, ['email'])
  ajv.addFormat('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  ajv.addFormat('date', text => parseDay(text) !== undefined)
  ajv.addFormat('date-time', text => parseInstant(text) !== undefined)
  ajv.addFormat('timezone', isTimezone)
  ajv.addFormat('username', isUsername)
  ajv.addFormat('https-url', isHttpsUrl)
  ajv.addFormat('label', text => text.trim() !== '')
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
      if (!isUtf8(body)) return done(new ApiError('invalid_json', 'The body is not valid UTF-8.'))
      return parse(request, body.toString(), (error, value) => {
        // The parser's own message quotes the body, which may hold a note or a password.
        if (error) done(new ApiError('invalid_json'))
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
    throw new ApiError('invalid_request', 'The header Host is required.')
  }
  // Not `headersDistinct`, which would sort all headers of every request.
  const hosts = raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.length === 4 && name.toLowerCase() === 'host')
  if (hosts.length > 1) throw new ApiError('invalid_request', 'The header Host must be there once.')
}

/** The query parser takes `%zz` and bytes that are no UTF-8 for what they are not; here they are refused. */
function refuseUndecodableQuery(url: string) {
  try {
    decodeURIComponent(url)
  } catch {
    throw new ApiError('invalid_request', 'The query is not valid percent-encoded UTF-8.')
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
      throw new ApiError(
        'invalid_request',
        `${path.slice(0, 64) || 'The body'} holds a character that is none (NUL, or half of a pair).`,
      )
    }
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) continue
    for (const [key, inner] of Object.entries(value))
      open.push([inner, path ? `${path}.${key}` : key], [key, 'A field name'])
  }
}
