import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import Client from 'better-sqlite3'
import t, { type Test } from 'tap'
import { covered, timeless } from './children.ts'
import { temporaryFolder, until } from './helper.ts'
import { patientFetch } from './killable-server.ts'
import { refreshAtOnce } from './refreshes.ts'
import { type Environment, runServer, type ServerProcess, send, signUpAt, startServer } from './server-process.ts'

interface Line {
  pid: number
  msg: string
  path?: string
  status?: number
}

/** The log lines so far, without the welcome text. */
function logOf(server: ServerProcess): Line[] {
  const lines = server.stdout().split('\n')
  return lines.filter(line => line.startsWith('{') && line.endsWith('}')).map(line => JSON.parse(line))
}

/** The ids of the processes that listen so far. */
function workersOf(server: ServerProcess): number[] {
  return logOf(server).flatMap(({ pid, msg }) => (msg.startsWith('listening on ') ? [pid] : []))
}

/** Starts two workers and waits until both listen. */
async function startTwo(t: Test, env: Environment = {}): Promise<ServerProcess> {
  const server = await startServer(t, { WORKERS: '2', ...env })
  await until(() => workersOf(server).length === 2)
  return server
}

/** Over a new connection, so that any worker may answer. */
const fresh = { connection: 'close' }

/** The status codes of some requests, each over a connection of its own, and the workers that answered them. */
async function ask(server: ServerProcess, path: string, token: string, times = 20) {
  const before = logOf(server).length
  const answers = Array.from({ length: times }, () => send(server, path, { token, headers: fresh }))
  const statuses = new Set((await Promise.all(answers)).map(({ status }) => status))
  const answered = () =>
    logOf(server)
      .slice(before)
      .filter(line => line.path === path)
  await until(() => answered().length === times)
  return { statuses: [...statuses], workers: [...new Set(answered().map(({ pid }) => pid))].toSorted() }
}

/** Time (ms) after a signal after which the server begins to cut clients off. */
const patient = 3_000

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const file = join(temporaryFolder(t), 'moods.db')
const METRICS_TOKEN = 'a token that only Prometheus knows: 9f1c27d4'
const metrics = { METRICS: 'on', METRICS_TOKEN }
/** For the tests that only ask something of it, and then for the one that stops it. */
const shared = await startTwo(t, { DATABASE_URL: `file:${file}`, ...metrics, ...timeless })

t.test('security 12: two workers answer on one port, share sessions, and a logout counts for both at once', async t => {
  const server = shared
  const workers = workersOf(server).toSorted()
  t.notOk(workers.includes(server.child.pid as number), 'the first process serves nothing itself')
  t.equal(server.stdout().match(/moodstreak is ready/g)?.length, 1, 'the welcome is said once')
  t.equal(new Set(server.stdout().match(/listening on \S+:\d+/g)).size, 1, 'on the same port')

  const token = await signUpAt(server, 'maya')
  t.strictSame(await ask(server, '/me', token), { statuses: [200], workers })
  await patientFetch(`${server.url}/logout`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
  t.strictSame(await ask(server, '/me', token), { statuses: [401], workers })
})

t.test('security 10: of 50 refreshes at once over two workers all get one successor', async t => {
  await refreshAtOnce(t, [shared], 3)
})

t.test('two hundred entries over both workers are all there, none doubled, and no client sees an error', async t => {
  const server = shared
  const token = await signUpAt(server, 'noor')
  const notes = Array.from({ length: 200 }, (_, i) => `entry ${i}`)
  const waiting = [...notes]
  const statuses = new Map<number, number>()
  const client = async () => {
    for (let note = waiting.pop(); note; note = waiting.pop()) {
      const { status } = await send(server, '/mood', { token, body: { mood: 6, note, tags: ['both'] }, headers: fresh })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 20 }, client))
  t.strictSame(Object.fromEntries(statuses), { 201: 200 })

  const answered = logOf(server).filter(({ path, status }) => path === '/mood' && status === 201)
  t.equal(new Set(answered.map(({ pid }) => pid)).size, 2, 'both workers wrote')
  const database = new Client(file)
  t.teardown(() => database.close())
  const kept = database.prepare('select note from moods').pluck().all() as string[]
  t.strictSame(kept.toSorted(), notes.toSorted())
})

t.test('security 53: the metrics are those of all workers, whichever is asked', async t => {
  const server = shared
  const token = await signUpAt(server, 'prom')
  const { workers } = await ask(server, '/mood', token)
  t.equal(workers.length, 2)
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => send(server, '/metrics', { token: METRICS_TOKEN, headers: fresh })),
  )
  const counted = /^moodstreak_http_requests_total\{method="GET",route="\/mood",status="200"\} 20$/m
  for (const { status, text } of answers) {
    t.equal(status, 200)
    t.match(text, counted)
    t.match(text, /^moodstreak_info\{.*\} 1$/m)
  }
  t.equal((await send(server, '/metrics', { token, headers: fresh })).status, 401)
})

t.test('SIGTERM ends everything with 0 and leaves no process behind', async t => {
  const server = shared
  const { code, signal, stderr } = await server.stop('SIGTERM')
  t.strictSame({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  t.strictSame(workersOf(server).filter(isRunning), [])
  t.equal(workersOf(server).length, 2, 'and nobody was replaced')
})

t.test('a worker that is killed is replaced, and the service goes on meanwhile', async t => {
  const file = join(temporaryFolder(t), 'moods.db')
  const server = await startTwo(t, { ...covered, ...metrics, DATABASE_URL: `file:${file}` })
  const token = await signUpAt(server, 'maya')
  const [killed, left] = workersOf(server) as [number, number]
  process.kill(killed, 'SIGKILL')
  await until(() => server.stdout().includes(`worker ${killed} exited (SIGKILL)`))
  t.strictSame((await ask(server, '/me', token)).statuses, [200])

  await until(() => workersOf(server).length === 3)
  const successor = workersOf(server)[2] as number
  t.strictSame(await ask(server, '/me', token), { statuses: [200], workers: [left, successor].toSorted() })
  t.equal(server.stdout().match(/moodstreak is ready/g)?.length, 1, 'it is not welcomed again')

  process.kill(left, 'SIGTERM')
  await until(() => workersOf(server).length === 4)
  t.notOk(isRunning(left), 'one that is asked to stop, and not its server, is replaced as well')
  t.match(server.stdout(), `worker ${left} exited (0)`)
  const last = workersOf(server)[3] as number
  await t.test('Ctrl+C in a terminal, which reaches every process and some twice, stops as gracefully', t =>
    interrupted(t, server, { token, file, workers: [successor, last] }),
  )
})

async function interrupted(
  t: Test,
  server: ServerProcess,
  { token, file, workers }: { token: string; file: string; workers: number[] },
) {
  const together = <T>(request: () => Promise<T>) => Array.from({ length: 40 }, request)
  // Kept connections, because a new one may come too late.
  await Promise.all(together(() => send(server, '/me', { token })))
  const requests = together(() => send(server, '/mood', { token, body: { mood: 5 } }))
  const begun = Promise.all(
    requests.map(request =>
      request.then(
        ({ status }) => status,
        () => ({ refusedAt: performance.now() }),
      ),
    ),
  )
  await Promise.race(requests)
  const signalled = performance.now()
  for (const pid of workers) process.kill(pid, 'SIGINT')
  const { code, signal, stderr } = await server.stop('SIGINT', 'SIGTERM')
  t.strictSame({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  t.strictSame(workersOf(server).filter(isRunning), [])
  t.equal(workersOf(server).length, 4, 'and nobody was replaced')
  // On a busy machine a request may come after the server stopped listening; then it must have had no effect.
  const outcomes = await begun
  const refused = outcomes.filter(outcome => typeof outcome === 'object')
  const answered = outcomes.length - refused.length
  t.strictSame(new Set(outcomes.filter(outcome => typeof outcome === 'number')), new Set([201]))
  // One that was not answered within seconds was cut off, and may have been accepted.
  const late = refused.filter(({ refusedAt }) => refusedAt > signalled + patient).length
  const database = new Client(file)
  t.teardown(() => database.close())
  const written = database.prepare('select count(*) from moods').pluck().get() as number
  t.ok(answered <= written && written <= answered + late, 'what had been accepted was answered')
}

t.test('a stop while the workers are still starting is a stop', async t => {
  const server = await startServer(t, { WORKERS: '3' })
  const { code, signal } = await server.stop('SIGTERM')
  t.strictSame({ code, signal }, { code: 0, signal: null })
  t.strictSame(workersOf(server).filter(isRunning), [])
})

t.test('a start that fails is refused once, by all the workers together', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { code, signal, stdout, stderr } = await runServer(t, { ...covered, WORKERS: '2', PORT: String(port) })
  t.strictSame({ code, signal, stdout }, { code: 1, signal: null, stdout: '' })
  t.match(stderr, new RegExp(`^moodstreak cannot start: .*EADDRINUSE.*:${port}\\s*$`))
})
