import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Client from 'better-sqlite3'
import t, { type Test } from 'tap'
import type { Wiping } from '../../src/db/database.ts'
import { flag, hasFlag, unwiped } from '../../src/db/flags.sqlite.ts'
import { fileOf, openDatabase } from '../../src/db/open.ts'
import { remains } from '../../src/db/unallocated.sqlite.ts'
import { wipeFile, wipeInProcess, wipePages } from '../../src/db/wipe.sqlite.ts'
import { covered, uncovered } from '../children.ts'
import { build, signUp, temporaryFolder } from '../helper.ts'

// What this file is about runs in processes that are started by what it tests.
Object.assign(process.env, covered)
t.teardown(() => void Object.assign(process.env, uncovered))

/** Whether some bytes are in any file of the folder of a database. */
const isThere = (file: string, text: string) =>
  readdirSync(dirname(file)).some(name => readFileSync(join(dirname(file), name)).includes(text))

/** The same random numbers on each run. */
function random(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    return (((mixed ^ (mixed >>> 7)) >>> 0) / 2 ** 32) * below
  }
}

/** A file in which the rows of a person were moved between pages before they were deleted. */
function afterDeletion(t: Test, seed: number) {
  const file = join(temporaryFolder(t), 'test.db')
  const client = new Client(file)
  t.teardown(() => client.close())
  client.pragma('journal_mode = WAL')
  client.pragma('secure_delete = ON')
  client.exec('create table notes (person, note); create index by_person on notes (person, note)')
  const rnd = random(seed)
  const insert = client.prepare('insert into notes values (?, ?)')
  const grow = client.prepare('update notes set note = note || ? where rowid = ?')
  const text = (person: number, size: number) => `${person === 3 ? 'planted ' : 'kept '}${'x'.repeat(size)}`
  client.transaction(() => {
    for (let n = 0; n < 4_000; n++) {
      const person = Math.floor(rnd(20))
      insert.run(person, text(person, rnd(600)))
    }
    const rows = client.prepare('select rowid as row, person from notes').all() as { row: number; person: number }[]
    for (const { row, person } of rows) if (rnd(10) < 3) grow.run(text(person, rnd(rnd(10) < 1 ? 9_000 : 900)), row)
  })()
  client.exec('delete from notes where person = 3')
  client.pragma('wal_checkpoint(TRUNCATE)')
  return { client, file }
}

const intact = (client: Client.Database) => client.pragma('integrity_check', { simple: true })
const digest = (client: Client.Database) => client.prepare('select sum(length(note)), count(*) from notes').raw().get()

t.test('secure_delete leaves copies of moved rows; wiping leaves none, and every other row as it was', async t => {
  let left = 0
  for (const seed of [1, 2, 3]) {
    const { client, file } = afterDeletion(t, seed)
    left += Number(isThere(file, 'planted'))
    const before = digest(client)
    const { pages, complete } = await wipeInProcess(file)
    t.ok(complete)
    t.ok(pages > 0)
    t.notOk(isThere(file, 'planted'))
    t.equal(intact(client), 'ok')
    t.strictSame(digest(client), before)
    t.ok(isThere(file, 'kept'))
    t.notOk(hasFlag(client, unwiped))
    t.strictSame(await wipeInProcess(file), { pages: 0, complete: true }, 'nothing is left to be wiped')
  }
  t.ok(left > 0, 'the copies are there without it')
})

t.test('whoever knows a page from before reads it anew, and so cannot write the remains back', async t => {
  const { client, file } = afterDeletion(t, 1)
  const other = new Client(file)
  t.teardown(() => other.close())
  other.pragma('secure_delete = ON')
  // All pages are in the memory of this connection now.
  other.pragma('cache_size = -100000')
  other.prepare('select count(*), sum(length(note)) from notes').get()
  const pageCount = client.pragma('page_count', { simple: true }) as number
  const pages = Array.from({ length: pageCount - 1 }, (_, n) => n + 2)
  t.ok(await wipePages({ client, file: openSync(file, 'r+'), path: file, pageSize: 4096 }, pages, 0))
  other.exec("update notes set note = 'K' || substr(note, 2)")
  other.pragma('wal_checkpoint(TRUNCATE)')
  t.notOk(isThere(file, 'planted'))
  t.equal(intact(client), 'ok')
})

t.test('others write all the while, and lose nothing', async t => {
  const { client, file } = afterDeletion(t, 2)
  const wiping = wipeInProcess(file)
  let done = false
  const finished = wiping.then(result => {
    done = true
    return result
  })
  client.pragma('busy_timeout = 5000')
  const insert = client.prepare('insert into notes values (7, ?)')
  let written = 0
  while (!done) {
    insert.run(`kept meanwhile ${'z'.repeat(written % 700)}`)
    written++
    await new Promise(resolve => setImmediate(resolve))
  }
  t.ok((await finished).complete)
  t.equal(client.prepare("select count(*) from notes where note like 'kept meanwhile%'").pluck().get(), written)
  t.notOk(isThere(file, 'planted'))
  t.equal(intact(client), 'ok')
})

t.test('killed in the middle it leaves a sound file, and the next attempt finishes', async t => {
  const { client, file } = afterDeletion(t, 3)
  const before = digest(client)
  // A reader of what is in the log keeps it from ending before it is killed.
  const reader = new Client(file)
  t.teardown(() => reader.close())
  client.exec("update notes set note = 'k' || substr(note, 2) where rowid = 1")
  reader.exec('begin; select count(*) from notes')
  const child = fork(new URL('../../src/db/wipe-process.sqlite.ts', import.meta.url), [file, '{"maxWaitMs":1e9}'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  while (!hasFlag(client, unwiped)) await sleep(5)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.ok(hasFlag(client, unwiped))
  reader.exec('commit')
  t.equal(intact(client), 'ok')
  t.ok((await wipeInProcess(file)).complete)
  t.notOk(isThere(file, 'planted'))
  t.strictSame(digest(client), before)
})

t.test('a reader that does not let go of the log puts the end off, and holds up nobody who writes', async t => {
  const { client, file } = afterDeletion(t, 1)
  const reader = new Client(file)
  t.teardown(() => reader.close())
  reader.exec('begin; select count(*) from notes')
  client.exec("insert into notes values (1, 'kept for the log')")
  t.strictSame(await wipeInProcess(file, { maxWaitMs: 0 }), { pages: 0, complete: false })
  t.ok(hasFlag(client, unwiped))
  client.exec("insert into notes values (1, 'kept')")
  reader.exec('commit')
  t.ok((await wipeInProcess(file)).complete)
  t.notOk(hasFlag(client, unwiped))
})

t.test('a page with a newer version in the log waits until that is in the file', async t => {
  const { client, file: path } = afterDeletion(t, 2)
  const open = { client, file: openSync(path, 'r+'), path, pageSize: 4096 }
  const pages = Array.from({ length: client.pragma('page_count', { simple: true }) as number }, (_, n) => n + 1).slice(
    1,
  )
  client.exec("update notes set note = 'kept ' || note where rowid < 500")
  t.ok(await wipePages(open, pages, 0))
  t.notOk(isThere(path, 'planted'))
  t.equal(intact(client), 'ok')

  client.exec("update notes set note = 'kept ' || note where rowid < 500")
  const reader = new Client(path)
  t.teardown(() => reader.close())
  reader.exec('begin; select count(*) from notes')
  t.notOk(await wipePages(open, pages, 60), 'a reader keeps the log from being emptied')
  reader.exec('commit')
  // The last of all that this process does with the file: closing it would drop the locks of its connections.
})

t.test('a file too large to tell its pages apart is left alone', async t => {
  const { client, file } = afterDeletion(t, 1)
  client.close()
  t.strictSame(await wipeFile(file, { maxPages: 1 }), { pages: 0, complete: false })
})

t.test('what cannot be a page of a tree, or does not add up, is left alone', t => {
  const page = (change: (page: Buffer) => void) => {
    const made = Buffer.alloc(512, 'x')
    made[0] = 0x0d
    made.writeUInt16BE(0, 1)
    made.writeUInt16BE(1, 3)
    made.writeUInt16BE(500, 5)
    change(made)
    return remains(made)
  }
  t.strictSame(
    page(() => {}),
    [{ start: 10, end: 500 }],
  )
  t.strictSame(
    page(made => made.writeUInt8(0x05, 0)),
    [{ start: 14, end: 500 }],
    'an interior page',
  )
  t.strictSame(
    page(made => made.writeUInt8(0x00, 0)),
    [],
    'an overflow page',
  )
  t.strictSame(
    page(made => made.writeUInt16BE(0, 5)),
    [],
    '65 536 does not fit',
  )
  t.strictSame(
    page(made => made.writeUInt16BE(300, 3)),
    [],
    'pointers beyond the cells',
  )
  t.strictSame(
    page(made => made.fill(0, 10, 500)),
    [],
    'nothing remains',
  )
  const withBlock = (next: number, size: number) =>
    page(made => {
      made.fill(0, 10, 400)
      made.writeUInt16BE(400, 5)
      made.writeUInt16BE(420, 1)
      made.writeUInt16BE(next, 420)
      made.writeUInt16BE(size, 422)
    })
  t.strictSame(withBlock(0, 20), [{ start: 424, end: 440 }])
  t.strictSame(withBlock(420, 20), [{ start: 424, end: 440 }], 'a list that goes in circles')
  t.strictSame(withBlock(0, 3), [], 'a block shorter than its header')
  t.strictSame(withBlock(0, 200), [], 'a block longer than the page')
  t.end()
})

t.test('security 27: a deleted account leaves no byte of its notes, names and addresses in the files', async t => {
  const { app, config } = await build(t, { databaseUrl: `file:${join(temporaryFolder(t), 'test.db')}`, wipes: true })
  const file = fileOf(config.databaseUrl)
  const other = await signUp(app, 'other')
  const maya = await signUp(app, 'planted-name', { email: 'planted@example.org', first_name: 'Plantedfirst' })
  // Enough of everybody's that pages are split and rows moved.
  for (let n = 0; n < 150; n++) {
    await maya.post('/mood', { mood: 'planted-mood', note: `planted note ${'x'.repeat(n * 7)}`, tags: ['planted-tag'] })
    await other.post('/mood', { mood: 5, note: `kept note ${'y'.repeat(n * 5)}` })
  }
  const { moods } = (await maya.get('/mood?per_page=100')).json()
  for (const { id } of moods.slice(0, 60)) await maya.patch(`/mood/${id}`, { note: `planted note ${'z'.repeat(900)}` })
  t.ok(isThere(file, 'planted'), 'the search finds what is there')
  t.equal((await maya.delete('/account')).statusCode, 204)
  for (const planted of ['planted', 'Planted', maya.id]) t.notOk(isThere(file, planted), planted)
  t.equal((await other.get('/mood')).json().total, 150)
  t.ok(isThere(file, 'kept note'))
})

t.test('what could not be wiped at once is wiped later, also after a restart', async t => {
  const url = `file:${join(temporaryFolder(t), 'test.db')}`
  await (await openDatabase(url)).close()
  const client = new Client(fileOf(url))
  t.teardown(() => client.close())
  flag(client, unwiped)
  const database = await openDatabase(url)
  t.match(await database.wipePending(), { complete: true })
  t.notOk(hasFlag(client, unwiped))
  t.equal(await database.wipePending(), undefined)
  await database.close()
})

t.test('a process that ends without a word, or is never there, is a reason too', async t => {
  const { client, file } = afterDeletion(t, 1)
  client.close()
  const broken = { ...process.env, NODE_OPTIONS: '--import=data:text/javascript,process.exit(3)' }
  t.strictSame(await wipeInProcess(file, {}, { env: broken }), {
    pages: 0,
    complete: false,
    reason: 'its process ended with 3',
  })
  const absent = await wipeInProcess(file, {}, { execPath: join(temporaryFolder(t), 'no-node') })
  t.strictSame(absent, { pages: 0, complete: false, reason: 'ENOENT' })
})

t.test('a file that cannot be wiped now keeps its flag, and the deletion is no worse for it', async t => {
  const file = join(temporaryFolder(t), 'test.db')
  const database = await openDatabase(`file:${file}`)
  const client = new Client(file)
  t.teardown(() => client.close())
  // Who has it open goes on with it, and nobody else finds it.
  rmSync(file)
  mkdirSync(file)
  const failed = { pages: 0, complete: false, reason: 'SQLITE_CANTOPEN' }
  t.strictSame(await wipeInProcess(file), failed)
  const told: Wiping[] = []
  t.equal(
    await database.erasing(
      async () => 'deleted',
      wiping => told.push(wiping),
    ),
    'deleted',
  )
  t.strictSame(told, [failed])
  t.equal(await database.erasing(async () => 'deleted'), 'deleted')
  t.strictSame(await database.wipePending(), failed)
  t.ok(hasFlag(client, unwiped))
  await database.close()
})
