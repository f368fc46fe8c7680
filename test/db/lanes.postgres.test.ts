import { mock } from 'node:test'
import pg from 'pg'
import t, { type Test } from 'tap'
import { distributionKeyOf } from '../../src/db/distribution-key.postgres.ts'
import { type Lane, lanesByMachine, oneLane, type ShardMap } from '../../src/db/lanes.postgres.ts'
import { Statement } from '../../src/db/statement.postgres.ts'
import { textHash } from '../../src/db/text-hash.postgres.ts'

const userIds = Array.from({ length: 20 }, (_, i) => `user-${i}`)
/** Negative hashes are on machine 1, the others on 2. */
const map: ShardMap = [
  [-1, 1],
  [2 ** 31 - 1, 2],
]
const on = (machine: number) => userIds.filter(id => textHash(id) < 0 === (machine === 1)) as [string, ...string[]]

const read = (id: string) =>
  new Statement('', { sql: 'select 1 from "moods" where "moods"."user_id" = $1', params: [id] }).with({})
const shared = new Statement('', { sql: 'select 1 from "usernames"', params: [] }).with({})

/** A pool of connections that answer `rollback` when they are told to. */
function fakePool(rows: () => unknown[] = () => []) {
  const connections: { answer(error?: Error): void; released: unknown; destroyed: boolean }[] = []
  const pool = {
    failure: undefined as Error | undefined,
    query: async () => ({ rows: rows() }),
    connect(use: (failure: Error | undefined, client?: unknown) => void) {
      if (pool.failure) return use(pool.failure)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const connection = {
        answer: (error?: Error) => (error ? reject(error) : resolve()),
        released: 'not yet' as unknown,
        destroyed: false,
      }
      connections.push(connection)
      const destroy = () => {
        connection.destroyed = true
        connection.answer(new Error('Connection terminated'))
      }
      use(undefined, {
        query: () => promise,
        release: (error?: Error) => {
          connection.released = error
        },
        connection: { stream: { destroy } },
      })
    },
  }
  return Object.assign(pool, { connections, asPool: pool as unknown as pg.Pool })
}

/** What a lane says to somebody who wants a connection; undefined while it says nothing. */
function ask(lane: Lane) {
  const asked: { client?: pg.PoolClient | undefined; refused?: string } = {}
  lane.connect((failure, client) => {
    if (failure) asked.refused = failure.message
    else asked.client = client
  })
  return asked
}

const timedOut = Object.assign(new pg.DatabaseError('canceling statement', 1, 'error'), { code: '57014' })

function timers(t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
}
const turn = () => new Promise(setImmediate)

t.test('every machine has a lane, what every machine has a copy of needs none, and several machines share one', t => {
  const lanes = lanesByMachine(fakePool().asPool, map)
  const [[a, b], [c]] = [on(1) as [string, string], on(2)]
  t.equal(lanes.of([read(a)]), lanes.of([read(b)]))
  t.not(lanes.of([read(a)]), lanes.of([read(c)]))
  t.equal(lanes.of([read(a), shared]), lanes.of([read(a)]))
  t.equal(lanes.of([]), lanes.of([shared]))
  const several = lanes.of([read(a), read(c)])
  t.not(several, lanes.of([read(a)]))
  const everyMachine = new Statement('', { sql: 'insert into "usernames" ("folded") values ($1)', params: ['x'] })
  t.equal(lanes.of([everyMachine.with({})]), several)
  const unknown = lanesByMachine(fakePool().asPool, [])
  t.equal(unknown.of([read(a)]), unknown.of([everyMachine.with({})]), 'whose machine is unknown may need any')
  t.equal(lanes.only, undefined)
  t.end()
})

t.test('the people of a machine wait for its connections, and nobody else does', async t => {
  timers(t)
  const lanes = lanesByMachine(fakePool().asPool, map)
  const [lane, other] = [lanes.of([read(on(1)[0])]), lanes.of([read(on(2)[0])])]
  const running = [ask(lane), ask(lane), ask(lane)]
  for (const { client } of running) t.ok(client)
  const [next, late] = [ask(lane), ask(lane)]
  t.strictSame([next, late], [{}, {}])
  t.ok(ask(other).client)
  await lane.release(running[0]?.client as pg.PoolClient)
  t.ok(next.client)
  mock.timers.tick(10_000)
  t.match(late, { refused: 'database unavailable: BUSY' })
})

t.test('a connection that stays unusable after a failure keeps its lane closed until it answers', async t => {
  timers(t)
  const { connections, asPool } = fakePool()
  const lanes = lanesByMachine(asPool, map)
  const [lane, other] = [lanes.of([read(on(1)[0])]), lanes.of([read(on(2)[0])])]
  const running = [ask(lane), ask(lane), ask(lane)].map(({ client }) => client as pg.PoolClient)
  const waiting = ask(lane)
  const given = running.slice(0, 2).map(client => lane.release(client, timedOut))
  t.strictSame(waiting, {})
  mock.timers.tick(250)
  await Promise.all(given)
  t.match(waiting, { refused: 'database unavailable: HUNG' })
  t.match(ask(lane), { refused: 'database unavailable: HUNG' })
  t.ok(ask(other).client, 'nobody else is refused')

  connections[0]?.answer()
  await turn()
  t.equal(connections[0]?.released, undefined, 'it can be used again')
  t.match(ask(lane), { refused: 'database unavailable: HUNG' }, 'another one is still held up')
  connections[1]?.answer(new Error('Connection terminated'))
  await turn()
  t.match(connections[1]?.released, { message: 'Connection terminated' })
  t.ok(ask(lane).client)
})

t.test('a statement that fails costs nobody else anything, and what is broken is thrown away', async t => {
  const { connections, asPool } = fakePool()
  const lane = lanesByMachine(asPool, map).of([read('x')])
  const failed = lane.rollBack(ask(lane).client as pg.PoolClient)
  t.ok(ask(lane).client)
  connections[0]?.answer()
  await failed
  t.equal(connections[0]?.released, undefined)
  await lane.release(ask(lane).client as pg.PoolClient, new Error('broken'))
  t.match(connections[2]?.released, { message: 'broken' })
})

t.test('a server that cannot be reached leaves no place taken', async t => {
  const pool = fakePool()
  const lane = lanesByMachine(pool.asPool, map).of([read('x')])
  pool.failure = new Error('ECONNREFUSED')
  for (let i = 0; i < 4; i++) t.match(ask(lane), { refused: 'ECONNREFUSED' })
  pool.failure = undefined
  t.ok(ask(lane).client)
})

t.test('when a machine hangs it is asked again who is where', async t => {
  timers(t)
  const moved = [
    { last: -1, machine: 2 },
    { last: 2 ** 31 - 1, machine: 1 },
  ]
  let rows: unknown[] = map.map(([last, machine]) => ({ last, machine }))
  const lanes = lanesByMachine(fakePool(() => rows).asPool, map)
  const hang = async (id: string) => {
    const lane = lanes.of([read(id)])
    void lane.release(ask(lane).client as pg.PoolClient, timedOut)
    mock.timers.tick(250)
    await turn()
    return lane
  }
  const [here, there] = [on(1)[0], on(2)[0]]
  const before = await hang(here)
  t.equal(lanes.of([read(here)]), before, 'nothing has moved')
  rows = moved
  await hang(there)
  t.not(lanes.of([read(here)]), before)
  t.ok(ask(lanes.of([read(here)])).client)
  rows = []
  const broken = fakePool(() => {
    throw new Error('the coordinator, too')
  })
  const others = lanesByMachine(broken.asPool, map)
  const lane = others.of([read(here)])
  void lane.release(ask(lane).client as pg.PoolClient, timedOut)
  mock.timers.tick(250)
  await turn()
  t.equal(others.of([read(here)]), lane)
})

t.test('a database that is closed waits for no machine', async t => {
  timers(t)
  const { connections, asPool } = fakePool()
  const lanes = lanesByMachine(asPool, map)
  const lane = lanes.of([read('x')])
  void lane.release(ask(lane).client as pg.PoolClient, timedOut)
  mock.timers.tick(250)
  lanes.close()
  await turn()
  t.match(connections, [{ destroyed: true, released: { message: 'Connection terminated' } }])
  oneLane(asPool).close()
})

t.test('a connection that cannot even roll back is thrown away', async t => {
  const released: unknown[] = []
  const query = (pipeline: { handleError(error: Error, connection: unknown): void }) =>
    pipeline.handleError(new Error('gone'), { submittedNamedStatements: {} })
  const client = { query, release: (error?: Error) => released.push(error) } as unknown as pg.PoolClient
  await t.rejects((oneLane(fakePool().asPool).only as Lane).rollBack(client), { message: 'gone' })
  t.match(released, [{ message: 'gone' }])
})

t.test('the parameter that names the machine of a statement', t => {
  for (const [text, key] of [
    ['select 1 from "usernames" where "usernames"."folded" = $1', 'coordinator'],
    ['select 1 from "moods" where "moods"."id" = $1 and "moods"."user_id" = $2', 1],
    ['select 1 from "moods" where "moods"."user_id" = cast($3 as text)', 2],
    ['select 1 from "moods"', 'several'],
    ['insert into "jobs" ("claim", "name") values ($1, $2) on conflict ("name") do nothing', 1],
    ['insert into "jobs" ("claim", "name") values ($1, $2)', 1],
    ['insert into "jobs" ("claim") values ($1)', 'several'],
    ['insert into "jobs" ("claim", "name") values ($1, lower($2)) returning "name"', 'several'],
    ['insert into "moods" ("user_id", "id") select "id", $1 from "users" where "users"."id" = $2', 1],
    ['with "must" as (update "users" set "role" = $1 where "users"."id" = $2) select 1 from "must"', 1],
    ['insert into "usernames" ("folded", "user_id") values ($1, $2)', 'several'],
    ['delete from "emails" where "emails"."user_id" = $1', 'several'],
    ['update "usernames" set "folded" = $1 where "usernames"."user_id" = $2', 'several'],
  ] as const)
    t.equal(distributionKeyOf(text), key, text)
  t.end()
})
