import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import Client from 'better-sqlite3'
import t, { type Test } from 'tap'
import { backUp } from '../../src/commands/back-up.ts'
import { checkDatabase } from '../../src/commands/check-database.ts'
import { environment } from '../../src/config.ts'
import { backUpSqlite } from '../../src/db/backup.sqlite.ts'
import { checkSqlite } from '../../src/db/check.sqlite.ts'
import { openSqlite } from '../../src/db/open.sqlite.ts'
import { bare } from '../../src/db/values.ts'
import type { UserId } from '../../src/ids.ts'
import { covered, programArgs } from '../children.ts'
import { temporaryFolder } from '../helper.ts'

const run = promisify(execFile)

/** Runs a program in an empty folder, with nothing else configured. */
function start(t: Test, name: 'backup' | 'check', args: string[], configured: Record<string, string>) {
  const none = Object.fromEntries(Object.keys(environment.properties).map(key => [key, '']))
  const env = { ...process.env, ...covered, ...none, ...configured }
  return run(process.execPath, [...programArgs(name, env), ...args], { env, cwd: temporaryFolder(t) })
}

/** What `db:check` says of the database of a file that is configured, or of another file. */
async function check(configured: string, ...args: string[]): Promise<string[]> {
  const lines: string[] = []
  await checkDatabase(args, { DATABASE_URL: `file:${configured}` }, line => lines.push(line))
  return lines
}

/** A database that people write to, of `count` accounts that fill a page each. */
async function inUse(t: Test, count: number) {
  const file = join(temporaryFolder(t), 'moods.db')
  const database = openSqlite(file)
  t.teardown(() => database.close())
  const { users } = database.tables
  const when = new Date(0)
  const add = database.prepare('test_user', { id: users.id }, (db, { id }) =>
    db.insert(users).values({
      id: bare(id),
      username: 'x'.repeat(4_000),
      role: 'member',
      dayStartsAt: 0,
      moodMin: 0,
      moodMax: 10,
      moodVersion: 0,
      createdAt: when,
      updatedAt: when,
    }),
  )
  let written = 0
  const write = async () => {
    await database.atomic([add.asWrite({ id: String(written) as UserId })])
    written++
  }
  const filling = Array.from({ length: count }, (_, n) => add.asWrite({ id: `first ${n}` as UserId }))
  await database.atomic(filling)
  return { file, database, write, written: () => written }
}

/** Every file of a folder with what it holds. */
function snapshot(folder: string) {
  return readdirSync(folder).map(name => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  ])
}

t.test(
  'security 36: a backup while others write is whole and has every write that was answered before it began',
  async t => {
    const { file, write, written } = await inUse(t, 3_000)
    const copy = join(temporaryFolder(t), 'copy.db')
    for (let n = 0; n < 20; n++) await write()
    const before = written()

    const made = start(t, 'backup', [copy], { DATABASE_URL: `file:${file}` })
    let running = true
    void made.finally(() => {
      running = false
    })
    while (running) {
      await write()
      await setImmediate()
    }
    t.match((await made).stdout, `Backed up ${file} to ${copy}; its SHA-256 is in ${copy}.sha256`)
    t.ok(written() > before + 1, `${written() - before} writes came meanwhile`)

    const folder = resolve(copy, '..')
    t.strictSame(readdirSync(folder), ['copy.db', 'copy.db.sha256'], 'one file and its manifest')
    for (const name of readdirSync(folder)) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
    const client = new Client(copy, { readonly: true })
    t.teardown(() => client.close())
    t.equal(client.pragma('integrity_check', { simple: true }), 'ok')
    const ids = new Set(client.prepare('select id from users').pluck().all())
    for (let n = 0; n < 3_000; n++) if (!ids.has(`first ${n}`)) t.fail(`first ${n} is missing`)
    for (let n = 0; n < before; n++) t.ok(ids.has(String(n)), `write ${n}`)
  },
)

t.test('a backup opens as the database it was made of', async t => {
  const { file, database, write } = await inUse(t, 1)
  await write()
  await database.close()
  const copy = join(temporaryFolder(t), 'copy.db')
  await backUpSqlite(file, copy)
  t.strictSame(readdirSync(resolve(file, '..')), ['moods.db'], 'and nothing is left beside that')
  const restored = openSqlite(copy)
  const { users } = restored.tables
  t.strictSame(await restored.query(db => db.select({ id: users.id }).from(users).orderBy(users.id)), [
    { id: '0' },
    { id: 'first 0' },
  ])
  await restored.close()
})

t.test('what a killed server had not yet moved into its file is in the backup, and stays where it was', async t => {
  const { file, write } = await inUse(t, 1)
  await write()
  const folder = temporaryFolder(t)
  const crashed = join(folder, 'moods.db')
  for (const end of ['', '-wal', '-shm']) writeFileSync(`${crashed}${end}`, readFileSync(`${file}${end}`))
  const before = ['', '-wal'].map(end => readFileSync(`${crashed}${end}`))
  const copy = join(temporaryFolder(t), 'copy.db')
  await backUpSqlite(crashed, copy)
  for (const one of [crashed, copy]) t.ok((await checkSqlite(one)).lines.includes('  users: 2'))
  t.strictSame(
    ['', '-wal'].map(end => readFileSync(`${crashed}${end}`)),
    before,
  )
})

t.test('sha256sum accepts the manifest', async t => {
  const { file } = await inUse(t, 1)
  const folder = temporaryFolder(t)
  await backUpSqlite(file, join(folder, 'copy.db'))
  const digest = createHash('sha256')
    .update(readFileSync(join(folder, 'copy.db')))
    .digest('hex')
  t.equal(readFileSync(join(folder, 'copy.db.sha256'), 'utf8'), `${digest}  copy.db\n`)
  const { error, status } = spawnSync('sha256sum', ['--check', 'copy.db.sha256'], { cwd: folder })
  t.ok(error || status === 0, 'where there is one')
})

t.test('a backup overwrites nothing', async t => {
  const { file } = await inUse(t, 1)
  for (const name of ['copy.db', 'copy.db.sha256', 'copy.db.partial']) {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, name), 'precious')
    const message = `${join(folder, name)} already exists; nothing was overwritten`
    await t.rejects(backUpSqlite(file, join(folder, 'copy.db')), { message })
    t.strictSame(readdirSync(folder), [name])
    t.equal(readFileSync(join(folder, name), 'utf8'), 'precious')
  }
})

t.test('a backup that cannot be made says why and leaves nothing behind', async t => {
  const { file } = await inUse(t, 1)
  const folder = temporaryFolder(t)
  const copy = join(folder, 'copy.db')
  await t.rejects(backUp([], { DATABASE_URL: `file:${file}` }), { message: /npm run db:backup -- <file>/ })
  await t.rejects(backUpSqlite(`${file}.not`, copy), { message: `no such database: ${file}.not` })
  await t.rejects(backUpSqlite(file, join(folder, 'nowhere', 'copy.db')), { code: 'ENOENT' })

  const foreign = join(temporaryFolder(t), 'shop.db')
  new Client(foreign).exec('create table goods (id)').close()
  await t.rejects(backUpSqlite(foreign, copy), { message: /belongs to another program/ })
  t.strictSame(readdirSync(folder), [])
})

t.test('PostgreSQL is backed up by its own tools', async t => {
  const env = {
    DATABASE_URL: 'postgres://127.0.0.1:1/moods',
    JWT_SECRET: 'a secret that only the tests know, and long enough',
  }
  const copy = join(temporaryFolder(t), 'copy.db')
  await t.rejects(backUp([copy], env), { message: /pg_dump --format=custom/ })
  // What is checked of it is in test/routes/mood-snapshots.test.ts; here it cannot be reached.
  await t.rejects(start(t, 'check', [], env), {
    code: 1,
    stderr: /cannot verify the database: database unavailable/,
  })
})

t.test('db:check tells what a database and a backup hold, and changes neither', async t => {
  const { file, database } = await inUse(t, 3)
  const copy = join(temporaryFolder(t), 'copy.db')
  await backUpSqlite(file, copy)
  t.match((await checkSqlite(file)).lines, [`${file} is OK.`], 'also while it is in use')
  await database.close()

  for (const [named, args, manifest] of [
    [file, [], 'no SHA-256 manifest found.'],
    [copy, [copy], 'SHA-256 manifest.'],
  ] as const) {
    const before = snapshot(resolve(named, '..'))
    const lines = await check(file, ...args)
    t.equal(lines[0], `${named} is OK.`)
    t.match(
      lines[1],
      new RegExp(`^Checked: integrity, foreign keys, migrations \\((\\d+) of \\1 known\\), ${manifest}$`),
    )
    t.ok(lines.includes('  users: 3'))
    t.ok(lines.includes('  sessions: 0'))
    t.notOk(lines.some(line => line.includes('__')))
    t.strictSame(snapshot(resolve(named, '..')), before)
  }
})

t.test('db:check takes a file of an older version, which has no histories yet', async t => {
  const { file, database } = await inUse(t, 1)
  t.match((await check(file)).at(-1), /Histories derived again/)
  await database.close()
  const client = new Client(file)
  client.exec('delete from __drizzle_migrations where created_at = (select max(created_at) from __drizzle_migrations)')
  client.close()
  const lines = await check(file)
  t.match(lines[0], /is OK/)
  t.notOk(lines.some(line => line.includes('Histories')))
})

t.test('db:check finds one flipped bit anywhere in a backup', async t => {
  const { file } = await inUse(t, 3)
  const copy = join(temporaryFolder(t), 'copy.db')
  await backUpSqlite(file, copy)
  const sound = readFileSync(copy)
  // The first is in the header, the last in somebody's name, where SQLite itself would see nothing wrong.
  for (const at of [0, Math.floor(sound.length / 2), sound.lastIndexOf('xxxx')]) {
    const flipped = Buffer.from(sound)
    flipped[at] = (flipped[at] as number) ^ 1
    writeFileSync(copy, flipped)
    await t.rejects(checkSqlite(copy), { message: /does not match its manifest/ }, `${at}`)
    t.ok(readFileSync(copy).equals(flipped))
  }
})

t.test('db:check says what is wrong with a file that has no manifest', async t => {
  const { file, database } = await inUse(t, 300)
  await database.close()
  const folder = temporaryFolder(t)
  const other = join(folder, 'other.db')
  const wrong = async (message: RegExp) => {
    const before = snapshot(folder)
    await t.rejects(checkSqlite(other), { message }, String(message))
    t.strictSame(snapshot(folder), before)
  }
  /** The database with something done to it, in a single file. */
  const spoil = (statements: string) => {
    writeFileSync(other, readFileSync(file))
    const client = new Client(other)
    client.pragma('foreign_keys = OFF')
    client.unsafeMode().exec(statements)
    client.pragma('journal_mode = DELETE')
    client.close()
  }

  await wrong(/no such file/)
  writeFileSync(other, 'Dear diary')
  await wrong(/is not an SQLite database/)
  spoil("insert into mood_tags values ('nobody', 'calm', '2026-03-05', 0, 'none')")
  await wrong(/has dangling foreign keys: 1 in mood_tags$/)
  spoil("pragma writable_schema = on; delete from sqlite_schema where type = 'index' and sql is not null")
  await wrong(/is damaged \(/)
  spoil("insert into __drizzle_migrations (hash, created_at) values ('', 9999999999999)")
  await wrong(/created by a newer version/)
  rmSync(other)
  new Client(other).exec('pragma user_version = 1').close()
  await wrong(/is empty: no server/)
})
