import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { pathOf } from '../src/http/problem-details.ts'
import { addOwnFormats } from '../src/http/validators.ts'
import { textOf } from './decoded.ts'
import type { App } from './helper.ts'

/** Every injected request of every test is also a test of the document: an answer that it does not describe fails. */
export function checkAnswers(app: App): void {
  /** Routes that a test adds for itself; they are not in the document. */
  const added = new Set<string>()
  app.addHook('onRoute', ({ url }) => void added.add(url))
  let description: Described | undefined
  const inject = app.inject.bind(app) as (options: InjectOptions | string) => Promise<LightMyRequestResponse>
  const injectAndCheck = async (options: InjectOptions | string) => {
    if (isEndless(options)) return injectEndless(inject, options as InjectOptions)
    const answer = await inject(options)
    // A test that reads an answer in chunks checks it itself.
    if (typeof options === 'object' && options.payloadAsStream) return answer
    description ??= described(app)
    const wrong = description.wrongWith(answer, added)
    if (wrong !== undefined) throw new Error(wrong)
    return answer
  }
  app.inject = injectAndCheck as typeof app.inject
}

/** A stream of events, which a test that does not read it as a stream would wait for. */
function isEndless(options: InjectOptions | string): boolean {
  if (typeof options === 'string' || options.payloadAsStream) return false
  return options.method !== 'POST' && pathOf(String(options.url)).toLowerCase() === '/sync/stream'
}

/** Begins a stream of events and hangs up; a refusal is sent again, to be read as any other. */
async function injectEndless(
  inject: (options: InjectOptions) => Promise<LightMyRequestResponse>,
  options: InjectOptions,
) {
  const answer = await inject({ ...options, payloadAsStream: true })
  answer.raw.res.destroy()
  return answer.statusCode === 200
    ? Object.assign(answer, { body: '', payload: '', rawPayload: Buffer.alloc(0) })
    : inject(options)
}

interface Answered {
  $ref?: string
  content?: Record<string, { schema: { $ref?: string } }>
  headers?: Record<string, { $ref: string }>
}
interface Operation {
  responses: Record<string, Answered>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { headers: Record<string, { required?: boolean }>; responses?: Record<string, Answered> }
}

/** Cached by the list of routes, which is nearly always the same, so that a process reads its document once. */
const known = new Map<string, Described>()

function described(app: App): Described {
  const routes = app.printRoutes()
  const found = known.get(routes) ?? new Described(app.swagger() as unknown as Document)
  known.set(routes, found)
  return found
}

/** A path of the document. */
interface Candidate {
  path: string
  names: string[]
}

/** The document's answers. */
class Described {
  readonly #document: Document
  readonly #ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false, code: { optimize: false } })
  readonly #validators = new Map<string, ValidateFunction>()
  /** By method and number of segments. */
  readonly #candidates = new Map<string, Candidate[]>()

  constructor(document: Document) {
    this.#document = closed(document) as Document
    addOwnFormats(this.#ajv)
    this.#ajv.addSchema(this.#document, 'document')
  }

  /** The first difference between an answer and the document; undefined when they agree. */
  wrongWith(answer: LightMyRequestResponse, exempt: ReadonlySet<string>): string | undefined {
    const { method = 'GET', url = '/' } = answer.raw.req
    const path = this.#pathOf(method, pathOf(url))
    if (path === undefined) return this.#wrongProblem(answer)
    if (exempt.has(path.replace(/\{(\w+)\}/g, ':$1'))) return undefined
    const operation = this.#operation(path, method) as Operation
    const wrong = this.#wrongAnswer(answer, operation, pointer('paths', path, readAs(method), 'responses'))
    return wrong && `${method} ${path} answered ${answer.statusCode}, ${wrong}: ${textOf(answer).slice(0, 300)}`
  }

  #operation(path: string, method: string): Operation | undefined {
    return this.#document.paths[path]?.[readAs(method)]
  }

  /** The document's path for a URL: paths without parameters first. */
  #pathOf(method: string, address: string): string | undefined {
    const segments = address.replace(/(.)\/$/, '$1').split('/')
    const isFilled = (name: string, i: number) => name.startsWith('{') && segments[i] !== ''
    return this.#pathsOf(readAs(method), segments.length).find(({ names }) =>
      names.every((name, i) => name === segments[i] || isFilled(name, i)),
    )?.path
  }

  #pathsOf(method: string, segments: number): Candidate[] {
    const key = `${method} ${segments}`
    const found =
      this.#candidates.get(key) ??
      Object.keys(this.#document.paths)
        .filter(path => this.#operation(path, method))
        .sort((a, b) => a.split('{').length - b.split('{').length)
        .map(path => ({ path, names: path.split('/') }))
        .filter(({ names }) => names.length === segments)
    this.#candidates.set(key, found)
    return found
  }

  #wrongAnswer(answer: LightMyRequestResponse, { responses }: Operation, place: string): string | undefined {
    const { statusCode, headers } = answer
    const body = textOf(answer)
    // The router refuses a URL that is too long before it finds the route.
    if (statusCode === 414) return undefined
    // These routes answer no HEAD, and the document has none.
    if (statusCode === 405 && answer.raw.req.method === 'HEAD') return undefined
    const named = responses[statusCode]?.$ref?.split('/').at(-1)
    const response = named === undefined ? responses[statusCode] : this.#document.components.responses?.[named]
    if (!response) return 'a status that the document does not have'
    const missing = Object.keys(response.headers ?? {}).filter(
      name => this.#document.components.headers[name]?.required && headers[name.toLowerCase()] === undefined,
    )
    if (missing.length > 0) return `without the header ${missing}`
    if (answer.raw.req.method === 'HEAD') return undefined
    if (!response.content) return body === '' ? undefined : 'with a body, and the document has none'
    const type = String(headers['content-type']).replace(/;.*/, '')
    const described = response.content[type]
    if (!described) return `as ${type}, and the document has ${Object.keys(response.content)}`
    if (!type.endsWith('json')) return undefined
    // Most answers have one of a few shared schemas, and validators are slow to compile.
    const own = `${place}${pointer(String(statusCode), 'content', type, 'schema')}`
    return this.#wrongBody(body, described.schema.$ref?.slice(1) ?? own)
  }

  /** Without an operation the answer is an ordinary error, or not part of the API. */
  #wrongProblem({ headers, body, raw }: LightMyRequestResponse): string | undefined {
    if (!String(headers['content-type']).startsWith('application/problem+json') || body === '') return undefined
    const wrong = this.#wrongBody(body, pointer('components', 'schemas', 'Problem'))
    return wrong && `${raw.req.method} ${raw.req.url} answered ${wrong}: ${body}`
  }

  #wrongBody(body: string, place: string): string | undefined {
    const validate = this.#validator(place)
    return validate(JSON.parse(body)) ? undefined : this.#ajv.errorsText(validate.errors, { dataVar: 'body' })
  }

  #validator(place: string): ValidateFunction {
    const found = this.#validators.get(place) ?? this.#ajv.compile({ $ref: `document#${place}` })
    this.#validators.set(place, found)
    return found
  }
}

/** HEAD is answered by the operation of GET. */
const readAs = (method: string) => (method === 'HEAD' ? 'get' : method.toLowerCase())

/** RFC 6901, as the fragment of a URL. */
const pointer = (...names: string[]) =>
  names.map(name => `/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')

/**
 * A copy in which objects are closed: the document allows new fields, but a field that an answer has today and the
 * document does not name has bypassed its serializer.
 */
function closed(value: unknown, within = ''): unknown {
  if (Array.isArray(value)) return value.map(item => closed(item, within))
  if (typeof value !== 'object' || value === null || /^examples?$/.test(within)) return value
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closed(inner, key)]))
  const isOpen = ('properties' in copy || 'allOf' in copy) && within !== 'allOf' && within !== 'properties'
  return isOpen ? { unevaluatedProperties: false, ...copy } : copy
}
