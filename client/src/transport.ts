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
}

export interface Incoming {
  status: number
  headers: Headers
  /** Parsed JSON; a `Blob` for anything else; undefined where there is nothing. */
  body: unknown
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
    const read = await response.content
    if (status >= 400) throw problemOf(status, read.body, retryAfter(headers, environment.now()))
    const etag = headers.get('ETag')
    if (method === 'GET' && etag !== null && read.text !== undefined) answers.keep(key, { etag, text: read.text })
    return { status, headers, body: read.body }
  }

  /** The answer, whole, within the time there is. */
  async function answered({ path, signal, timeoutMs = parts.timeoutMs }: Outgoing, init: RequestInit) {
    const abort = new AbortController()
    const stop = () => abort.abort(signal?.reason)
    signal?.throwIfAborted()
    signal?.addEventListener('abort', stop, { once: true })
    const cancel = environment.later(() => abort.abort(), timeoutMs)
    const ask = async () => {
      const response = await environment.fetch(`${parts.baseUrl}${path}`, { ...init, signal: abort.signal })
      const { status, headers } = response
      return { status, headers, content: await contentOf(response) }
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

async function contentOf(response: Response): Promise<{ body: unknown; text?: string }> {
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
