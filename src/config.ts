import { existsSync, readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { parseEnv } from 'node:util'
import { type Static, Type } from '@sinclair/typebox'
import { Ajv, type ErrorObject } from 'ajv'
import { isGuessable } from './auth/guessable.ts'
import { oneOf } from './http/typebox.ts'
import { isRedirectTarget } from './oauth/redirects.ts'
import { type ProviderSettings, readProviders } from './oauth/settings.ts'
import { type Limits, megabytes } from './quotas/quotas.ts'
import type { Role } from './vocabulary.ts'

/** The roles a person may choose at sign-up, where the configuration allows it; `admin` is never among them. */
export const signupRoles = ['member', 'instructor'] as const satisfies readonly Role[]
export type SignupRole = (typeof signupRoles)[number]

const environments = ['development', 'test', 'production'] as const
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const rateLimit = ['on', 'off'] as const
const cookieSecure = ['auto', 'on', 'off'] as const
const signupModes = ['open', 'invite', 'closed'] as const
/** Who may make an account: anyone, whoever has an invitation, or nobody. */
export type SignupMode = (typeof signupModes)[number]
const hideAccounts = ['on', 'off'] as const
const metrics = ['on', 'off'] as const

const secretExpects =
  'must be at least 32 bytes long and not guessable (no published example, no pattern). Generate one with: openssl rand -base64 48'

/** What an account can have of something; 0 is no limit. */
const quota = (limit: number) =>
  Type.Integer({
    default: limit,
    minimum: 0,
    maximum: 2_000_000_000,
    expects: 'must be a whole number from 1 to 2000000000, or 0 for no limit',
  })

/**
 * The environment variables; `expects` is the message to the operator when a value is invalid. docs/configuration.md
 * lists exactly these keys and defaults, and `providerKeys` (a test compares).
 */
export const environment = Type.Object(
  {
    HOST: Type.String({
      default: '127.0.0.1',
      format: 'listen-address',
      expects:
        'must be an address to listen on, such as 127.0.0.1, 0.0.0.0 or ::; if you did not set it, your shell did (conda and csh do): unset it',
    }),
    PORT: Type.Integer({
      default: 5555,
      minimum: 0,
      maximum: 65535,
      expects: 'must be an integer from 0 to 65535',
    }),
    WORKERS: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 64,
      expects: 'must be an integer from 1 to 64',
    }),
    DATABASE_URL: Type.String({
      default: 'file:./data/moodstreak.db',
      pattern: '^(file:(?!:memory:)\\S|postgres(ql)?://\\S)',
      expects: 'must be file:<path> or postgres://...; in-memory databases are refused',
    }),
    JWT_SECRET: Type.Optional(Type.String({ format: 'secret', expects: secretExpects })),
    JWT_SECRET_PREVIOUS: Type.Optional(Type.String({ format: 'secret', expects: secretExpects })),
    ACCESS_TOKEN_MINUTES: Type.Integer({
      default: 1440,
      minimum: 1,
      maximum: 43_200,
      expects: 'must be an integer from 1 to 43200',
    }),
    NODE_ENV: oneOf(environments, { default: 'development', expects: `must be one of ${environments.join(', ')}` }),
    LOG_LEVEL: oneOf(logLevels, { default: 'info', expects: `must be one of ${logLevels.join(', ')}` }),
    BCRYPT_COST: Type.Integer({
      default: 12,
      minimum: 4,
      maximum: 16,
      expects: 'must be an integer from 4 to 16, and in production at least 10',
    }),
    RATE_LIMIT: oneOf(rateLimit, { default: 'on', expects: 'must be on or off, and in production on' }),
    TRUST_PROXY: Type.String({
      default: '',
      format: 'address-ranges',
      expects: 'must list addresses or CIDRs, such as 127.0.0.1,10.0.0.0/8',
    }),
    CORS_ORIGINS: Type.String({
      default: '',
      format: 'origins',
      expects: 'must list exact origins, such as https://app.example.org, or * for any origin (without the cookie)',
    }),
    COOKIE_SECURE: oneOf(cookieSecure, { default: 'auto', expects: `must be one of ${cookieSecure.join(', ')}` }),
    PUBLIC_URL: Type.Optional(
      Type.String({ format: 'public-url', expects: 'must be an origin, such as https://mood.example.org' }),
    ),
    APP_URL: Type.Optional(
      Type.String({ format: 'public-url', expects: 'must be an origin, such as https://app.example.org' }),
    ),
    SMTP_URL: Type.Optional(
      Type.String({ format: 'smtp-url', expects: 'must be smtp:// or smtps://, such as smtps://user:password@host' }),
    ),
    MAIL_FROM: Type.Optional(Type.String({ format: 'sender', expects: 'must be an address, or Name <address>' })),
    SIGNUP: oneOf(signupModes, { default: 'open', expects: `must be one of ${signupModes.join(', ')}` }),
    HIDE_ACCOUNTS: oneOf(hideAccounts, { default: 'off', expects: 'must be on or off' }),
    SIGNUP_ROLES: Type.String({
      default: signupRoles.join(','),
      format: 'signup-roles',
      expects: `must list ${signupRoles.join(' or ')}`,
    }),
    METRICS: oneOf(metrics, { default: 'off', expects: 'must be on or off' }),
    METRICS_TOKEN: Type.Optional(Type.String({ format: 'secret', expects: secretExpects })),
    MAX_MOODS: quota(200_000),
    MAX_TASKS: quota(20_000),
    MAX_PRACTICES: quota(50_000),
    MAX_SEQUENCES: quota(1_000),
    MAX_PUBLISHED: quota(200),
    MAX_ACCOUNT_MB: quota(200),
    OAUTH_REDIRECTS: Type.String({
      default: '/',
      format: 'redirect-targets',
      expects: 'must list paths such as /, or exact URLs such as https://app.example.org/in,moodapp://signed-in',
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
      {
        // An address that shows no one who has it joins an account by mail only.
        if: { type: 'object', required: ['HIDE_ACCOUNTS'], properties: { HIDE_ACCOUNTS: { const: 'on' } } },
        // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
        then: { type: 'object', required: ['SMTP_URL'] },
      },
      {
        // A server does not know who may read them otherwise: behind a proxy everybody comes from this machine.
        if: { type: 'object', required: ['METRICS'], properties: { METRICS: { const: 'on' } } },
        // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
        then: { type: 'object', required: ['METRICS_TOKEN'] },
      },
    ],
    if: { type: 'object', required: ['NODE_ENV'], properties: { NODE_ENV: { const: 'production' } } },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
    then: {
      type: 'object',
      required: ['JWT_SECRET'],
      properties: { BCRYPT_COST: { type: 'integer', minimum: 10 }, RATE_LIMIT: { type: 'string', const: 'on' } },
    },
  },
)
type Environment = Static<typeof environment>

export interface Config {
  readonly host: string
  readonly port: number
  /** The number of processes that share the port. */
  readonly workers: number
  readonly databaseUrl: string
  /** Undefined only outside production: the server then keeps its own secret beside the database. */
  readonly jwtSecret: string | undefined
  /** The secret that `jwtSecret` replaced: what was signed with it stays valid. */
  readonly jwtSecretPrevious: string | undefined
  /** Lifetime of an access token. */
  readonly accessTokenSeconds: number
  readonly production: boolean
  readonly logLevel: Environment['LOG_LEVEL']
  readonly bcryptCost: number
  /** Whether requests and wrong passwords are limited. */
  readonly rateLimit: boolean
  /** Addresses and CIDRs whose `X-Forwarded-*` headers are believed. */
  readonly trustProxy: readonly string[]
  /** Origins whose pages may call the API with the cookie. */
  readonly corsOrigins: readonly string[]
  /** Whether the pages of any origin may call the API with a bearer token. */
  readonly corsAnyOrigin: boolean
  readonly cookieSecure: Environment['COOKIE_SECURE']
  /** The origin people see, without a trailing slash. */
  readonly publicUrl: string | undefined
  /** Where the links in e-mails lead: an origin, without a trailing slash. */
  readonly appUrl: string
  /** Where links to this server itself lead: an origin, without a trailing slash. */
  readonly ownUrl: string
  /** Undefined where no e-mail is sent. */
  readonly smtpUrl: string | undefined
  /** The sender of e-mails: `Name <address>`, or an address alone. */
  readonly mailFrom: string
  readonly signup: SignupMode
  /** Whether the operator chose `signup`. */
  readonly signupChosen: boolean
  /** Whether strangers must not learn who has an account. */
  readonly hideAccounts: boolean
  readonly signupRoles: readonly SignupRole[]
  /** Opens `GET /metrics`; undefined where nothing is measured. */
  readonly metricsToken: string | undefined
  /** What an account can have. */
  readonly limits: Limits
  /** The allowed targets of a sign-in through a provider; the first is the default. */
  readonly oauthRedirects: readonly string[]
  /** The providers that people can sign in with. */
  readonly oauthProviders: readonly ProviderSettings[]
}

/** The configuration cannot be used. The message names every wrong key, one per line, and never repeats a value. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`Invalid configuration:\n${problems.map(problem => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Reads the configuration. An empty variable counts as absent.
 * @param env the variables (`process.env`).
 * @param dotenv whether `.env` in the working folder fills in what is absent.
 * @throws {ConfigError} naming every wrong key.
 */
export function readConfig(env: NodeJS.ProcessEnv, dotenv = false): Config {
  const { vars, providers, signupChosen } = readEnvironment(env, dotenv)
  const publicUrl = vars.PUBLIC_URL?.replace(/\/$/, '')
  return Object.freeze({
    host: withoutBrackets(vars.HOST),
    port: vars.PORT,
    workers: vars.WORKERS,
    databaseUrl: vars.DATABASE_URL,
    jwtSecret: vars.JWT_SECRET,
    jwtSecretPrevious: vars.JWT_SECRET_PREVIOUS,
    accessTokenSeconds: vars.ACCESS_TOKEN_MINUTES * 60,
    production: vars.NODE_ENV === 'production',
    logLevel: vars.LOG_LEVEL,
    bcryptCost: vars.BCRYPT_COST,
    rateLimit: vars.RATE_LIMIT === 'on',
    trustProxy: list(vars.TRUST_PROXY),
    corsOrigins: list(vars.CORS_ORIGINS).filter(origin => origin !== '*'),
    corsAnyOrigin: list(vars.CORS_ORIGINS).includes('*'),
    cookieSecure: vars.COOKIE_SECURE,
    publicUrl,
    appUrl: vars.APP_URL?.replace(/\/$/, '') ?? publicUrl ?? localUrl(vars),
    ownUrl: publicUrl ?? localUrl(vars),
    smtpUrl: vars.SMTP_URL,
    mailFrom: vars.MAIL_FROM ?? `moodstreak <no-reply@${mailDomain(publicUrl)}>`,
    signup: vars.SIGNUP,
    signupChosen,
    hideAccounts: vars.HIDE_ACCOUNTS === 'on',
    signupRoles: list(vars.SIGNUP_ROLES).filter(isSignupRole),
    metricsToken: vars.METRICS === 'on' ? vars.METRICS_TOKEN : undefined,
    limits: {
      moods: limitOf(vars.MAX_MOODS),
      tasks: limitOf(vars.MAX_TASKS),
      practices: limitOf(vars.MAX_PRACTICES),
      sequences: limitOf(vars.MAX_SEQUENCES),
      published: limitOf(vars.MAX_PUBLISHED),
      bytes: megabytes(limitOf(vars.MAX_ACCOUNT_MB)),
    },
    oauthRedirects: list(vars.OAUTH_REDIRECTS),
    oauthProviders: providers,
  })
}

/** Infinity for 0. */
const limitOf = (quota: number) => quota || Number.POSITIVE_INFINITY

/** The URL by which this machine reaches the server. */
function localUrl({ HOST, PORT }: Environment): string {
  const host = withoutBrackets(HOST)
  const everywhere = host === '0.0.0.0' || host === '::'
  return `http://${everywhere ? 'localhost' : isIP(host) === 6 ? `[${host}]` : host}:${PORT}`
}

/** An IPv6 address without the brackets that it has in a URL. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

/** The domain of an address at a public origin; `localhost` for an IP address. */
function mailDomain(publicUrl = 'http://localhost'): string {
  const { hostname } = new URL(publicUrl)
  return isIP(withoutBrackets(hostname)) ? 'localhost' : hostname
}

function readEnvironment(env: NodeJS.ProcessEnv, dotenv: boolean) {
  const file = dotenv && existsSync('.env') ? parseEnv(decoded(readFileSync('.env'))) : {}
  const data = { ...present(file), ...present(env) }
  const { providers, problems } = readProviders(data, data.NODE_ENV === 'production')
  // Before the defaults are filled in.
  const signupChosen = data.SIGNUP !== undefined
  if (validate(data) && problems.length === 0) return { vars: data, providers, signupChosen }
  const wrong = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(problemOf)
  throw new ConfigError([...new Set(wrong), ...problems])
}

/** The text of a file: Notepad and PowerShell write UTF-8 with a byte-order mark, or UTF-16. */
function decoded(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex')
  const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8'
  // The decoder takes the mark away.
  return new TextDecoder(encoding).decode(bytes)
}

function present(variables: NodeJS.Dict<string>): NodeJS.Dict<string> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
}

function problemOf({ keyword, instancePath, params }: ErrorObject): string {
  if (params.missingProperty === 'SMTP_URL') return 'SMTP_URL is required with HIDE_ACCOUNTS=on'
  if (params.missingProperty === 'METRICS_TOKEN') return 'METRICS_TOKEN is required with METRICS=on'
  if (keyword === 'required') return `${params.missingProperty} is required in production and with PostgreSQL`
  const key = instancePath.slice(1) as keyof Environment
  return `${key} ${environment.properties[key].expects}`
}

function validator(): Ajv {
  // `strictNumbers` would not treat Infinity as a number, and so not as one that is too large.
  const ajv = new Ajv({
    allErrors: true,
    coerceTypes: true,
    useDefaults: true,
    strictNumbers: false,
    // The meta-schema takes longer than all configurations, and the schema is not the user's.
    validateSchema: false,
  })
  ajv.addKeyword('expects')
  ajv.addFormat('secret', text => Buffer.byteLength(text) >= 32 && !isGuessable(text))
  ajv.addFormat('listen-address', isListenAddress)
  ajv.addFormat('address-ranges', text => list(text).every(isAddressRange))
  ajv.addFormat('origins', text => list(text).every(origin => origin === '*' || isOrigin(origin)))
  ajv.addFormat('public-url', text => isOrigin(text.replace(/\/$/, '')))
  ajv.addFormat('smtp-url', text => /^smtps?:\/\/[^\s/]/.test(text) && URL.canParse(text))
  ajv.addFormat(
    'sender',
    /^(?:[^<>@",\p{Cc}]+ <[^\s<>@",\p{Cc}]+@[^\s<>@",\p{Cc}]+>|[^\s<>@",\p{Cc}]+@[^\s<>@",\p{Cc}]+)$/u,
  )
  ajv.addFormat('redirect-targets', text => list(text).length > 0 && list(text).every(isRedirectTarget))
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

/** An address, in brackets or not, or a host name, which has letters, digits, `-` and `.` only. */
function isListenAddress(text: string): boolean {
  const name = /^(?!-)[a-z\d-]{1,63}(?:\.(?!-)[a-z\d-]{1,63})*$/i
  return isIP(withoutBrackets(text)) !== 0 || name.test(text)
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

const validate = validator().compile<Environment>(environment)
