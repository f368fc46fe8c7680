import { mock } from 'node:test'
import { count, sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { eq } from '../../src/db/conditions.ts'
import type { Db, Query } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { columnsOf, insertInto, updateOf } from '../../src/db/statements.ts'
import { number } from '../../src/db/values.ts'
import type { EntryId, UserId } from '../../src/ids.ts'
import { ownPostgres, postgresDatabase, startPostgres } from '../postgres-server.ts'

const server = await startPostgres(t)

async function open(t: Test, url?: string) {
  const database = await openDatabase(url ?? (await postgresDatabase(t, server)))
  t.teardown(() => database.close())
  return database
}

const now = new Date('2026-02-03T04:05:06.789Z')

/** Two people: one with a mood and a picture, the other with neither. */
async function withPeople(t: Test) {
  const database = await open(t)
  const { query, tables } = database
  const { users, moods, avatars } = tables
  const settings = { dayStartsAt: 0, moodMin: 0, moodMax: 10, moodVersion: 1 }
  const person = { role: 'member', createdAt: now, updatedAt: now, ...settings } as const
  const mood = {
    date: '2026-02-03',
    dateSource: 'date',
    occurredAt: now,
    sortAt: now,
    timezone: 'UTC',
    revision: 1,
  } as const
  await query(db => db.insert(users).values(['a', 'b'].map(id => ({ ...person, id: id as UserId, username: id }))))
  await query(db =>
    db.insert(moods).values({
      ...mood,
      userId: 'a' as UserId,
      id: 'm' as EntryId,
      mood: '1e1',
      valence: 0.25,
      note: null,
      tags: ['"', 'ü'],
      createdAt: now,
      updatedAt: now,
    }),
  )
  const picture = { bytes: Buffer.from([0, 255, 39]), digest: 'd', updatedAt: now }
  await query(db => db.insert(avatars).values({ userId: 'a' as UserId, ...picture }))
  return database
}

t.test('rows are what drizzle makes of them', async t => {
  const { prepare, query, tables } = await withPeople(t)
  const { users, moods, avatars } = tables
  const selects: ((db: Db) => Query)[] = [
    db => db.select().from(users).orderBy(users.id),
    db => db.select().from(moods),
    db => db.select().from(avatars),
    // Objects of columns, one of which is null as a whole for the second person.
    db => db.select().from(users).leftJoin(moods, eq(moods.userId, users.id)).orderBy(users.id),
    db =>
      db
        .select({ id: users.id, mood: { note: moods.note, tags: moods.tags, at: moods.occurredAt } })
        .from(users)
        .innerJoin(moods, eq(moods.userId, users.id)),
    db =>
      db
        .select({ date: moods.date, n: count(moods.id) })
        .from(users)
        .leftJoin(moods, eq(moods.userId, users.id))
        .groupBy(moods.date)
        .orderBy(moods.date),
    db =>
      db
        .select({ big: sql<string>`count(*)`.as('big'), at: sql`max(${users.createdAt})`.mapWith(users.createdAt) })
        .from(users),
    db =>
      db
        .select()
        .from(users)
        .where(eq(users.id, 'nobody' as UserId)),
  ]
  for (const [i, build] of selects.entries()) {
    const prepared = prepare(`test_${i}`, {}, build)
    const expected = await query(build)
    t.strictSame(await prepared.execute({}), expected)
    t.strictSame(await prepared.execute({}), expected, 'also when the server does not describe them')
  }
})

t.test('an object of a row as JSON is what it would be encoded to, whether of columns or of expressions', async t => {
  const { prepare, query, tables } = await withPeople(t)
  const { moods } = tables
  const entry = { mood: moods.mood, note: moods.note, at: moods.occurredAt, nine: sql<number>`4 + 5`, none: sql`null` }
  const mapped = sql`coalesce(${moods.occurredAt}, ${moods.createdAt})`.mapWith(moods.createdAt)
  const make = (db: Db) => db.select({ entry: { ...entry, mapped }, id: moods.id }).from(moods)
  const [expected] = await query(make)
  const [row] = await prepare('test_json', {}, make, 'entry').execute({})
  t.match(expected?.entry, { nine: 9, none: null })
  t.strictSame([`${row?.entry}}`, row?.id], [JSON.stringify(expected?.entry), expected?.id])
})

t.test('values are what drizzle and the driver make of them', async t => {
  const { prepare, query, tables } = await withPeople(t)
  const { moods, avatars } = tables
  const changed = columnsOf(
    moods,
    'userId',
    'date',
    'dateSource',
    'timezone',
    'digest',
    'revision',
    'createdAt',
    'updatedAt',
  )
  const set = prepare('test_set', changed, (db, { id, ...values }) =>
    updateOf(db, moods, { ...values, revision: sql`7` }).where(eq(moods.id, id)),
  )
  const at = new Date('0099-12-31T23:59:59.001Z')
  const id = 'm' as EntryId
  const values = {
    occurredAt: at,
    sortAt: at,
    loggedAt: at,
    onTime: false,
    mood: { score: 1e21 } as unknown as number,
    valence: -0.1,
    note: "'\\\n\u{1F600}",
    tags: ['{a,"b"}', '\\N'],
    bytes: 1,
    version: 2,
  }
  t.strictSame(await set.execute({ id, ...values }), [], 'a write without "returning" answers with no row')
  t.match(await query(db => db.select().from(moods)), [{ ...values, revision: 7 }])
  const draw = prepare('test_draw', { bytes: avatars.bytes }, (db, values) => updateOf(db, avatars, values))
  const bytes = Buffer.from([92, 120, 0])
  await draw.execute({ bytes })
  t.match(await query(db => db.select().from(avatars)), [{ bytes }])
  t.strictSame(await set.execute({ id, ...values, note: null }), [])
  t.match(await query(db => db.select().from(moods)), [{ note: null }])
})

/** Answers with the transaction that it runs in, and fails for 0. */
function transactionOf(
  { prepare, tables: { usernames } }: Awaited<ReturnType<typeof open>>,
  name = 'test_transaction',
) {
  return prepare(name, { by: number }, (db, { by }) =>
    db
      .select({
        id: sql<string>`pg_current_xact_id()::text`,
        n: sql<number>`10 / cast(${by} as integer)`,
      })
      .from(sql`(values (1)) as "one"` as unknown as typeof usernames),
  )
}

t.test('executions of one statement that come together share a packet, others do not', async t => {
  const database = await open(t)
  const one = transactionOf(database)
  const other = transactionOf(database, 'test_other')
  const answers = await Promise.all([
    ...Array.from({ length: 17 }, (_, i) => one.execute({ by: i + 1 })),
    other.execute({ by: 1 }),
  ])
  t.strictSame(
    answers.slice(0, 17).map(([row]) => row?.n),
    Array.from({ length: 17 }, (_, i) => Math.trunc(10 / (i + 1))),
  )
  const transactions = answers.map(([row]) => row?.id)
  t.equal(new Set(transactions.slice(0, 16)).size, 1)
  t.equal(new Set(transactions).size, 3, 'a packet has an end')
})

t.test('one that fails does so alone', async t => {
  const one = transactionOf(await open(t))
  const outcomes = await Promise.allSettled([1, 0, 2, 'no number' as unknown as number].map(by => one.execute({ by })))
  t.match(
    outcomes.map(outcome => (outcome.status === 'fulfilled' ? outcome.value[0]?.n : outcome.reason)),
    [10, { message: 'the database failed: 22012' }, 5, { message: 'the database failed: 22P02' }],
  )
})

/** Answers with a number; for 0 it takes too long, as after the time-out of a statement. */
function slowFor0({ prepare, tables: { usernames } }: Awaited<ReturnType<typeof open>>) {
  const slow = sql`pg_cancel_backend(pg_backend_pid())::text || pg_sleep(600)::text`
  return prepare('test_slow', { by: number }, (db, { by }) =>
    db
      .select({ n: sql<string>`case cast(${by} as integer) when 0 then ${slow} else cast(${by} as text) end` })
      .from(sql`(values (1)) as "one"` as unknown as typeof usernames),
  )
}

t.test('one that takes too long is not tried again, and those that came with it are', async t => {
  const slow = slowFor0(await open(t))
  const outcomes = await Promise.allSettled([1, 0, 2, 0].map(by => slow.execute({ by })))
  t.match(
    outcomes.map(outcome => (outcome.status === 'fulfilled' ? outcome.value[0]?.n : outcome.reason)),
    ['1', { message: 'database unavailable: 57014' }, '2', { message: 'database unavailable: 57014' }],
  )
})

t.test('a server that says nothing is not waited for, neither by reads nor by writes', async t => {
  const database = await open(t)
  const { atomic, prepare, tables } = database
  const sleeping = prepare('test_sleeping', {}, db =>
    db.select({ n: sql`pg_sleep(600)` }).from(sql`(values (1)) as "one"` as unknown as typeof tables.usernames),
  )
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const running = [sleeping.execute({}), sleeping.execute({}), atomic([sleeping.asWrite({})])]
  let ended = false
  const outcomes = Promise.allSettled(running).finally(() => {
    ended = true
  })
  while (!ended) {
    mock.timers.tick(3_000)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  for (const outcome of await outcomes) t.match(outcome, { reason: { message: 'database unavailable: SILENT' } })
  await database.ping()
})

t.test('writes do not share: each ends by itself', async t => {
  const { prepare, query, tables } = await open(t)
  const { usernames } = tables
  const add = prepare('test_add', columnsOf(usernames), (db, row) => insertInto(db, usernames, row))
  await Promise.all(['a', 'b', 'c'].map(folded => add.execute({ folded, userId: '1' as UserId })))
  const transactions = await query(db => db.selectDistinct({ xmin: sql`xmin::text` }).from(usernames))
  t.equal(transactions.length, 3)
})

t.test('without a server everybody is told', async t => {
  const own = await ownPostgres(t)
  const one = transactionOf(await open(t, own.url))
  await own.stop()
  const outcomes = await Promise.allSettled([one.execute({ by: 1 }), one.execute({ by: 2 })])
  t.match(outcomes, [{ reason: { name: 'Unavailable' } }, { reason: { name: 'Unavailable' } }])
  await own.start()
})
