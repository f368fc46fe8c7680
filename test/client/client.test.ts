import t from 'tap'
import { onWakeOf, realEnvironment } from '../../client/src/environment.ts'
import { readEvents, type ServerEvent } from '../../client/src/events.ts'
import { ApiProblem, type Credentials, NoAnswer, SignedOut } from '../../client/src/index.ts'
import { password, signUp } from '../helper.ts'
import { testPicture } from '../pictures.ts'
import { clients, type Sent } from './through-app.ts'

const offline = () => Promise.reject(new TypeError('fetch failed'))
const counted = (sent: readonly Sent[], method: string, path: string) =>
  sent.filter(one => one.method === method && one.path === path).length

t.test('signs up, writes and reads, signs out', async t => {
  const { make } = await clients(t)
  const client = make({ timezone: () => 'Europe/Berlin' })
  t.equal(await client.isSignedIn(), false)
  const user = await client.signUp({ username: 'maya', password })
  t.equal(user.username, 'maya')
  t.equal(await client.isSignedIn(), true)

  const logged = await client.moods.log({ mood: 8, note: 'Slept well', tags: ['sleep'] })
  t.match(logged, { mood: { mood: 8, date: '2026-03-05', timezone: 'Europe/Berlin' }, streak: 1 })
  t.equal((await client.moods.update(logged.mood.id, { note: null })).mood.note, null)
  t.equal((await client.moods.list({ tag: 'sleep' })).total, 1)
  t.equal((await client.moods.list()).total, 1)
  t.equal((await client.moods.delete(logged.mood.id)).streak, 0)
  t.equal((await client.moods.trash()).moods[0]?.id, logged.mood.id)
  t.equal((await client.moods.restore(logged.mood.id)).streak, 1)

  const task = await client.tasks.create({ title: 'Call the dentist' })
  t.equal((await client.tasks.complete({ ids: [task.id], completed: true })).tasks[0]?.completed, true)
  t.equal(await client.tasks.delete(task.id, { permanently: true }), undefined)
  t.equal((await client.profile.update({ day_starts_at: 4 })).day_starts_at, 4)

  await client.signOut()
  t.equal(await client.isSignedIn(), false)
  await t.rejects(client.account.me(), SignedOut)
})

t.test('a picture goes up and comes back', async t => {
  const { make } = await clients(t)
  const client = make()
  await client.signUp({ username: 'maya', password })
  const picture = await testPicture().png().toBuffer()
  await client.profile.setAvatar(new Blob([new Uint8Array(picture)], { type: 'image/png' }))
  const avatar = await client.profile.avatar()
  t.equal(avatar.type, 'image/webp')
  t.ok(avatar.size > 0)
})

t.test('a file of another app goes up, and is undone', async t => {
  const { make } = await clients(t)
  const client = make()
  await client.signUp({ username: 'maya', password })
  await client.moods.log({ mood: 8, note: 'Slept well' })
  const { body: file } = await client.request({ method: 'GET', path: '/mood/export', query: { format: 'csv' } })
  t.type(file, Blob)
  const other = make()
  await other.signUp({ username: 'noor', password })
  const sent = { method: 'POST', path: '/mood/import', query: { format: 'csv' }, body: file }
  t.match((await other.request(sent)).body, { import: { created: 1, refused_total: 0 } })
  t.equal((await other.moods.list()).moods[0]?.note, 'Slept well')
  const [{ id } = { id: '' }] = (await other.moods.imports()).imports
  t.match(await other.moods.import(id), { import: { id, created: 1 } })
  t.match(await other.moods.undoImport(id), { import: { id }, streak_before: 1, streak: 0 })
  t.equal((await other.moods.list()).total, 0)
})

t.test('every operation of the API document is in the table, and takes what the document says', async t => {
  const { app } = await clients(t)
  const { operations } = await import('../../client/src/operations.ts')
  interface Parameter {
    in: string
    name: string
    $ref?: string
  }
  const document = (await app.inject('/openapi.json')).json() as {
    paths: Record<string, Record<string, { parameters?: Parameter[]; requestBody?: object }>>
    components: { parameters: Record<string, Parameter> }
  }
  const resolved = (one: Parameter) => document.components.parameters[one.$ref?.split('/').at(-1) ?? ''] ?? one
  /** Done by the client itself, for browsers and servers only, or files and streams, which `request` is for. */
  const others = [
    'POST /signup',
    'POST /login',
    'POST /refresh',
    'GET /check_session',
    'DELETE /logout',
    'POST /oauth/exchange',
    'GET /oauth/:provider',
    'GET /oauth/:provider/callback',
    'POST /mood/import',
    'GET /mood/export',
    'POST /tasks/import',
    'GET /tasks/export',
    'POST /practices/import',
    'GET /practices/export',
    'GET /sync/stream',
    'GET /health',
    'GET /ready',
    'GET /metrics',
    'GET /docs',
    'GET /openapi.json',
    'GET /',
  ]
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters: said = [], requestBody }]) => {
      const parameters = said.map(resolved)
      const name = `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`
      const takes = requestBody ? 'body' : parameters.some(one => one.in === 'query') ? 'query' : 'nothing'
      return { name, takes, keyed: parameters.some(one => one.name.toLowerCase() === 'idempotency-key') }
    }),
  )
  const table = Object.values(operations).flatMap(group => Object.values(group))
  t.strictSame(
    table
      .map(({ method, path, takes, ...more }) => ({
        name: `${method} ${path}`,
        takes: path === '/profile/avatar' && method === 'GET' ? 'query' : takes,
        keyed: 'keyed' in more,
      }))
      .toSorted(byName),
    documented.filter(({ name }) => !others.includes(name)).toSorted(byName),
  )
})
const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

t.test('an error is typed, with its code and sentences', async t => {
  const { make } = await clients(t)
  const client = make()
  await client.signUp({ username: 'maya', password })
  const error = await client.moods.log({ mood: 11 }).catch((reason: unknown) => reason)
  t.type(error, ApiProblem)
  const problem = error as ApiProblem
  t.equal(problem.code, 'mood_off_scale')
  t.equal(problem.status, 400)
  t.strictSame(problem.errors, ['mood must be between 0 and 10, or a label'])
  t.equal(problem.message, 'mood must be between 0 and 10, or a label')
})

t.test('what a proxy says is no answer of the server', async t => {
  const { make, meddling } = await clients(t)
  const client = make({ retries: 0 })
  await client.signUp({ username: 'maya', password })
  for (const body of ['<h1>Bad gateway</h1>', '{"message":"?"}', '"?"', '']) {
    const headers = { 'content-type': body.startsWith('<') ? 'text/html' : 'application/json' }
    meddling.with = async () => new Response(body, { status: 502, headers })
    await t.rejects(client.moods.list(), NoAnswer)
  }
})

t.test('an unchanged list is confirmed by its ETag, not sent again', async t => {
  const { make, sent, meddling } = await clients(t)
  const client = make()
  await client.signUp({ username: 'maya', password })
  await client.moods.log({ mood: 8 })
  const first = await client.moods.list()
  const statuses: number[] = []
  meddling.with = async (_, ask) => {
    const answer = await ask()
    statuses.push(answer.status)
    return answer
  }
  const second = await client.moods.list()
  t.strictSame(statuses, [304])
  t.strictSame(second, first)
  first.moods.length = 0
  t.equal((await client.moods.list()).moods.length, 1, 'nobody changes what somebody else is given')
  await client.moods.log({ mood: 3 })
  t.equal((await client.moods.list()).total, 2)
  t.ok(sent.at(-1)?.headers['If-None-Match'])

  const other = make()
  await other.signUp({ username: 'noor', password })
  t.equal((await other.moods.list()).total, 0)
  await client.signIn({ username: 'noor', password })
  t.equal((await client.moods.list()).total, 0, 'nor is it kept for another person')
})

t.test('If-Match lets only the first of two edits through', async t => {
  const { make } = await clients(t)
  const client = make()
  await client.signUp({ username: 'maya', password })
  const { id } = await client.tasks.create({ title: 'Water the plants' })
  const { headers } = await client.request({ method: 'GET', path: `/tasks/${id}` })
  const ifMatch = headers.get('ETag') as string
  await client.tasks.update(id, { completed: true }, { ifMatch })
  await t.rejects(client.tasks.update(id, { completed: false }, { ifMatch }), { code: 'stale_version' })
  const raw = { method: 'PATCH', path: `/tasks/${id}`, body: { title: 'x' }, ifMatch, query: { a: undefined } }
  await t.rejects(client.request(raw), { code: 'stale_version' })
})

t.test('several requests at once need one exchange of the refresh token', async t => {
  const { make, clock, sent } = await clients(t)
  const client = make()
  await client.signUp({ username: 'maya', password })
  clock.now += 24 * 3_600_000
  await Promise.all([client.moods.list(), client.tasks.list(), client.profile.get(), client.account.me()])
  t.equal(counted(sent, 'POST', '/refresh'), 1)
})

t.test('a token that the server takes no longer is exchanged, and the request sent once more', async t => {
  const { make, clock, sent } = await clients(t)
  // By its clock, which stands still, the token never ends.
  const stopped = clock.now
  const client = make({ environment: { now: () => stopped } })
  await client.signUp({ username: 'maya', password })
  clock.now += 25 * 3_600_000
  await Promise.all([client.moods.log({ mood: 8 }), client.tasks.list()])
  t.equal(counted(sent, 'POST', '/refresh'), 1)
  t.equal((await client.moods.list()).total, 1)
})

t.test('another tab was first with the exchange', async t => {
  const { make, clock, sent } = await clients(t)
  const kept: { credentials?: Credentials | undefined } = {}
  const credentials = {
    load: () => kept.credentials,
    save: (now: Credentials | undefined) => {
      kept.credentials = now
    },
  }
  const [here, there] = [make({ credentials }), make({ credentials })]
  await here.signUp({ username: 'maya', password })
  clock.now += 24 * 3_600_000
  await Promise.all([here.moods.list(), there.moods.list()])
  clock.now += 60_000
  await Promise.all([here.moods.list(), there.moods.list()])
  t.ok(counted(sent, 'POST', '/refresh') <= 2)
  t.ok(await there.isSignedIn())
})

t.test('a session that has ended is told once, and a lost network is none', async t => {
  const { app, make, clock, meddling } = await clients(t)
  let told = 0
  const client = make({ retries: 1, onSignedOut: () => told++ })
  const { username } = await client.signUp({ username: 'maya', password })
  const other = make()
  await other.signIn({ username, password })
  clock.now += 24 * 3_600_000
  meddling.with = offline
  await t.rejects(client.moods.list(), NoAnswer)
  t.ok(await client.isSignedIn(), 'no answer is no sign-out')
  meddling.with = undefined
  await other.sessions.endOthers()
  await Promise.all([t.rejects(client.moods.list(), SignedOut), t.rejects(client.tasks.list(), SignedOut)])
  t.equal(told, 1)
  await t.rejects(client.moods.list(), SignedOut)
  t.equal(await client.isSignedIn(), false)
  await client.signOut()
  await signUp(app, 'noor')
})

t.test('signing out works without a network', async t => {
  const { make, meddling } = await clients(t)
  const client = make()
  await client.signUp({ username: 'maya', password })
  meddling.with = offline
  await client.signOut()
  t.equal(await client.isSignedIn(), false)
  meddling.with = async () => Response.json({ code: 'internal_error', errors: ['?'], detail: '?' }, { status: 500 })
  await client.signIn({ username: 'maya', password }).catch(() => {})
  await t.rejects(client.signOut(), { code: 'internal_error' })
})

t.test('reads and keyed creations are tried again, and create nothing twice', async t => {
  const { make, sent, waits, meddling } = await clients(t)
  const client = make()
  await client.signUp({ username: 'maya', password })
  let lost = 2
  meddling.with = (_, ask) =>
    lost-- > 0
      ? ask().then(() => {
          throw new TypeError('the answer is lost')
        })
      : undefined
  await client.moods.log({ mood: 8 })
  t.equal((await client.moods.list()).total, 1)
  t.strictSame(waits, [500, 1000])
  const keys = sent.filter(({ path }) => path === '/mood').map(({ headers }) => headers['Idempotency-Key'])
  t.equal(new Set(keys.slice(0, 3)).size, 1)

  meddling.with = offline
  waits.length = 0
  await t.rejects(client.moods.list(), NoAnswer)
  t.strictSame(waits, [500, 1000, 2000])
})

t.test('other writes are sent once: after a lost answer somebody has to look', async t => {
  const { make, sent, meddling } = await clients(t)
  const client = make()
  await client.signUp({ username: 'maya', password })
  const { mood } = await client.moods.log({ mood: 8 }, { idempotencyKey: 'mine' })
  meddling.with = offline
  sent.length = 0
  await t.rejects(client.moods.update(mood.id, { note: 'x' }), NoAnswer)
  t.equal(sent.length, 1)
})

t.test('Retry-After is heeded, for every method', async t => {
  const { make, waits, meddling, clock } = await clients(t)
  const client = make()
  await client.signUp({ username: 'maya', password })
  const { mood } = await client.moods.log({ mood: 8 })
  const refuse = (after: string | undefined) => {
    let times = 1
    meddling.with = async (_, ask) =>
      times-- > 0
        ? Response.json(
            { code: 'too_many_requests', errors: ['Slow down.'], detail: '' },
            { status: 429, headers: after === undefined ? {} : { 'retry-after': after } },
          )
        : ask()
  }
  refuse('7')
  t.equal((await client.moods.update(mood.id, { note: 'x' })).mood.note, 'x')
  refuse(new Date(clock.now + 3_000).toUTCString())
  await client.moods.list()
  refuse('soon')
  await client.moods.list()
  refuse(undefined)
  await client.moods.list()
  t.strictSame(waits, [7_000, 3_000, 500, 500])
  refuse('3600')
  await t.rejects(client.moods.list(), { code: 'too_many_requests', retryAfterMs: 3_600_000 })
})

t.test('an attempt ends in time, and a caller can give up', async t => {
  const { make, meddling } = await clients(t)
  const never = () => new Promise<Response>(() => {})
  const hung = (_url: string, { signal }: RequestInit) =>
    new Promise<Response>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  const at = (work: () => void) => {
    queueMicrotask(work)
    return () => {}
  }
  const soon = { later: at, fetch: hung }
  await t.rejects(make({ environment: soon }).account.availability({ username: 'x' }), NoAnswer)

  const client = make()
  await client.signUp({ username: 'maya', password })
  meddling.with = never
  const enough = new AbortController()
  enough.abort(new Error('enough'))
  await t.rejects(client.moods.list(undefined, { signal: enough.signal }), { message: 'enough' })

  const later = new AbortController()
  const stuck = make({ environment: { fetch: hung } })
  const asked = stuck.account.availability({ username: 'x' }, { signal: later.signal })
  later.abort(new Error('later'))
  await t.rejects(asked, { message: 'later' })
})

t.test('a pause between attempts can be given up too', async t => {
  const { pause } = await import('../../client/src/environment.ts')
  const cancelled: number[] = []
  const later = (_work: () => void, ms: number) => () => void cancelled.push(ms)
  const enough = new AbortController()
  const waiting = pause({ later }, 500, enough.signal)
  enough.abort(new Error('enough'))
  await t.rejects(waiting, { message: 'enough' })
  t.strictSame(cancelled, [500])
  await t.rejects(pause({ later }, 500, enough.signal), { message: 'enough' })
})

t.test('a page of the server itself is signed in by its cookie', async t => {
  const { app, make } = await clients(t)
  const maya = await signUp(app, 'maya')
  let [cookie, told] = [maya.cookie, 0]
  const { fetchOf } = await import('./fetch-of-app.ts')
  const ask = fetchOf(app)
  const client = make({
    session: 'cookie',
    onSignedOut: () => told++,
    environment: {
      fetch: (url, init) => {
        t.equal(init.credentials, 'same-origin')
        const own = { cookie, origin: 'http://localhost', host: 'localhost', 'sec-fetch-site': 'same-origin' }
        return ask(url, { ...init, headers: { ...(init.headers as object), ...own } })
      },
    },
  })
  t.ok(await client.isSignedIn())
  t.equal((await client.moods.log({ mood: 8 })).streak, 1)
  cookie = ''
  t.equal(await client.isSignedIn(), false)
  await t.rejects(client.moods.list(), SignedOut)
  t.equal(told, 2)
  await client.signIn({ username: 'maya', password })
  await client.signOut()
  const unreachable = make({ session: 'cookie', retries: 0, environment: { fetch: offline } })
  await t.rejects(unreachable.isSignedIn(), NoAnswer)
})

t.test('a session that another tab ended or renewed meanwhile', async t => {
  const { bearerSession } = await import('../../client/src/session.ts')
  let kept: Credentials | undefined
  const store = { load: () => kept, save: () => {} }
  const refresh = () => Promise.reject(new Error('nothing to exchange'))
  const session = bearerSession({ store, now: () => 0, refresh, onSignedOut: () => {} })
  await t.rejects(session.renewed('old'), SignedOut)
  kept = { token: 'new', refresh_token: 'x', expires_at: 1 }
  t.equal(await session.renewed('old'), kept)
})

t.test('a code of a provider is swapped for a session', async t => {
  const { make, meddling, sent } = await clients(t)
  const client = make()
  const code = { code: 'unknown', code_verifier: 'x'.repeat(43) }
  await t.rejects(client.signInWith(code), ApiProblem, 'the server decides')
  t.equal(await client.isSignedIn(), false)
  const user = { id: 'u1', username: 'maya' }
  meddling.with = async () => Response.json({ token: 't', refresh_token: 'r', expires_in: 900, user })
  t.match(await client.signInWith(code), user)
  t.strictSame([sent.at(-1)?.method, sent.at(-1)?.path], ['POST', '/oauth/exchange'])
  t.equal(await client.isSignedIn(), true)
  await client.tasks.list()
  t.equal(sent.at(-1)?.headers.Authorization, 'Bearer t')
})

t.test('a problem without sentences has its detail; an empty answer has no body', async t => {
  const { problemOf } = await import('../../client/src/problem.ts')
  t.equal(problemOf(400, { code: 'invalid_request', errors: [], detail: 'Invalid' }).message, 'Invalid')
  const { make } = await clients(t)
  const headers = { 'content-type': 'application/json' }
  const silent = make({ environment: { fetch: async () => new Response('', { headers }) } })
  t.equal((await silent.request({ method: 'POST', path: '/x', repeatable: true })).body, undefined)
  const bare = make({
    retries: 0,
    environment: {
      fetch: async () => ({ status: 502, headers: new Headers(), blob: async () => new Blob([]) }) as Response,
    },
  })
  await t.rejects(bare.request({ method: 'GET', path: '/x' }), NoAnswer)
  const enough = new AbortController()
  const aborting = make({
    environment: {
      fetch: async () => {
        enough.abort(new Error('enough'))
        throw new TypeError('aborted')
      },
    },
  })
  await t.rejects(aborting.request({ method: 'GET', path: '/x', signal: enough.signal }), { message: 'enough' })
})

t.test('the real environment: timers, ids, bytes', async t => {
  const { newId, pause, realEnvironment } = await import('../../client/src/environment.ts')
  await pause(realEnvironment, 0, new AbortController().signal)
  t.ok(realEnvironment.random() < 1)
  t.ok(realEnvironment.now() > 0)
  realEnvironment.later(() => t.fail('was cancelled'), 0)()
  const id = newId(realEnvironment, Date.parse('2026-03-05T12:00:00Z'))
  t.match(id, /^019cbd[0-9a-f]{2}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  await t.rejects(realEnvironment.fetch('http://127.0.0.1:1/', {}))
  const { createClient } = await import('../../client/src/index.ts')
  const client = createClient({ baseUrl: 'http://127.0.0.1:1/', retries: 0 })
  t.ok(client.timezone())
  t.match(client.newId(), /^[0-9a-f-]{36}$/)
  await t.rejects(client.account.availability({ username: 'x' }), NoAnswer)
})

t.test('events are read in pieces of any size', async t => {
  const text =
    ': hello\r\n\r\nevent: version\r\ndata: {"mood":\r\ndata:1}\r\n\r\ndata\n\nevent\nid: 7\ndata: é\r\revent: cut off\ndata: x\n'
  const bytes = new TextEncoder().encode(text)
  for (const size of [1, 2, 7, bytes.length]) {
    const events: ServerEvent[] = []
    let pieces = 0
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
        controller.close()
      },
    })
    await readEvents(
      body,
      event => events.push(event),
      () => pieces++,
    )
    t.strictSame(events, [
      { event: 'version', data: '{"mood":\n1}' },
      { event: 'message', data: '' },
      { event: 'message', data: 'é' },
    ])
    t.equal(pieces, Math.ceil(bytes.length / size))
  }
})

t.test('the stream of changes is followed until it ends', async t => {
  const { app, make, meddling } = await clients(t, { own: true })
  const client = make()
  await client.signUp({ username: 'maya', password })
  const answer = (body: string) => new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
  meddling.with = async ({ headers }) => {
    t.match(headers, { Accept: 'text/event-stream', Authorization: /^Bearer / })
    return answer('event: version\ndata: {"mood":3}\n\nevent: other\ndata: x\n\n')
  }
  const versions: object[] = []
  t.equal(await client.watch(one => versions.push(one)), true)
  t.strictSame(versions, [{ mood: 3 }])
  meddling.with = async () => new Response(null)
  t.equal(await client.watch(() => {}), false)
  delete meddling.with
  const base = await app.listen({ port: 0, host: '127.0.0.1' })
  const real = make({ baseUrl: base, environment: { fetch: globalThis.fetch } })
  await real.signIn({ username: 'maya', password })
  const enough = new AbortController()
  await t.rejects(
    real.watch(
      told => {
        versions.push(told)
        enough.abort(new Error('enough'))
      },
      { signal: enough.signal },
    ),
    { message: 'enough' },
  )
  t.match(versions[1], { mood: 0, task: 0, practice: 0, sequence: 0 })
})

t.test('a browser tells when the network is back and the page is looked at', async t => {
  const listeners = new Map<string, () => void>()
  const target = {
    addEventListener: (name: string, listener: () => void) => listeners.set(name, listener),
    removeEventListener: (name: string) => listeners.delete(name),
  }
  const document = { ...target, visibilityState: 'hidden' }
  let wakes = 0
  const stop = onWakeOf({ ...target, document } as never, () => wakes++)
  listeners.get('visibilitychange')?.()
  t.equal(wakes, 0)
  document.visibilityState = 'visible'
  listeners.get('visibilitychange')?.()
  listeners.get('online')?.()
  t.equal(wakes, 2)
  stop()
  t.equal(listeners.size, 0)
  realEnvironment.onWake(() => {})()
})

t.test('the cache of answers is bounded', async t => {
  const { etagCache } = await import('../../client/src/etags.ts')
  const cache = etagCache()
  for (let i = 0; i < 101; i++) {
    cache.keep(String(i), { etag: String(i), text: '' })
    cache.find('0')
  }
  t.ok(cache.find('0'))
  t.notOk(cache.find('1'))
})
