import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import root, { type Test } from 'tap'
import { accountStatusStore } from '../src/administration/account-status.ts'
import { buildApp } from '../src/app.ts'
import { startPasswords } from '../src/auth/passwords.ts'
import { type Config, readConfig } from '../src/config.ts'
import type { WritableDatabase } from '../src/db/database.ts'
import { isPostgres, openDatabase } from '../src/db/open.ts'
import { idFrom, type UserId } from '../src/ids.ts'
import type { Role } from '../src/vocabulary.ts'
import { checkAnswers } from './answers-match-document.ts'
import { emptier, watched } from './kept-apps.ts'

export type App = Awaited<ReturnType<typeof buildApp>>

// Of a plugin without this name Fastify seeks the file among all modules: with tap's a fifth of what building an app takes.
const displayName = Symbol.for('fastify.display-name')
Object.defineProperty(Function.prototype, displayName, {
  get(this: () => unknown) {
    return this.name
  },
  set(this: () => unknown, value: unknown) {
    Object.defineProperty(this, displayName, { value, writable: true, configurable: true })
  },
})

/** A clock that a test moves by hand; epoch ms. */
export interface Clock {
  now: number
}

/** Polls until the condition holds; otherwise the file's time-out ends the test. */
export async function until(ask: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await ask())) await new Promise(resolve => setTimeout(resolve, 10))
}

/** A test, or what cleans up when an app is no longer kept. */
type Ending = Pick<Test, 'teardown'>

/** A temporary folder, deleted when the test ends. */
export function temporaryFolder(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'moodstreak-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface BuildOptions {
  /** The time: RFC 3339. */
  at?: string
  /** Environment variables on top of the tests' own. */
  env?: Record<string, string>
  logger?: Parameters<typeof buildApp>[0]['logger']
  /** The database to use, instead of a fresh one. */
  databaseUrl?: string
  /** Options for calls to sign-in providers. */
  oauth?: Parameters<typeof buildApp>[0]['oauth']
  /** Options for calls to push services. */
  push?: Parameters<typeof buildApp>[0]['push']
  /** Limits of time. By default no machine is too slow for those of guesses and uploads. */
  timeouts?: Parameters<typeof buildApp>[0]['timeouts']
  /** Wraps the database, to inject failures. */
  wrap?: (database: WritableDatabase) => WritableDatabase
  /** Whether the test changes the app itself: it adds routes or hooks. */
  own?: true
  /** The folder of a built app; by default there is none, whatever was built in the repository. */
  webFolder?: string
  /** Whether deletions wipe the SQLite file as they do in production, by a process that takes longer than most tests. */
  wipes?: boolean
}

/** The URL of a fresh database: on PostgreSQL where `TEST_DATABASE_URL` is set, else on SQLite. */
async function freshDatabase(t: Ending): Promise<string> {
  const server = process.env.TEST_DATABASE_URL
  if (server) {
    const { patient, postgresDatabase } = await import('./postgres-server.ts')
    return patient(await postgresDatabase(t, server))
  }
  empty ??= migrated(t)
  const file = join(temporaryFolder(t), 'test.db')
  writeFileSync(file, await empty, { mode: 0o600 })
  return `file:${file}`
}

/** The bytes of an empty, migrated SQLite file: copying it is faster than migrating. */
let empty: Promise<Buffer> | undefined
async function migrated(t: Ending): Promise<Buffer> {
  const file = join(temporaryFolder(t), 'empty.db')
  await (await openDatabase(`file:${file}`)).close()
  return readFileSync(file)
}

/** Shared by all apps of a process, because a thread takes a while to start; it does not keep the process alive. */
const cheapest = 4
const passwords = startPasswords(cheapest)

/** The whole API on an empty, migrated database, of which nothing is left when the test ends. */
export async function build(t: Test, options: BuildOptions = {}): Promise<Built> {
  const { at = '2026-03-05T12:00:00Z', ...others } = options
  if (Object.keys(others).length > 0) {
    const built = await buildOwn(t, options)
    t.teardown(() => built.app.close())
    return built
  }
  const kept = idle.pop() ?? (await buildToKeep())
  kept.built.clock.now = Date.parse(at)
  t.teardown(() => putBack(kept))
  // Whoever asks for the address of the database may do anything to it.
  const { config } = kept.built
  const watchedConfig = Object.defineProperty({ ...config }, 'databaseUrl', {
    get() {
      kept.isKnown = true
      return config.databaseUrl
    },
  })
  return { ...kept.built, config: watchedConfig }
}

export interface Built {
  app: App
  clock: Clock
  config: Config
  database: WritableDatabase
}

/**
 * An app that the next test gets, on a database that has been emptied: building both takes longer than most tests. Only if
 * it was built without options, and the test has left it as it was.
 */
interface Kept {
  built: Built
  isIntact(): boolean
  /** Whether a test knows the address of its database. */
  isKnown: boolean
  empty(): Promise<boolean>
  end(): Promise<void>
}

const idle: Kept[] = []

async function buildToKeep(): Promise<Kept> {
  const cleanUps: (() => unknown)[] = []
  const built = await buildOwn({ teardown: (cleanUp: () => unknown) => void cleanUps.unshift(cleanUp) }, {})
  const beside = await emptier(built.config.databaseUrl)
  let ended: Promise<void> | undefined
  const end = async () => {
    await beside.close()
    await built.app.close()
    for (const cleanUp of cleanUps) await cleanUp()
  }
  const kept = {
    built,
    isIntact: watched(built.app),
    isKnown: false,
    empty: beside.empty,
    end: () => (ended ??= end()),
  }
  root.teardown(kept.end)
  return kept
}

async function putBack(kept: Kept) {
  if (kept.isIntact() && !kept.isKnown && (await kept.empty())) idle.push(kept)
  else await kept.end()
}

async function buildOwn(
  t: Ending,
  {
    at = '2026-03-05T12:00:00Z',
    env = {},
    logger,
    databaseUrl,
    oauth,
    push,
    timeouts,
    wrap = database => database,
    wipes = false,
    webFolder = join(import.meta.dirname, 'no-app'),
  }: BuildOptions,
): Promise<Built> {
  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl ?? env.DATABASE_URL ?? (await freshDatabase(t)),
    JWT_SECRET: 'a secret that only the tests know, and long enough',
    BCRYPT_COST: String(cheapest),
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'silent',
    ...env,
  })
  const clock: Clock = { now: Date.parse(at) }
  const opened = await openDatabase(config.databaseUrl)
  const database = wrap(wipes || isPostgres(config.databaseUrl) ? opened : { ...opened, erasing: work => work() })
  const app = await buildApp({
    config,
    jwtSecret: config.jwtSecret as string,
    database,
    // A copy, because some tests replace one of the functions.
    ...(config.bcryptCost === cheapest && { passwords: { ...passwords } }),
    now: () => clock.now,
    webFolder,
    ...(logger !== undefined && { logger }),
    // No machine is too slow for this timeout.
    oauth: { timeoutMs: 600_000, ...oauth },
    push: { timeoutMs: 600_000, ...push },
    timeouts: { guessWaitMs: 600_000, turnWaitMs: 600_000, uploadStallMs: 600_000, ...timeouts },
  })
  checkAnswers(app)
  return { app, clock, config, database }
}

export const password = 'correct horse battery'

/** A signed-up user, and requests with their bearer token. */
export interface Person {
  id: UserId
  token: string
  refreshToken: string
  /** `name=value` of the session cookie. */
  cookie: string
  get(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  post(url: string, payload: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  put(url: string, payload: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  patch(url: string, payload: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  delete(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>
}

/** The body of the answer to a retry of what was answered so: nothing has changed since. */
export function replayOf(first: LightMyRequestResponse): Record<string, unknown> {
  const body = first.json()
  return 'streak' in body ? { ...body, streak_before: body.streak } : body
}

/**
 * Signs a new user up.
 * @param more fields of the sign-up.
 */
export async function signUp(app: App, username: string, more: Record<string, unknown> = {}): Promise<Person> {
  const answer = await app.inject({ method: 'POST', url: '/signup', payload: { username, password, ...more } })
  if (answer.statusCode !== 201) throw new Error(`sign-up of ${username}: ${answer.body}`)
  const { id, token, refresh_token: refreshToken } = answer.json()
  const [session] = answer.cookies
  return personAt(app, { id, token, refreshToken, cookie: `${session?.name}=${session?.value}` })
}

/** A person as signed in elsewhere, at another process on the same database: turns are those of one process. */
export async function elsewhere(t: Test, { config }: Pick<Built, 'config'>, person: Person): Promise<Person> {
  const { app } = await build(t, { own: true, databaseUrl: config.databaseUrl })
  return personAt(app, person)
}

function personAt(app: App, { token, ...person }: Pick<Person, 'id' | 'token' | 'refreshToken' | 'cookie'>): Person {
  const send =
    (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE') =>
    (url: string, payload?: unknown, headers: Record<string, string> = {}) =>
      app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(payload !== undefined && { payload: payload as InjectOptions['payload'] & object }),
      })
  return {
    ...person,
    token,
    get: (url, headers) => send('GET')(url, undefined, headers),
    post: send('POST'),
    put: send('PUT'),
    patch: send('PATCH'),
    delete: (url, headers) => send('DELETE')(url, undefined, headers),
  }
}

/** Gives a user a role, as the command on the server does. */
export async function grant({ database, commitUnguarded }: App, name: string, role: Role): Promise<void> {
  const user = idFrom<UserId>(name)
  const accountStatuses = accountStatusStore(database)
  const before = await accountStatuses.find(user)
  if (
    !before ||
    !(await commitUnguarded(accountStatuses.changeWrites(user, before, { ...before, role }, Date.now())))
  ) {
    throw new Error(`${user} cannot be ${role}`)
  }
}
