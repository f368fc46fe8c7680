import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { chdir, cwd } from 'node:process'
import t, { type Test } from 'tap'
import { isGuessable } from '../src/auth/guessable.ts'
import { type Config, ConfigError, environment, readConfig } from '../src/config.ts'
import { startWarnings } from '../src/server/log.ts'
import { temporaryFolder } from './helper.ts'

const root = resolve(import.meta.dirname, '..')
const secret = 'a secret that only the tests know, and long enough'

/** The messages for a refused configuration: one line per wrong key. */
function problemsOf(env: Record<string, string>, dotenv = false): readonly string[] {
  try {
    readConfig(env, dotenv)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

/** A temporary working folder with a `.env`. */
function standIn(t: Test, dotenv: string) {
  const before = cwd()
  const folder = temporaryFolder(t)
  t.teardown(() => chdir(before))
  writeFileSync(join(folder, '.env'), dotenv)
  chdir(folder)
}

const defaults: Config = {
  host: '127.0.0.1',
  port: 5555,
  workers: 1,
  databaseUrl: 'file:./data/moodstreak.db',
  jwtSecret: undefined,
  jwtSecretPrevious: undefined,
  accessTokenSeconds: 86_400,
  production: false,
  logLevel: 'info',
  bcryptCost: 12,
  rateLimit: true,
  trustProxy: [],
  corsOrigins: [],
  corsAnyOrigin: false,
  cookieSecure: 'auto',
  publicUrl: undefined,
  appUrl: 'http://127.0.0.1:5555',
  ownUrl: 'http://127.0.0.1:5555',
  smtpUrl: undefined,
  mailFrom: 'moodstreak <no-reply@localhost>',
  signup: 'open',
  signupChosen: false,
  hideAccounts: false,
  signupRoles: ['member', 'instructor'],
  metricsToken: undefined,
  limits: {
    moods: 200_000,
    tasks: 20_000,
    practices: 50_000,
    sequences: 1_000,
    published: 200,
    bytes: 200_000_000,
  },
  oauthRedirects: ['/'],
  oauthProviders: [],
}

t.test('nothing needs to be configured: without a variable there is a default for all', async t => {
  t.strictSame(readConfig({}), defaults)
})

t.test('an empty variable counts as absent', async t => {
  const empty = Object.fromEntries(Object.keys(environment.properties).map(key => [key, '']))
  t.strictSame(readConfig(empty), defaults)
})

t.test('every variable is read, and what is not ours is passed over', async t => {
  const config = readConfig({
    HOST: '::1',
    PORT: '0',
    WORKERS: '4',
    DATABASE_URL: 'file:/var/lib/moodstreak/moods.db',
    JWT_SECRET: secret,
    JWT_SECRET_PREVIOUS: `${secret} before`,
    ACCESS_TOKEN_MINUTES: '15',
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    BCRYPT_COST: '13',
    RATE_LIMIT: 'on',
    TRUST_PROXY: '127.0.0.1,10.0.0.0/8',
    CORS_ORIGINS: 'https://app.example.org',
    COOKIE_SECURE: 'on',
    PUBLIC_URL: 'https://mood.example.org',
    APP_URL: 'https://app.example.org/',
    SMTP_URL: 'smtps://maya:secret@mail.example.org',
    MAIL_FROM: 'Mood <mood@example.org>',
    MAX_MOODS: '1',
    MAX_TASKS: '2',
    MAX_PRACTICES: '3',
    MAX_SEQUENCES: '4',
    MAX_PUBLISHED: '5',
    MAX_ACCOUNT_MB: '0',
    SIGNUP: 'invite',
    HIDE_ACCOUNTS: 'on',
    SIGNUP_ROLES: 'member',
    METRICS: 'on',
    METRICS_TOKEN: `${secret} of metrics`,
    OAUTH_REDIRECTS: '/in,moodapp://signed-in',
    OAUTH_MY_IDP_CLIENT_ID: 'moodstreak',
    OAUTH_MY_IDP_CLIENT_SECRET: 'sesame',
    OAUTH_MY_IDP_ISSUER: 'https://idp.example.org/realms/home',
    OAUTH_GOOGLE_CLIENT_ID: 'moodstreak.apps',
    OAUTH_GOOGLE_CLIENT_SECRET: 'sesame',
    PATH: '/usr/bin',
  })
  t.strictSame(config, {
    host: '::1',
    port: 0,
    workers: 4,
    databaseUrl: 'file:/var/lib/moodstreak/moods.db',
    jwtSecret: secret,
    jwtSecretPrevious: `${secret} before`,
    accessTokenSeconds: 900,
    production: true,
    logLevel: 'warn',
    bcryptCost: 13,
    rateLimit: true,
    trustProxy: ['127.0.0.1', '10.0.0.0/8'],
    corsOrigins: ['https://app.example.org'],
    corsAnyOrigin: false,
    cookieSecure: 'on',
    publicUrl: 'https://mood.example.org',
    appUrl: 'https://app.example.org',
    ownUrl: 'https://mood.example.org',
    smtpUrl: 'smtps://maya:secret@mail.example.org',
    mailFrom: 'Mood <mood@example.org>',
    limits: { moods: 1, tasks: 2, practices: 3, sequences: 4, published: 5, bytes: Number.POSITIVE_INFINITY },
    signup: 'invite',
    signupChosen: true,
    hideAccounts: true,
    signupRoles: ['member'],
    metricsToken: `${secret} of metrics`,
    oauthRedirects: ['/in', 'moodapp://signed-in'],
    oauthProviders: [
      { name: 'google', issuer: 'https://accounts.google.com', clientId: 'moodstreak.apps', clientSecret: 'sesame' },
      { name: 'my_idp', issuer: 'https://idp.example.org/realms/home', clientId: 'moodstreak', clientSecret: 'sesame' },
    ],
  })
})

t.test('a configuration cannot be changed once it is read', async t => {
  const config = readConfig({})
  t.ok(Object.isFrozen(config))
  t.throws(() => Object.assign(config, { production: true }), TypeError)
})

t.test('lists are separated by commas; blanks around and between them do not matter', async t => {
  const config = readConfig({
    TRUST_PROXY: ' ::1 , 10.0.0.0/8,, 2001:db8::/32 ,',
    CORS_ORIGINS: 'https://a.example, http://localhost:3000',
    SIGNUP_ROLES: ' instructor ,member',
  })
  t.strictSame(config.trustProxy, ['::1', '10.0.0.0/8', '2001:db8::/32'])
  t.strictSame(config.corsOrigins, ['https://a.example', 'http://localhost:3000'])
  t.strictSame(config.signupRoles, ['instructor', 'member'])
})

t.test('CORS_ORIGINS may hold * beside exact origins', async t => {
  t.match(readConfig({ CORS_ORIGINS: '*' }), { corsOrigins: [], corsAnyOrigin: true })
  const both = { corsOrigins: ['https://a.example'], corsAnyOrigin: true }
  t.match(readConfig({ CORS_ORIGINS: 'https://a.example, *' }), both)
})

t.test('a public address may be written with a slash at its end', async t => {
  t.equal(readConfig({ PUBLIC_URL: 'https://mood.example.org/' }).publicUrl, 'https://mood.example.org')
})

t.test('links in e-mails lead to the public address, or else to where this machine reaches the server', async t => {
  const appUrl = (env: Record<string, string>) => readConfig(env).appUrl
  t.equal(appUrl({ PUBLIC_URL: 'https://mood.example.org/' }), 'https://mood.example.org')
  t.equal(appUrl({ HOST: '192.0.2.7', PORT: '80' }), 'http://192.0.2.7:80')
  t.equal(appUrl({ HOST: '::1' }), 'http://[::1]:5555')
  for (const HOST of ['0.0.0.0', '::']) t.equal(appUrl({ HOST }), 'http://localhost:5555')
})

t.test('e-mails come from the public host, unless it has no name', async t => {
  const sender = (PUBLIC_URL: string) => readConfig({ PUBLIC_URL }).mailFrom
  t.equal(sender('https://mood.example.org:8443'), 'moodstreak <no-reply@mood.example.org>')
  for (const url of ['http://192.0.2.7', 'http://[2001:db8::1]:8080'])
    t.equal(sender(url), 'moodstreak <no-reply@localhost>')
})

const noQuotas = ['-1', '1.5', 'none', '2000000001']

const refused: Record<keyof typeof environment.properties, string[]> = {
  HOST: ['x86_64-conda-linux-gnu', '127.0.0.1:5555', 'http://127.0.0.1', '[::1', '[localhost]', '-host'],
  PORT: ['http', '-1', '65536', '55.5', '5555x', 'Infinity'],
  WORKERS: ['0', '65', '1.5', 'auto'],
  DATABASE_URL: ['mysql://maya@db.example/moods', './data/moods.db', 'file:', 'sqlite:moods.db', 'file::memory:'],
  JWT_SECRET: ['short', 'x'.repeat(31), 'ä'.repeat(15)],
  JWT_SECRET_PREVIOUS: ['short'],
  ACCESS_TOKEN_MINUTES: ['0', '-15', '15.5', '43201', 'forever'],
  NODE_ENV: ['Production', 'staging'],
  LOG_LEVEL: ['verbose', 'INFO'],
  BCRYPT_COST: ['3', '17', 'twelve', '12.5'],
  RATE_LIMIT: ['true', 'Off'],
  TRUST_PROXY: [
    'true',
    '1',
    '*',
    'loopback',
    'proxy.example.org',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '::/0',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.0/8.5',
    '10.0.0.0/255.0.0.0',
    '::1/129',
    '127.0.0.1,true',
  ],
  CORS_ORIGINS: [
    '**',
    'null',
    'app.example.org',
    'https://app.example.org/',
    'https://app.example.org/path',
    'https://*.example.org',
    'https://maya@app.example.org',
    'ftp://app.example.org',
    'https://APP.example.org',
    'https://app.example.org:443',
    'https://a.example,*.example',
  ],
  COOKIE_SECURE: ['true', 'yes'],
  PUBLIC_URL: ['mood.example.org', 'https://mood.example.org/api', 'https://mood.example.org//', 'file:///', '/'],
  APP_URL: ['app.example.org', 'https://app.example.org/start', 'mailto:maya@example.org'],
  SMTP_URL: ['mail.example.org', 'http://mail.example.org', 'smtp:mail.example.org', 'smtp://', 'smtp://host:port'],
  MAX_MOODS: noQuotas,
  MAX_TASKS: noQuotas,
  MAX_PRACTICES: noQuotas,
  MAX_SEQUENCES: noQuotas,
  MAX_PUBLISHED: noQuotas,
  MAX_ACCOUNT_MB: noQuotas,
  MAIL_FROM: [
    'moodstreak',
    'mood@example.org, other@example.org',
    'Mood <mood@example.org',
    'Mood <mood@example.org>\nBcc: other@example.org',
    '<mood@example.org>',
    'Mood mood@example.org',
  ],
  SIGNUP: ['Open', 'yes', 'invited'],
  HIDE_ACCOUNTS: ['true', 'On'],
  METRICS: ['true', 'prometheus'],
  METRICS_TOKEN: ['short', 'x'.repeat(40)],
  SIGNUP_ROLES: ['admin', 'member,admin', 'Member', 'member instructor'],
  OAUTH_REDIRECTS: ['in', '//evil.example', 'https://app.example.org', 'javascript:alert(1)', '/,moodapp', ','],
}
for (const [key, values] of Object.entries(refused)) {
  t.test(`${key} is refused by its name, without its value, when it cannot be used`, async t => {
    for (const value of values) {
      const problems = problemsOf({ [key]: value })
      t.equal(problems.length, 1, `${key}=${value}`)
      t.match(problems[0], new RegExp(`^${key} must `))
    }
  })
}

t.test('the limits themselves are accepted', async t => {
  for (const env of [
    { PORT: '0' },
    { PORT: '65535' },
    { WORKERS: '1' },
    { WORKERS: '64' },
    { BCRYPT_COST: '4' },
    { BCRYPT_COST: '16' },
    { JWT_SECRET: '9f3c07b1e25d48a6c0713fe4b82d965a' },
    { JWT_SECRET: 'äöüßéèêàâçñøåæœ€á' },
    { ACCESS_TOKEN_MINUTES: '1' },
    { ACCESS_TOKEN_MINUTES: '43200' },
    { SMTP_URL: 'smtp://mail.example.org:587/?ignoreTLS=true', MAIL_FROM: 'mood@example.org' },
    { TRUST_PROXY: '10.0.0.0/32,::1/128,0.0.0.0/1' },
    { NODE_ENV: 'production', JWT_SECRET: secret, BCRYPT_COST: '10' },
  ])
    t.strictSame(problemsOf(env), [])
})

t.test('security 14: production needs a secret of its own and a cost that is worth it', async t => {
  t.strictSame(problemsOf({ NODE_ENV: 'production' }), ['JWT_SECRET is required in production and with PostgreSQL'])
  t.match(problemsOf({ NODE_ENV: 'production', BCRYPT_COST: '9' }).toSorted(), [
    /^BCRYPT_COST must .*at least 10/,
    'JWT_SECRET is required in production and with PostgreSQL',
  ])
  t.strictSame(problemsOf({ NODE_ENV: 'production', JWT_SECRET: secret, RATE_LIMIT: 'off' }), [
    'RATE_LIMIT must be on or off, and in production on',
  ])
  t.equal(readConfig({ RATE_LIMIT: 'off' }).rateLimit, false, 'elsewhere the limits can be switched off')
  t.match(problemsOf({ NODE_ENV: 'production', JWT_SECRET: 'short' }), [/^JWT_SECRET must be at least 32 bytes/])
})

t.test('all that is wrong is said at once, each key in a line of its own, and no value repeated', async t => {
  const canary = 'canary-71'
  const wrong = { PORT: canary, JWT_SECRET: canary, TRUST_PROXY: canary, SIGNUP_ROLES: canary, NODE_ENV: 'production' }
  const problems = problemsOf(wrong)
  t.strictSame(problems.map(problem => problem.split(' ')[0]).toSorted(), [
    'JWT_SECRET',
    'PORT',
    'SIGNUP_ROLES',
    'TRUST_PROXY',
  ])
  t.throws(() => readConfig(wrong), {
    name: 'ConfigError',
    message: `Invalid configuration:\n${problems.map(problem => `  - ${problem}`).join('\n')}`,
  })
  t.notMatch(problems.join('\n'), canary)
})

t.test('.env is read when asked for, and fills in what the environment lacks', async t => {
  standIn(t, '# ours\nPORT=7001\nHOST="0.0.0.0"\nLOG_LEVEL=warn\n')
  t.match(readConfig({ PORT: '7002', LOG_LEVEL: '' }, true), { port: 7002, host: '0.0.0.0', logLevel: 'warn' })
  t.match(readConfig({}), { port: 5555, host: '127.0.0.1', logLevel: 'info' }, 'and only then')
})

t.test(
  'field case 18: a .env saved by Notepad or PowerShell is read: UTF-8 with a byte-order mark, UTF-16',
  async t => {
    const text = '\ufeffPORT=7001\nHOST=0.0.0.0\n'
    const utf16 = Buffer.from(text, 'utf16le')
    for (const bytes of [Buffer.from(text), utf16, Buffer.from(utf16).swap16()]) {
      standIn(t, '')
      writeFileSync('.env', bytes)
      t.match(readConfig({}, true), { port: 7001, host: '0.0.0.0' })
    }
  },
)

t.test('field case 19: a HOST that the shell has set is refused by its name; brackets are taken off', async t => {
  t.match(problemsOf({ HOST: 'x86_64-conda-linux-gnu' }), [/^HOST must be an address to listen on.*unset it$/])
  for (const HOST of ['::1', '[::1]'])
    t.match(readConfig({ HOST, PORT: '80' }), { host: '::1', appUrl: 'http://[::1]:80' })
  for (const HOST of ['0.0.0.0', 'localhost', 'my-machine.local']) t.equal(readConfig({ HOST }).host, HOST)
})

t.test('.env is judged like the environment', async t => {
  standIn(t, 'PORT=canary-71\n')
  const problems = problemsOf({}, true)
  t.match(problems, [/^PORT must /])
  t.notMatch(problems.join('\n'), 'canary-71')
})

t.test('an empty variable in .env counts as absent too', async t => {
  standIn(
    t,
    Object.keys(environment.properties)
      .map(key => `${key}=\n`)
      .join(''),
  )
  t.strictSame(readConfig({}, true), defaults)
})

t.test('no .env is no trouble; one that cannot be read is', async t => {
  standIn(t, '')
  const folder = temporaryFolder(t)
  chdir(folder)
  t.strictSame(readConfig({}, true), defaults)
  mkdirSync('.env')
  t.throws(() => readConfig({}, true), { code: 'EISDIR' })
})

t.test('a server of many nodes needs a secret that they share', async t => {
  const database = { DATABASE_URL: 'postgres://maya:secret@db.example/moods' }
  t.strictSame(problemsOf(database), ['JWT_SECRET is required in production and with PostgreSQL'])
  t.strictSame(problemsOf({ ...database, NODE_ENV: 'production' }).length, 1, 'said once')
  t.strictSame(problemsOf({ ...database, JWT_SECRET: secret }), [])
})

t.test(
  'security 14: a short secret, and proxies that anybody could be, are refused wherever they come from',
  async t => {
    for (const key of ['JWT_SECRET', 'JWT_SECRET_PREVIOUS']) {
      for (const value of ['secret', 'changeme', 'x'.repeat(31), 'ä'.repeat(15)])
        t.match(problemsOf({ [key]: value }), [/^JWT_SECRET(_PREVIOUS)? must be at least 32 bytes long/], value)
    }
    for (const value of ['true', '1', '*', '0.0.0.0/0', '::/0', '127.0.0.1,true'])
      t.match(problemsOf({ TRUST_PROXY: value }), [/^TRUST_PROXY must /], value)
  },
)

t.test('security 49: guessable secrets are refused, and the sentence says how to make one', async t => {
  const guessable = [
    'x'.repeat(64),
    'abc'.repeat(20),
    '12345678901234567890123456789012',
    '0123456789abcdef0123456789abcdef',
    'abcdefghijklmnopqrstuvwxyz123456',
    '0101110010110101010001010111010010100101',
    'change-me-change-me-please-change',
    'your-256-bit-secret-your-256-bit-secret',
    'a-string-secret-at-least-256-bits-long',
    'my_super_secret_jwt_key_for_production',
  ]
  for (const key of ['JWT_SECRET', 'JWT_SECRET_PREVIOUS']) {
    for (const value of guessable) {
      const problems = problemsOf({ [key]: value })
      t.match(problems, [/^JWT_SECRET(_PREVIOUS)? must be .*not guessable.*openssl rand -base64 48/], value)
      t.notMatch(problems.join(), value)
    }
  }
})

t.test('security 49: no random secret is refused, in any of the usual spellings', async t => {
  for (let i = 0; i < 2_000; i++) {
    const bytes = createHash('sha512').update(`secret ${i}`).digest()
    for (const value of [bytes.toString('hex', 0, 16), bytes.toString('hex'), bytes.toString('base64', 0, 24)])
      t.notOk(isGuessable(value), value)
  }
})

t.test('security 14: no secret is written down where somebody could copy it from', async t => {
  for (const file of ['.env.example', 'README.md', ...globSync('docs/**/*.{md,http}', { cwd: root })]) {
    const set = [...readFileSync(resolve(root, file), 'utf8').matchAll(/JWT_SECRET(?:_PREVIOUS)?=(\S*)/g)]
    t.strictSame(
      set.map(([, value = '']) => value).filter(value => value !== '' && !value.startsWith('$(')),
      [],
      file,
    )
  }
})

t.test('a provider needs its two keys, and an issuer unless everybody knows it', async t => {
  const complete = { OAUTH_IDP_CLIENT_ID: 'x', OAUTH_IDP_CLIENT_SECRET: 'canary-71' }
  const secure = { NODE_ENV: 'production', JWT_SECRET: secret, PUBLIC_URL: 'https://mood.example.org' }
  const said = (env: Record<string, string>) => problemsOf(env).map(problem => problem.split(' ')[0])
  for (const issuer of [
    'https://idp.example.org',
    'https://idp.example.org/a/',
    'https://10.0.0.1:8443',
    'http://localhost:1',
    'http://[::1]:1',
  ])
    t.strictSame(problemsOf({ ...complete, OAUTH_IDP_ISSUER: issuer }), [], issuer)
  for (const issuer of [
    'idp.example.org',
    'http://idp.example.org',
    'https://maya@idp.example.org',
    'https://:x@idp.example.org',
    'https://idp.example.org/?x',
    'https://idp.example.org/#x',
    'ftp://localhost',
  ]) {
    t.strictSame(said({ ...complete, OAUTH_IDP_ISSUER: issuer }), ['OAUTH_IDP_ISSUER'], issuer)
    t.notMatch(problemsOf({ ...complete, OAUTH_IDP_ISSUER: issuer }).join(), 'canary-71')
  }
  t.strictSame(said({ ...secure, ...complete, OAUTH_IDP_ISSUER: 'http://localhost:1' }), ['OAUTH_IDP_ISSUER'])
  t.strictSame(said(complete), ['OAUTH_IDP_ISSUER'])
  t.strictSame(said({ OAUTH_GITHUB_CLIENT_ID: 'x' }), ['OAUTH_GITHUB_CLIENT_SECRET'])
  t.strictSame(said({ OAUTH_GITHUB_CLIENT_SECRET: 'x', PORT: 'http' }), ['PORT', 'OAUTH_GITHUB_CLIENT_ID'])
  const known = { OAUTH_GOOGLE_CLIENT_ID: 'x', OAUTH_GOOGLE_CLIENT_SECRET: 'x' }
  t.strictSame(said({ ...known, OAUTH_GOOGLE_ISSUER: 'https://idp.example.org' }), ['OAUTH_GOOGLE_ISSUER'])
  t.strictSame(said({ ...secure, ...known }), [])
  t.match(problemsOf({ ...secure, ...known, PUBLIC_URL: '' }), [/^PUBLIC_URL is required in production/])
  t.strictSame(
    readConfig({ OAUTH_google_CLIENT_ID: 'x', OAUTH__CLIENT_ID: 'x', OAUTH_X_CLIENT_KEY: 'x' }).oauthProviders,
    [],
  )
})

t.test('metrics take a token of their own', async t => {
  t.throws(() => readConfig({ METRICS: 'on' }), /METRICS_TOKEN is required with METRICS=on/)
  t.equal(readConfig({ METRICS: 'off', METRICS_TOKEN: secret }).metricsToken, undefined)
})

t.test('hiding accounts takes a mail server, and only production is told to choose who may sign up', async t => {
  t.throws(() => readConfig({ HIDE_ACCOUNTS: 'on' }), /SMTP_URL is required with HIDE_ACCOUNTS=on/)
  t.equal(readConfig({ HIDE_ACCOUNTS: 'on', SMTP_URL: 'smtp://localhost' }).hideAccounts, true)
  t.equal(startWarnings({ production: false, signupChosen: false }).length, 0)
  t.equal(startWarnings({ production: true, signupChosen: true }).length, 0)
  t.match(startWarnings({ production: true, signupChosen: false }), [/^SIGNUP is not set/])
})
