import { sql } from 'drizzle-orm'
import pg from 'pg'
import t, { type Test } from 'tap'
import { eq } from '../../src/db/conditions.ts'
import { type BoundWrite, must, Unavailable } from '../../src/db/database.ts'
import { locked } from '../../src/db/locked.ts'
import { openDatabase } from '../../src/db/open.ts'
import { columnsOf, insertInto, updateOf } from '../../src/db/statements.ts'
import type { UserId } from '../../src/ids.ts'
import { ownPostgres, patient, postgresDatabase, startPostgres } from '../postgres-server.ts'

const server = await startPostgres(t)

/** What does not say whose rows it writes. */
const noUser = '' as UserId

async function open(t: Test, url?: string) {
  const address = url ?? (await postgresDatabase(t, server))
  const database = await openDatabase(patient(address))
  t.teardown(() => database.close())
  const { usernames, emails } = database.tables
  const name = database.prepare('test_name', columnsOf(usernames), (db, row) =>
    insertInto(db, usernames, row).returning(),
  )
  const email = database.prepare('test_email', columnsOf(emails), (db, row) => insertInto(db, emails, row))
  const ofUser = { userId: usernames.userId }
  const key = { ...ofUser, folded: usernames.folded }
  /** Changes the name to itself, which locks its row. */
  const touch = database.prepare('test_touch', key, (db, { folded }) =>
    updateOf(db, usernames, { folded }).where(eq(usernames.folded, folded)).returning({ name: usernames.folded }),
  )
  /** Counts the length of a user's id up: `x`, `xx`, `xxx`. */
  const grow = database.prepare('test_grow', key, (db, { folded }) =>
    updateOf(db, usernames, { userId: sql`${usernames.userId} || 'x'` })
      .where(eq(usernames.folded, folded))
      .returning({ length: sql<number>`length(${usernames.userId})` }),
  )
  const failing = database.prepare('test_fail', ofUser, db =>
    db
      .update(usernames)
      .set({ userId: sql`(1 / (length(${usernames.folded}) - length(${usernames.folded})))::text` })
      .returning(),
  )
  const breaking = database.prepare('test_break', ofUser, db =>
    db
      .update(usernames)
      .set({ userId: 'nobody' as UserId })
      .where(sql`pg_terminate_backend(pg_backend_pid())`)
      .returning(),
  )
  /** Nothing unless somebody has the name; it locks the row. */
  const ifNamed = database.prepare('test_if_named', { folded: usernames.folded }, (db, { folded }) =>
    locked(db.select({ name: usernames.folded }).from(usernames).where(eq(usernames.folded, folded))),
  )
  const named = (folded: unknown, of = '1') => name.asWrite({ folded: folded as string, userId: of as UserId })
  const names = async () => (await database.query(db => db.select().from(usernames))).map(row => row.folded).sort()
  return { ...database, address, named, email, touch, grow, failing, breaking, ifNamed, names }
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
    const { folded } = tables.usernames
    const rows = await query(db =>
      db.select({ name: folded, xmin: sql`xmin::text` }).from(tables.usernames).orderBy(folded),
    )
    const written = rows.filter(({ name }) => names.includes(name))
    return Object.values(Object.groupBy(written, ({ xmin }) => String(xmin))).map(group => group?.length)
  }
  const [first, ...others] = await groups('abcdefghijklmnop'.split(''))
  t.equal(first, 8)
  // More than one group where the machine was so slow that they did not wait for the first.
  t.equal(
    others.reduce<number>((sum, size = 0) => sum + size, 0),
    8,
  )
  t.strictSame(await groups(['1', '2', '3', '4']), [4])
})

t.test('writes of one person by many happen in the order they came in, and none is lost', async t => {
  const { atomic, named, grow } = await open(t)
  await atomic([named('a', '')])
  const growing = Array.from({ length: 200 }, async (_, i) => {
    // Some come while others are written.
    for (let turn = 0; turn < i % 5; turn++) await new Promise(setImmediate)
    const before = performance.now()
    const written = await atomic([must(grow.asWrite({ folded: 'a', userId: '1' as UserId }))])
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
  await atomic([named('taken'), email.asWrite({ folded: 'taken@mail', userId: '1' as UserId })])
  const outcomes = await Promise.allSettled([
    atomic([named('a')]),
    atomic([named('not this'), named('taken')]),
    atomic([named('b')]),
    atomic([named('nor this'), email.asWrite({ folded: 'taken@mail', userId: '1' as UserId })]),
    atomic([named('nor that'), must(touch.asWrite({ folded: 'nobody', userId: noUser }))]),
    atomic([failing.asWrite({ userId: '1' as UserId })]),
    atomic([named('c'), email.asWrite({ folded: 'c@mail', userId: '1' as UserId })]),
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
    atomic([breaking.asWrite({ userId: '1' as UserId })]),
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
  const guard = (folded: string) => must(touch.asWrite({ folded, userId: '1' as UserId }))
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

for (const query of ['', '?prepare=false']) {
  t.test(`the guard of a batch comes before its writes, in the first of them or by itself ${query}`, async t => {
    const plain = await postgresDatabase(t, server)
    const { atomic, named, email, touch, ifNamed, names } = await open(t, `${plain}${query}`)
    await atomic([named('a'), named('b')])
    const guard = (folded: string) => ifNamed.asWrite({ folded })
    const touched = (folded: string) => must(touch.asWrite({ folded, userId: '1' as UserId }))
    const mail = (folded: string) => email.asWrite({ folded, userId: '1' as UserId })

    // The row that the guard locks is the one that the batch changes.
    t.strictSame(await atomic([touched('a'), mail('1')], 'independent', guard('a')), [[{ name: 'a' }], []])
    t.strictSame(await atomic([touched('a'), mail('2')], 'independent', guard('b')), [[{ name: 'a' }], []])
    t.strictSame(await atomic([touched('a'), touched('b')], undefined, guard('a')), [[{ name: 'a' }], [{ name: 'b' }]])
    t.match(await atomic([named('c'), mail('3')], undefined, guard('a')), [[{ folded: 'c' }], []])

    t.equal(await atomic([touched('a'), mail('4')], 'independent', guard('nobody')), undefined)
    t.equal(await atomic([touched('nobody'), mail('4')], 'independent', guard('a')), undefined)
    t.equal(await atomic([touched('a'), named('d')], undefined, guard('nobody')), undefined)
    t.equal(await atomic([named('d'), mail('4')], undefined, guard('nobody')), undefined)
    t.strictSame(await names(), ['a', 'b', 'c'])
    const { rows } = await (await connect(t, plain)).query('select folded from emails order by folded')
    t.strictSame(rows, [{ folded: '1' }, { folded: '2' }, { folded: '3' }])
  })
}

t.test('the guard of a batch waits for who is changing what it reads', async t => {
  const { atomic, address, named, touch, email, ifNamed, names } = await open(t)
  await atomic([named('a'), named('b')])
  const batch = () =>
    atomic(
      [
        must(touch.asWrite({ folded: 'a', userId: '1' as UserId })),
        email.asWrite({ folded: 'mail', userId: '1' as UserId }),
      ],
      'independent',
      ifNamed.asWrite({ folded: 'b' }),
    )
  const [other, watching] = [await connect(t, address), await connect(t, address)]
  await other.query("begin; delete from usernames where folded = 'b'")
  const refused = batch()
  await locksAwaited(watching, 1)
  await other.query('commit')
  t.equal(await refused, undefined)
  t.strictSame(await names(), ['a'])

  await atomic([named('b')])
  await other.query("begin; update usernames set user_id = '2'")
  const written = batch()
  await locksAwaited(watching, 1)
  await other.query('commit')
  t.strictSame(await written, [[{ name: 'a' }], []], 'what changed and still holds is no reason to refuse')
})

t.test('a write that divides by zero is no guard, not even beside one', async t => {
  const { atomic, named, touch, failing, names } = await open(t)
  await atomic([named('a')])
  const guard = must(touch.asWrite({ folded: 'a', userId: '1' as UserId }))
  await t.rejects(atomic([guard, failing.asWrite({ userId: '1' as UserId })]), {
    message: 'the database failed: 22012',
  })
  t.strictSame(await names(), ['a'])
})

t.test('a batch that waits for a lock holds up nobody but its own group', async t => {
  const { atomic, address, named, touch } = await open(t)
  await atomic([named('slow')])
  const other = await connect(t, address)
  await other.query("begin; select from usernames where folded = 'slow' for update")
  let slow = 'waiting'
  const waiting = atomic([touch.asWrite({ folded: 'slow', userId: '1' as UserId })]).then(() => {
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
  const waiting = atomic([touch.asWrite({ folded: 'slow', userId: '3' as UserId })])
  t.ok(await before)
  await t.rejects(failing, { name: 'Conflict' })
  await locksAwaited(other, 1)
  await other.query('commit')
  t.ok(await waiting)
})

t.test('a deadlock with another process parts the group, and everybody gets through', async t => {
  const { atomic, address, named, touch } = await open(t)
  await atomic([named('a'), named('gate'), named('b'), named('c')])
  const [other, gate, watching] = [await connect(t, address), await connect(t, address), await connect(t, address)]
  await other.query("set deadlock_timeout = '1h'")
  await other.query("begin; select from usernames where folded = 'b' for update")
  await gate.query("begin; select from usernames where folded = 'gate' for update")
  const touched = (folded: string, of: string) => touch.asWrite({ folded, userId: of as UserId })
  const writing = [atomic([touched('a', '1'), touched('gate', '1'), touched('b', '1')]), atomic([touched('c', '2')])]
  await locksAwaited(watching, 1)
  // A server looks for a deadlock once, a second after it begins to wait: the other one has to wait by then.
  const others = other.query("select from usernames where folded = 'a' for update")
  await locksAwaited(watching, 2)
  await gate.query('commit')
  await others
  await other.query('commit')
  t.match(await Promise.all(writing), [[[{ name: 'a' }], [{ name: 'gate' }], [{ name: 'b' }]], [[{ name: 'c' }]]])
})

t.test('a large number of batches is parted, and what waits at the end is still written', async t => {
  const { address } = await open(t)
  const { atomic, close, prepare, tables } = await openDatabase(patient(address))
  const add = prepare('test_add', columnsOf(tables.usernames), (db, row) => insertInto(db, tables.usernames, row))
  const writing = Array.from({ length: 150 }, (_, i) =>
    atomic([add.asWrite({ folded: `n${i}`, userId: String(i % 3) as UserId })]),
  )
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
      const mail = (folded: string, user = '1') => email.asWrite({ folded, userId: user as UserId })
      const guard = (folded: string) => must(touch.asWrite({ folded, userId: '1' as UserId }))
      t.match(await atomic([mail('a@mail', '7'), guard('a'), mail('b@mail', '8')], 'independent'), [
        [],
        [{ name: 'a' }],
        [],
      ])
      t.match(await atomic([touch.asWrite({ folded: 'b', userId: '1' as UserId }), mail('c@mail')], 'independent'), [
        [{ name: 'b' }],
        [],
      ])
      t.equal(await atomic([guard('nobody'), mail('d@mail')], 'independent'), undefined)
      await t.rejects(atomic([guard('a'), mail('e@mail'), mail('a@mail')], 'independent'), {
        name: 'Conflict',
        table: 'emails',
      })
      t.match(
        await atomic([grow.asWrite({ folded: 'a', userId: noUser }), guard('b'), mail('f@mail')], 'independent'),
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
