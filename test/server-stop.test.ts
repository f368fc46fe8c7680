import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { text } from 'node:stream/consumers'
import Client from 'better-sqlite3'
import t, { type Test } from 'tap'
import { password, temporaryFolder } from './helper.ts'
import { covered, type ServerProcess, send, signUpAt, startServer } from './server-process.ts'

// On a busy machine this takes a while.
t.setTimeout(90_000)

interface Exchanged {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: string
}

/** One request over the one kept connection of an agent. Rejects when the answer is refused, cut or reset. */
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
  outgoing.end(payload)
  const [answer] = await once(outgoing, 'response')
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) } as Exchanged
}

function keptConnection(t: Test): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  return agent
}

/** What busy clients have seen so far: how many of them have begun, and how many entries were acknowledged. */
interface Tally {
  busy: number
  added: number
}

/** A client that asks again and again over one connection, until it is told to let go of it. */
async function busyClient(t: Test, server: ServerProcess, token: string, number: number, tally: Tally) {
  const agent = keptConnection(t)
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

for (const signals of [['SIGTERM'], ['SIGTERM', 'SIGTERM'], ['SIGINT'], ['SIGINT', 'SIGTERM']] as const) {
  t.test(`security 34: ${signals.join(' and ')} under fifty busy clients loses no request`, async t => {
    const file = join(temporaryFolder(t), 'moods.db')
    const server = await startServer(t, { DATABASE_URL: `file:${file}`, LOG_LEVEL: 'warn' })
    const token = await signUpAt(server, 'maya')
    const tally: Tally = { busy: 0, added: 0 }
    const clients = Array.from({ length: 50 }, (_, number) => busyClient(t, server, token, number, tally))
    const outcome = Promise.allSettled(clients)
    await until(async () => tally.busy === clients.length)

    const delay = monitorEventLoopDelay()
    delay.enable()
    const { code, signal, ms, stderr } = await server.stop(...signals)
    const failures = (await outcome).flatMap(each => (each.status === 'rejected' ? [each.reason] : []))
    delay.disable()
    // The server waits half a second for them: clients whose own machine holds them up for as long come too late.
    const late = delay.max > 250e6 ? failures.filter(({ code }) => code === 'ECONNRESET') : []
    t.strictSame(
      failures.filter(failure => !late.includes(failure)),
      [],
      'every client got whole answers, the last of them with Connection: close',
    )
    t.strictSame({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
    t.ok(ms < 15_000, `ended after ${Math.round(ms)} ms`)

    const database = new Client(file)
    t.teardown(() => database.close())
    const written = database.prepare('select count(*) from moods').pluck().get()
    t.equal(written, tally.added, 'what is written was answered, and what was answered is written')
  })
}

t.test('a sign-in that is being computed when the signal comes is answered', async t => {
  const server = await startServer(t, { ...covered, BCRYPT_COST: '14' })
  const agent = keptConnection(t)
  const signUp = exchange(server, agent, '/signup', 'none', { username: 'maya', password })
  // By the time that a later request is answered, the earlier one has been accepted.
  await send(server, '/health')
  const [{ code, ms }, { status, headers }] = await Promise.all([server.stop('SIGTERM'), signUp])
  t.equal(status, 201)
  t.equal(headers.connection, 'close')
  t.equal(code, 0)
  t.ok(ms < 15_000, `ended after ${Math.round(ms)} ms`)
})

t.test('from the signal on nobody new is let in', async t => {
  const server = await startServer(t, covered)
  const ended = server.stop('SIGTERM')
  await until(() =>
    fetch(`${server.url}/health`).then(
      () => false,
      error => error.cause?.code === 'ECONNREFUSED',
    ),
  )
  t.equal(server.child.exitCode, null, 'while it is still finishing')
  // Another signal that comes now, and surely apart from the first, changes nothing.
  server.child.kill('SIGTERM')
  t.equal((await ended).code, 0)
})

const dawdlers = {
  'has said nothing yet': '',
  'is in the middle of its headers': 'GET /health HTTP/1.1\r\nHost: x\r\n',
  'is in the middle of its body':
    'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  'keeps its connection for later': 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n',
}
t.test('no client can keep the server from stopping', async t => {
  t.jobs = 4
  await Promise.all(
    Object.entries(dawdlers).map(([what, bytes]) =>
      t.test(`one that ${what}`, async t => {
        const server = await startServer(t, covered)
        const socket = connect(server.port, '127.0.0.1')
        t.teardown(() => socket.destroy())
        socket.on('error', () => {})
        await once(socket, 'connect')
        socket.write(bytes)
        // By the time that a later request is answered, the earlier connection has been accepted.
        await send(server, '/health')
        const { code, signal, ms } = await server.stop('SIGTERM')
        t.strictSame({ code, signal }, { code: 0, signal: null })
        t.ok(ms < 15_000, `ended after ${Math.round(ms)} ms`)
      }),
    ),
  )
})

/** Asks again until the answer is yes, for ten seconds at most. */
async function until(ask: () => Promise<boolean>) {
  const deadline = performance.now() + 10_000
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error('it never came to that')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
