import { type SchemaOptions, type TSchema, Type } from '@sinclair/typebox'
import { type ErrorCode, errors, Problem } from '../src/http/problem-details.ts'
import { receiptOf } from '../src/http/typebox.ts'

/** Schemas that the routes share. */

/** An instant in an answer: a `Date` in the program, RFC 3339 in UTC with milliseconds on the wire. */
export const Instant = (options: SchemaOptions = {}) =>
  Type.Unsafe<Date>({ type: 'string', format: 'date-time', examples: ['2026-03-01T21:15:00.000Z'], ...options })

/** A calendar day, `YYYY-MM-DD`. Without an example: Swagger UI would fill it into queries. */
export const Day = (options: SchemaOptions = {}) => Type.String({ format: 'date', ...options })

export const Timezone = (options: SchemaOptions = {}) =>
  Type.String({ format: 'timezone', minLength: 1, maxLength: 64, ...options })

/** An upper bound for every count, so that 32 bits hold it. */
export const maxInt32 = 2 ** 31 - 1

/** A count. */
export const Count = (options: SchemaOptions = {}) => Type.Integer({ minimum: 0, maximum: maxInt32, ...options })

/** What `If-Match` compares. */
export const Revision = Type.Integer({
  minimum: 1,
  maximum: maxInt32,
  description: 'Rises with every change; the number at the start of the `ETag`.',
  examples: [1],
})

/** What a personal token gets for a write when its scopes do not let it read the resource. */
export const Receipt = Type.Object(
  { id: Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] }), revision: Revision },
  { $id: 'Receipt', description: 'What a token without the scope to read it gets for a write.' },
)

/** The path of one resource: `/…/:id`. */
export const ById = Type.Object({ id: Type.String({ format: 'uuid', description: 'The id of the resource.' }) })

/** Headers of a route that creates something. */
export const IdempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x21-\\x7e]+$',
      description:
        'Any text of your choice, such as a UUID: a retry with the same key within 24 hours creates nothing twice.',
    }),
  ),
})

/** Names the headers that an answer sends besides those that its status implies; src/http/openapi/common-parts.ts has them. */
export const sends = <T extends object>(schema: T, ...headers: ('ETag' | 'Link' | 'Set-Cookie')[]): T => ({
  ...schema,
  headers: Object.fromEntries(headers.map(name => [name, {}])),
})

/**
 * Says of an answer that a token which may not read the resource gets a receipt: see `resourceOrReceipt`.
 * @param either the named schema of both.
 */
export const withReceipt = <T extends object>(answer: T, either: TSchema): T => ({ ...answer, [receiptOf]: either })

/** The answer to an `If-None-Match` that still holds. */
export const NotModified = Type.Null({ description: 'Not modified.' })

/** The credentials of a guarded route. */
export const signedIn = [{ bearer: [] }, { cookie: [] }]
/** The security of a route without authentication. */
export const open = [{}]

/** The errors of every route. */
const always: ErrorCode[] = ['invalid_request', 'unknown_host', 'too_many_requests', 'internal_error', 'unavailable']
/** Further errors of a route that requires authentication. */
export const guarded: ErrorCode[] = ['authentication_required', 'invalid_token', 'forbidden', 'insufficient_scope']
/** Further errors of a route with a body. */
export const withBody: ErrorCode[] = ['invalid_json', 'body_too_large', 'unsupported_media_type', 'request_timeout']

/**
 * The error answers of a route, for OpenAPI, each with an example per code. The type is empty: handlers throw errors,
 * they never send them.
 */
export function problems(...codes: ErrorCode[]): Record<never, never> {
  const possible = new Set<ErrorCode>([...always, ...codes])
  const inOrder = (Object.keys(errors) as ErrorCode[]).filter(code => possible.has(code))
  const byStatus = Object.groupBy(inOrder, code => errors[code].status)
  return Object.fromEntries(Object.entries(byStatus).map(([status, of = []]) => [status, answerOf(of)]))
}

const answers = new Map<string, object>()
/** Made once for the same codes: many routes have the same, and each app has all routes. */
function answerOf(codes: readonly ErrorCode[]): object {
  const key = codes.join()
  const known = answers.get(key)
  if (known) return known
  const examples = Object.fromEntries(
    codes.map(code => [code, { summary: errors[code].title, value: exampleOf(code) }]),
  )
  const description = codes.map(code => `\`${code}\`: ${errors[code].title}.`).join('\n\n')
  const schema = { $ref: `${Problem.$id}#` }
  const answer = { description, content: { 'application/problem+json': { schema, examples } } }
  answers.set(key, answer)
  return answer
}

function exampleOf(code: ErrorCode) {
  const { status, title } = errors[code]
  return { type: `urn:moodstreak:error:${code}`, title, status, detail: title, instance: '/…', code, errors: [title] }
}
