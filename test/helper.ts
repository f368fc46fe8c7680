import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import type { Database } from '../src/db/database.ts'
import { openDatabase } from '../src/db/open.ts'
import { postgresDatabase } from './postgres-server.ts'

export type App = Awaited<ReturnType<typeof buildApp>>

/** A clock that a test moves by hand; epoch ms. */
export interface Clock {
  now: number
}

/** A folder of the test's own, gone when the test ends. */
export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'moodstreak-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface BuildOptions {
  /** What time it is: RFC 3339. */
  at?: string
  /** Environment variables on top of the tests' own. */
  env?: Record<string, string>
  logger?: Parameters<typeof buildApp>[0]['logger']
  /** The database to use, instead of a fresh one. */
  databaseUrl?: string
  /** Puts something between the API and its database, to see what happens when it fails. */
  wrap?: (database: Database) => Database
}

/** The URL of a database of the test's own: on PostgreSQL where the leg that runs it says so, else on SQLite. */
async function freshDatabase(t: Test): Promise<string> {
  const server = process.env.TEST_DATABASE_URL
  return server ? postgresDatabase(t, server) : `file:${join(temporaryFolder(t), 'test.db')}`
}

/** The whole API on a fresh, migrated database of its own; closed and gone when the test ends. */
export async function build(
  t: Test,
  { at = '2026-03-05T12:00:00Z', env = {}, logger, databaseUrl, wrap = database => database }: BuildOptions = {},
) {
  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl ?? env.DATABASE_URL ?? (await freshDatabase(t)),
    JWT_SECRET: 'a secret that only the tests know, and long enough',
    BCRYPT_COST: '4',
    LOG_LEVEL: 'silent',
    ...env,
  })
  const clock: Clock = { now: Date.parse(at) }
  const database = wrap(await openDatabase(config.databaseUrl))
  const app = await buildApp({
    config,
    jwtSecret: config.jwtSecret as string,
    database,
    now: () => clock.now,
    ...(logger !== undefined && { logger }),
  })
  t.teardown(() => app.close())
  return { app, clock, config, database }
}

export const password = 'correct horse battery'

/** A signed-up person, and requests in their name by bearer token. */
export interface Person {
  id: string
  token: string
  refreshToken: string
  /** `name=value` of the session cookie. */
  cookie: string
  get(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  post(url: string, payload: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  patch(url: string, payload: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  delete(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>
}

/** Signs a new person up. @param more fields of the sign-up. */
export async function signUp(app: App, username: string, more: Record<string, unknown> = {}): Promise<Person> {
  const answer = await app.inject({ method: 'POST', url: '/signup', payload: { username, password, ...more } })
  if (answer.statusCode !== 201) throw new Error(`sign-up of ${username}: ${answer.body}`)
  const { id, token, refresh_token: refreshToken } = answer.json()
  const [session] = answer.cookies
  const send =
    (method: 'GET' | 'POST' | 'PATCH' | 'DELETE') =>
    (url: string, payload?: unknown, headers: Record<string, string> = {}) =>
      app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(payload !== undefined && { payload: payload as InjectOptions['payload'] & object }),
      })
  return {
    id,
    token,
    refreshToken,
    cookie: `${session?.name}=${session?.value}`,
    get: (url, headers) => send('GET')(url, undefined, headers),
    post: send('POST'),
    patch: send('PATCH'),
    delete: (url, headers) => send('DELETE')(url, undefined, headers),
  }
}
