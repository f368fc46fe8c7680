import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chdir, cwd } from 'node:process'
import t, { type Test } from 'tap'
import { type Config, ConfigError, environment, readConfig } from '../src/config.ts'
import { temporaryFolder } from './helper.ts'

const secret = 'a secret that only the tests know, and long enough'

/** What a configuration is refused with: one line per wrong key. */
function problemsOf(env: Record<string, string>, dotenv = false): readonly string[] {
  try {
    readConfig(env, dotenv)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

/** A working folder of the test's own, with a `.env`. */
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
  production: false,
  logLevel: 'info',
  bcryptCost: 12,
  trustProxy: [],
  corsOrigins: [],
  cookieSecure: 'auto',
  publicUrl: undefined,
  signupRoles: ['member', 'instructor'],
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
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    BCRYPT_COST: '13',
    TRUST_PROXY: '127.0.0.1,10.0.0.0/8',
    CORS_ORIGINS: 'https://app.example.org',
    COOKIE_SECURE: 'on',
    PUBLIC_URL: 'https://mood.example.org',
    SIGNUP_ROLES: 'member',
    PATH: '/usr/bin',
  })
  t.strictSame(config, {
    host: '::1',
    port: 0,
    workers: 4,
    databaseUrl: 'file:/var/lib/moodstreak/moods.db',
    jwtSecret: secret,
    production: true,
    logLevel: 'warn',
    bcryptCost: 13,
    trustProxy: ['127.0.0.1', '10.0.0.0/8'],
    corsOrigins: ['https://app.example.org'],
    cookieSecure: 'on',
    publicUrl: 'https://mood.example.org',
    signupRoles: ['member'],
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

t.test('a public address may be written with a slash at its end', async t => {
  t.equal(readConfig({ PUBLIC_URL: 'https://mood.example.org/' }).publicUrl, 'https://mood.example.org')
})

const refused: Record<keyof typeof environment.properties, string[]> = {
  HOST: [],
  PORT: ['http', '-1', '65536', '55.5', '5555x', 'Infinity'],
  WORKERS: ['0', '65', '1.5', 'auto'],
  DATABASE_URL: ['mysql://maya@db.example/moods', './data/moods.db', 'file:', 'sqlite:moods.db', 'file::memory:'],
  JWT_SECRET: ['short', 'x'.repeat(31), 'ä'.repeat(15)],
  NODE_ENV: ['Production', 'staging'],
  LOG_LEVEL: ['verbose', 'INFO'],
  BCRYPT_COST: ['3', '17', 'twelve', '12.5'],
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
    '*',
    'null',
    'app.example.org',
    'https://app.example.org/',
    'https://app.example.org/path',
    'https://*.example.org',
    'https://maya@app.example.org',
    'ftp://app.example.org',
    'https://APP.example.org',
    'https://app.example.org:443',
    'https://a.example,*',
  ],
  COOKIE_SECURE: ['true', 'yes'],
  PUBLIC_URL: ['mood.example.org', 'https://mood.example.org/api', 'https://mood.example.org//', 'file:///', '/'],
  SIGNUP_ROLES: ['admin', 'member,admin', 'Member', 'member instructor'],
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
    { JWT_SECRET: 'x'.repeat(32) },
    { JWT_SECRET: 'ä'.repeat(16) },
    { TRUST_PROXY: '10.0.0.0/32,::1/128,0.0.0.0/1' },
    { NODE_ENV: 'production', JWT_SECRET: secret, BCRYPT_COST: '10' },
  ])
    t.strictSame(problemsOf(env), [])
})

t.test('production needs a secret of its own and a cost that is worth it', async t => {
  t.strictSame(problemsOf({ NODE_ENV: 'production' }), ['JWT_SECRET is required in production and with PostgreSQL'])
  t.match(problemsOf({ NODE_ENV: 'production', BCRYPT_COST: '9' }).toSorted(), [
    /^BCRYPT_COST must .*at least 10/,
    'JWT_SECRET is required in production and with PostgreSQL',
  ])
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
    message: `The configuration is not usable:\n${problems.map(problem => `  - ${problem}`).join('\n')}`,
  })
  t.notMatch(problems.join('\n'), canary)
})

t.test('.env is read when asked for, and fills in what the environment lacks', async t => {
  standIn(t, '# ours\nPORT=7001\nHOST="0.0.0.0"\nLOG_LEVEL=warn\n')
  t.match(readConfig({ PORT: '7002', LOG_LEVEL: '' }, true), { port: 7002, host: '0.0.0.0', logLevel: 'warn' })
  t.match(readConfig({}), { port: 5555, host: '127.0.0.1', logLevel: 'info' }, 'and only then')
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
