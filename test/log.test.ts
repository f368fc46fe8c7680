import Fastify from 'fastify'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { logOptions, networkAddresses, welcome } from '../src/server/log.ts'

/** A logger with the server's options, and its output. */
function logger(logLevel: 'debug' | 'warn' = 'debug') {
  const lines: string[] = []
  const options = logOptions({ logLevel })
  if (typeof options !== 'object') throw new Error('the server logs')
  const { log } = Fastify({ logger: { ...options, stream: { write: line => lines.push(line) } } })
  return { log, lines }
}

const secrets = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'current_password',
  'new_password',
  'token',
  'refresh_token',
  'note',
  'email',
]

t.test('security 19: credentials and private things are cut out of whatever is logged, keys and all', async t => {
  for (const key of secrets) {
    const { log, lines } = logger()
    const held = { [key]: 'canary-71', kept: 'in sight' }
    log.info(held, 'on top')
    log.info({ body: held }, 'one down')
    log.info({ request: { headers: held } }, 'two down')
    log.info({ list: [held] }, 'in a list')
    log.child(held).info('of a child')
    t.equal(lines.length, 5)
    for (const line of lines) {
      t.notMatch(line, 'canary-71', `${key}: ${line}`)
      t.match(line, 'in sight')
    }
  }
})

t.test('lines are JSON with a level and a time, from the level on that is asked for', async t => {
  const { log, lines } = logger('warn')
  log.info('not this')
  log.warn({ count: 2 }, 'but this')
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines[0] ?? ''), { level: 40, time: Number, msg: 'but this', count: 2 })
})

t.test('the welcome shows where to go and where the data is', async t => {
  const config = readConfig({ DATABASE_URL: 'file:./here/moods.db' })
  const text = welcome(config, 'http://127.0.0.1:5555')
  t.match(welcome(config, 'http://127.0.0.1:5555', true), /App +http:\/\/127\.0\.0\.1:5555\/app\/\n/)
  t.match(welcome(config, 'http://127.0.0.1:5555', false), /App +not built: npm ci, then npm run bundle\n/)
  t.match(text, /API +http:\/\/127\.0\.0\.1:5555\n/)
  t.match(text, /Try it +http:\/\/127\.0\.0\.1:5555\/docs\n/)
  t.match(text, /Data +\.\/here\/moods\.db\n/)
})

t.test('a server that listens on all addresses says where phones find it', async t => {
  const ip = (address: string, family: 'IPv4' | 'IPv6', internal = false) => {
    const known = { address, netmask: '', mac: '', internal, cidr: null }
    return family === 'IPv4' ? { ...known, family } : { ...known, family, scopeid: 0 }
  }
  const interfaces = { lo: [ip('127.0.0.1', 'IPv4', true)], wifi: [ip('192.168.1.20', 'IPv4'), ip('fd00::2', 'IPv6')] }
  const at = (host: string) => networkAddresses({ host }, 'http://127.0.0.1:5556', { ...interfaces, gone: undefined })
  t.same(at('0.0.0.0'), ['http://192.168.1.20:5556'])
  t.same(at('::'), ['http://192.168.1.20:5556'])
  t.same(at('127.0.0.1'), [])
  const text = (hasApp: boolean, host: string) =>
    welcome(readConfig({ HOST: host }), 'http://127.0.0.1:5556', hasApp, at(host))
  t.match(text(true, '0.0.0.0'), '    On phones  http://192.168.1.20:5556/app/\n    API')
  t.notMatch(text(false, '0.0.0.0'), 'On phones')
  t.notMatch(text(true, '127.0.0.1'), 'On phones')
})

t.test('the welcome text names the database server and keeps its password to itself', async t => {
  const env = {
    DATABASE_URL: 'postgres://maya:sesame@db.example:5433/moods',
    JWT_SECRET: 'a secret that only the tests know, and long enough',
  }
  const text = welcome(readConfig(env), 'http://127.0.0.1:1')
  t.match(text, /PostgreSQL, moods at db\.example:5433/)
  t.notMatch(text, /sesame|maya/)
  const usual = { ...env, DATABASE_URL: 'postgresql://db.example/moods' }
  t.match(welcome(readConfig(usual), 'http://127.0.0.1:1'), /at db\.example:5432/)
})
