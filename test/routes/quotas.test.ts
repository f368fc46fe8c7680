import { globSync, readFileSync } from 'node:fs'
import Client from 'better-sqlite3'
import { eq } from 'drizzle-orm'
import pg from 'pg'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { checkSqlite } from '../../src/db/check.sqlite.ts'
import type { Database } from '../../src/db/database.ts'
import { fileOf, isPostgres } from '../../src/db/open.ts'
import { newId, type UserId } from '../../src/ids.ts'
import { quotaStore } from '../../src/quotas/quotas.ts'
import { build, type Person, signUp } from '../helper.ts'

const withQuotas = (t: Test, env: Record<string, string>) => build(t, { env })

const limitReached = (sentence: RegExp | string) => ({ status: 409, code: 'limit_reached', errors: [sentence] })

/** The counters of a user, and what they should be: counted from the rows. */
async function counters({ query, tables }: Database, user: UserId) {
  const { users, moods, tasks, practices, sequences, publishedSequences, poses, deletions, revisions } = tables
  const [stored] = await query(db =>
    db
      .select({
        moods: users.moodCount,
        tasks: users.taskCount,
        practices: users.practiceCount,
        sequences: users.sequenceCount,
        published: users.publishedCount,
        poses: users.poseCount,
        bytes: users.storedBytes,
      })
      .from(users)
      .where(eq(users.id, user)),
  )
  const counted: Record<string, number> = {}
  for (const [name, table] of Object.entries({
    moods,
    tasks,
    practices,
    sequences,
    published: publishedSequences,
    poses,
  })) {
    const rows = await query(db =>
      db
        .select()
        .from(table as typeof moods)
        .where(eq((table as typeof moods).userId, user)),
    )
    counted[name] = rows.length
    counted.bytes = (counted.bytes ?? 0) + rows.reduce((sum, row) => sum + (row.bytes ?? 0), 0)
  }
  const deleted = await query(db => db.select().from(deletions).where(eq(deletions.userId, user)))
  const earlier = await query(db => db.select().from(revisions).where(eq(revisions.userId, user)))
  counted.bytes = [...deleted, ...earlier].reduce((sum, { bytes }) => sum + bytes, counted.bytes ?? 0)
  return { stored, counted }
}

async function agree(t: Test, database: Database, user: UserId) {
  const { stored, counted } = await counters(database, user)
  t.strictSame(stored, counted, 'the counters are what the rows are')
  return stored as NonNullable<typeof stored>
}

t.test(
  'security 43: an account has so many entries, tasks and practices, then 409 limit_reached; deleting works',
  async t => {
    const { app, database } = await withQuotas(t, { MAX_MOODS: '2', MAX_TASKS: '2', MAX_PRACTICES: '2' })
    const maya = await signUp(app, 'maya', { role: 'instructor' })
    const sequence = (await maya.post('/sequences', { title: 'mine' })).json().id
    for (const [url, body, name] of [
      ['/mood', { mood: 5 }, 'mood entries'],
      ['/tasks', { title: 'one' }, 'tasks'],
      [`/sequences/${sequence}/practices`, {}, 'practices'],
    ] as const) {
      const first = await maya.post(url, body)
      t.equal(first.statusCode, 201)
      t.equal((await maya.post(url, body)).statusCode, 201)
      const refused = limitReached(`You can have at most 2 ${name}; delete one first.`)
      t.match((await maya.post(url, body)).json(), refused)
      t.match((await maya.post(url, body, { 'idempotency-key': url })).json(), refused)
      t.match((await maya.post(url, { ...body, id: uuidv7() })).json(), refused)
      const made = String(first.headers.location)
      t.equal(
        (await maya.patch(made, url === '/tasks' ? { title: 'x' } : { note: 'x' })).statusCode,
        200,
        'still changed',
      )
      t.match((await maya.delete(made)).statusCode, /20[04]/)
      t.equal((await maya.delete(made)).statusCode, 404)
      t.equal(
        (await maya.post(url, body, { 'idempotency-key': url })).statusCode,
        201,
        'a refused key can be used again',
      )
    }
    t.match(await agree(t, database, maya.id), { moods: 2, tasks: 2, practices: 2, sequences: 1 })
    const ines = await signUp(app, 'ines')
    t.equal((await ines.post('/mood', { mood: 5 })).statusCode, 201, 'somebody else is not concerned')
  },
)

t.test('security 43: sequences are limited, copies too, and those that everybody sees', async t => {
  const { app, database } = await withQuotas(t, { MAX_SEQUENCES: '3', MAX_PUBLISHED: '1' })
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const published = { title: 'Seen', visibility: 'published' }
  const seen = (await maya.post('/sequences', published)).json().id
  const onlyOne = limitReached('You can have at most 1 published sequences; delete one first.')
  t.match((await maya.post('/sequences', published)).json(), onlyOne)
  const hidden = (await maya.post('/sequences', { title: 'Hidden' })).json().id
  t.match((await maya.patch(`/sequences/${hidden}`, { visibility: 'published' })).json(), onlyOne)
  t.equal((await maya.patch(`/sequences/${seen}`, { title: 'Still seen' })).statusCode, 200)
  t.equal((await maya.patch(`/sequences/${seen}`, { archived: true })).statusCode, 200)
  t.equal((await maya.patch(`/sequences/${hidden}`, { visibility: 'published' })).statusCode, 200, 'now there is room')
  t.match((await maya.patch(`/sequences/${seen}`, { archived: false })).json(), onlyOne)
  t.equal((await maya.post(`/sequences/${hidden}/copy`, {})).statusCode, 201)
  const all = limitReached('You can have at most 3 sequences; delete one first.')
  t.match((await maya.post(`/sequences/${hidden}/copy`, {})).json(), all)
  t.match((await maya.post('/sequences', { title: 'Fourth' })).json(), all)
  t.match(await agree(t, database, maya.id), { sequences: 3, published: 1 })
  for (const id of [hidden, seen]) t.equal((await maya.delete(`/sequences/${id}`)).statusCode, 204)
  t.match(await agree(t, database, maya.id), { sequences: 1, published: 0 })
})

t.test('security 43: the bytes of an account are limited, for what is new and for what grows', async t => {
  const { app, database } = await withQuotas(t, { MAX_ACCOUNT_MB: '1' })
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const sequence = (await maya.post('/sequences', { title: 'mine' })).json().id
  const task = String((await maya.post('/tasks', { title: 'one' })).headers.location)
  const practice = String((await maya.post(`/sequences/${sequence}/practices`, {})).headers.location)
  const small = String((await maya.post('/mood', { mood: 5 })).headers.location)
  const note = '\u{1F600}'.repeat(5_000)
  let large = small
  for (let i = 0; i < 49; i++) large = String((await maya.post('/mood', { mood: 5, note })).headers.location)
  const full = limitReached('This account can hold 1 MB and has no room for that; delete something permanently first.')
  const description = note
  t.match((await maya.post('/mood', { mood: 5, note })).json(), full)
  t.match((await maya.post('/tasks', { title: 'x', description })).json(), full)
  t.match((await maya.patch(small, { note })).json(), full)
  t.match((await maya.patch(task, { description })).json(), full)
  t.match((await maya.patch(practice, { note })).json(), full)
  t.match((await maya.patch(`/sequences/${sequence}`, { description: note })).json(), full)
  t.ok((await agree(t, database, maya.id)).bytes <= 1_000_000)
  t.equal((await maya.patch(large, { note: 'short' })).statusCode, 200, 'what shrinks is let in')
  t.equal((await maya.delete(`${large}/revisions`)).statusCode, 204, 'without what it was before')
  t.equal((await maya.patch(practice, { note })).statusCode, 200, 'and makes room')
  t.equal((await maya.post('/tasks/delete', { ids: [task.slice(7), uuidv7()] })).statusCode, 200)
  t.equal((await maya.delete(small)).statusCode, 200)
  t.equal((await maya.delete(practice)).statusCode, 204)
  await agree(t, database, maya.id)
})

t.test('security 43: an account beyond a limit that was lowered can change and delete, and not add', async t => {
  const { app, database, config } = await withQuotas(t, {})
  const maya = await signUp(app, 'maya')
  const { mood } = (await maya.post('/mood', { mood: 5, note: 'long', tags: ['a', 'b'] })).json()
  const { users } = database.tables
  await database.query(db =>
    db.update(users).set({ moodCount: config.limits.moods + 5, storedBytes: config.limits.bytes + 5_000 }),
  )
  t.match((await maya.post('/mood', { mood: 5 })).json(), { code: 'limit_reached' })
  t.match((await maya.patch(`/mood/${mood.id}`, { note: 'longer' })).json(), { code: 'limit_reached' })
  t.equal((await maya.patch(`/mood/${mood.id}`, { note: null, tags: ['a'] })).statusCode, 200)
  t.equal((await maya.delete(`/mood/${mood.id}`)).statusCode, 200)
})

t.test('security 43: without a limit there is none', async t => {
  const { app, database } = await withQuotas(t, { MAX_MOODS: '0', MAX_ACCOUNT_MB: '0' })
  const maya = await signUp(app, 'maya')
  const { users } = database.tables
  await database.query(db => db.update(users).set({ moodCount: 1_000_000_000, storedBytes: 10_000_000_000_000 }))
  t.equal((await maya.post('/mood', { mood: 5 })).statusCode, 201)
  t.match((await counters(database, maya.id)).stored, { moods: 1_000_000_001, bytes: 10_000_000_000_200 })
})

t.test('security 43: what is sent at the same time does not pass a limit together', async t => {
  const { app, database } = await withQuotas(t, {
    MAX_MOODS: '5',
    MAX_TASKS: '5',
    MAX_SEQUENCES: '5',
    MAX_PUBLISHED: '3',
  })
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const { statuses } = await together(maya)
  t.strictSame(statuses, { '/mood': 5, '/tasks': 5, '/sequences': 3 })
  t.match(await agree(t, database, maya.id), { moods: 5, tasks: 5, sequences: 3, published: 3 })
})

/**
 * Sends twenty of each at once.
 * @returns how many were created.
 */
async function together(person: Person) {
  const statuses: Record<string, number> = {}
  const bodies = {
    '/mood': { mood: 5 },
    '/tasks': { title: 'one' },
    '/sequences': { title: 'one', visibility: 'published' },
  }
  const sent = Object.entries(bodies).flatMap(([url, body]) =>
    Array.from({ length: 20 }, async () => {
      const { statusCode } = await person.post(url, body)
      if (statusCode === 201) statuses[url] = (statuses[url] ?? 0) + 1
    }),
  )
  await Promise.all(sent)
  return { statuses }
}

t.test('security 43: changes and deletions at the same time are counted once', async t => {
  const { app, database } = await withQuotas(t, {})
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const sequence = (await maya.post('/sequences', { title: 'mine', visibility: 'published' })).json().id
  const made = await Promise.all([
    maya.post('/mood', { mood: 5, note: 'n', tags: ['a', 'A', 'b'] }),
    maya.post('/mood', { mood: 5 }),
    maya.post('/tasks', { title: 'one' }),
    maya.post('/tasks', { title: 'two', description: 'd' }),
    maya.post(`/sequences/${sequence}/practices`, { note: 'n' }),
    maya.post('/poses', { name: 'mine' }),
  ])
  const places = made.map(({ headers }) => String(headers.location))
  const [mood = '', , task = '', other = '', practice = '', pose = ''] = places
  const times = (n: number, send: (i: number) => Promise<unknown>) => Array.from({ length: n }, (_, i) => send(i))
  await Promise.all([
    ...times(5, i => maya.patch(mood, { note: 'x'.repeat(i * 10), tags: [`t${i}`] })),
    ...times(5, i => maya.patch(task, { description: 'x'.repeat(i * 10) })),
    ...times(5, i => maya.patch(practice, { note: 'x'.repeat(i * 10) })),
    ...times(5, i => maya.patch(`/sequences/${sequence}`, { visibility: i % 2 ? 'published' : 'private' })),
  ])
  await agree(t, database, maya.id)
  const ids = [other.slice(7), task.slice(7)]
  await Promise.all([
    ...times(3, () => maya.delete(mood)),
    ...times(3, () => maya.delete(practice)),
    ...times(3, () => maya.delete(pose)),
    ...times(3, () => maya.delete(task)),
    ...times(3, () => maya.post('/tasks/delete', { ids })),
    ...times(3, () => maya.delete(`/sequences/${sequence}`)),
  ])
  t.match(await agree(t, database, maya.id), { moods: 1, tasks: 0, practices: 0, poses: 0, sequences: 0, published: 0 })
})

t.test(
  'security 43: what was created with the last room is found by a retry, by key or id, alone or at once',
  async t => {
    const { app } = await withQuotas(t, { MAX_MOODS: '2', MAX_TASKS: '1' })
    const maya = await signUp(app, 'maya')
    const body = { id: uuidv7(), mood: 5 }
    t.equal((await maya.post('/mood', body)).statusCode, 201)
    const key = { 'idempotency-key': 'k' }
    const keyed = await Promise.all(Array.from({ length: 5 }, () => maya.post('/mood', { mood: 6 }, key)))
    t.strictSame([...new Set(keyed.map(({ statusCode }) => statusCode))], [201])
    t.equal(new Set(keyed.map(({ headers }) => headers.location)).size, 1, 'one entry')
    t.equal((await maya.post('/mood', body)).statusCode, 200)
    t.match((await maya.post('/mood', { ...body, mood: 1 })).json(), { status: 409 })
    t.match((await maya.post('/mood', { mood: 7 })).json(), { code: 'limit_reached' })
    const task = { id: uuidv7(), title: 'one' }
    const tasks = await Promise.all(Array.from({ length: 5 }, () => maya.post('/tasks', task)))
    t.strictSame(tasks.map(({ statusCode }) => statusCode).sort(), [200, 200, 200, 200, 201])
  },
)

t.test('nobody is refused for want of room who is gone, or has some', async t => {
  const { app, database } = await withQuotas(t, {})
  const maya = await signUp(app, 'maya')
  const quotas = quotaStore({ ...database, prepare: (name, ...rest) => database.prepare(`other_${name}`, ...rest) })
  t.equal(await quotas.refuse(newId<UserId>(), { moods: 1 }), undefined)
  t.equal(await quotas.refuse(maya.id, { moods: 1, bytes: 200 }), undefined)
})

t.test('the texts of an entry count in bytes, and each row counts 200', async t => {
  const { app, database } = await withQuotas(t, {})
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 5, note: '\u{1F600}é', tags: ['Run', 'run', 'ä'] })
  t.equal((await agree(t, database, maya.id)).bytes, 200 + 6 + (200 + 3) + (200 + 2))
})

t.test('the migration counts what was stored before there were quotas, as new rows are counted', async t => {
  const { app, database, config } = await withQuotas(t, {})
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const ines = await signUp(app, 'ines')
  await ines.post('/mood', { mood: 5 })
  await maya.post('/mood', { mood: 'good', note: 'é\u{1F600}', tags: ['Run', 'run', 'ä'] })
  await maya.post('/tasks', { title: 'Ä', description: 'x' })
  const poses = [{ pose_id: 'cat', cue: '"ä"' }]
  const sequence = (await maya.post('/sequences', { title: 'A', visibility: 'published', poses })).json().id
  await maya.post(`/sequences/${sequence}/practices`, { note: 'n' })
  await maya.post('/poses', { name: 'mine' })
  const before = await agree(t, database, maya.id)
  const engine = isPostgres(config.databaseUrl) ? 'postgres' : 'sqlite'
  const statements = globSync(`migrations/${engine}/*.sql`)
    .flatMap(file => readFileSync(file, 'utf8').split('--> statement-breakpoint'))
    .filter(statement => /UPDATE .(\w+). SET\s+.(bytes|mood_count|stored_bytes). =/.test(statement))
  t.equal(statements.length, 7)
  const { users, moods, tasks, practices, sequences } = database.tables
  for (const table of [moods, tasks, practices, sequences] as const)
    await database.query(db => db.update(table as typeof moods).set({ bytes: 0 }))
  await database.query(db => db.update(users).set({ moodCount: 7, poseCount: 7, publishedCount: 7, storedBytes: 7 }))
  await execute(config.databaseUrl, statements)
  const after = await agree(t, database, maya.id)
  // `jsonb` writes a space after each comma and colon.
  const spaces = engine === 'postgres' ? 13 : 0
  t.strictSame(after, { ...before, bytes: before.bytes + spaces })
  t.match(await agree(t, database, ines.id), { moods: 1, bytes: 200, sequences: 0 })
})

async function execute(url: string, statements: readonly string[]) {
  if (isPostgres(url)) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    for (const statement of statements) await client.query(statement)
    await client.end()
  } else {
    const client = new Client(fileOf(url))
    for (const statement of statements) client.exec(statement)
    client.close()
  }
}

t.test('db:check counts again, and says which counter is wrong', async t => {
  if (process.env.TEST_DATABASE_URL) return t.pass('of SQLite')
  const { app, database, config } = await withQuotas(t, {})
  const file = fileOf(config.databaseUrl)
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 5 })
  t.match((await checkSqlite(file)).lines[0], /is OK/)
  const { users } = database.tables
  for (const [column, change] of Object.entries({ stored_bytes: { storedBytes: 1 }, task_count: { taskCount: 1 } })) {
    await database.query(db => db.update(users).set(change))
    await t.rejects(checkSqlite(file), { message: `${file} has 1 users whose ${column} is not what their rows are` })
    await database.query(db => db.update(users).set({ storedBytes: 200 }))
  }
  await database.query(db => db.update(users).set({ deletedAt: new Date() }))
  t.match((await checkSqlite(file)).lines[0], /is OK/, 'the rows of a deleted account are on their way out')
})
