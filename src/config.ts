import { BlockList, isIP } from 'node:net'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { envSchema } from 'env-schema'
import { pathOf } from './db/open.ts'
import type { Role } from './db/schema.ts'
import { oneOf } from './typebox.ts'

/** The roles a person may choose at sign-up, where the configuration allows it; `admin` is never among them. */
export const signupRoles = ['member', 'instructor'] as const satisfies readonly Role[]
export type SignupRole = (typeof signupRoles)[number]

/** The environment as it is read. The README's table lists exactly these keys and defaults (a test compares). */
export const environment = Type.Object({
  HOST: Type.String({ default: '127.0.0.1' }),
  PORT: Type.Integer({ default: 5555, minimum: 0, maximum: 65535 }),
  DATABASE_URL: Type.String({ default: 'file:./data/moodstreak.db', pattern: '^file:.' }),
  JWT_SECRET: Type.Optional(Type.String()),
  NODE_ENV: oneOf(['development', 'test', 'production'], { default: 'development' }),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { default: 'info' }),
  BCRYPT_COST: Type.Integer({ default: 12, minimum: 4, maximum: 16 }),
  TRUST_PROXY: Type.String({ default: '' }),
  CORS_ORIGINS: Type.String({ default: '' }),
  COOKIE_SECURE: oneOf(['auto', 'on', 'off'], { default: 'auto' }),
  PUBLIC_URL: Type.Optional(Type.String()),
  SIGNUP_ROLES: Type.String({ default: 'member,instructor' }),
})
type Environment = Static<typeof environment>

export interface Config {
  readonly host: string
  readonly port: number
  readonly databaseUrl: string
  /** Undefined outside production when none is given: the server then keeps one of its own beside the database. */
  readonly jwtSecret: string | undefined
  readonly production: boolean
  readonly logLevel: Environment['LOG_LEVEL']
  readonly bcryptCost: number
  /** Addresses and CIDRs whose `X-Forwarded-*` headers are believed. */
  readonly trustProxy: readonly string[]
  readonly corsOrigins: readonly string[]
  readonly cookieSecure: Environment['COOKIE_SECURE']
  /** The origin people see, without a trailing slash. */
  readonly publicUrl: string | undefined
  readonly signupRoles: readonly SignupRole[]
}

/** The configuration cannot be used. The message names every wrong key, one per line, and never repeats a value. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map(problem => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Reads the configuration. An empty variable counts as absent.
 * @param env the variables (`process.env`). @param dotenv whether `.env` in the working folder fills in what is absent.
 * @throws {ConfigError} naming all that is wrong.
 */
export function readConfig(env: NodeJS.ProcessEnv, dotenv = false): Config {
  const vars = readEnvironment(env, dotenv)
  const problems: string[] = []
  const config: Config = Object.freeze({
    host: vars.HOST,
    port: vars.PORT,
    databaseUrl: vars.DATABASE_URL,
    jwtSecret: vars.JWT_SECRET,
    production: vars.NODE_ENV === 'production',
    logLevel: vars.LOG_LEVEL,
    bcryptCost: vars.BCRYPT_COST,
    trustProxy: list(vars.TRUST_PROXY),
    corsOrigins: list(vars.CORS_ORIGINS),
    cookieSecure: vars.COOKIE_SECURE,
    publicUrl: vars.PUBLIC_URL?.replace(/\/$/, ''),
    signupRoles: list(vars.SIGNUP_ROLES).filter(isSignupRole),
  })

  const check = (ok: boolean, problem: string) => ok || problems.push(problem)
  check(Buffer.byteLength(config.jwtSecret ?? 'x'.repeat(32)) >= 32, 'JWT_SECRET must be at least 32 bytes long')
  if (config.production) {
    check(config.jwtSecret !== undefined, 'JWT_SECRET is required in production')
    check(config.bcryptCost >= 10, 'BCRYPT_COST must be at least 10 in production')
  }
  check(
    pathOf(config.databaseUrl) !== ':memory:',
    'DATABASE_URL must name a file: a database in memory forgets everything',
  )
  check(
    config.trustProxy.every(isAddressRange),
    'TRUST_PROXY must list addresses or CIDRs, such as 127.0.0.1,10.0.0.0/8',
  )
  check(config.corsOrigins.every(isOrigin), 'CORS_ORIGINS must list origins exactly, such as https://app.example.org')
  check(isOrigin(config.publicUrl ?? 'http://x'), 'PUBLIC_URL must be an origin, such as https://mood.example.org')
  check(list(vars.SIGNUP_ROLES).every(isSignupRole), `SIGNUP_ROLES must list ${signupRoles.join(' or ')}`)
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

function readEnvironment(env: NodeJS.ProcessEnv, dotenv: boolean): Environment {
  const data = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  try {
    return envSchema<Environment>({ schema: environment, data, env: false, dotenv })
  } catch (error) {
    throw new ConfigError(invalidKeys(error))
  }
}

const expectations: Partial<Record<keyof Environment, string>> = {
  DATABASE_URL: 'must be file:<path> (this version knows no other database)',
}

function invalidKeys(error: unknown): string[] {
  const found = (error as { errors?: { instancePath: string }[] }).errors
  if (!found) throw error
  return [...new Set(found.map(({ instancePath }) => instancePath.slice(1) as keyof Environment))].map(
    key => `${key} ${expectations[key] ?? expected(key)}`,
  )
}

function expected(key: keyof Environment): string {
  const { enum: choices, minimum, maximum } = environment.properties[key] as TSchema
  return choices ? `must be one of ${choices.join(', ')}` : `must be a whole number from ${minimum} to ${maximum}`
}

function list(text: string): string[] {
  return text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

function isSignupRole(role: string): role is SignupRole {
  return (signupRoles as readonly string[]).includes(role)
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text)
}

function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  try {
    new BlockList().addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4')
    return /^\d+$/.test(prefix) && Number(prefix) > 0
  } catch {
    return false
  }
}
