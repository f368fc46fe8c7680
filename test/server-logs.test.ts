import { join } from 'node:path'
import Client from 'better-sqlite3'
import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { temporaryFolder } from './helper.ts'
import { everyRequest, type HttpRequest, type Receiver, runHttpFile } from './http-file.ts'
import { patientFetch } from './killable-server.ts'
import { mailbox } from './mailbox.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
/** The private fields and credentials in requests and answers. */
const telling =
  /password|email|note|name|title|description|tag|mood|occupation|address|country|county|social|token|code|key|github/

/** Names of types and codes, which are not secret. */
const known = new Set(['moodstreak', 'Bearer'])

/** A server process with the most verbose log, its requests and their private texts. */
async function setting(t: Test) {
  const box = await mailbox(t)
  const file = join(temporaryFolder(t), 'moods.db')
  const env = { LOG_LEVEL: 'trace', SMTP_URL: box.url, DATABASE_URL: `file:${file}` }
  const server = await startServer(t, env)
  const secrets = new Set<string>()
  return { box, file, server, secrets, receiver: receiverAt(server, secrets) }
}

/** Collects every private text of a body; parts of tokens too, because the last part is enough to forge the rest. */
function collect(value: unknown, name: string, into: Set<string>) {
  if (typeof value === 'string' && value.length >= 4 && telling.test(name) && !uuid.test(value) && !known.has(value)) {
    into.add(value)
    for (const part of value.split('.')) if (part.length >= 40) into.add(part)
  }
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) collect(inner, Array.isArray(value) ? name : key, into)
}

/**
 * Sends requests to the server, each also in ways that must fail, and collects texts that must not be in its log.
 * `onlyGood` is set for requests that are to reach the database.
 */
function receiverAt(
  { url: root }: ServerProcess,
  secrets: Set<string>,
): Receiver & { sent: number; onlyGood: boolean } {
  const receiver = { inject, sent: 0, onlyGood: false }
  return receiver

  async function inject({ method = 'GET', url, headers, payload, cookies = {} }: InjectOptions) {
    if (typeof payload === 'string') {
      if (/^[[{]/.test(payload)) collect(JSON.parse(payload), '', secrets)
      else for (const cell of payload.split('\n').slice(1).join(',').split(',')) if (cell.length >= 8) secrets.add(cell)
    }
    for (const value of Object.values(cookies)) collect(value, 'token', secrets)
    const cookie = Object.entries(cookies).map(pair => pair.join('='))
    const send = async (more: Record<string, string> = {}, body = payload, path = url) => {
      receiver.sent++
      const answer = await patientFetch(root + path, {
        method,
        headers: {
          ...(headers as Record<string, string>),
          ...(cookie.length > 0 && { cookie: cookie.join('; ') }),
          ...more,
        },
        ...(body !== undefined && method !== 'GET' && { body: body as string }),
      })
      return { answer, text: await answer.text() }
    }
    const json = { 'content-type': 'application/json' }
    const half = typeof payload === 'string' ? payload.slice(0, -2) : '{"password":"canary-password"'
    const unknown = typeof payload === 'string' ? payload.replace('{', '{"canary-field":"canary-value",') : half
    if (!receiver.onlyGood) await sendBad()

    const { answer, text } = await send()
    const set = answer.headers
      .getSetCookie()
      .map(line => /^([^=]+)=([^;]*)/.exec(line) as unknown as [string, string, string])
    for (const [, , value] of set) collect(value, 'token', secrets)
    const isJson =
      answer.headers.get('content-type')?.startsWith('application/json') && !String(url).startsWith('/openapi')
    if (isJson) collect(JSON.parse(text), '', secrets)
    return {
      statusCode: answer.status,
      body: text,
      cookies: set.map(([, name, value]) => ({ name, value })),
      json: () => JSON.parse(text),
    }

    async function sendBad() {
      const headers = { 'idempotency-key': 'canary key', 'if-match': '"canary-etag"', 'x-timezone': 'canary-zone' }
      const query = `${url}${String(url).includes('?') ? '&' : '?'}canary=canary-query`
      await send(json, half)
      await send({ ...json, ...headers, origin: 'https://canary-origin.example' }, unknown)
      await send(
        { 'content-type': 'text/plain', authorization: 'Bearer canary-token.canary-token.canary-token' },
        half,
        query,
      )
      await send({ authorization: `Basic ${btoa('canary-user:canary-password')}` }, half)
    }
  }
}

/** Nothing private is in the server's output. */
function isClean(t: Test, server: ServerProcess, stderr: string, secrets: ReadonlySet<string>) {
  const log = server
    .stdout()
    .split('\n')
    // Names of routes are not secret, even if a resource has the same name.
    .map(line => line.replace(/"path":"[^"]*"/, ''))
    .join('\n')
  // A short one, such as a username, may be a part of another word.
  const isIn = (text: string, secret: string) =>
    secret.length < 8
      ? new RegExp(`(?<!\\p{L})${RegExp.escape(secret)}(?!\\p{L})`, 'u').test(text)
      : text.includes(secret)
  const found = [...secrets].filter(secret => isIn(log, secret) || isIn(stderr, secret))
  t.strictSame(found, [])
  t.notMatch(server.stdout() + stderr, /canary/)
  // A file of that name may be in a stack.
  t.notMatch(log, /authorization(?!\.ts)|set-cookie|refresh_token/i)
}

t.test(
  'security 19: no request of any route, right or wrong, leaves anything private in the log of a server',
  async t => {
    const { box, file, server, secrets, receiver } = await setting(t)
    const { results } = await runHttpFile(receiver, everyRequest(), {
      ask: () => box.nextCode(),
      grant(userId, role) {
        const database = new Client(file)
        database.prepare('update users set role = ? where id = ?').run(role, userId)
        database.prepare('insert into admins (id) values (?)').run(userId)
        database.close()
      },
    })
    for (const { title, status, body } of results) t.ok(status < 300, `${title}: ${status} ${body.slice(0, 200)}`)
    const { stderr } = await server.stop('SIGTERM')
    t.ok(secrets.size > 40, `${secrets.size} secrets`)
    const lines = server.stdout().match(/"path":/g) ?? []
    t.ok(lines.length >= receiver.sent, `${lines.length} lines for ${receiver.sent} requests`)
    isClean(t, server, stderr, secrets)
  },
)

t.test('nor when the database fails under it, and says why in words that hold what was to be written', async t => {
  const { file, server, secrets, receiver } = await setting(t)
  const requests = everyRequest().map(request => ({
    ...request,
    url: request.url.replace(/\{\{.*\}\}/, crypto.randomUUID()),
  }))
  const [signUp, ...others] = requests.filter(({ url }) => url !== '/openapi.json') as [HttpRequest, ...HttpRequest[]]
  const entered = others.find(({ url }) => url === '/signup') as HttpRequest
  const { answers } = await runHttpFile(receiver, [signUp, entered], {})
  const { token } = answers.signup as { token: string }
  receiver.onlyGood = true
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const everything = async () => {
    const statuses = []
    for (const { method, url, body } of requests) {
      const payload = body?.startsWith('{') ? { payload: body } : {}
      statuses.push((await receiver.inject({ method: method as 'GET', url, headers, ...payload })).statusCode)
    }
    return statuses.filter(status => status === 500).length
  }

  const database = new Client(file)
  t.teardown(() => database.close())
  database.pragma('foreign_keys = OFF')
  const tables = database.prepare("select name from sqlite_master where type = 'table'").pluck().all() as string[]
  const ours = tables.filter(name => !/^(sqlite|__drizzle)/.test(name))
  t.ok(ours.includes('mood_tags'))
  for (const table of ours) {
    const columns = database.prepare('select name from pragma_table_info(?)').pluck().all(table) as string[]
    const words = columns.map(column => `coalesce(new.${column}, '')`).join(` || ' ' || `)
    for (const event of ['insert', 'update'])
      database.exec(
        `create trigger no_${event}_${table} before ${event} on ${table} begin select raise(abort, ${words}); end`,
      )
  }
  t.ok((await everything()) > 10, 'writes fail')
  for (const table of ours.filter(name => !['users', 'sessions'].includes(name))) database.exec(`drop table ${table}`)
  t.ok((await everything()) > 20, 'reads fail too')
  for (const table of ['sessions', 'users']) database.exec(`drop table ${table}`)
  t.ok((await everything()) > 20, 'and nobody can be recognised')

  const { stderr } = await server.stop('SIGTERM')
  t.match(server.stdout(), /"level":50/, 'the operator is told')
  isClean(t, server, stderr, secrets)
})
