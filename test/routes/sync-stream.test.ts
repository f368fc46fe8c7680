import type { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { type App, build, type Person, password, signUp, until } from '../helper.ts'

interface Events {
  /** All that has come. */
  text: string
  ended: boolean
  stream: Readable
}

async function watch(app: App, headers: Record<string, string>) {
  const answer = await app.inject({ url: '/sync/stream', headers, payloadAsStream: true })
  const events: Events = { text: '', ended: false, stream: answer.stream() }
  events.stream.on('data', chunk => (events.text += chunk)).on('close', () => (events.ended = true))
  return { answer, events }
}

const bearer = ({ token }: Pick<Person, 'token'>) => ({ authorization: `Bearer ${token}` })
const version = (mood: number) => `event: version\ndata: {"mood":${mood},"task":0,"practice":0,"sequence":0}\n\n`

/** A person with a watched app; some requests of it can be made to fail. */
async function world(t: Test, env: Record<string, string> = {}) {
  const broken = { is: false, asked: 0, held: Promise.resolve() }
  const built = await build(t, {
    env,
    wrap: database => ({
      ...database,
      query: async build => {
        broken.asked++
        await broken.held
        if (broken.is) throw new Error('no database')
        return database.query(build)
      },
    }),
  })
  return { ...built, broken, maya: await signUp(built.app, 'maya') }
}

t.test('security 57: a stream says the versions on opening and after each change, and nothing else', async t => {
  const { app, maya, broken } = await world(t, { CORS_ORIGINS: 'https://app.example' })
  const headers = { ...bearer(maya), origin: 'https://app.example', 'accept-encoding': 'gzip, br, zstd' }
  const { answer, events } = await watch(app, headers)
  t.equal(answer.statusCode, 200)
  t.match(answer.headers, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'content-encoding': undefined,
    'x-accel-buffering': 'no',
    'access-control-allow-origin': 'https://app.example',
  })
  t.strictSame(app.streamLoad, { running: 0, aside: 0, waiting: 0 }, 'it takes no slot of large answers')
  await until(() => events.text === version(0))
  await maya.post('/mood', { mood: 5, note: 'secret' })
  await until(() => events.text === version(0) + version(1))
  broken.is = true
  const { asked } = broken
  await maya.post('/mood', { mood: 6 })
  await until(() => broken.asked > asked + 1)
  t.notOk(events.ended, 'nothing is known while the database does not answer')
  broken.is = false
  await until(() => events.text === version(0) + version(1) + version(2))
})

t.test('a request that would get nothing but its head is refused', async t => {
  const { app, maya } = await world(t)
  const answer = await app.inject({ method: 'HEAD', url: '/sync/stream', headers: bearer(maya) })
  t.equal(answer.statusCode, 405)
})

t.test('who is told nothing for 25 s gets a comment', async t => {
  const { app, clock, maya, broken } = await world(t)
  const { events } = await watch(app, bearer(maya))
  const { asked } = broken
  clock.now += 24_000
  await until(() => broken.asked > asked + 1)
  t.equal(events.text, version(0))
  clock.now += 1_000
  await until(() => events.text === `${version(0)}:\n\n`)
  const { asked: later } = broken
  await until(() => broken.asked > later + 1)
  t.equal(events.text, `${version(0)}:\n\n`, 'once')
})

t.test('security 57: a stream ends with its session or token, and with the account', async t => {
  const { app, maya } = await world(t)
  const { id, token } = (await maya.post('/tokens', { name: 'script', scopes: ['tasks:read'] })).json()
  const scripts = await watch(app, bearer({ token }))
  await until(() => scripts.events.text === 'event: version\ndata: {"task":0}\n\n')
  const own = await watch(app, bearer(maya))
  const cookies = await watch(app, { cookie: maya.cookie })
  await maya.delete(`/tokens/${id}`)
  await until(() => scripts.events.ended)
  t.notOk(own.events.ended || cookies.events.ended)
  await app.inject({ method: 'DELETE', url: '/logout', headers: bearer(maya) })
  await until(() => own.events.ended && cookies.events.ended)

  const noor = await signUp(app, 'noor')
  const { events } = await watch(app, bearer(noor))
  t.equal((await noor.delete('/account', { current_password: password })).statusCode, 204)
  await until(() => events.ended)
})

t.test('a stream ends when its session or token expires', async t => {
  const { app, clock, maya } = await world(t)
  const day = 86_400_000
  const expires_at = new Date(clock.now + day).toISOString()
  const { token } = (await maya.post('/tokens', { name: 'script', scopes: ['mood:read'], expires_at })).json()
  const lasting = (await maya.post('/tokens', { name: 'other', scopes: ['mood:read'], expires_at: null })).json()
  const [scripts, others, own] = [
    await watch(app, bearer({ token })),
    await watch(app, bearer(lasting)),
    await watch(app, bearer(maya)),
  ]
  clock.now += day
  await until(() => scripts.events.ended)
  t.notOk(own.events.ended)
  clock.now += 29 * day
  await until(() => own.events.ended)
  t.notOk(others.events.ended)
})

t.test('who hangs up while the database is asked is told nothing any more', async t => {
  const { app, maya, broken } = await world(t)
  const [gone, stays] = [await watch(app, bearer(maya)), await watch(app, bearer(maya))]
  const { promise, resolve } = Promise.withResolvers<void>()
  broken.held = promise
  const { asked } = broken
  await until(() => broken.asked > asked)
  await maya.post('/mood', { mood: 5 })
  gone.answer.raw.res.destroy()
  await until(() => gone.events.ended)
  resolve()
  await until(() => stays.events.text === version(0) + version(1))
  t.equal(gone.events.text, version(0))
})

t.test('an account can have five, and another one when one of them is closed', async t => {
  const { app, maya } = await world(t)
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/sync/stream`
  const open = async () => {
    const hangUp = new AbortController()
    const answer = await fetch(url, { headers: bearer(maya), signal: hangUp.signal })
    return { answer, hangUp: () => hangUp.abort() }
  }
  const streams = await Promise.all([1, 2, 3, 4, 5].map(open))
  t.ok(streams.every(({ answer }) => answer.status === 200))
  t.match((await maya.get('/sync/stream')).json(), { status: 409, code: 'limit_reached' })
  t.equal((await watch(app, bearer(await signUp(app, 'noor')))).answer.statusCode, 200, 'they are hers alone')
  streams[0]?.hangUp()
  await until(async () => {
    const { answer, hangUp } = await open()
    hangUp()
    return answer.status === 200
  })
  const read = streams.slice(1).map(({ answer }) => answer.text())
  app.drain()
  for (const text of await Promise.all(read)) t.match(text, /^event: version\n/, 'the beginning of a stop ends them')
  await app.answered()
  const { events } = await watch(app, bearer(maya))
  await until(() => events.ended)
  t.equal(events.text, version(0), 'and those that were on their way')
})

t.test('closing the app ends streams', async t => {
  const { app, maya } = await world(t)
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/sync/stream`
  const answer = await fetch(url, { headers: bearer(maya) })
  await Promise.all([app.close(), answer.text()])
})
