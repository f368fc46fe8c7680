import { createHash } from 'node:crypto'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { Names } from './normal.ts'

export const password = 'correct horse battery'

/** What a call adds to its method and path. */
export interface Sent {
  /** Whose access token it carries; a text is the whole header. */
  as?: Person | string | undefined
  /** Whose cookie it carries, from a page of the server's own. */
  cookie?: Person
  headers?: Record<string, string>
  /** A text or bytes go as they are, anything else as JSON. */
  body?: unknown
  type?: string
}

/** Somebody who signed up in the script. */
export interface Person {
  id: string
  username: string
  token: string
  refreshToken: string
  /** `name=value`. */
  cookie: string
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  bytes: Buffer
  /** A text of the body by its path, such as `mood.id`; empty where there is none. */
  at(path: string): string
}

/** A call and its answer, with everything replaced that differs between any two runs. */
export interface Recorded {
  call: string
  request: string
  status: number
  headers: Record<string, unknown>
  body: unknown
}

/** Says how the connection fares, or follows from the body. */
const leftOut = new Set(['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'])

/** Sends calls to a server, one after the other, and records the answers. */
export class Script {
  readonly recorded: Recorded[] = []
  readonly #url: string
  readonly #names: Names
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #titles = new Set<string>()
  readonly #grant: (username: string, role: string) => Promise<void>

  constructor(
    url: string,
    addresses: Record<string, string>,
    grant: (username: string, role: string) => Promise<void>,
  ) {
    this.#url = url
    this.#names = new Names({
      ...addresses,
      [url]: '<server>',
      [encodeURIComponent(url)]: '<server>',
      [url.replace('http://', '')]: '<host>',
    })
    this.#grant = grant
  }

  /**
   * @param title says what is tried; no two calls have the same.
   * @param line `GET /mood`.
   */
  async call(title: string, line: string, sent: Sent = {}): Promise<Answer> {
    const answer = await this.quietly(line, sent).catch(error => {
      throw new Error(`${title} (${line}): ${(error as Error).message}`)
    })
    this.#record(title, line, answer)
    return answer
  }

  /** A call that only prepares others, and whose answer is not recorded. */
  quietly(line: string, { as, cookie, headers = {}, body, type }: Sent = {}): Promise<Answer> {
    const [method = '', path = ''] = line.split(/ (.*)/)
    const raw = typeof body === 'string' || Buffer.isBuffer(body)
    const payload = raw || body === undefined ? body : JSON.stringify(body)
    const sent = {
      host: this.#url.replace('http://', ''),
      'user-agent': 'answers/1.0',
      ...(as !== undefined && { authorization: typeof as === 'string' ? as : `Bearer ${as.token}` }),
      ...(cookie && { cookie: cookie.cookie, 'sec-fetch-site': 'same-origin' }),
      ...(payload !== undefined && { 'content-type': type ?? 'application/json' }),
      // Of a GET or a DELETE Node's client would not say how long it is.
      ...(payload !== undefined && { 'content-length': String(Buffer.byteLength(payload)) }),
      ...headers,
    }
    return new Promise<Answer>((resolve, reject) => {
      const asked = request(this.#url, { method, path, headers: sent, agent: this.#agent }, got => {
        buffer(got).then(bytes => resolve(answerOf(Number(got.statusCode), got.headers, bytes)), reject)
      })
      asked.on('error', reject)
      asked.end(payload)
    })
  }

  /** Sends bytes as they are, on a connection of their own, and records what comes back until the server ends it. */
  async bytes(title: string, what: string) {
    const { hostname, port } = new URL(this.#url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.write(what)
    const got = await text(socket)
    const [head = '', ...rest] = got.split('\r\n\r\n')
    const [status = '', ...lines] = head.split('\r\n')
    const headers = Object.fromEntries(lines.map(line => line.toLowerCase().split(/: (.*)/)))
    const answer = answerOf(Number(status.split(' ')[1] ?? 0), headers, Buffer.from(rest.join('\r\n\r\n')))
    this.#record(title, 'BYTES', answer)
  }

  /** Signs somebody up, which is a call like any other. */
  async signUp(username: string, more: Record<string, unknown> = {}): Promise<Person> {
    const body = { username, password, ...more }
    return person(username, await this.call(`sign up ${username}`, 'POST /signup', { body }))
  }

  /** Gives somebody a role, as the operator does. */
  grant(username: string, role: string): Promise<void> {
    return this.#grant(username, role)
  }

  /** Has a secret replaced that came another way than in an answer. */
  secret(value: string, place: string) {
    this.#names.secret(value, place)
  }

  close() {
    this.#agent.destroy()
  }

  #record(call: string, request: string, { status, headers, bytes }: Answer) {
    if (this.#titles.has(call)) throw new Error(`two calls are called "${call}"`)
    this.#titles.add(call)
    const body = this.#body(call, String(headers['content-type'] ?? ''), bytes)
    this.recorded.push({
      call,
      request: this.#names.text(request, `${call} request`),
      status,
      headers: this.#headers(call, headers),
      body,
    })
  }

  #body(call: string, type: string, bytes: Buffer): unknown {
    if (bytes.length === 0) return null
    const isJson = /^application\/(\w+\+)?json/.test(type)
    if (isJson) return this.#document(this.#names.json(JSON.parse(bytes.toString()), call))
    if (type.startsWith('text/html')) return /<title>.*<\/title>/.exec(bytes.toString())?.[0] ?? '<page>'
    return `<${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}>`
  }

  /** Of the OpenAPI document what can be asked for: its sentences are not what this is about. */
  #document(body: unknown): unknown {
    const { openapi, paths } = body as { openapi?: string; paths?: Record<string, object> }
    if (openapi === undefined || paths === undefined) return body
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => [`${method.toUpperCase()} ${path}`, true]),
    )
    return { openapi, operations: Object.fromEntries(operations) }
  }

  #headers(call: string, headers: IncomingHttpHeaders): Record<string, unknown> {
    const normal = Object.entries(headers)
      .filter(([name]) => !leftOut.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [
        name,
        [value]
          .flat()
          .map(one => this.#header(call, name, String(one)))
          .join(' | '),
      ])
    return Object.fromEntries(normal)
  }

  #header(call: string, name: string, value: string): string {
    if (name === 'etag') return this.#names.etag(value, call)
    if (name === 'retry-after') return '<n>'
    if (name === 'ratelimit') return value.replace(/t=\d+/, 't=<n>')
    if (name === 'content-security-policy') return value.replace(/'sha256-[^']+'/g, '<hash>')
    if (name === 'set-cookie') {
      const [, secret = ''] = /^[^=]+=([^;]*)/.exec(value) ?? []
      this.#names.secret(secret, `${call} cookie`)
      return this.#names
        .text(value.replace(secret, '<secret>'), `${call} ${name}`)
        .replace(/Expires=(?!Thu, 01 Jan 1970)[^;]+/, 'Expires=<instant>')
    }
    return this.#names.text(value, `${call} ${name}`)
  }
}

/** Whoever an answer signs in. */
export function person(username: string, answer: Answer): Person {
  const [cookie = ''] = [answer.headers['set-cookie'] ?? []].flat().map(line => line.split(';')[0] ?? '')
  return { id: answer.at('id'), username, token: answer.at('token'), refreshToken: answer.at('refresh_token'), cookie }
}

function answerOf(status: number, headers: IncomingHttpHeaders, bytes: Buffer): Answer {
  let parsed: unknown
  return {
    status,
    headers,
    bytes,
    at(path) {
      try {
        parsed ??= JSON.parse(bytes.toString())
      } catch {
        return ''
      }
      const found = path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], parsed)
      return found === undefined || found === null ? '' : String(found)
    },
  }
}
