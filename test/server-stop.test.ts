import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import Client from 'better-sqlite3'
import t, { type Test } from 'tap'
import { covered } from './children.ts'
import { temporaryFolder, until } from './helper.ts'
import { type ServerProcess, send, signUpAt, startServer } from './server-process.ts'

/** Requests in one process are tested in `draining.test.ts`; this is the program and its signals. */

interface Exchanged {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: string
}

/** A request whose answer was refused, cut or reset. */
class Cut extends Error {
  /** When the whole request had been handed to the operating system. */
  sent = Number.POSITIVE_INFINITY
  at = performance.now()
}

/**
 * One request over the one kept connection of an agent.
 * @throws {Cut}
 */
async function exchange({ port }: ServerProcess, agent: Agent, path: string, token: string, body?: object) {
  const payload = body && JSON.stringify(body)
  const outgoing = request({
    agent,
    port,
    path,
    host: '127.0.0.1',
    method: payload ? 'POST' : 'GET',
    headers: {
      authorization: `Bearer ${token}`,
      ...(payload && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    },
  })
  let sent: number | undefined
  outgoing.once('finish', () => {
    sent = performance.now()
  })
  outgoing.end(payload)
  try {
    const [answer] = await once(outgoing, 'response')
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) } as Exchanged
  } catch (cause) {
    throw Object.assign(new Cut(String(cause)), sent !== undefined && { sent })
  }
}

/** The progress of the clients: how many have begun, and how many entries were acknowledged. */
interface Tally {
  busy: number
  added: number
}

/** A client that sends requests over one connection until it is told to close it. */
async function busyClient(t: Test, server: ServerProcess, token: string, number: number, tally: Tally) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  for (let turn = 0; ; turn++) {
    const kind = (number + turn) % 3
    const { status, headers, body } = await (kind === 0
      ? exchange(server, agent, '/mood', token, { mood: 5, note: `${number}/${turn}`, tags: ['busy'] })
      : exchange(server, agent, kind === 1 ? '/mood?per_page=20' : '/health', token))
    if (status !== (kind === 0 ? 201 : 200)) throw new Error(`${status}: ${body}`)
    JSON.parse(body)
    if (kind === 0) tally.added++
    if (turn === 1) tally.busy++
    if (headers.connection === 'close') return
  }
}

/** Time (ms) after a signal in which everything that arrived is read: the server itself waits a little longer. */
const surelyRead = 400
/** Time after which the server begins to cut slow clients off. */
const patient = 3_000

t.test('security 34: SIGTERM, and SIGINT with it, under fifty busy clients loses no request', async t => {
  const file = join(temporaryFolder(t), 'moods.db')
  const server = await startServer(t, { DATABASE_URL: `file:${file}`, LOG_LEVEL: 'warn' })
  const token = await signUpAt(server, 'maya')
  const tally: Tally = { busy: 0, added: 0 }
  const clients = Array.from({ length: 50 }, (_, number) => busyClient(t, server, token, number, tally))
  await Promise.race([until(() => tally.busy === clients.length), Promise.all(clients)])

  const signalled = performance.now()
  const { code, signal, stderr } = await server.stop('SIGTERM', 'SIGINT')
  const outcomes = await Promise.allSettled(clients)
  const failures = outcomes.flatMap(each => (each.status === 'rejected' ? [each.reason] : []))
  // On a slow machine a client may come too late, or take its time.
  const late = failures.filter(
    error => error instanceof Cut && (error.sent > signalled + surelyRead || error.at > signalled + patient),
  )
  t.strictSame(
    failures.filter(failure => !late.includes(failure)),
    [],
    'every client got whole answers, the last of them with Connection: close',
  )
  t.strictSame({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })

  const database = new Client(file)
  t.teardown(() => database.close())
  const written = database.prepare('select count(*) from moods').pluck().get() as number
  t.ok(written >= tally.added, 'what was answered is written')
  t.ok(written <= tally.added + late.length, 'and what is written was answered')
})

const dawdlers = {
  'has said nothing yet': '',
  'is in the middle of its headers': 'GET /health HTTP/1.1\r\nHost: localhost\r\n',
  'is in the middle of its body':
    'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  'keeps its connection for later': 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
}
/** Gives somebody a list that is longer than what the operating system keeps for a client that does not read it. */
async function withLongList(server: ServerProcess, file: string): Promise<string> {
  const token = await signUpAt(server, 'maya')
  await send(server, '/mood', { token, body: { mood: 5, note: '€'.repeat(10_000) } })
  const database = new Client(file)
  const columns = database.prepare("select name from pragma_table_info('moods')").pluck().all() as string[]
  const copied = columns.map(name => (name === 'id' ? `'00000000-0000-4000-8000-' || printf('%012d', n)` : name))
  database.exec(`
    with recursive copies (n) as (select 1 union all select n + 1 from copies where n < 511)
    insert into moods (${columns}) select ${copied} from moods, copies;
    update users set mood_version = mood_version + 1`)
  database.close()
  return token
}

t.test('no client can keep the server from stopping, and neither can a second signal', async t => {
  const file = join(temporaryFolder(t), 'moods.db')
  const server = await startServer(t, { ...covered, DATABASE_URL: `file:${file}` })
  const token = await withLongList(server, file)
  const readsNothing = `GET /mood HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`
  for (const bytes of [...Object.values(dawdlers), readsNothing]) {
    const socket = connect(server.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(bytes)
  }
  // By the time that a later request is answered, the earlier connections have been accepted.
  await send(server, '/health')
  const { code, signal, stdout } = await server.stop('SIGTERM', 'SIGINT')
  t.strictSame({ code, signal }, { code: 0, signal: null })
  t.equal(stdout.match(/finishing open requests/g)?.length, 1)
  t.match(stdout, /"msg":"stopped"/)
})
