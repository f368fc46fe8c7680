import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>

/**
 * What the document says of every operation alike, so that no route has to: the headers of its answers, its
 * `operationId` for generated clients, and the limits that a format implies.
 */
export const withCommonParts: Transform = document => {
  const { openapiObject } = document as { openapiObject: Document }
  const paths = mapped(openapiObject.paths, (path, operations) =>
    mapped(operations, (method, operation) => ({
      operationId: operationIdOf(method, path),
      ...operation,
      responses: withHeaders(operation.responses),
    })),
  )
  return withLimits({ ...openapiObject, components: { ...openapiObject.components, headers }, paths }) as Document
}

interface Document {
  components: object
  paths: Record<string, Record<string, { responses: Responses }>>
}
type Responses = Record<string, { headers?: object }>

const count = { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 }

const headers = {
  'Access-Control-Allow-Origin': {
    description: 'The origin of the page that asks, when it is one that may; else absent.',
    schema: { type: 'string', maxLength: 300 },
  },
  ETag: {
    description: 'The version of this answer, for `If-None-Match`.',
    required: true,
    schema: { type: 'string', maxLength: 100 },
  },
  Location: {
    description: 'The address of what was made.',
    required: true,
    schema: { type: 'string', maxLength: 300 },
  },
  RateLimit: {
    description: 'How many requests are left (`r`) for how many seconds (`t`), by the limit named.',
    schema: { type: 'string', maxLength: 100 },
    example: '"general";r=2999;t=60',
  },
  'RateLimit-Policy': {
    description: 'How many requests the limit allows (`q`) in how many seconds (`w`); absent where nothing is counted.',
    schema: { type: 'string', maxLength: 100 },
    example: '"general";q=3000;w=60',
  },
  'Retry-After': {
    description: 'Seconds after which to try again, where that can help.',
    schema: count,
  },
  'WWW-Authenticate': {
    description: 'How to sign in: `Bearer`, with `error="invalid_token"` when a token was the matter.',
    required: true,
    schema: { type: 'string', maxLength: 200 },
  },
}

type Header = keyof typeof headers

/** On every answer but those that have nothing to tell about limits: 304, and our own faults. */
const counted: Header[] = ['RateLimit-Policy', 'RateLimit']
const byStatus: Record<string, Header[]> = {
  201: ['Location'],
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
}

function withHeaders(responses: Responses): Responses {
  const revalidated = '304' in responses
  return mapped(responses, (status, response) => {
    const names: Header[] = [
      'Access-Control-Allow-Origin',
      ...(/^[24]/.test(status) ? counted : []),
      ...(byStatus[status] ?? []),
      ...(revalidated && /^[23]/.test(status) ? (['ETag'] as const) : []),
    ]
    const common = names.map(name => [name, { $ref: `#/components/headers/${name}` }])
    return { ...response, headers: { ...Object.fromEntries(common), ...response.headers } }
  })
}

function mapped<T, U>(record: Record<string, T>, change: (key: string, value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(key, value)]))
}

/** `getMoodById` for `GET /mood/{id}`. */
function operationIdOf(method: string, path: string): string {
  const words = path.replace(/\{(\w+)\}/g, 'by_$1').split(/\W|_/)
  return method + words.map(word => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
}

/** The longest text in each format; plugins/validation.ts lets nothing longer in. */
const longest: Record<string, number> = { uuid: 36, date: 10, 'date-time': 35 }

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
  if (types.includes('string') && String(format) in longest) return { maxLength: longest[String(format)] }
  if (!types.includes('integer')) return {}
  const fits32 = Number(minimum) >= -(2 ** 31) && Number(maximum) < 2 ** 31
  return { format: fits32 ? 'int32' : 'int64' }
}
