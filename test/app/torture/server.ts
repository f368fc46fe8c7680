import type { AddressInfo } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { SyncAnswer, SyncRequest } from '../../../client/src/wire.ts'
import { buildApp } from '../../../src/app.ts'
import { startPasswords } from '../../../src/auth/passwords.ts'
import { readConfig } from '../../../src/config.ts'
import { openDatabase } from '../../../src/db/open.ts'
import { password } from '../signing.ts'
import type { Journal } from './journal.ts'

/**
 * A server that fails as servers and networks do: it is down, holds requests, answers late, loses answers, and starts again on
 * the same database and port. Beside it another one, that nothing happens to, tells what is stored.
 */

/** What is done to the next requests that sync: before the work, after it, or to the answer. */
export type Mishap = 'held' | 'late' | 'lost'

/** A thing as the server has it. */
export interface Stored {
  kind: 'mood' | 'task'
  id: string
  revision: number
  deleted: boolean
  value: Record<string, unknown> | null
}

export type TortureServer = Awaited<ReturnType<typeof startServer>>

const secret = 'a secret that only the tests know, and long enough'
const passwords = startPasswords(4)

/** @param webFolder of the built app. */
export async function startServer(databaseUrl: string, webFolder: string) {
  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    JWT_SECRET: secret,
    BCRYPT_COST: '4',
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'silent',
  })
  /** How far the time of the server is from the real one, ms. */
  let offset = 0
  const now = () => Date.now() + offset
  let journal: Journal | undefined
  let isDown = false
  let mishaps: Mishap[] = []
  let release = () => {}
  let gate = Promise.resolve()
  let isTimeRight = Promise.resolve()
  const pass = () => {
    release()
    gate = new Promise(resolve => {
      release = resolve
    })
  }
  pass()

  const make = async () =>
    buildApp({
      config,
      jwtSecret: secret,
      database: await openDatabase(config.databaseUrl),
      passwords: { ...passwords },
      now,
      webFolder,
    })

  async function listen(port: number) {
    const app = await make()
    const chosen = new WeakMap<object, Mishap>()
    app.addHook('onRequest', async (request, reply) => {
      await isTimeRight
      if (isDown) reply.raw.destroy()
      const next = request.method === 'POST' && request.url === '/sync' ? mishaps.shift() : undefined
      if (next) chosen.set(request, next)
      if (next === 'held') await gate
    })
    app.addHook('preHandler', async request => {
      for (const one of operationsOf(request)) journal?.sent(`${request.id} ${JSON.stringify(one)}`, one.id)
    })
    app.addHook('onSend', async (request, reply, payload) => {
      if (request.method === 'POST' && request.url === '/sync') tell(request, payload)
      // Devices correct their clocks by it.
      reply.header('Date', new Date(now()).toUTCString())
      if (chosen.get(request) === 'late') await gate
      if (chosen.get(request) === 'lost') reply.raw.destroy()
    })
    await app.listen({ port, host: '127.0.0.1' })
    return app
  }

  function tell(request: FastifyRequest, payload: unknown): void {
    if (!journal || typeof payload !== 'string') return
    const { results = [], changes = [] } = JSON.parse(payload) as SyncAnswer
    for (const [i, { id }] of operationsOf(request).entries())
      journal.sent(`${request.id} result ${JSON.stringify(results[i])}`, id)
    for (const { id, revision, deleted } of changes)
      journal.sent(`${request.id} change ${JSON.stringify({ revision, deleted })}`, id)
  }

  let app = await listen(0)
  const inspector = await make()
  const { port } = app.server.address() as AddressInfo
  const tokens = new Map<string, string>()

  /** A request of a person that nothing happens to. */
  async function ask(username: string, method: 'GET' | 'POST', url: string, payload?: object): Promise<unknown> {
    for (let again = false; ; again = true) {
      if (again || !tokens.has(username)) {
        const login = { username, password }
        const answer = await inspector.inject({ method: 'POST', url: '/login', payload: login })
        tokens.set(username, answer.json().token)
      }
      const headers = { authorization: `Bearer ${tokens.get(username)}`, 'x-timezone': 'Europe/Berlin' }
      const answer = await inspector.inject({ method, url, headers, ...(payload && { payload }) })
      if (answer.statusCode === 200) return answer.json()
      if (again) throw new Error(`${method} ${url}: ${answer.statusCode} ${answer.body}`)
    }
  }

  return {
    base: `http://127.0.0.1:${port}`,
    now,
    /** Tells the journal of a sequence what is exchanged from now on. */
    listen(to: Journal) {
      journal = to
    },
    /**
     * Moves the time of the server, ms. Nobody is answered while others do the same: they would see two clocks that differ.
     * @param others moves their time.
     */
    async advance(ms: number, others: () => Promise<void>) {
      let reached = () => {}
      isTimeRight = new Promise(resolve => {
        reached = resolve
      })
      offset += ms
      try {
        await others()
      } finally {
        reached()
      }
    },
    down(is: boolean) {
      isDown = is
      if (is) app.server.closeAllConnections()
    },
    /** Befalls the next requests that sync. */
    befall(mishap: Mishap, count: number) {
      mishaps.push(...Array.from({ length: count }, () => mishap))
    },
    /** Lets go what is held or late. */
    pass,
    /** From now on nothing happens to anybody. */
    calm() {
      isDown = false
      mishaps = []
      pass()
    },
    /** What is under way is cut, wherever it is; then the same database is served again, at the same port. */
    async restart() {
      app.server.closeAllConnections()
      pass()
      await app.close()
      app = await listen(port)
    },
    async stored(username: string): Promise<Map<string, Stored>> {
      const found = new Map<string, Stored>()
      for (let cursor: string | null = null, more = true; more; ) {
        const body: object = { cursor, kinds: ['mood', 'task'], operations: [] }
        const answer = (await ask(username, 'POST', '/sync', body)) as {
          changes: Stored[]
          cursor: string
          has_more: boolean
        }
        for (const change of answer.changes) found.set(change.id, change)
        cursor = answer.cursor
        more = answer.has_more
      }
      return found
    },
    /** As `GET /mood` tells it. */
    streak: async (username: string) => ((await ask(username, 'GET', '/mood')) as { streak: number }).streak,
    async close() {
      pass()
      app.server.closeAllConnections()
      await app.close()
      await inspector.close()
    },
  }
}

function operationsOf({ method, url, body }: FastifyRequest): NonNullable<SyncRequest['operations']> {
  return method === 'POST' && url === '/sync' ? ((body as SyncRequest | undefined)?.operations ?? []) : []
}
