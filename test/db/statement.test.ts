import { sql } from 'drizzle-orm'
import t from 'tap'
import { eq } from '../../src/db/conditions.ts'
import type { Db, Query } from '../../src/db/database.ts'
import { number } from '../../src/db/values.ts'
import type { UserId } from '../../src/ids.ts'
import { wireEntry } from '../../src/moods/entry-row.ts'
import { build, type Person, signUp } from '../helper.ts'

/** Statements bypass drizzle's sessions on both engines: what they give is what drizzle gives. */

const bodies = [
  { mood: 7.5, note: 'slept "well" \\ \u2028 😀', tags: ['a, b', 'ü'], occurred_at: '2026-03-01T23:30:00.120-05:00' },
  { mood: 'calm', date: '2026-03-02' },
  { mood: 0, note: null, tags: [], occurred_at: '1969-12-31T23:59:59Z' },
]

async function withEntries(t: Parameters<typeof build>[0]) {
  const { app, database } = await build(t)
  const maya: Person = await signUp(app, 'maya')
  for (const body of bodies) t.equal((await maya.post('/mood', body)).statusCode, 201)
  return { database, maya }
}

t.test('rows are what drizzle makes of them: nested, of joins, of expressions, with nothing in them', async t => {
  const { database, maya } = await withEntries(t)
  const { prepare, query, tables } = database
  const { users, moods, avatars } = tables
  const selects: ((db: Db) => Query)[] = [
    (db: Db) => db.select().from(moods).orderBy(moods.id),
    (db: Db) =>
      db
        .select({ entry: wireEntry(tables), version: users.moodVersion, two: sql<number>`1 + 1`.as('two') })
        .from(moods)
        .innerJoin(users, eq(users.id, moods.userId))
        .orderBy(moods.id),
    (db: Db) =>
      db
        .select({ user: { id: users.id }, avatar: { bytes: avatars.bytes, digest: avatars.digest } })
        .from(users)
        .leftJoin(avatars, eq(avatars.userId, users.id)),
    (db: Db) =>
      db
        .select({ at: sql<Date>`coalesce(${moods.occurredAt}, ${moods.createdAt})`.mapWith(moods.createdAt) })
        .from(moods)
        .orderBy(moods.id),
    (db: Db) =>
      db
        .select()
        .from(users)
        .where(eq(users.id, 'nobody' as UserId)),
  ]
  for (const [i, make] of selects.entries()) {
    const prepared = prepare(`test_${i}`, {}, make)
    const expected = await query(make)
    for (const n of [1, 2]) t.strictSame(await prepared.execute({}), expected, `${i}, time ${n}`)
  }
  t.ok(maya)
})

t.test('an object of a row as JSON is what it would be encoded to, and can be added to', async t => {
  const { database } = await withEntries(t)
  const { prepare, query, tables } = database
  const { users, moods } = tables
  const columns = {
    ...wireEntry(tables),
    verified: users.emailVerifiedAt,
    long: users.storedBytes,
    nine: sql<number>`4 + 5`,
    none: sql<null>`null`,
  }
  const make = (db: Db) =>
    db
      .select({ entry: columns, date: moods.date })
      .from(moods)
      .innerJoin(users, eq(users.id, moods.userId))
      .orderBy(moods.id)
  const rows = await prepare('test_json', {}, make, 'entry').execute({})
  const expected = await query(make)
  t.strictSame(
    rows.map(({ entry, date }) => [`${entry}}`, date]),
    expected.map(({ entry, date }) => [JSON.stringify(entry), date]),
  )
})

t.test('what is true or false is that in JSON', async t => {
  const { app, database } = await build(t)
  const ines = await signUp(app, 'ines', { role: 'instructor' })
  for (const two_sided of [true, false]) await ines.post('/poses', { name: `Pose ${two_sided}`, two_sided })
  const { poses } = database.tables
  const rows = await database
    .prepare(
      'test_bool',
      {},
      db =>
        db
          .select({ pose: { name: poses.name, two_sided: poses.twoSided } })
          .from(poses)
          .orderBy(poses.name),
      'pose',
    )
    .execute({})
  t.strictSame(
    rows.map(({ pose }) => pose),
    ['{"name":"Pose false","two_sided":false', '{"name":"Pose true","two_sided":true'],
  )
})

t.test('a value that is missing is an error that names it', async t => {
  const { database } = await build(t)
  const { users } = database.tables
  const one = database.prepare('test_missing', { by: number }, (db, { by }) =>
    db.select({ id: users.id }).from(users).where(sql`${by} = 1`),
  )
  await t.rejects(async () => one.execute({} as { by: number }), {
    message: 'No value for placeholder "by" was provided',
  })
})
