import { type Environment, newId, realEnvironment } from './environment.ts'
import { readEvents, type ServerEvent } from './events.ts'
import { type Operation, type Operations, operations } from './operations.ts'
import { NoAnswer, SignedOut } from './problem.ts'
import { bearerSession, type CredentialStore, credentialsInMemory } from './session.ts'
import { type Incoming, transport } from './transport.ts'
import type { CodeExchange, SignedIn, SignIn, SignUp, Tokens, User } from './wire.ts'

export interface ClientOptions {
  /** Where the server is, such as `https://mood.example.org`; empty for the origin of the page. */
  baseUrl?: string
  /**
   * `bearer` (the default): an access token, renewed when it ends. `cookie`: the session cookie of a browser, for pages that
   * the server itself serves.
   */
  session?: 'bearer' | 'cookie'
  /** Where a `bearer` session is kept. */
  credentials?: CredentialStore
  /** The zone of the device (IANA name). Defaults to what the runtime says. */
  timezone?: () => string | undefined
  /** Called when the session has ended: somebody has to sign in again. */
  onSignedOut?: () => void
  /** Time (ms) that an attempt may take; 30 s by default. */
  timeoutMs?: number
  /** Attempts after the first of what can be repeated; 3 by default. */
  retries?: number
  /** Replaces parts of the environment. */
  environment?: Partial<Environment>
}

export interface CallOptions {
  signal?: AbortSignal
  timeoutMs?: number
  /** The `ETag` last seen: fails with `stale_version` if the resource has changed since. */
  ifMatch?: string
  /** For what creates something. Made anew for each call if absent, so give one to repeat a call by yourself. */
  idempotencyKey?: string
}

/** The parts of a path, in order: `/mood/:id` takes one. */
type PathParts<Path extends string> = Path extends `${string}/:${infer Rest}`
  ? [part: string | number, ...PathParts<Rest extends `${string}/${infer More}` ? `/${More}` : ''>]
  : []

type InputPart<Input> = [Input] extends [undefined] ? [] : undefined extends Input ? [input?: Input] : [input: Input]

/** A call: the parts of the path, what the operation takes, and options. */
export type Call<Of> =
  Of extends Operation<infer Path, infer Input, infer Answer>
    ? (...args: [...PathParts<Path>, ...InputPart<Input>, options?: CallOptions]) => Promise<Answer>
    : never

export type Calls = {
  [Group in keyof Operations]: { [Name in keyof Operations[Group]]: Call<Operations[Group][Name]> }
}

export interface Client extends Calls {
  /** Creates an account and signs in. */
  signUp(body: SignUp, options?: CallOptions): Promise<User>
  signIn(body: SignIn, options?: CallOptions): Promise<User>
  /** Finishes a sign-in with a provider: swaps the code of the redirect. */
  signInWith(body: CodeExchange, options?: CallOptions): Promise<User>
  /** Ends the session here and on the server. What the server is not told for lack of a network ends by itself. */
  signOut(options?: CallOptions): Promise<void>
  /** Whether there is a session, as far as the device knows. */
  isSignedIn(): Promise<boolean>
  /** The zone that requests name. */
  timezone(): string | undefined
  /** A new UUIDv7, for entries made on the device. */
  newId(): string
  /**
   * Follows `GET /sync/stream` until the server ends it: calls back with the versions of the kinds, at once and after each
   * change. With `timeoutMs` (60 s by default) of silence the connection is taken for dead.
   * @returns false where the runtime shows no body before its end, and nothing was followed.
   * @throws {NoAnswer}, {SignedOut}, {ApiProblem}, or the reason of the signal.
   */
  watch(listener: (versions: Versions) => void, options?: Pick<CallOptions, 'signal' | 'timeoutMs'>): Promise<boolean>
  /** One request, for what the operations do not cover; the answer with its headers. */
  request(request: RawRequest): Promise<Incoming>
}

/** A number for each kind that the credential may read: it rises when something of it changes. */
export type Versions = Partial<Record<'mood' | 'task' | 'practice' | 'sequence', number>>

export interface RawRequest extends CallOptions {
  method: string
  path: string
  query?: object | undefined
  body?: unknown
  headers?: Readonly<Record<string, string>>
  /** Whether it can be sent twice without harm. Defaults to true for GET. */
  repeatable?: boolean
}

/** A typed client of one server and one person. */
export function createClient(options: ClientOptions = {}): Client {
  const environment = { ...realEnvironment, ...options.environment }
  const { baseUrl = '', onSignedOut = () => {}, timezone = deviceZone } = options
  const signedOut = () => {
    wire.forget()
    onSignedOut()
  }
  const session =
    options.session === 'cookie'
      ? undefined
      : bearerSession({
          store: options.credentials ?? credentialsInMemory(),
          now: environment.now,
          refresh: async refresh_token => (await wire.send({ ...exchange, body: { refresh_token } })).body as Tokens,
          onSignedOut: signedOut,
        })
  const wire = transport({
    baseUrl: baseUrl.replace(/\/$/, ''),
    environment,
    session,
    onSignedOut: signedOut,
    timezone,
    timeoutMs: options.timeoutMs ?? 30_000,
    retries: options.retries ?? 3,
  })

  function request({ method, path, query, body, headers, repeatable = method === 'GET', ...more }: RawRequest) {
    return wire.send({
      method,
      path: path + queryOf(query),
      ...(body !== undefined && { body }),
      headers: { ...headers, ...(more.ifMatch !== undefined && { 'If-Match': more.ifMatch }) },
      repeatable,
      signal: more.signal,
      timeoutMs: more.timeoutMs,
    })
  }

  function call({ method, path, takes, keyed, open }: Operation) {
    return async (...args: unknown[]): Promise<unknown> => {
      const rest = [...args]
      const filled = path.replace(/:\w+/g, () => encodeURIComponent(String(rest.shift())))
      const input = takes === 'nothing' ? undefined : rest.shift()
      const { idempotencyKey, ...more } = (rest.shift() ?? {}) as CallOptions
      const key = keyed ? (idempotencyKey ?? newId(environment, environment.now())) : undefined
      const { body } = await wire.send({
        method,
        path: filled + (takes === 'query' ? queryOf(input as object | undefined) : ''),
        ...(takes === 'body' && input !== undefined && { body: input }),
        headers: {
          ...(key !== undefined && { 'Idempotency-Key': key }),
          ...(more.ifMatch !== undefined && { 'If-Match': more.ifMatch }),
        },
        repeatable: method === 'GET' || keyed === true,
        ...(open !== undefined && { open }),
        signal: more.signal,
        timeoutMs: more.timeoutMs,
      })
      return body
    }
  }

  async function enter(path: string, body: unknown, { signal, timeoutMs }: CallOptions = {}): Promise<User> {
    const answer = await wire.send({ method: 'POST', path, body, signal, timeoutMs, repeatable: false, open: true })
    const signedIn = answer.body as SignedIn
    wire.forget()
    await session?.keep(signedIn)
    return signedIn.user
  }

  const calls = mapValues(operations, group => mapValues(group as Record<string, Operation>, call)) as unknown as Calls
  return {
    ...calls,
    signUp: (body, more) => enter('/signup', body, more),
    signIn: (body, more) => enter('/login', body, more),
    signInWith: (body, more) => enter('/oauth/exchange', body, more),
    async signOut(more = {}) {
      try {
        await request({ method: 'DELETE', path: '/logout', ...more })
      } catch (error) {
        if (!(error instanceof SignedOut || error instanceof NoAnswer)) throw error
      } finally {
        wire.forget()
        await session?.end()
      }
    },
    isSignedIn: async () => (session ? session.isKept() : isCookieTaken()),
    timezone,
    newId: () => newId(environment, environment.now()),
    async watch(listener, { signal, timeoutMs = silenceMs } = {}) {
      const read = async ({ body }: Response, alive: () => void) => {
        if (!body) return false
        const told = ({ event, data }: ServerEvent) => {
          if (event === 'version') listener(JSON.parse(data))
        }
        await readEvents(body, told, alive)
        return true
      }
      const headers = { Accept: 'text/event-stream' }
      const once = { method: 'GET', path: '/sync/stream', headers, repeatable: false, read }
      return (await wire.send({ ...once, signal, timeoutMs })).body as boolean
    },
    request,
  }

  async function isCookieTaken(): Promise<boolean> {
    try {
      await request({ method: 'GET', path: '/check_session' })
      return true
    } catch (error) {
      if (error instanceof SignedOut) return false
      throw error
    }
  }
}

/** A refresh token that is sent twice within ten seconds gets the same answer. */
const exchange = { method: 'POST', path: '/refresh', repeatable: true, open: true } as const

/** A server sends a comment after 25 s without an event. */
const silenceMs = 60_000

function deviceZone(): string | undefined {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

function queryOf(query: object = {}): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  const text = new URLSearchParams(said.map(([name, value]): [string, string] => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}

function mapValues<Value, Result>(of: Readonly<Record<string, Value>>, map: (value: Value) => Result) {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, map(value)]))
}
