import { type Environment, pause } from './environment.ts'
import { etagCache } from './etags.ts'
import { ApiProblem, NoAnswer, problemOf, SignedOut } from './problem.ts'
import type { BearerSession } from './session.ts'

/** One request, before it is signed. */
export interface Outgoing {
  method: string
  /** With its query. */
  path: string
  body?: unknown
  headers?: Readonly<Record<string, string>>
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
  /** Whether it can be sent twice without harm. */
  repeatable: boolean
  /** Without credentials. */
  open?: boolean
  /**
   * Reads the body of a success while it comes. The time there is begins anew whenever it calls `alive`.
   * @returns what becomes the `body`.
   */
  read?: (response: Response, alive: () => void) => Promise<unknown>
}

export interface Incoming {
  status: number
  headers: Headers
  /** Parsed JSON; a `Blob` for anything else; undefined where there is nothing. */
  body: unknown
}

interface Content {
  body: unknown
  /** Of JSON. */
  text?: string
}

interface Parts {
  baseUrl: string
  environment: Environment
  /** Undefined where the browser's cookie signs requests. */
  session: BearerSession | undefined
  onSignedOut: () => void
  /** The zone of the device (IANA), told with every request. */
  timezone: () => string | undefined
  /** In ms, per attempt. */
  timeoutMs: number
  /** After the first attempt. */
  retries: number
}

/** In ms; doubled for each further retry. */
const firstPauseMs = 500
const maxPauseMs = 30_000

/** Statuses after which the same request can succeed. */
const passing = [408, 429, 500, 502, 503, 504]

/** Sends requests: signs them, gives up in time, tries again where that is safe, and asks no twice for what it has. */
export function transport(parts: Parts) {
  const { environment, session, retries } = parts
  const answers = etagCache()

  async function send(request: Outgoing, attempt = 0): Promise<Incoming> {
    try {
      return await signed(request)
    } catch (error) {
      const wait = attempt < retries && !request.signal?.aborted ? waitAfter(error, request, attempt) : undefined
      if (wait === undefined) throw error
      await pause(environment, wait, request.signal)
    }
    return send(request, attempt + 1)
  }

  /** How long (ms) to wait before another attempt; undefined where there must be none. */
  function waitAfter(error: unknown, { repeatable }: Outgoing, attempt: number): number | undefined {
    const problem = error instanceof ApiProblem ? error : undefined
    if (!problem && !(error instanceof NoAnswer)) return undefined
    // Of a surplus request nothing was done.
    const harmless = repeatable || problem?.status === 429
    if (!harmless || (problem && !passing.includes(problem.status))) return undefined
    const wanted = problem?.retryAfterMs
    if (wanted !== undefined) return wanted > maxPauseMs ? undefined : wanted
    return Math.min(maxPauseMs, firstPauseMs * 2 ** attempt) * (0.5 + environment.random() / 2)
  }

  /** With the token, and once more with its successor when the server no longer takes it. */
  async function signed(request: Outgoing): Promise<Incoming> {
    const token = request.open ? undefined : await session?.token()
    try {
      return await once(request, token)
    } catch (error) {
      if (request.open || !(error instanceof ApiProblem) || error.status !== 401) throw error
      if (token !== undefined && session) return once(request, (await session.renewed(token)).token)
      if (!session) parts.onSignedOut()
      throw new SignedOut()
    }
  }

  async function once(request: Outgoing, token: string | undefined): Promise<Incoming> {
    const { method, path, body } = request
    const isJson = body !== undefined && !(body instanceof Blob)
    const timezone = parts.timezone()
    const key = `${path} ${timezone}`
    const known = method === 'GET' && !request.open ? answers.find(key) : undefined
    const response = await answered(request, {
      method,
      headers: {
        ...(timezone !== undefined && { 'X-Timezone': timezone }),
        ...(isJson && { 'Content-Type': 'application/json' }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(known && { 'If-None-Match': known.etag }),
        ...request.headers,
      },
      credentials: session ? 'omit' : 'same-origin',
      redirect: 'error',
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as Blob) }),
    })
    const { status, headers } = response
    if (status === 304 && known) return { status: 200, headers, body: JSON.parse(known.text) }
    const { body: answer, text } = response.content
    if (status >= 400) throw problemOf(status, answer, retryAfter(headers, environment.now()))
    const etag = headers.get('ETag')
    if (method === 'GET' && etag !== null && text !== undefined) answers.keep(key, { etag, text })
    return { status, headers, body: answer }
  }

  /** The answer, whole, within the time there is. */
  async function answered({ path, signal, timeoutMs = parts.timeoutMs, read }: Outgoing, init: RequestInit) {
    const abort = new AbortController()
    const stop = () => abort.abort(signal?.reason)
    signal?.throwIfAborted()
    signal?.addEventListener('abort', stop, { once: true })
    const begin = () => environment.later(() => abort.abort(), timeoutMs)
    let cancel = begin()
    const alive = () => {
      cancel()
      cancel = begin()
    }
    const ask = async () => {
      const response = await environment.fetch(`${parts.baseUrl}${path}`, { ...init, signal: abort.signal })
      const { status, headers } = response
      const content: Content = read && response.ok ? { body: await read(response, alive) } : await contentOf(response)
      return { status, headers, content }
    }
    const fail = (error: unknown) => {
      throw signal?.aborted ? signal.reason : new NoAnswer('no answer', { cause: error })
    }
    return ask()
      .catch(fail)
      .finally(() => {
        cancel()
        signal?.removeEventListener('abort', stop)
      })
  }

  return { send, forget: answers.clear }
}
export type Transport = ReturnType<typeof transport>

async function contentOf(response: Response): Promise<Content> {
  if (response.status === 204 || response.status === 304) return { body: undefined }
  if (!/\bjson\b/.test(response.headers.get('Content-Type') ?? '')) return { body: await response.blob() }
  const text = await response.text()
  return { body: text === '' ? undefined : JSON.parse(text), text }
}

/** In ms; as seconds or as a date (RFC 9110, section 10.2.3). */
function retryAfter(headers: Headers, now: number): number | undefined {
  const said = headers.get('Retry-After')
  if (said === null) return undefined
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
