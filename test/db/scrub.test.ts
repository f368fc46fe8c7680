import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Client from 'better-sqlite3'
import t, { type Test } from 'tap'
import { hasFlag, unscrubbed } from '../../src/db/flags.sqlite.ts'
import { openSqlite } from '../../src/db/open.sqlite.ts'
import { fileOf } from '../../src/db/open.ts'
import { scrubFile, scrubInThread } from '../../src/db/scrub.sqlite.ts'
import { build, signUp, temporaryFolder } from '../helper.ts'

/** Whether some bytes are in any file of the folder of a database. */
const isThere = (file: string, text: string) =>
  readdirSync(dirname(file)).some(name => readFileSync(join(dirname(file), name)).includes(text))

/** A database whose deleted rows have left their traces in the log. */
function deletedFrom(t: Test, { secure }: { secure: boolean }) {
  const file = join(temporaryFolder(t), 'test.db')
  const client = new Client(file)
  t.teardown(() => client.close())
  client.pragma('journal_mode = WAL')
  client.pragma(`secure_delete = ${secure ? 'ON' : 'OFF'}`)
  client.exec("create table notes (text); insert into notes values ('planted note'); delete from notes")
  return { client, file }
}

t.test('security 27: a deleted account leaves no byte of its notes, names and addresses in the files', async t => {
  const { app, config } = await build(t, { databaseUrl: `file:${join(temporaryFolder(t), 'test.db')}` })
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

t.test('what other writers do meanwhile waits, and is done', async t => {
  const { app } = await build(t, { databaseUrl: `file:${join(temporaryFolder(t), 'test.db')}` })
  const [maya, other] = [await signUp(app, 'maya'), await signUp(app, 'other')]
  const [gone, ...answers] = await Promise.all([
    maya.delete('/account'),
    ...Array.from({ length: 20 }, () => other.post('/mood', { mood: 5 })),
  ])
  t.equal(gone?.statusCode, 204)
  t.strictSame(
    answers.map(answer => answer.statusCode),
    answers.map(() => 201),
  )
  t.equal((await other.get('/mood')).json().total, 20)
})

t.test('a file is rewritten also where deleting was not secure', async t => {
  const { file } = deletedFrom(t, { secure: false })
  t.ok(isThere(file, 'planted note'))
  await scrubFile({ path: file, limit: 1e9 })
  t.notOk(isThere(file, 'planted note'))
})

t.test('the log is emptied as soon as the last reader lets go of it', async t => {
  const { file, client } = deletedFrom(t, { secure: true })
  const reader = new Client(file)
  t.teardown(() => reader.close())
  reader.exec('begin; select * from notes')
  t.ok(isThere(file, 'planted note'))
  setTimeout(() => reader.exec('commit'), 200)
  await scrubFile({ path: file, limit: 0 })
  t.notOk(isThere(file, 'planted note'))
  t.ok(hasFlag(client, unscrubbed), 'a large file waits for the night')
})

t.test(
  'a reader that does not let go of the log holds up nobody who writes, and the file waits for the night',
  async t => {
    const { file, client } = deletedFrom(t, { secure: true })
    client.pragma('busy_timeout = 5000')
    const reader = new Client(file)
    t.teardown(() => reader.close())
    reader.exec('begin; select * from notes')
    const written = () => client.prepare("insert into notes values ('kept')").run()
    await scrubFile({ path: file, limit: 1e9 }, written, 200)
    t.equal(client.prepare('select count(*) from notes').pluck().get(), 1)
    t.ok(hasFlag(client, unscrubbed))
    reader.exec('commit')
    await scrubFile({ path: file, limit: 1e9 })
    t.notOk(hasFlag(client, unscrubbed))
    t.notOk(isThere(file, 'planted note'))
  },
)

t.test('what is written while a reader holds up the scrubbing does not wait for it', async t => {
  const { app, database, config } = await build(t, { databaseUrl: `file:${join(temporaryFolder(t), 'test.db')}` })
  const [maya, other] = [await signUp(app, 'maya'), await signUp(app, 'other')]
  const reader = new Client(fileOf(config.databaseUrl))
  t.teardown(() => reader.close())
  reader.exec('begin; select * from users')
  let gone = false
  const deletion = maya.delete('/account').then(answer => {
    gone = true
    return answer
  })
  while (
    (await database.query(db => db.select({ id: database.tables.users.id }).from(database.tables.users))).length > 1
  )
    await new Promise(resolve => setImmediate(resolve))
  t.equal((await other.post('/mood', { mood: 5 })).statusCode, 201)
  t.notOk(gone, 'the deletion waits for the reader')
  reader.exec('commit')
  t.equal((await deletion).statusCode, 204)
})

// The thread runs scrub-worker.sqlite.ts.
t.test('a large file is rewritten when its time has come, also after a restart', async t => {
  const file = join(temporaryFolder(t), 'test.db')
  await openSqlite(file).close()
  const client = new Client(file)
  t.teardown(() => client.close())
  client.exec("create table notes (text); insert into notes values ('planted note'); delete from notes")
  await scrubInThread({ path: file, limit: 0 })
  t.ok(hasFlag(client, unscrubbed))
  const database = openSqlite(file)
  await database.scrubPostponed()
  t.notOk(hasFlag(client, unscrubbed))
  t.notOk(isThere(file, 'planted note'))

  const pages = () => client.pragma('freelist_count', { simple: true })
  client.exec('create table more (text); insert into more values (zeroblob(100000)); drop table more')
  const free = pages()
  t.not(free, 0)
  await database.scrubPostponed()
  t.equal(pages(), free, 'a file that nothing is left to do in is not rewritten')
  await database.close()
})

t.test('a file that cannot be rewritten now is marked for the night', async t => {
  const file = join(temporaryFolder(t), 'test.db')
  const database = openSqlite(file)
  const client = new Client(file)
  t.teardown(() => client.close())
  // Who has it open goes on with it, and nobody else finds it.
  rmSync(file)
  mkdirSync(file)
  await t.rejects(scrubInThread({ path: file, limit: 1e9 }))
  await database.scrub()
  t.ok(hasFlag(client, unscrubbed))
  await database.close()
})
