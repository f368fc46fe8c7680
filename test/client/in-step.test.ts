import t, { type Test } from 'tap'
import {
  type ClientOptions,
  createClient,
  memoryStorage,
  openSync,
  type StartOptions,
  type Storage,
  type SyncOptions,
  type Topic,
} from '../../client/src/index.ts'
import type { Fetch } from './device.ts'
import { fakeServer } from './fake-server.ts'
import { virtualTime } from './virtual-time.ts'

const minute = 60_000

/** A stream as the server sends it. */
function eventSource() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const send = (text: string) => writer.write(new TextEncoder().encode(text))
  return {
    readable,
    version: (mood: number) => send(`event: version\ndata: ${JSON.stringify({ mood })}\n\n`),
    comment: () => send(':\n\n'),
    end: () => writer.close(),
    breakOff: () => writer.abort(new TypeError('broken')),
  }
}
type Source = ReturnType<typeof eventSource>

/** A server whose streams the test holds, and engines in virtual time. */
async function setUp(t: Test) {
  const time = virtualTime(Date.parse('2026-03-05T12:00:00Z'))
  const server = fakeServer(() => time.now)
  const asked = { sync: 0, stream: 0 }
  const streams: Source[] = []
  /** What happens instead of an answer. */
  const instead: { sync?: () => Response; stream?: () => Response } = {}
  const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
    Response.json({ code, errors: [code], title: code, detail: code, type: '', instance: '' }, { status, headers })

  const fetch: Fetch = async (url, init) => {
    if (url !== '/sync/stream') {
      asked.sync++
      return instead.sync?.() ?? server.fetch(url, init)
    }
    asked.stream++
    if (instead.stream) return instead.stream()
    const source = eventSource()
    streams.push(source)
    init.signal?.addEventListener('abort', () => void source.breakOff().catch(() => {}))
    void source.version(1)
    return new Response(source.readable, { headers: { 'Content-Type': 'text/event-stream' } })
  }
  const wakes = new Set<() => void>()
  async function tab(storage: Storage = memoryStorage(), more: Partial<SyncOptions & ClientOptions> = {}) {
    const environment = {
      now: () => time.now,
      random: () => 1,
      later: time.later,
      fetch,
      onWake(wake: () => void) {
        wakes.add(wake)
        return () => wakes.delete(wake)
      },
    }
    const client = createClient({ session: 'cookie', timezone: () => 'UTC', retries: 0, environment, ...more })
    const engine = await openSync({ client, storage, account: 'me', environment, ...more })
    t.teardown(() => engine.close())
    const start = async (options?: StartOptions) => {
      const stop = engine.start(options)
      await time.settle()
      return stop
    }
    return { engine, start }
  }
  const wake = async () => {
    for (const one of wakes) one()
    await time.settle()
  }
  return { time, server, asked, streams, instead, problem, tab, wake }
}

const offline = () => {
  throw new TypeError('offline')
}

t.test('syncs at once, a second after a write, and now and then', async t => {
  const { time, server, asked, tab } = await setUp(t)
  const { engine, start } = await tab()
  t.match(engine.status(), { state: 'idle', isLive: false })
  const stop = await start({ stream: false, pollMs: 10 * minute })
  t.match(engine.status(), { state: 'idle', syncedAt: time.now })
  const before = asked.sync
  await engine.moods.log({ mood: 8 })
  await time.pass(900)
  await engine.moods.log({ mood: 7 })
  t.equal(asked.sync, before)
  await time.pass(100)
  t.equal(asked.sync, before + 1, 'writes within a second go together')
  t.equal(server.things('mood').size, 2)
  await time.pass(10 * minute - 1)
  t.equal(asked.sync, before + 1)
  await time.pass(1)
  t.equal(asked.sync, before + 2)
  stop()
  t.equal(time.pending, 0)
  await engine.moods.log({ mood: 6 })
  await time.pass(60 * minute)
  t.equal(asked.sync, before + 2, 'nothing happens after it was stopped')
})

t.test('what is written during a sync goes after it', async t => {
  const { time, server, instead, tab } = await setUp(t)
  const { engine, start } = await tab()
  await start({ stream: false })
  await engine.moods.log({ mood: 8 })
  let second: Promise<unknown> | undefined
  instead.sync = () => {
    delete instead.sync
    second = engine.moods.log({ mood: 7 })
    return offline()
  }
  await time.pass(1_000)
  await second
  t.match(engine.status(), { state: 'offline', error: { name: 'NoAnswer' } })
  await time.pass(2_000)
  t.equal(server.things('mood').size, 2)
  t.notOk('error' in engine.status())
})

t.test('without a network it tries ever later, sooner after a write, and at once when the network is back', async t => {
  const { time, server, asked, instead, tab, wake } = await setUp(t)
  const { engine, start } = await tab()
  instead.sync = offline
  await start({ stream: false })
  t.match(engine.status(), { state: 'offline' })
  const gaps: number[] = []
  for (let i = 0, last = time.now; i < 9; i++) {
    const before = asked.sync
    while (asked.sync === before) await time.pass(500)
    gaps.push((time.now - last) / 1000)
    last = time.now
  }
  t.strictSame(gaps, [2, 4, 8, 16, 32, 64, 128, 256, 300])
  const before = asked.sync
  await engine.moods.log({ mood: 8 })
  await time.pass(4_999)
  t.equal(asked.sync, before)
  await time.pass(1)
  t.equal(asked.sync, before + 1)
  delete instead.sync
  await wake()
  t.equal(server.things('mood').size, 1)
  t.match(engine.status(), { state: 'idle' })
})

t.test('Retry-After is heeded, whatever happens meanwhile', async t => {
  const { time, asked, instead, problem, tab, wake } = await setUp(t)
  const { engine, start } = await tab()
  instead.sync = () => problem(429, 'rate_limited', { 'Retry-After': '600' })
  await start({ stream: false })
  t.match(engine.status(), { state: 'failing', error: { code: 'rate_limited' } })
  delete instead.sync
  await engine.moods.log({ mood: 8 })
  await wake()
  await time.pass(599_000)
  t.equal(asked.sync, 1)
  await time.pass(1_000)
  t.ok(asked.sync > 1)
  t.equal(engine.unsent(), 0)
})

t.test('after the end of the session it waits for somebody', async t => {
  const { time, asked, streams, instead, problem, tab, wake } = await setUp(t)
  const { engine, start } = await tab()
  instead.sync = () => problem(401, 'authentication_required')
  instead.stream = instead.sync
  await start()
  t.match(engine.status(), { state: 'signed_out', isLive: false })
  await engine.moods.log({ mood: 8 })
  await time.pass(60 * minute)
  t.strictSame(asked, { sync: 1, stream: 1 })
  await wake()
  t.strictSame(asked, { sync: 2, stream: 2 })
  await time.pass(60 * minute)
  t.strictSame(asked, { sync: 2, stream: 2 })
  delete instead.sync
  delete instead.stream
  await engine.sync()
  await time.settle()
  t.equal(engine.unsent(), 0)
  t.equal(streams.length, 1, 'the stream is open again')
  t.match(engine.status(), { state: 'idle', isLive: true })
})

t.test('a server that never takes a write is asked ever later', async t => {
  const { time, asked, instead, tab } = await setUp(t)
  const { engine, start } = await tab()
  await start({ stream: false })
  await engine.moods.log({ mood: 8 })
  instead.sync = () =>
    Response.json({ results: [], changes: [], cursor: 'x', has_more: false, settings: engine.settings() })
  await time.pass(1_000)
  t.match(engine.status(), { state: 'failing' })
  const before = asked.sync
  await time.pass(minute)
  t.equal(asked.sync - before, 4)
})

t.test('the stream says when there is something to sync', async t => {
  const { time, asked, streams, tab } = await setUp(t)
  const { engine, start } = await tab()
  const stop = await start({ pollMs: minute })
  t.equal(engine.status().isLive, true)
  const before = asked.sync
  await time.pass(5 * minute)
  t.equal(asked.stream, 5, 'a connection without a sign of life for a minute is dead')
  const [last] = streams.slice(-1)
  const seen = asked.sync
  t.ok(seen > before)
  for (let i = 0; i < 10; i++) {
    await last?.comment()
    await time.pass(25_000)
  }
  t.equal(asked.sync, seen, 'nothing is asked for while nothing changes')
  await last?.version(2)
  await time.settle()
  t.equal(asked.sync, seen + 1)
  for (let i = 0; i < 36; i++) {
    await last?.comment()
    await time.pass(25_000)
  }
  t.equal(asked.sync, seen + 2, 'but for a look each quarter of an hour')
  await engine.sync()
  stop()
  await time.settle()
  t.equal(engine.status().isLive, false)
  t.equal(time.pending, 0)
})

t.test('a stream that ends is opened again, ever later; meanwhile it polls', async t => {
  const { time, asked, streams, instead, problem, tab, wake } = await setUp(t)
  const { engine, start } = await tab()
  await start({ pollMs: minute })
  const open = async () => {
    for (let i = 0; i < 3; i++) {
      await streams.at(-1)?.comment()
      await time.pass(25_000)
    }
  }
  await open()
  await streams.at(-1)?.end()
  await time.settle()
  t.equal(engine.status().isLive, false)
  await time.pass(1_999)
  t.equal(asked.stream, 1)
  await time.pass(1)
  t.equal(asked.stream, 2)
  await streams.at(-1)?.breakOff()
  await time.pass(4_000)
  t.equal(asked.stream, 3, 'one that was cut off soon counts as a failure')
  await open()

  instead.stream = () => problem(503, 'overloaded', { 'Retry-After': '120' })
  await streams.at(-1)?.end()
  await time.pass(2_000)
  t.equal(asked.stream, 4)
  const before = asked.sync
  await wake()
  await time.pass(119_000)
  t.equal(asked.stream, 4)
  t.ok(asked.sync >= before + 2)
  instead.stream = () => problem(409, 'limit_reached')
  await time.pass(1_000)
  t.equal(asked.stream, 5)
  await time.pass(4 * minute)
  t.equal(asked.stream, 5)
  instead.stream = () => problem(500, 'internal_error')
  await wake()
  t.equal(asked.stream, 6, 'it may be possible now')
  await wake()
  instead.stream = () => problem(403, 'insufficient_scope')
  await wake()
  t.equal(asked.stream, 8)
  await time.pass(60 * minute)
  await wake()
  t.equal(asked.stream, 8, 'what is not allowed is not asked for again')
  t.ok(asked.sync >= before + 60)
})

t.test('a runtime that shows no body polls', async t => {
  const { time, asked, instead, tab } = await setUp(t)
  const { start } = await tab()
  instead.stream = () => new Response(null)
  await start({ pollMs: minute })
  const before = asked.sync
  await time.pass(60 * minute)
  t.equal(asked.stream, 1)
  t.equal(asked.sync, before + 60)
})

t.test('one of several tabs has the stream, and another takes over', async t => {
  const { time, asked, streams, server, tab } = await setUp(t)
  const storage = memoryStorage()
  const [a, b] = [await tab(storage), await tab(storage)]
  await a.start({ pollMs: 10 * minute })
  const stopB = await b.start({ pollMs: minute })
  t.strictSame([a.engine.status().isLive, b.engine.status().isLive], [true, false])
  const live = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await streams.at(-1)?.comment()
      await time.pass(25_000)
    }
  }
  await time.pass(10_000)
  const before = asked.sync
  await live(10)
  t.equal(asked.stream, 1)
  t.equal(asked.sync, before, 'who is told nothing does not poll: the other tab is')
  await b.engine.moods.log({ mood: 8 })
  await time.pass(1_000)
  t.equal(server.things('mood').size, 1, 'each sends what it wrote')
  a.engine.close()
  await time.pass(30_000)
  t.equal(b.engine.status().isLive, true)
  stopB()
  await time.settle()
  t.equal(b.engine.status().isLive, false)
})

t.test('a tab whose lease is lost leaves the stream to the other one', async t => {
  const { time, asked, tab } = await setUp(t)
  const storage = memoryStorage()
  const { engine, start } = await tab(storage)
  await start()
  t.equal(engine.status().isLive, true)
  const value = (await storage.get('stream-lock/me')) as string
  const key = 'stream-lock/me'
  const taken = `other ${time.now + 60_000}`
  await storage.write({ put: [[key, taken]], delete: [], expect: { key, value } })
  await time.pass(20_000)
  t.equal(engine.status().isLive, false)
  t.equal(await storage.get(key), taken)
  await time.pass(60_000)
  t.equal(engine.status().isLive, true)
  t.equal(asked.stream, 2)
})

t.test('a storage that fails is tried again, and the stream waits for it', async t => {
  const { time, asked, tab } = await setUp(t)
  const kept = memoryStorage()
  let fails = true
  const storage: Storage = {
    ...kept,
    get: async key => {
      if (fails) throw new Error('the disk is full')
      return kept.get(key)
    },
  }
  const { engine, start } = await tab(storage)
  await start()
  t.match(engine.status(), { state: 'failing', error: { message: 'the disk is full' } })
  fails = false
  await time.pass(30_000)
  t.match(engine.status(), { state: 'idle', isLive: true })
  fails = true
  await time.pass(20_000)
  t.equal(engine.status().isLive, false, 'a lock that cannot be renewed is not held')
  t.equal(asked.stream, 1)
})

t.test('another tab that is syncing is waited for', async t => {
  const { time, server, tab } = await setUp(t)
  let isFree = false
  const lock = {
    hold: async <T>(work: (renew: () => Promise<boolean>) => Promise<T>) =>
      isFree ? work(async () => true) : undefined,
  }
  const { engine, start } = await tab(memoryStorage(), { lock })
  await start({ stream: false })
  t.match(engine.status(), { state: 'idle' })
  t.equal(engine.status().syncedAt, undefined)
  await engine.moods.log({ mood: 8 })
  isFree = true
  await time.pass(1_000)
  t.equal(server.things('mood').size, 1)
})

t.test('starting anew and stopping twice', async t => {
  const { time, asked, tab } = await setUp(t)
  const { engine, start } = await tab()
  const first = await start({ stream: false })
  const second = await start({ stream: false, pollMs: minute })
  first()
  const before = asked.sync
  await time.pass(minute)
  t.equal(asked.sync, before + 1, 'the older one is stopped')
  second()
  second()
  await start({ stream: false })
  await engine.wipe()
  t.equal(time.pending, 0)
  const stop = engine.start()
  stop()
  await time.settle()
  t.match(engine.status(), { state: 'idle', isLive: false })
  t.equal(time.pending, 0)
})

t.test('a sync under way is given up with the rest', async t => {
  const { time, asked, instead, tab } = await setUp(t)
  const { engine, start } = await tab()
  const stop = await start()
  instead.sync = () => {
    stop()
    return offline()
  }
  await time.pass(60 * minute)
  t.match(engine.status(), { state: 'idle', isLive: false })
  t.notOk('error' in engine.status())
  t.equal(time.pending, 0)
  const before = asked.sync
  await time.pass(60 * minute)
  t.equal(asked.sync, before)
})

t.test('listeners are told what has changed', async t => {
  const { engine } = await (await setUp(t)).tab()
  let topics: Topic[] = []
  const stop = engine.subscribe(changed => topics.push(...changed))
  const told = () => {
    const seen = [...new Set(topics)].sort()
    topics = []
    return seen
  }
  const { id } = await engine.tasks.create({ title: 'x' })
  t.strictSame(told(), ['task'])
  await engine.sync()
  t.strictSame(told(), ['status', 'task'])
  await engine.moods.log({ mood: 8 })
  t.strictSame(told(), ['mood'])
  await engine.tasks.delete(id)
  await engine.tasks.restore(id)
  t.strictSame(told(), ['task'])
  await engine.sync()
  t.strictSame(told(), ['mood', 'status'])
  await engine.sync()
  t.strictSame(told(), ['status'])
  await engine.wipe()
  t.strictSame(told(), ['mood', 'practice', 'sequence', 'settings', 'task'])
  stop()
})
