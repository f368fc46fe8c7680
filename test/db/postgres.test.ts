import { once } from 'node:events'
import { createServer } from 'node:net'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import t from 'tap'
import { eq } from '../../src/db/conditions.ts'
import { Conflict, must, Unavailable } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { postgresTables } from '../../src/db/schema.postgres.ts'
import { columnsOf, insertInto, updateOf } from '../../src/db/statements.ts'
import type { UserId } from '../../src/ids.ts'
import { build, password, signUp } from '../helper.ts'
import { ownPostgres, postgresDatabase, startPostgres } from '../postgres-server.ts'

const server = await startPostgres(t)

async function open(t: Parameters<typeof postgresDatabase>[0]) {
  const database = await openDatabase(await postgresDatabase(t, server))
  t.teardown(() => database.close())
  const { usernames } = database.tables
  const add = database.prepare('test_add', columnsOf(usernames), (db, row) =>
    insertInto(db, usernames, row).returning(),
  )
  const rename = database.prepare('test_rename', columnsOf(usernames), (db, { folded, userId }) =>
    updateOf(db, usernames, { userId }).where(eq(usernames.folded, folded)).returning(),
  )
  const names = async () => (await database.query(db => db.select().from(usernames))).map(({ folded }) => folded).sort()
  return { database, add, rename, names }
}

t.test('a batch is all or nothing: at its end, at a failure, and at a guard', async t => {
  const { database, add, rename, names } = await open(t)
  const written = await database.atomic([
    add.asWrite({ folded: 'a', userId: '1' as UserId }),
    add.asWrite({ folded: 'b', userId: '2' as UserId }),
  ])
  t.match(written, [[{ folded: 'a', userId: '1' }], [{ folded: 'b' }]])
  await t.rejects(
    database.atomic([
      add.asWrite({ folded: 'c', userId: '3' as UserId }),
      add.asWrite({ folded: 'a', userId: '4' as UserId }),
    ]),
    Conflict,
  )
  const guarded = [
    add.asWrite({ folded: 'd', userId: '5' as UserId }),
    must(rename.asWrite({ folded: 'nobody', userId: '6' as UserId })),
  ] as const
  t.equal(await database.atomic(guarded), undefined)
  t.strictSame(await names(), ['a', 'b'])
})

t.test('the load of the pool is known', async t => {
  const { database, names } = await open(t)
  const load = () => database.poolLoad?.()
  const reading = names()
  await new Promise(setImmediate)
  t.match(load(), { used: 1 })
  await reading
  t.match(load(), { used: 0, waiting: 0 })
  t.ok((load()?.idle ?? 0) >= 1)
})

t.test('a batch whose connection breaks writes nothing, and the next one gets another connection', async t => {
  const { database, add, names } = await open(t)
  await add.execute({ folded: 'a', userId: '1' as UserId })
  const breaking = database.prepare('test_break', {}, db =>
    db
      .update(database.tables.usernames)
      .set({ userId: 'nobody' as UserId })
      .where(sql`pg_terminate_backend(pg_backend_pid())`)
      .returning(),
  )
  await t.rejects(
    database.atomic([add.asWrite({ folded: 'b', userId: '2' as UserId }), breaking.asWrite({})]),
    Unavailable,
  )
  t.ok(await database.atomic([add.asWrite({ folded: 'c', userId: '3' as UserId })]))
  t.strictSame(await names(), ['a', 'c'])
})

t.test('batches that come together neither mix nor lose anything', async t => {
  const { database, add, names } = await open(t)
  const batch = (i: number) => [
    add.asWrite({ folded: `x${i}`, userId: '1' as UserId }),
    add.asWrite({ folded: `y${i % 7}`, userId: '1' as UserId }),
  ]
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => database.atomic(batch(i))))
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 7)
  t.equal((await names()).length, 14)
})

t.test(
  'statements are kept prepared on their connection, unless the URL says that there is no keeping them',
  async t => {
    const url = await postgresDatabase(t, server)
    for (const [query, kept] of [
      ['?prepare=false', '0'],
      ['', '1'],
    ]) {
      const database = await openDatabase(`${url}${query}`)
      t.teardown(() => database.close())
      const count = database.prepare('test_count', {}, db =>
        db.select({ n: sql`count(*) + (select count(*) from pg_prepared_statements)` }).from(database.tables.usernames),
      )
      t.strictSame(await count.execute({}), [{ n: kept }])
    }
  },
)

t.test('a conflict is named by its table, other failures by their code, and none by a value', async t => {
  const { database, add } = await open(t)
  await add.execute({ folded: 'secret', userId: '1' as UserId })
  const conflict = await add.execute({ folded: 'secret', userId: '2' as UserId }).catch((error: unknown) => error)
  t.ok(conflict instanceof Conflict)
  t.equal((conflict as Conflict).table, 'usernames')
  const divided = await database
    .query(db => db.select({ n: sql`1 / length(${'secret'}) / 0` }).from(database.tables.usernames))
    .catch((error: Error) => error)
  t.match(divided, { message: 'the database failed: 22012' })
  await t.rejects(
    add.execute({ folded: 'no user' } as never),
    /No value for placeholder/,
    'a mistake of ours is shown as it is',
  )
})

t.test('nodes that start together migrate once', async t => {
  const { url } = await ownPostgres(t)
  const nodes = await Promise.all(Array.from({ length: 4 }, () => openDatabase(url)))
  await Promise.all(nodes.map(node => node.ping()))
  await Promise.all(nodes.map(node => node.close()))
})

t.test('security 36: a database of a newer version is refused and left as it is, a new one is not', async t => {
  const url = await postgresDatabase(t, server)
  await (await openDatabase(url)).close()
  const client = new pg.Client(url)
  await client.connect()
  t.teardown(() => client.end())
  const journal = async () =>
    (await client.query('select created_at from drizzle.__drizzle_migrations order by created_at')).rows
  await client.query(
    "insert into drizzle.__drizzle_migrations (hash, created_at) values ('of the future', 9999999999999)",
  )
  const before = await journal()
  await t.rejects(openDatabase(url), { message: /is of a newer version of moodstreak; it was left unchanged$/ })
  t.same(await journal(), before)
  await client.query('delete from drizzle.__drizzle_migrations where created_at = 9999999999999')
  await (await openDatabase(url)).close()
})

t.test('security 12: a logout on one node is effective on the other at the very next request', async t => {
  const databaseUrl = await postgresDatabase(t, server)
  const [one, two] = [await build(t, { databaseUrl }), await build(t, { databaseUrl })]
  const maya = await signUp(one.app, 'maya')
  const me = () => two.app.inject({ url: '/me', headers: { authorization: `Bearer ${maya.token}` } })
  t.equal((await me()).statusCode, 200)
  await maya.delete('/logout')
  t.equal((await me()).statusCode, 401)
})

t.test('security 6: of fifty equal sign-ups over two nodes exactly one succeeds', async t => {
  const databaseUrl = await postgresDatabase(t, server)
  const nodes = [await build(t, { databaseUrl }), await build(t, { databaseUrl })]
  const payload = { username: 'maya', password }
  const tries = Array.from({ length: 50 }, async (_, i) => {
    for (;;) {
      const { app } = nodes[i % 2] as (typeof nodes)[number]
      const { statusCode } = await app.inject({ method: 'POST', url: '/signup', payload })
      // Too many at once for the password pool: try again, as the answer says.
      if (statusCode !== 503) return statusCode
    }
  })
  t.strictSame((await Promise.all(tries)).sort(), [201, ...Array(49).fill(409)])
})

t.test('while the server is away requests are told so; when it is back everything works again', async t => {
  const own = await ownPostgres(t)
  const { app, clock, database } = await build(t, { databaseUrl: own.url })
  const maya = await signUp(app, 'maya')
  const id = crypto.randomUUID()
  t.equal((await maya.post('/mood', { id, mood: 5 })).statusCode, 201)

  // The connection of a transaction breaks while it is checked out, and those of the pool while they are idle.
  const asleep = database.query(db => db.select({ n: sql`pg_sleep(20)` }).from(database.tables.users))
  const broken = t.rejects(asleep, Unavailable)
  await own.stop()
  await broken
  for (const answer of await Promise.all([
    maya.get('/mood'),
    maya.post('/mood', { id, mood: 5 }),
    app.inject('/ready'),
  ])) {
    t.match(answer.json(), { status: 503, code: 'unavailable' })
    t.equal(answer.headers['retry-after'], '5')
  }
  t.equal((await app.inject('/health')).statusCode, 200)

  await own.start()
  // The answer before is kept for a second.
  clock.now += 1_000
  t.equal((await app.inject('/ready')).statusCode, 200)
  t.equal((await maya.post('/mood', { id, mood: 5 })).statusCode, 200, 'the retry finds its entry')
  t.equal((await maya.get('/mood')).json().total, 1)
})

t.test('a server that cannot be reached is told from one that refuses', async t => {
  await t.rejects(openDatabase('postgres://127.0.0.1:1/moods'), { message: /ECONNREFUSED/ })
  const address = new URL(server)
  address.pathname = '/no-such-database'
  await t.rejects(openDatabase(address.href), { message: /3D000/ })
})

t.test('a server that hangs up without a word is one that is not there', async t => {
  const mute = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
  t.teardown(() => mute.close())
  await once(mute, 'listening')
  const { port } = mute.address() as { port: number }
  await t.rejects(openDatabase(`postgres://127.0.0.1:${port}/moods`), Unavailable)
})

t.test('an instant that is not there is null in both directions', t => {
  const { occurredAt } = postgresTables.moods
  t.equal(occurredAt.mapToDriverValue(null), null)
  t.equal(occurredAt.mapToDriverValue(new Date(0)), '1970-01-01T00:00:00.000Z')
  t.end()
})

t.test('whatever zone the server is set to, a moment comes back as it was written', async t => {
  // In 1905 Paris was 9 min 21 s ahead, Caracas 4 h 27 min 40 s behind.
  for (const zone of ['Europe/Paris', 'America/Caracas', 'Australia/Sydney', 'Asia/Kolkata', 'UTC']) {
    const url = await postgresDatabase(t, server)
    const name = new URL(url).pathname.slice(1)
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    await admin.query(`alter database "${name}" set timezone to '${zone}'`)
    await admin.end()
    const { app } = await build(t, { databaseUrl: url })
    const maya = await signUp(app, 'maya')
    for (const occurred_at of ['1905-06-01T12:34:56.789Z', '1905-06-01T23:59:59.000Z', '2026-03-01T00:00:00.000Z']) {
      const { id } = (await maya.post('/mood', { mood: 5, occurred_at })).json().mood
      t.equal((await maya.get(`/mood/${id}`)).json().mood.occurred_at, occurred_at, `${zone}: ${occurred_at}`)
    }
  }
})

t.test('it says how large it is, and wiping deleted rows away is left to the server', async t => {
  const database = await openDatabase(await postgresDatabase(t, server))
  t.teardown(() => database.close())
  t.ok((await database.size()) > 1_000_000)
  t.equal(await database.erasing(async () => 'done'), 'done')
  t.equal(await database.wipePending(), undefined)
})
