import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { TSchema } from '@sinclair/typebox'
import { receiptOf } from '../typebox.ts'
import { type Document, mapped, type Operation, type Schema } from './document.ts'
import { withExamples } from './examples.ts'
import { withSharedParts } from './shared-parts.ts'

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transform']>
type TransformObject = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>

/**
 * The parts of the document that are the same for every operation: the headers of its answers, the shared parts, whole
 * examples, the order in which people need the operations, and the limits that a format implies.
 */
export const withCommonParts: TransformObject = document => {
  const { openapiObject } = document as unknown as { openapiObject: Document }
  const paths = mapped(openapiObject.paths, (_path, operations) => mapped(operations, (_, it) => withHeaders(it)))
  const components = { ...openapiObject.components, headers: headersByName, parameters: { IfNoneMatch: ifNoneMatch } }
  const shared = withSharedParts({ ...openapiObject, components, paths })
  return withLimits(inOrder(withExamples(shared))) as ReturnType<TransformObject>
}

/** The properties of a guard: see `requires` in plugins/authorization.ts. */
interface Guard {
  permissions?: readonly string[]
}

/** Names the scopes of a personal token that a route takes, as its guard knows them. */
export const withScopes =
  (scopes: readonly string[]): Transform =>
  ({ schema, url, route }) => {
    const guards = [route.onRequest ?? []].flat() as Guard[]
    const needed = guards.flatMap(({ permissions = [] }) => permissions.filter(name => scopes.includes(name)))
    // A hidden route may have no schema at all.
    const security = schema?.security?.map(one => ('bearer' in one ? { ...one, bearer: needed } : one))
    const response = schema?.response as Record<string, Answer> | undefined
    return {
      url,
      schema: {
        ...schema,
        ...(security && { security }),
        ...(response && { response: mapped(response, (_, it) => withReceipts(it)) }),
      },
    }
  }

type Answer = Schema & { [receiptOf]?: TSchema }

/** An answer in whose place a token without the scope to read gets a receipt (`withReceipt` in routes/wire.ts). */
function withReceipts(answer: Answer): Schema {
  const { [receiptOf]: either } = answer
  return either ? { ...answer, $ref: `${either.$id}#` } : answer
}

const count = { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 }

const ifNoneMatch = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The `ETag` of an earlier answer: while it still holds, the answer is 304 without a body.',
  schema: { type: 'string', maxLength: 1_000 },
}

const headers = {
  'Access-Control-Allow-Origin': {
    description: 'The origin of the requesting page if it is allowed; absent otherwise.',
    schema: { type: 'string', maxLength: 300 },
  },
  ETag: {
    description: 'The version of this answer, for `If-None-Match`; of an editable resource also for `If-Match`.',
    required: true,
    schema: { type: 'string', maxLength: 100 },
  },
  Link: {
    description: 'The first, previous, next and last page (RFC 8288); absent when no page was asked for.',
    schema: { type: 'string', maxLength: 8_000 },
    example: '</tasks?page=1&per_page=20>; rel="first", </tasks?page=1&per_page=20>; rel="last"',
  },
  Location: {
    description: 'The path of the new resource.',
    required: true,
    schema: { type: 'string', maxLength: 300 },
  },
  RateLimit: {
    description: 'Requests left (`r`) and seconds until the window resets (`t`), under the named policy.',
    schema: { type: 'string', maxLength: 100 },
    example: '"general";r=2999;t=60',
  },
  'RateLimit-Policy': {
    description: 'Requests allowed (`q`) per window of `w` seconds; absent where nothing is counted.',
    schema: { type: 'string', maxLength: 100 },
    example: '"general";q=3000;w=60',
  },
  'Retry-After': {
    description: 'Seconds to wait before retrying, where retrying can help.',
    schema: count,
  },
  'Set-Cookie': {
    description:
      'The session cookie and, at a sign-in, the cookie that knows the device again; or the removal of the session cookie.',
    schema: { type: 'string', maxLength: 1_000 },
  },
  'WWW-Authenticate': {
    description: 'How to authenticate: `Bearer`, with `error="invalid_token"` if a token was rejected.',
    required: true,
    schema: { type: 'string', maxLength: 200 },
  },
}

export type Header = keyof typeof headers

/**
 * Short names of headers that nearly every answer has: the document names them some hundred times. The rules of OWASP look
 * for `Access-Control-Allow-Origin` among the components, too.
 */
const shortNames: Partial<Record<string, string>> = {
  'RateLimit-Policy': 'Policy',
  RateLimit: 'Limit',
}
const nameOf = (header: string) => shortNames[header] ?? header
const headersByName = Object.fromEntries(Object.entries(headers).map(([name, header]) => [nameOf(name), header]))

/** On every answer but those that have nothing to tell about limits: 304, and our own faults. */
const counted: Header[] = ['RateLimit-Policy', 'RateLimit']
const byStatus: Record<string, Header[]> = {
  201: ['Location'],
  304: ['ETag'],
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
}

/** Refers to the headers that an answer names (`sends` in routes/wire.ts), and to those that its status implies. */
function withHeaders({ parameters = [], ...operation }: Operation): Operation {
  const revalidates = '304' in operation.responses
  const all = [...parameters, ...(revalidates ? [{ $ref: '#/components/parameters/IfNoneMatch' }] : [])]
  return {
    ...operation,
    ...(all.length > 0 && { parameters: all }),
    responses: mapped(operation.responses, (status, response) => {
      const named = Object.entries(response.headers ?? {})
      const names = [
        'Access-Control-Allow-Origin',
        ...(/^[24]/.test(status) ? counted : []),
        ...(byStatus[status] ?? []),
        ...named.map(([name]) => name),
      ]
      const referred = names.map(name => [name, { $ref: `#/components/headers/${nameOf(name)}` }])
      const own = named.filter(([name, header]) => !(name in headers) || header.description !== undefined)
      return { ...response, headers: { ...Object.fromEntries(referred), ...Object.fromEntries(own) } }
    }),
  }
}

/** The paths in the order of their tags; within a tag in the order in which the routes were registered. */
function inOrder(document: Document): Document {
  const rank = new Map(document.tags?.map(({ name }, i) => [name, i]))
  const rankOf = (operations: Record<string, Operation>) =>
    Math.min(...Object.values(operations).map(({ tags: [tag = ''] = [] }) => rank.get(tag) ?? rank.size))
  const paths = Object.entries(document.paths).sort(([, a], [, b]) => rankOf(a) - rankOf(b))
  return { ...document, paths: Object.fromEntries(paths) }
}

/** The longest text in each format; plugins/validation.ts lets nothing longer in. */
const maxLengths: Record<string, number> = { uuid: 36, date: 10, 'date-time': 35 }

/** A copy in which every schema says the limits that follow from what it says already. */
function withLimits(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLimits)
  if (!(value instanceof Object)) return value
  const copy = mapped(value as Record<string, unknown>, (key, inner) =>
    /^examples?$/.test(key) ? inner : withLimits(inner),
  )
  return { ...limitsOf(copy), ...copy }
}

function limitsOf({ type, format, minimum, maximum }: Record<string, unknown>): Record<string, unknown> {
  const types = [type].flat()
  if (types.includes('string') && String(format) in maxLengths) return { maxLength: maxLengths[String(format)] }
  if (!types.includes('integer')) return {}
  const fits32 = Number(minimum) >= -(2 ** 31) && Number(maximum) < 2 ** 31
  return { format: fits32 ? 'int32' : 'int64' }
}
