import { eq, sql } from 'drizzle-orm'
import pg from 'pg'
import t, { type Test } from 'tap'
import { type BoundWrite, must, Unavailable } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { textFor, valueFor } from '../../src/db/placeholder.ts'
import { ownPostgres, postgresDatabase, startPostgres } from '../postgres-server.ts'

const server = await startPostgres(t)

async function open(t: Test, url?: string) {
  const address = url ?? (await postgresDatabase(t, server))
  const database = await openDatabase(address)
  t.teardown(() => database.close())
  const { usernames, emails } = database.tables
  const user = sql.placeholder('user')
  const folded = sql.placeholder('folded')
  const name = database.prepare('test_name', db => db.insert(usernames).values({ folded, userId: user }).returning())
  const email = database.prepare('test_email', db => db.insert(emails).values({ folded, userId: user }))
  /** Changes the name to itself, which locks its row. */
  const touch = database.prepare('test_touch', db =>
    db
      .update(usernames)
      .set({ folded: valueFor('folded', usernames.folded) })
      .where(eq(usernames.folded, textFor('folded')))
      .returning({ name: usernames.folded }),
  )
  /** Counts the length of a user's id up: `x`, `xx`, `xxx`. */
  const grow = database.prepare('test_grow', db =>
    db
      .update(usernames)
      .set({ userId: sql`${usernames.userId} || 'x'` })
      .where(eq(usernames.folded, textFor('folded')))
      .returning({ length: sql<number>`length(${usernames.userId})` }),
  )
  const failing = database.prepare('test_fail', db =>
    db
      .update(usernames)
      .set({ userId: sql`(1 / (length(${usernames.folded}) - length(${usernames.folded})))::text` })
      .returning(),
  )
  const breaking = database.prepare('test_break', db =>
    db.update(usernames).set({ userId: 'nobody' }).where(sql`pg_terminate_backend(pg_backend_pid())`).returning(),
  )
  const named = (folded: unknown, of = '1') => name.with({ folded, user: of })
  const names = async () => (await database.query(db => db.select().from(usernames))).map(row => row.folded).sort()
  return { ...database, address, named, email, touch, grow, failing, breaking, names }
}

async function connect(t: Test, address: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** Resolves when so many statements wait for a lock. */
async function locksAwaited(client: pg.Client, wanted: number) {
  const query = 'select from pg_locks where not granted'
  while ((await client.query(query)).rowCount !== wanted) await new Promise(resolve => setTimeout(resolve, 10))
}

t.test('batches that come together share a transaction, each with its own rows', async t => {
  const { atomic, named, query, tables } = await open(t)
  const written = await Promise.all(
    ['a', 'b', 'c'].map(name => atomic([named(name), named(`${name}2`)] as BoundWrite<unknown>[])),
  )
  t.match(
    written,
    ['a', 'b', 'c'].map(name => [[{ folded: name }], [{ folded: `${name}2` }]]),
  )
  const transactions = await query(db => db.selectDistinct({ xmin: sql`xmin::text` }).from(tables.usernames))
  t.equal(transactions.length, 1)
})

t.test('of many that come together half go at once and half after them, a few all at once', async t => {
  const { atomic, named, query, tables } = await open(t)
  const groups = async (names: readonly string[]) => {
    await Promise.all(names.map(name => atomic([named(name)])))
    const rows = await query(db =>
      db.select({ name: tables.usernames.folded, xmin: sql`xmin::text` }).from(tables.usernames),
    )
    const written = rows.filter(({ name }) => names.includes(name))
    return Object.values(Object.groupBy(written, ({ xmin }) => String(xmin))).map(group => group?.length)
  }
  t.strictSame(await groups('abcdefghijklmnop'.split('')), [8, 8])
  t.strictSame(await groups(['1', '2', '3', '4']), [4])
})

t.test('writes of one person by many happen in the order they came in, and none is lost', async t => {
  const { atomic, named, grow } = await open(t)
  await atomic([named('a', '')])
  const growing = Array.from({ length: 200 }, async (_, i) => {
    // Some come while others are written.
    for (let turn = 0; turn < i % 5; turn++) await new Promise(setImmediate)
    const before = performance.now()
    const written = await atomic([must(grow.with({ folded: 'a', user: '1' }))])
    return { before, length: written?.[0][0]?.length }
  })
  const lengths = (await Promise.all(growing)).toSorted((a, b) => a.before - b.before).map(({ length }) => length)
  t.strictSame(
    lengths,
    Array.from({ length: 200 }, (_, i) => i + 1),
  )
})

t.test('what fails in a group fails alone, and is told why', async t => {
  const { atomic, named, email, touch, failing, names } = await open(t)
  await atomic([named('taken'), email.with({ folded: 'taken@mail', user: '1' })])
  const outcomes = await Promise.allSettled([
    atomic([named('a')]),
    atomic([named('not this'), named('taken')]),
    atomic([named('b')]),
    atomic([named('nor this'), email.with({ folded: 'taken@mail', user: '1' })]),
    atomic([named('nor that'), must(touch.with({ folded: 'nobody' }))]),
    atomic([failing.with({ user: '1' })]),
    atomic([named('c'), email.with({ folded: 'c@mail', user: '1' })]),
    // Taken by one of the same group.
    atomic([named('a')]),
    // A value that cannot be encoded is never sent.
    atomic([named({ toPostgres: () => JSON.parse('no JSON') }), named('nor it')]),
    atomic([named('d')]),
  ])
  t.match(
    outcomes.map(outcome => (outcome.status === 'rejected' ? outcome.reason : outcome.value?.length)),
    [
      1,
      { name: 'Conflict', table: 'usernames' },
      1,
      { name: 'Conflict', table: 'emails' },
      undefined,
      { message: 'the database failed: 22012' },
      2,
      { name: 'Conflict', table: 'usernames' },
      { message: /not valid JSON/ },
      1,
    ],
  )
  t.strictSame(await names(), ['a', 'b', 'c', 'd', 'taken'])
})

t.test('without prepared statements it is the same', async t => {
  const { atomic, named, names } = await open(t, `${await postgresDatabase(t, server)}?prepare=false`)
  const outcomes = await Promise.allSettled(['a', 'b', 'a', 'c'].map(name => atomic([named(name), named(`${name}2`)])))
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  )
  t.strictSame(await names(), ['a', 'a2', 'b', 'b2', 'c', 'c2'])
})

t.test('of a group whose connection breaks nothing is written, and everyone is told', async t => {
  const { atomic, named, breaking, names } = await open(t)
  await atomic([named('a')])
  const outcomes = await Promise.allSettled([
    atomic([named('b')]),
    atomic([breaking.with({ user: '1' })]),
    atomic([named('c')]),
  ])
  for (const outcome of outcomes) t.ok(outcome.status === 'rejected' && outcome.reason instanceof Unavailable)
  t.ok(await atomic([named('d')]))
  t.strictSame(await names(), ['a', 'd'])
})

t.test('when the commit fails nothing is written, and everyone is told', async t => {
  const { atomic, address, named, names } = await open(t)
  const other = await connect(t, address)
  await other.query('alter table usernames add unique (user_id) deferrable initially deferred')
  const outcomes = await Promise.allSettled([atomic([named('a')]), atomic([named('b')])])
  t.match(outcomes, [{ reason: { name: 'Conflict' } }, { reason: { name: 'Conflict' } }])
  t.strictSame(await names(), [])
  t.ok(await atomic([named('a')]))
})

t.test('a guard that fails keeps its batch from being committed, and no other', async t => {
  const { atomic, address, named, touch, names } = await open(t)
  await atomic([named('a'), named('b')])
  const guard = (folded: string) => must(touch.with({ folded, user: '1' }))
  const outcomes = await Promise.all([
    atomic([guard('a'), guard('b'), named('c')]),
    atomic([named('d'), guard('nobody'), named('e')]),
    atomic([guard('nobody')]),
    atomic([guard('b'), named('f')]),
  ])
  t.match(outcomes, [[[{ name: 'a' }], [{ name: 'b' }], [{}]], undefined, undefined, [[{ name: 'b' }], [{}]]])
  t.strictSame(await names(), ['a', 'b', 'c', 'f'])
  const { rows } = await (await connect(t, address)).query(
    "select from pg_stat_activity where datname = current_database() and state ~ '^idle in'",
  )
  t.strictSame(rows, [], 'no transaction stays open')
})

t.test('a write that divides by zero is no guard, not even beside one', async t => {
  const { atomic, named, touch, failing, names } = await open(t)
  await atomic([named('a')])
  const guard = must(touch.with({ folded: 'a', user: '1' }))
  await t.rejects(atomic([guard, failing.with({ user: '1' })]), { message: 'the database failed: 22012' })
  t.strictSame(await names(), ['a'])
})

t.test('a batch that waits for a lock holds up nobody but its own group', async t => {
  const { atomic, address, named, touch } = await open(t)
  await atomic([named('slow')])
  const other = await connect(t, address)
  await other.query("begin; select from usernames where folded = 'slow' for update")
  let slow = 'waiting'
  const waiting = atomic([touch.with({ folded: 'slow', user: '1' })]).then(() => {
    slow = 'written'
  })
  await locksAwaited(other, 1)
  t.ok(await atomic([named('quick', '2')]))
  t.equal(slow, 'waiting')
  await other.query('commit')
  await waiting
})

t.test('of a group that is parted nobody waits for those who come after them', async t => {
  const { atomic, address, named, touch } = await open(t)
  await atomic([named('slow'), named('taken')])
  const other = await connect(t, address)
  await other.query("begin; select from usernames where folded = 'slow' for update")
  const before = atomic([named('a', '1')])
  const failing = atomic([named('taken', '2')])
  const waiting = atomic([touch.with({ folded: 'slow', user: '3' })])
  t.ok(await before)
  await t.rejects(failing, { name: 'Conflict' })
  await locksAwaited(other, 1)
  await other.query('commit')
  t.ok(await waiting)
})

t.test('a deadlock with another process parts the group, and everybody gets through', async t => {
  const { atomic, address, named, touch } = await open(t)
  await atomic([named('a'), named('b'), named('c')])
  const other = await connect(t, address)
  await other.query("set deadlock_timeout = '1h'")
  await other.query("begin; select from usernames where folded = 'b' for update")
  const writing = [
    atomic([touch.with({ folded: 'a', user: '1' }), touch.with({ folded: 'b', user: '1' })]),
    atomic([touch.with({ folded: 'c', user: '2' })]),
  ]
  await locksAwaited(await connect(t, address), 1)
  await other.query("select from usernames where folded = 'a' for update")
  await other.query('commit')
  t.match(await Promise.all(writing), [[[{ name: 'a' }], [{ name: 'b' }]], [[{ name: 'c' }]]])
})

t.test('a large number of batches is parted, and what waits at the end is still written', async t => {
  const { address } = await open(t)
  const { atomic, close, prepare, tables } = await openDatabase(address)
  const add = prepare('test_add', db =>
    db.insert(tables.usernames).values({ folded: sql.placeholder('folded'), userId: sql.placeholder('user') }),
  )
  const writing = Array.from({ length: 150 }, (_, i) => atomic([add.with({ folded: `n${i}`, user: String(i % 3) })]))
  await close()
  t.equal((await Promise.all(writing)).length, 150)
  const { rows } = await (await connect(t, address)).query('select count(*)::int as n from usernames')
  t.strictSame(rows, [{ n: 150 }])
})

t.test(
  'writes that have nothing to do with each other are one statement, with the rows of the one that answers',
  async t => {
    for (const query of ['', '?prepare=false']) {
      const { atomic, address, named, email, touch, grow, names } = await open(
        t,
        `${await postgresDatabase(t, server)}${query}`,
      )
      await atomic([named('a'), named('b')])
      const other = await connect(t, address.replace('?prepare=false', ''))
      const mail = (folded: string, user = '1') => email.with({ folded, user })
      const guard = (folded: string) => must(touch.with({ folded, user: '1' }))
      t.match(await atomic([mail('a@mail', '7'), guard('a'), mail('b@mail', '8')], 'independent'), [
        [],
        [{ name: 'a' }],
        [],
      ])
      t.match(await atomic([touch.with({ folded: 'b', user: '1' }), mail('c@mail')], 'independent'), [
        [{ name: 'b' }],
        [],
      ])
      t.equal(await atomic([guard('nobody'), mail('d@mail')], 'independent'), undefined)
      await t.rejects(atomic([guard('a'), mail('e@mail'), mail('a@mail')], 'independent'), {
        name: 'Conflict',
        table: 'emails',
      })
      t.match(
        await atomic([grow.with({ folded: 'a' }), guard('b'), mail('f@mail')], 'independent'),
        [[{ length: 2 }], [{ name: 'b' }], []],
        'where two answer they are two',
      )
      const { rows } = await other.query('select folded, user_id from emails order by folded')
      t.strictSame(rows, [
        { folded: 'a@mail', user_id: '7' },
        { folded: 'b@mail', user_id: '8' },
        { folded: 'c@mail', user_id: '1' },
        { folded: 'f@mail', user_id: '1' },
      ])
      t.strictSame(await names(), ['a', 'b'])
    }
  },
)

t.test('an empty batch has no results', async t => {
  const { atomic } = await open(t)
  t.strictSame(await atomic([]), [])
})

t.test('a group that finds no server is told so', async t => {
  const own = await ownPostgres(t)
  const { atomic, named } = await open(t, own.url)
  await own.stop()
  const outcomes = await Promise.allSettled([atomic([named('a')]), atomic([named('b')])])
  for (const outcome of outcomes) t.ok(outcome.status === 'rejected' && outcome.reason instanceof Unavailable)
  await own.start()
})
