import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Client from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { eq } from '../../src/db/conditions.ts'
import { Conflict, type Database, must, Unavailable } from '../../src/db/database.ts'
import { openSqlite } from '../../src/db/open.sqlite.ts'
import { fileOf, openDatabase } from '../../src/db/open.ts'
import { columnsOf, insertInto } from '../../src/db/statements.ts'
import { bare } from '../../src/db/values.ts'
import type { SessionId, UserId } from '../../src/ids.ts'
import { temporaryFolder } from '../helper.ts'

const migrations = fileURLToPath(new URL('../../migrations/sqlite', import.meta.url))

interface Journal {
  entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[]
}

function journalIn(folder: string): Journal {
  return JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8'))
}

/** A migrations folder like ours with one more migration after ours. */
function migrationsWith(t: Test, statements: readonly string[]): string {
  const folder = join(temporaryFolder(t), 'migrations')
  cpSync(migrations, folder, { recursive: true })
  const journal = journalIn(folder)
  const last = journal.entries.at(-1) as Journal['entries'][number]
  const tag = '9999_more'
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag })
  writeFileSync(join(folder, 'meta', '_journal.json'), JSON.stringify(journal))
  writeFileSync(join(folder, `${tag}.sql`), statements.join(';\n--> statement-breakpoint\n'))
  return folder
}

/** Another connection to a file, as another process would have it. */
function stranger(t: Test, file: string, options: Client.Options = {}): Client.Database {
  const client = new Client(file, options)
  t.teardown(() => client.close())
  return client
}

function open(t: Test, file = join(temporaryFolder(t), 'moods.db'), folder?: string) {
  const database = openSqlite(file, folder)
  t.teardown(() => database.close())
  return { database, file }
}

/** Opens a database and hands out the connection it works with, which is nobody else's business. */
function openWithin(t: Test, file = join(temporaryFolder(t), 'moods.db')) {
  const clients: Client.Database[] = []
  const { pragma } = Client.prototype
  const spied = t.capture(Client.prototype, 'pragma', function (this: Client.Database, source, options) {
    clients.push(this)
    return pragma.call(this, source, options)
  })
  try {
    const database = openSqlite(file)
    t.teardown(() => database.close())
    return { database, client: clients[0] as Client.Database, file }
  } finally {
    spied.restore()
  }
}

const when = new Date(0)
const someone = {
  username: 'maya',
  role: 'member' as const,
  dayStartsAt: 0,
  moodMin: 0,
  moodMax: 10,
  moodVersion: 0,
  createdAt: when,
  updatedAt: when,
}

function writesOf({ prepare, query, tables: { users, usernames, sessions } }: Database) {
  const ofUser = { id: users.id }
  const user = prepare('test_user', ofUser, (db, { id }) => db.insert(users).values({ ...someone, id: bare(id) }))
  const name = prepare('test_name', columnsOf(usernames), (db, row) => insertInto(db, usernames, row))
  const rename = prepare('test_rename', ofUser, (db, { id }) =>
    db.update(users).set({ username: 'noah' }).where(eq(users.id, id)).returning({ id: users.id }),
  )
  const session = prepare('test_session', ofUser, (db, { id }) =>
    db.insert(sessions).values({
      id: 'session' as SessionId,
      userId: bare(id),
      cookieHash: '',
      refreshHash: '',
      refreshedAt: when,
      createdAt: when,
      expiresAt: when,
    }),
  )
  return {
    user: (id: string) => user.asWrite({ id: id as UserId }),
    name: (name_: string, id: string) => name.asWrite({ folded: name_, userId: id as UserId }),
    rename: (id: string) => rename.asWrite({ id: id as UserId }),
    session: (id: string) => session.asWrite({ id: id as UserId }),
    users: async () =>
      (await query(db => db.select({ id: users.id }).from(users).orderBy(users.id))).map(({ id }) => id),
    names: async () => (await query(db => db.select({ id: usernames.folded }).from(usernames))).map(({ id }) => id),
  }
}

t.test('it is durable and private: the settings that make it so are in force', async t => {
  const { client, file } = openWithin(t)
  const inForce = Object.fromEntries(
    ['journal_mode', 'synchronous', 'foreign_keys', 'secure_delete', 'trusted_schema', 'busy_timeout'].map(pragma => [
      pragma,
      client.pragma(pragma, { simple: true }),
    ]),
  )
  t.strictSame(inForce, {
    journal_mode: 'wal',
    synchronous: 2,
    foreign_keys: 1,
    secure_delete: 1,
    trusted_schema: 0,
    busy_timeout: 5000,
  })
  t.equal(stranger(t, file).pragma('journal_mode', { simple: true }), 'wal', 'for every other connection too')
})

t.test('the start is refused where durability cannot be had', async t => {
  // SQLite's name for a database in memory; the file that is made under that name goes with the folder.
  const here = process.cwd()
  process.chdir(temporaryFolder(t))
  t.throws(() => openSqlite(':memory:'), { message: 'SQLite did not accept journal_mode = wal: it is memory' })
  process.chdir(here)
  for (const [setting, value] of [
    ['synchronous', 1],
    ['foreign_keys', 0],
    ['secure_delete', 0],
    ['trusted_schema', 1],
  ] as const) {
    const { pragma } = Client.prototype
    const deaf = t.capture(Client.prototype, 'pragma', function (this: Client.Database, source, options) {
      return source === setting ? value : pragma.call(this, source, options)
    })
    const file = join(temporaryFolder(t), 'moods.db')
    t.throws(() => openSqlite(file), { message: new RegExp(`^SQLite did not accept ${setting} = \\d: it is ${value}`) })
    deaf.restore()
  }
})

t.test('the folder of the file is made, for its owner only', async t => {
  const folder = join(temporaryFolder(t), 'not', 'yet')
  open(t, join(folder, 'moods.db'))
  t.equal(statSync(folder).mode & 0o777, 0o700)
})

t.test('a file: URL names the file, also by a relative path', async t => {
  t.equal(fileOf('file:./data/moods.db'), './data/moods.db')
  t.equal(fileOf('file:/var/lib/moods.db'), '/var/lib/moods.db')
  const file = join(temporaryFolder(t), 'moods.db')
  const database = await openDatabase(`file:${file}`)
  t.teardown(() => database.close())
  await database.ping()
  t.ok(statSync(file).isFile())
})

t.test('opening it again changes nothing', async t => {
  const { database, file } = open(t)
  const { user, users } = writesOf(database)
  await database.atomic([user('1')])
  t.strictSame(await users(), ['1'])
  await database.close()
  const schema = () => stranger(t, file).prepare('select * from sqlite_schema order by name').all()
  const applied = () => stranger(t, file).prepare('select * from __drizzle_migrations').all()
  const before = { schema: schema(), applied: applied() }

  const again = open(t, file)
  t.strictSame(await writesOf(again.database).users(), ['1'])
  t.strictSame({ schema: schema(), applied: applied() }, before)
  t.equal(before.applied.length, journalIn(migrations).entries.length)
})

t.test('a file that is no database is refused and left as it is', async t => {
  const file = join(temporaryFolder(t), 'diary.txt')
  writeFileSync(file, 'Dear diary')
  t.throws(() => openSqlite(file), { message: `${file} is not an SQLite database; it was left unchanged` })
  t.equal(readFileSync(file, 'utf8'), 'Dear diary')
})

t.test('every migration is in the journal, each one later than the one before', async t => {
  // drizzle silently skips a migration that is older than the newest one applied.
  const { entries } = journalIn(migrations)
  t.strictSame(
    entries.map(({ tag }) => `${tag}.sql`),
    readdirSync(migrations)
      .filter(name => name.endsWith('.sql'))
      .sort(),
  )
  entries.forEach((entry, index) => {
    t.equal(entry.idx, index)
    t.ok(index === 0 || entry.when > (entries[index - 1]?.when ?? 0), `${entry.tag} is later`)
  })
})

/** How drizzle-kit changes a table that other tables refer to. */
const rebuiltUsers = [
  'PRAGMA foreign_keys=OFF',
  'CREATE TABLE `__new_users` (`id` text PRIMARY KEY NOT NULL, `username` text NOT NULL, `role` text NOT NULL, `motto` text)',
  'INSERT INTO `__new_users`("id", "username", "role") SELECT "id", "username", "role" FROM `users`',
  'DROP TABLE `users`',
  'ALTER TABLE `__new_users` RENAME TO `users`',
  'PRAGMA foreign_keys=ON',
]

t.test('a migration that rebuilds a table keeps the rows that refer to it', async t => {
  const { database, file } = open(t)
  const { user, session } = writesOf(database)
  await database.atomic([user('1'), session('1')])
  await database.close()

  const migrated = open(t, file, migrationsWith(t, rebuiltUsers)).database
  const client = stranger(t, file)
  const sessionsOf = () => client.prepare('select user_id from sessions').pluck().all()
  t.strictSame(client.prepare('select id, motto from users').all(), [{ id: '1', motto: null }])
  t.strictSame(sessionsOf(), ['1'])

  const { users } = migrated.tables
  await migrated.query(db => db.delete(users).where(eq(users.id, '1' as UserId)))
  t.strictSame(sessionsOf(), [], 'and they refer to the new table')
})

t.test('a migration that leaves rows which refer to nothing is refused', async t => {
  const { database, file } = open(t)
  const { user, session } = writesOf(database)
  await database.atomic([user('1'), session('1'), user('2'), session('2')])
  await database.close()

  const folder = migrationsWith(t, [...rebuiltUsers.slice(0, 2), ...rebuiltUsers.slice(3)])
  t.throws(() => openSqlite(file, folder), { message: 'the migration left 2 dangling foreign keys' })
  t.throws(() => openSqlite(file, folder), { message: /dangling foreign keys/ }, 'and again at the next start')
})

t.test('a migration that fails halfway changes nothing', async t => {
  const { database, file } = open(t)
  await database.close()
  t.throws(() =>
    openSqlite(file, migrationsWith(t, ['CREATE TABLE `half` (`id` text)', 'CREATE TABLE `half` (`id` text)'])),
  )
  t.strictSame(stranger(t, file).prepare("select name from sqlite_schema where name = 'half'").all(), [])
  open(t, file)
})

t.test('of two processes that open a new file at once the second waits, and finds nothing left to migrate', async t => {
  const file = join(temporaryFolder(t), 'moods.db')
  // The other begins when this one has looked, and found a new file.
  const other = t.capture(Client.prototype, 'transaction', function (this: Client.Database, work: () => unknown) {
    other.restore()
    openSqlite(file)
    return this.transaction(work)
  })
  const database = openSqlite(file)
  t.teardown(() => database.close())
  t.equal(other().length, 1)
  const { user } = writesOf(database)
  await database.atomic([user('1')])
})

t.test('no row refers to a user who is not there, and those of a deleted one go with them', async t => {
  const { database } = open(t)
  const { user, session } = writesOf(database)
  const { users, sessions } = database.tables
  await t.rejects(database.atomic([session('nobody')]), {
    message: 'the database failed: SQLITE_CONSTRAINT_FOREIGNKEY',
  })
  await database.atomic([user('1'), session('1')])
  await database.query(db => db.delete(users).where(eq(users.id, '1' as UserId)))
  t.strictSame(await database.query(db => db.select().from(sessions)), [])
})

t.test('a batch answers with the rows of each of its writes', async t => {
  const { database } = open(t)
  const { user, rename, name } = writesOf(database)
  t.strictSame(await database.atomic([user('1'), rename('1'), rename('2'), name('noah', '1')]), [
    [],
    [{ id: '1' }],
    [],
    [],
  ])
})

t.test('a batch happens wholly or not at all', async t => {
  const { database } = open(t)
  const { user, name, users, names } = writesOf(database)
  await t.rejects(database.atomic([user('1'), name('maya', '1'), user('1')]), Conflict)
  t.strictSame([await users(), await names()], [[], []])
  await database.atomic([user('1'), name('maya', '1')])
  t.strictSame([await users(), await names()], [['1'], ['maya']])
})

t.test('of batches that share a commit one that fails is undone alone', async t => {
  const { database } = open(t)
  const { user, name, rename, users, names } = writesOf(database)
  const [first, guarded, clash, last] = await Promise.allSettled([
    database.atomic([user('1'), name('maya', '1')]),
    database.atomic([user('2'), must(rename('3'))]),
    database.atomic([user('4'), user('1')]),
    database.atomic([user('5'), name('noah', '5')]),
  ])
  t.match(
    [first, guarded, clash, last],
    [
      { status: 'fulfilled', value: [[], []] },
      { status: 'fulfilled', value: undefined },
      { status: 'rejected', reason: Conflict },
      { status: 'fulfilled', value: [[], []] },
    ],
  )
  t.strictSame(
    [await users(), await names()],
    [
      ['1', '5'],
      ['maya', 'noah'],
    ],
  )
})

t.test('a guard that changes no row stops its batch: undefined, and nothing is written', async t => {
  const { database } = open(t)
  const { user, name, rename, users, names } = writesOf(database)
  t.equal(await database.atomic([user('1'), must(rename('2')), name('maya', '1')]), undefined)
  t.strictSame([await users(), await names()], [[], []])
  t.strictSame(await database.atomic([user('1'), must(rename('1')), name('maya', '1')]), [[], [{ id: '1' }], []])
  t.strictSame([await users(), await names()], [['1'], ['maya']])
  t.equal(await database.atomic([must(name('noah', '1'))]), undefined, 'a write without rows guards nothing')
})

t.test('a batch that has failed leaves the database free for the next', async t => {
  const { database, file } = open(t)
  const { user, rename, users } = writesOf(database)
  await database.atomic([must(rename('1'))])
  await t.rejects(database.atomic([user('1'), user('1')]))
  stranger(t, file, { timeout: 0 }).exec('begin immediate; rollback')
  await database.atomic([user('1')])
  t.strictSame(await users(), ['1'])
})

t.test('a conflict names its table and nothing of what was written', async t => {
  const { database } = open(t)
  const { user, name } = writesOf(database)
  const { usernames } = database.tables
  await database.atomic([user('1'), name('maya', '1')])
  const again = database.prepare('again', {}, db =>
    db.insert(usernames).values({ folded: 'maya', userId: '2' as UserId }),
  )
  for (const attempt of [
    () => database.atomic([name('maya', '2')]),
    () => again.execute({}),
    () => database.query(db => db.insert(usernames).values({ folded: 'maya', userId: '2' as UserId })),
  ]) {
    const error = await attempt().catch(error => error)
    t.type(error, Conflict)
    t.match(error, { name: 'Conflict', table: 'usernames', message: 'conflict in usernames' })
    carriesNot(t, error, 'maya')
  }
  t.match(await database.atomic([user('1')]).catch(error => error), { table: 'users' })
})

t.test('a database that another holds is unavailable, with the code and no more; and then it is back', async t => {
  const { database, file } = open(t)
  const { user, users } = writesOf(database)
  const other = stranger(t, file)
  other.exec('begin exclusive')
  const start = performance.now()
  const [error, ofOther] = await Promise.all(
    ['canary-71', '2'].map(id => database.atomic([user(id)]).catch(error => error)),
  )
  t.ok(performance.now() - start > 4_500, 'it has waited five seconds for the other')
  t.match(ofOther, { name: 'Unavailable', code: 'SQLITE_BUSY' })
  t.type(error, Unavailable)
  t.match(error, { name: 'Unavailable', code: 'SQLITE_BUSY', message: 'database unavailable: SQLITE_BUSY' })
  carriesNot(t, error, 'canary-71')
  t.strictSame(await users(), [], 'reads go on')

  other.exec('rollback')
  await database.atomic([user('1')])
  t.strictSame(await users(), ['1'])
})

t.test(
  'security 33: a disk that is full makes writes unavailable, not reads, and nothing is written by halves',
  async t => {
    const { database, client } = openWithin(t)
    const { user, name, users, names } = writesOf(database)
    await database.atomic([user('1'), name('maya', '1')])
    client.pragma(`max_page_count = ${client.pragma('page_count', { simple: true })}`)
    await t.rejects(database.atomic([user('2'), name('x'.repeat(100_000), '2')]), {
      name: 'Unavailable',
      code: 'SQLITE_FULL',
    })
    t.strictSame([await users(), await names()], [['1'], ['maya']])
    const together = await Promise.allSettled([
      database.atomic([user('2'), name('x'.repeat(100_000), '2')]),
      database.atomic([user('3'), name('x'.repeat(100_000), '3')]),
    ])
    const full = { status: 'rejected', reason: { name: 'Unavailable', code: 'SQLITE_FULL' } }
    t.match(together, [full, full], 'of those that share a commit, too')
    t.strictSame([await users(), await names()], [['1'], ['maya']])
    await database.ping()

    client.pragma('max_page_count = 1000000')
    await database.atomic([user('2'), name('x'.repeat(100_000), '2')])
    t.strictSame(await users(), ['1', '2'])
  },
)

t.test('a database that can only be read is unavailable for writing', async t => {
  const { database, client } = openWithin(t)
  const { user, users } = writesOf(database)
  client.pragma('query_only = ON')
  await t.rejects(database.atomic([user('1')]), { name: 'Unavailable', code: /^SQLITE_READONLY/ })
  t.strictSame(await users(), [])
})

t.test('what is neither conflict nor unavailable is a mistake of ours, told by its code and no more', async t => {
  const { database, file } = open(t)
  const { user } = writesOf(database)
  const { users } = database.tables
  const error = await database
    .query(db => db.insert(users).values({ ...someone, id: 'canary-71' as UserId, username: sql`null` }))
    .catch(error => error)
  t.match(error, { message: 'the database failed: SQLITE_CONSTRAINT_NOTNULL' })
  carriesNot(t, error, 'canary-71')

  stranger(t, file).exec('alter table users rename to people')
  await t.rejects(
    database.query(db => db.select().from(users)),
    { message: 'the database failed: SQLITE_ERROR' },
  )
  const broken = await database.atomic([user('canary-71')]).catch(error => error)
  t.match(broken, { message: 'the database failed: SQLITE_ERROR' })
  carriesNot(t, broken, 'canary-71')
})

t.test('an instant that is missing reaches the database as null, which then says so', async t => {
  const { prepare, tables } = open(t).database
  const add = prepare('add', { createdAt: tables.users.createdAt }, (db, { createdAt }) =>
    db.insert(tables.users).values({ ...someone, id: '1' as UserId, createdAt: bare(createdAt) }),
  )
  await t.rejects(add.execute({ createdAt: null as never }), {
    message: 'the database failed: SQLITE_CONSTRAINT_NOTNULL',
  })
})

t.test('an error of the program itself passes through a batch and undoes it', async t => {
  const { database } = open(t)
  const { user, users } = writesOf(database)
  const { usernames } = database.tables
  const needy = database.prepare('needy', { 'never given': usernames.folded }, (db, values) =>
    db.insert(usernames).values({ folded: bare(values['never given']), userId: '1' as UserId }),
  )
  await t.rejects(database.atomic([user('1'), needy.asWrite({} as never)]), /never given/)
  t.strictSame(await users(), [])
})

t.test('a closed database does not pretend to answer', async t => {
  const { database } = open(t)
  await database.ping()
  await database.close()
  await t.rejects(database.ping())
})

function carriesNot(t: Test, error: unknown, value: string) {
  const { message, stack, ...rest } = error as Error
  t.notMatch(JSON.stringify([message, stack, rest, String((error as Error).cause)]), value)
}

/** A file that the start must not accept, made from a sound database, or from nothing. */
const unacceptable: Record<string, { sound: boolean; spoil: (client: Client.Database) => void; message: RegExp }> = {
  'of a newer version': {
    sound: true,
    spoil: client =>
      client.exec("insert into __drizzle_migrations (hash, created_at) values ('of the future', 9999999999999)"),
    message: /created by a newer version of moodstreak; it was left unchanged$/,
  },
  'of another program': {
    sound: false,
    spoil: client => client.exec('create table goods (id)'),
    message: /belongs to another program .*; it was left unchanged$/,
  },
  'of another program that uses drizzle too': {
    sound: false,
    spoil: client =>
      client.exec('create table __drizzle_migrations (created_at); insert into __drizzle_migrations values (1)'),
    message: /belongs to another program/,
  },
}

for (const [kind, { sound, spoil, message }] of Object.entries(unacceptable)) {
  for (const mode of ['wal', 'delete']) {
    t.test(`a database ${kind} is refused and left as it is (journal_mode ${mode})`, async t => {
      const folder = temporaryFolder(t)
      const file = join(folder, 'other.db')
      if (sound) await openSqlite(file).close()
      const client = new Client(file)
      client.pragma(`journal_mode = ${mode}`)
      spoil(client)
      client.close()
      const before = readFileSync(file)
      t.throws(() => openSqlite(file), { message })
      t.ok(readFileSync(file).equals(before))
      t.strictSame(readdirSync(folder), ['other.db'], 'and nothing stands beside it')
    })
  }
}

t.test('a damaged database is refused and left as it is', async t => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'moods.db')
  await openSqlite(file).close()
  const sound = readFileSync(file)
  const overwritten = (from: number, to: number) => Buffer.from(sound).fill(0xff, from, to)
  for (const damaged of [
    overwritten(16, 60),
    overwritten(100, 200),
    overwritten(4_096, 8_192),
    overwritten(sound.length - 4_096, sound.length),
    sound.subarray(0, sound.length - 4_096),
    sound.subarray(0, 1_000),
  ]) {
    writeFileSync(file, damaged)
    t.throws(() => openSqlite(file), { message: /moods\.db is damaged \([^\n]+\); it was left unchanged$/ })
    t.ok(readFileSync(file).equals(damaged))
    t.strictSame(readdirSync(folder), ['moods.db'])
  }
})

t.test('a file that an interrupted first start left is taken for new', async t => {
  const file = join(temporaryFolder(t), 'moods.db')
  const client = new Client(file)
  client.pragma('journal_mode = WAL')
  client.exec('create table __drizzle_migrations (id serial primary key, hash text not null, created_at numeric)')
  client.close()
  const { database } = open(t, file)
  await database.ping()
})
