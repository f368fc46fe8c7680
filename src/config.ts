import { existsSync, readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { parseEnv } from 'node:util'
import { type Static, Type } from '@sinclair/typebox'
import { Ajv, type ErrorObject } from 'ajv'
import type { Role } from './db/schema.ts'
import { oneOf } from './typebox.ts'

/** The roles a person may choose at sign-up, where the configuration allows it; `admin` is never among them. */
export const signupRoles = ['member', 'instructor'] as const satisfies readonly Role[]
export type SignupRole = (typeof signupRoles)[number]

const environments = ['development', 'test', 'production'] as const
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const cookieSecure = ['auto', 'on', 'off'] as const

/**
 * The environment as it is read; `expects` is what the operator is told when a value is wrong.
 * The README's table lists exactly these keys and defaults (a test compares).
 */
export const environment = Type.Object(
  {
    HOST: Type.String({ default: '127.0.0.1', expects: 'must be an address to listen on' }),
    PORT: Type.Integer({
      default: 5555,
      minimum: 0,
      maximum: 65535,
      expects: 'must be a whole number from 0 to 65535',
    }),
    WORKERS: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 64,
      expects: 'must be a whole number from 1 to 64',
    }),
    DATABASE_URL: Type.String({
      default: 'file:./data/moodstreak.db',
      pattern: '^(file:(?!:memory:)\\S|postgres(ql)?://\\S)',
      expects: 'must be file:<path> or postgres://...; a database in memory would forget everything',
    }),
    JWT_SECRET: Type.Optional(Type.String({ format: 'secret', expects: 'must be at least 32 bytes long' })),
    NODE_ENV: oneOf(environments, { default: 'development', expects: `must be one of ${environments.join(', ')}` }),
    LOG_LEVEL: oneOf(logLevels, { default: 'info', expects: `must be one of ${logLevels.join(', ')}` }),
    BCRYPT_COST: Type.Integer({
      default: 12,
      minimum: 4,
      maximum: 16,
      expects: 'must be a whole number from 4 to 16, and in production at least 10',
    }),
    TRUST_PROXY: Type.String({
      default: '',
      format: 'address-ranges',
      expects: 'must list addresses or CIDRs, such as 127.0.0.1,10.0.0.0/8',
    }),
    CORS_ORIGINS: Type.String({
      default: '',
      format: 'origins',
      expects: 'must list origins exactly, such as https://app.example.org',
    }),
    COOKIE_SECURE: oneOf(cookieSecure, { default: 'auto', expects: `must be one of ${cookieSecure.join(', ')}` }),
    PUBLIC_URL: Type.Optional(
      Type.String({ format: 'public-url', expects: 'must be an origin, such as https://mood.example.org' }),
    ),
    SIGNUP_ROLES: Type.String({
      default: signupRoles.join(','),
      format: 'signup-roles',
      expects: `must list ${signupRoles.join(' or ')}`,
    }),
  },
  {
    allOf: [
      {
        // A server of many nodes has no folder to keep a secret in.
        if: {
          type: 'object',
          required: ['DATABASE_URL'],
          properties: { DATABASE_URL: { pattern: '^postgres', type: 'string' } },
        },
        // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
        then: { type: 'object', required: ['JWT_SECRET'] },
      },
    ],
    if: { type: 'object', required: ['NODE_ENV'], properties: { NODE_ENV: { const: 'production' } } },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
    then: { type: 'object', required: ['JWT_SECRET'], properties: { BCRYPT_COST: { type: 'integer', minimum: 10 } } },
  },
)
type Environment = Static<typeof environment>

export interface Config {
  readonly host: string
  readonly port: number
  /** How many processes serve the port together. */
  readonly workers: number
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
  return Object.freeze({
    host: vars.HOST,
    port: vars.PORT,
    workers: vars.WORKERS,
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
}

function readEnvironment(env: NodeJS.ProcessEnv, dotenv: boolean): Environment {
  const file = dotenv && existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}
  const data = { ...present(file), ...present(env) }
  const validate = validator().compile<Environment>(environment)
  if (validate(data)) return data
  throw new ConfigError([...new Set(validate.errors?.filter(({ keyword }) => keyword !== 'if').map(problemOf))])
}

function present(variables: NodeJS.Dict<string>): NodeJS.Dict<string> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
}

function problemOf({ keyword, instancePath, params }: ErrorObject): string {
  if (keyword === 'required') return `${params.missingProperty} is required in production and with PostgreSQL`
  const key = instancePath.slice(1) as keyof Environment
  return `${key} ${environment.properties[key].expects}`
}

function validator(): Ajv {
  // `strictNumbers` would take Infinity for no number at all, and so for none that is too large.
  const ajv = new Ajv({
    allErrors: true,
    coerceTypes: true,
    useDefaults: true,
    strictNumbers: false,
  })
  ajv.addKeyword('expects')
  ajv.addFormat('secret', text => Buffer.byteLength(text) >= 32)
  ajv.addFormat('address-ranges', text => list(text).every(isAddressRange))
  ajv.addFormat('origins', text => list(text).every(isOrigin))
  ajv.addFormat('public-url', text => isOrigin(text.replace(/\/$/, '')))
  ajv.addFormat('signup-roles', text => list(text).length > 0 && list(text).every(isSignupRole))
  return ajv
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
  return URL.canParse(text) && new URL(text).origin === text && /^https?:[^*]*$/.test(text)
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
