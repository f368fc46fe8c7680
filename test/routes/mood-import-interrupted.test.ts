import { connect } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { eq } from '../../src/db/conditions.ts'
import { type BoundWrite, Conflict, Unavailable, type WritableDatabase } from '../../src/db/database.ts'
import { type ImportId, idFrom, newId, type UserId } from '../../src/ids.ts'
import type { Context } from '../../src/imports/entries.ts'
import { batchSize } from '../../src/imports/limits.ts'
import { moodImporter } from '../../src/imports/mood-imports.ts'
import type { Row } from '../../src/imports/row.ts'
import { quotaStore } from '../../src/quotas/quotas.ts'
import { type BuildOptions, build, password, signUp, until } from '../helper.ts'
import { importer } from '../imports/importer.ts'

/** What happens to an import, and beside it, while it runs. */

const at = '2026-03-05T12:00:00Z'
const id = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'
const header = 'date,mood,note\n'
/** Rows in two batches, with more than the bytes by which a file is recognized. */
const whole = 2 * batchSize
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `2026-02-01,5,row ${from + i}${' '.repeat(300)}.\n`).join('')

/** Somebody whose file comes in parts, when the test says so. */
async function slowly(t: Test, options: BuildOptions = {}) {
  const built = await build(t, { at, own: true, ...options })
  const ada = await signUp(built.app, 'ada')
  const file = new PassThrough()
  const answer = built.app.inject({
    method: 'POST',
    url: `/mood/import?id=${id}`,
    headers: { authorization: `Bearer ${ada.token}` },
    payload: file,
  })
  const found = async () => (await ada.get(`/mood/imports/${id}`)).json().import
  /** Sends a part, and waits until so many rows are entries or duplicates. */
  const send = async (part: string, known: number) => {
    file.write(part)
    await until(async () => {
      const { created = 0, duplicates = 0 } = (await found()) ?? {}
      return created + duplicates === known
    })
  }
  return { ...built, ada, file, answer: Promise.resolve(answer), found, send, again: importer(built.app, ada) }
}

/** A database that asks the test before each batch that is as large as one of an import. */
function asking() {
  const asked: { before: ((writes: readonly BoundWrite<unknown>[]) => Promise<boolean>) | undefined } = {
    before: undefined,
  }
  const wrap = (database: WritableDatabase): WritableDatabase => ({
    ...database,
    async atomic(writes, relation, guard) {
      const isRefused = writes.length > 5 && (await asked.before?.(writes)) === false
      return isRefused ? undefined : database.atomic(writes, relation, guard)
    },
  })
  return Object.assign(asked, { wrap })
}

t.test('a server that stops ends an import where it can go on', async t => {
  const { app, ada, file, answer, found, send } = await slowly(t)
  await send(header + lines(0, whole + 50), whole)
  t.match(await found(), { status: 'running', created: whole, streak_after: null })
  app.drain()
  file.end(lines(300, 301))
  t.match((await answer).json(), { code: 'unavailable', status: 503, errors: [/Send the file again/] })
  t.match(await found(), { status: 'interrupted', created: whole })
  t.match((await ada.get('/mood')).json(), { total: whole })
})

t.test('a client that hangs up leaves what was finished, and the same file completes it', async t => {
  const { app } = await build(t, { at, own: true })
  const ada = await signUp(app, 'ada')
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const file = header + lines(0, 600)
  socket.write(
    `POST /mood/import?id=${id} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${ada.token}\r\nContent-Length: ${file.length}\r\n\r\n${file.slice(0, 310 * 330)}`,
  )
  const found = async () => (await ada.get(`/mood/imports/${id}`)).json().import
  await until(async () => (await found())?.created === 300)
  socket.destroy()
  await until(async () => (await found()).status === 'interrupted')
  t.match(await found(), { created: 300, duplicates: 0 })
  const send = importer(app, ada)
  t.match((await send(file)).json().import, { created: 300, duplicates: 300, refused_total: 0 })
  t.match((await send(file)).json().import, { created: 0, duplicates: 600 })
  t.equal((await ada.delete(`/mood/imports/${id}`)).statusCode, 200)
  t.match((await ada.get('/mood')).json(), { total: 300 }, 'an undo takes back what that import made')
})

t.test('what is undone takes nothing more of a server that only seemed to be dead', async t => {
  const asked = asking()
  const { app, ada, clock, database, file, answer, found, send } = await slowly(t, { wrap: asked.wrap })
  await send(header + lines(0, whole + 50), whole)
  const { store } = moodImporter(database, quotaStore(database))
  const stop = store.stop(database.atomic, ada.id, idFrom<ImportId>(id), clock.now)
  await t.rejects(stop, { code: 'import_running' }, 'while it is known to be alive')
  clock.now += 61_000
  t.match(await found(), { status: 'interrupted' })
  // Between the moment at which the undo has looked for entries and the one at which it says that there are none.
  asked.before = async () => {
    asked.before = undefined
    file.end(lines(300, 400))
    t.match((await answer).json(), { status: 503, code: 'unavailable' })
    return true
  }
  const again = await app.inject({ method: 'POST', url: '/login', payload: { username: 'ada', password } })
  const headers = { authorization: `Bearer ${again.json().token}` }
  t.equal((await app.inject({ method: 'DELETE', url: `/mood/imports/${id}`, headers })).statusCode, 200)
  t.match((await ada.get('/mood')).json(), { total: 0 })
  t.match(await found(), { status: 'undone' })
})

t.test('entries with the ids of rows that are made meanwhile, one by one, are the duplicates of them', async t => {
  const asked = asking()
  const { app } = await build(t, { at, wrap: asked.wrap })
  const [ada, eve] = [await signUp(app, 'ada'), await signUp(app, 'eve')]
  for (let i = 0; i < 14; i++) await ada.post('/mood', { mood: 5, note: `${i}` })
  const { moods } = (await ada.get('/mood')).json()
  let batches = 0
  asked.before = async () => {
    if (++batches <= 8) await eve.post('/mood', { id: moods[batches].id, mood: 1 })
    return true
  }
  const file = (await ada.get('/mood/export?format=csv')).body
  t.match((await importer(app, eve)(file)).json().import, { created: 6, duplicates: 8 })
  t.equal(batches, 9)
  t.match((await eve.get(`/mood/${moods[1].id}`)).json(), { mood: { mood: 1 } })
})

t.test('a file without a length that is too long is cut there', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  // One row, and then a text that no row is made of: only its length counts.
  const beginning = '{"format":"moodstreak","version":1,"moods":[{"mood":5,"date":"2026-03-01"}],"more":"'
  const mib = Buffer.alloc(1024 * 1024, 'x')
  const post = (pieces: number) =>
    app.inject({
      method: 'POST',
      url: '/mood/import',
      headers: { authorization: `Bearer ${ada.token}` },
      payload: Readable.from([Buffer.from(beginning), ...Array(pieces).fill(mib)]),
    })
  for (const [pieces, connection] of [
    [22, undefined],
    [50, 'close'],
  ] as const) {
    const answer = await post(pieces)
    t.match(answer.json(), { code: 'body_too_large', errors: ['The file is longer than 20 MiB.'] })
    t.equal(answer.headers.connection === 'close', connection === 'close', 'what is left of a long one is not read')
  }
  t.match((await ada.get('/mood/imports')).json(), { total: 2, imports: [{ status: 'interrupted', rows: 1 }, {}] })
})

t.test('the rules of a run that no route reaches', async t => {
  const { database, clock } = await build(t, { at, own: true })
  const row = (line: number): Row => ({ line, mood: 5, day: 20_000, note: `${line % 4}`, tags: [] })
  const options = {
    id: newId<ImportId>(),
    userId: idFrom<UserId>(newId()),
    format: 'csv' as const,
    context: {
      submitter: { settings: { scale: { min: 0, max: 10 }, timezone: 'UTC', dayStartsAt: 0 }, now: clock.now },
      timezone: undefined,
      map: new Map(),
    } satisfies Context,
    commit: database.atomic,
    commitUnguarded: database.atomic,
    dryRun: true,
    now: () => clock.now,
    stopping: new AbortController().signal,
    before: { streak: 0, longest: 0 },
    after: async () => ({ streak: 0, longest: 0 }),
    async *open() {
      for (let line = 1; line <= 8; line++) yield row(line)
    },
  }
  // Somebody who is gone has no room.
  const gone = await moodImporter(database, quotaStore(database)).run(options)
  t.match(gone.summary, { created: 0, refused_total: 8 })
  const few = await moodImporter(database, quotaStore(database), 3).run(options)
  t.match(few.summary, {
    rows: 8,
    refused: { 0: { line: 4, reason: 'a file can have at most 3 different rows; split it' } },
  })
})

t.test('of imports of one account at the same time one goes on, and the others are refused at once', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const file = header + lines(0, 800)
  const send = importer(app, ada)
  const answers = await Promise.all([send(file), send(file), send(file, '?dry_run=true')])
  t.strictSame(answers.map(answer => answer.json().code ?? answer.statusCode).sort(), [
    201,
    'import_running',
    'import_running',
  ])
  t.match((await send(file)).json().import, { created: 0, duplicates: 800 }, 'the next one need not wait')
  t.match((await ada.get('/mood')).json(), { total: 800 }, 'no row twice')
})

t.test('a batch that is not written though there is room is tried again, but not for ever', async t => {
  const asked = asking()
  const { app, ada, again, file, answer } = await slowly(t, { wrap: asked.wrap })
  file.end(header)
  await answer
  let refusals = 1
  asked.before = async () => refusals-- <= 0
  t.match((await again(header + lines(0, 5))).json().import, { created: 5 })
  refusals = Number.POSITIVE_INFINITY
  t.match((await again(header + lines(0, 9))).json(), { code: 'unavailable' })
  asked.before = () => Promise.reject(new Conflict('moods'))
  t.match((await again(header + lines(0, 9))).statusCode, 500, 'nobody makes the same ids again and again')
  asked.before = () => Promise.reject(new Unavailable('SQLITE_FULL'))
  t.match((await again(header + lines(0, 9))).json(), { code: 'unavailable', status: 503 })
  t.match((await ada.get('/mood/imports')).json().imports, [
    { status: 'interrupted', created: 0 },
    { status: 'interrupted' },
    { status: 'interrupted' },
    { status: 'done', created: 5 },
    { id, rows: 0 },
  ])
  asked.before = undefined
  t.match((await again(header + lines(0, 9))).json().import, { created: 4, duplicates: 5 })
  t.ok(app)
})

t.test('rows of our own file in several batches: each entry is the duplicate of one row', async t => {
  const asked = asking()
  const { app } = await build(t, { at, wrap: asked.wrap })
  const [ada, eve] = [await signUp(app, 'ada'), await signUp(app, 'eve')]
  await importer(app, ada)(`date,mood\n${'2026-02-01,5\n'.repeat(600)}`)
  const file = (await ada.get('/mood/export?format=csv')).body
  const entry = { mood: 5, date: '2026-02-01' }
  await eve.post('/mood', entry)
  let batches = 0
  asked.before = async () => {
    // Between two batches somebody types the same.
    if (batches++ === 1) await eve.post('/mood', entry)
    return true
  }
  t.match((await importer(app, eve)(file, '?dry_run=true')).json().import, { created: 599, duplicates: 1 })
  t.match((await importer(app, eve)(file)).json().import, { created: 598, duplicates: 2 })
  t.match((await importer(app, eve)(file)).json().import, { created: 0, duplicates: 600 })
})

t.test('a slow import stays the only one of its account for as long as it goes on', async t => {
  const { clock, config, ada, file, answer, found, send } = await slowly(t)
  const other = await build(t, { at, own: true, databaseUrl: config.databaseUrl })
  const elsewhere = importer(other.app, ada)
  await send(header + lines(0, whole + 50), whole)
  t.match((await elsewhere(header)).json(), { code: 'import_running', status: 409 })
  // Its batches are far between, its bytes are not.
  let lease = await leaseOf()
  for (let i = 300; i < 306; i++) {
    clock.now = other.clock.now += 21_000
    file.write(lines(i, i + 1))
    await until(async () => (await leaseOf()) > lease)
    lease = await leaseOf()
  }
  t.match(await found(), { status: 'running', created: whole })
  t.match((await elsewhere(header + lines(0, 1))).json(), { code: 'import_running' })
  file.end()
  t.match((await answer).json().import, { status: 'done', created: whole + 56 })

  async function leaseOf() {
    const { database } = other
    const [row] = await database.query(db => db.select().from(database.tables.moodImports))
    return Number(row?.leaseUntil)
  }
})

t.test('an import that was taken for dead writes nothing beside the one that came after it', async t => {
  // It notices when it renews its lease, when it writes, and when it has nothing to write.
  for (const how of ['late', 'writing', 'idle']) {
    const { clock, config, ada, file, answer, found, send, again } = await slowly(t)
    const other = await build(t, { at, own: true, databaseUrl: config.databaseUrl })
    await send(header + lines(0, whole + 50), whole)
    other.clock.now += 60_001
    const total = how === 'writing' ? 300 : 700
    t.match((await importer(other.app, ada)(header + lines(0, total))).json().import, {
      status: 'done',
      duplicates: whole,
    })
    // Otherwise it is in time by its own clock.
    if (how === 'late') clock.now += 60_001
    file.end(lines(300, 700))
    t.match((await answer).json(), { code: 'unavailable', status: 503, errors: [/Send the file again/] }, how)
    t.match((await ada.get('/mood')).json(), { total }, 'nothing was written')
    t.match(await found(), { status: 'interrupted', created: whole })
    t.match((await again(header + lines(0, 700))).json().import, { duplicates: total, created: 700 - total })
    t.equal((await ada.delete(`/mood/imports/${id}`)).statusCode, 200)
    t.match((await ada.get('/mood')).json(), { total: 700 - whole }, 'its undo takes back what it had made')
  }
})

t.test('an undo looks again at what was edited meanwhile, but not for ever', async t => {
  const asked = asking()
  const { app } = await build(t, { at, wrap: asked.wrap })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada)
  // So many of an earlier import that a page of entries has none of this one.
  await send(header + lines(0, 600))
  const made = (await send(`${header}${lines(600, 640).replaceAll('02-01', '03-01')}`)).json().import
  const { moods } = (await ada.get('/mood?from=2026-03-01')).json()
  let removals = 0
  asked.before = async () => {
    if (removals++ > 0) return true
    await ada.patch(`/mood/${moods[0].id}`, { note: 'mine now' })
    return false
  }
  t.match((await ada.delete(`/mood/imports/${made.id}`)).json().import, { status: 'undone' })
  t.match((await ada.get('/mood')).json(), { total: 601 })
  const next = (await send(`${header}${lines(700, 740)}`)).json().import
  asked.before = async () => false
  t.match((await ada.delete(`/mood/imports/${next.id}`)).json(), { code: 'unavailable' })
  t.match((await ada.get('/mood')).json(), { total: 641 })
  asked.before = undefined
  const one = (await send(header + lines(900, 901))).json().import
  t.match((await ada.delete(`/mood/imports/${one.id}`)).json().import, { status: 'undone', created: 1 })
  t.match((await ada.get('/mood')).json(), { total: 641 }, 'most pages of entries have none of it')
})

t.test('four undos of an import at once are one: all tell the same', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const made = (await importer(app, ada)(header + lines(0, 4 * batchSize))).json().import
  const answers = await Promise.all([1, 2, 3, 4].map(() => ada.delete(`/mood/imports/${made.id}`)))
  for (const answer of answers) {
    t.match(answer, { statusCode: 200 })
    t.match(answer.json(), { import: { status: 'undone' }, streak: 0 })
    t.strictSame(answer.json(), answers[0]?.json())
  }
  t.match((await ada.get('/mood')).json(), { total: 0 })
})

t.test('an undo goes on however often others take from what it is about to delete', async t => {
  const asked = asking()
  const { app } = await build(t, { at, wrap: asked.wrap })
  const ada = await signUp(app, 'ada')
  const made = (await importer(app, ada)(header + lines(0, 40))).json().import
  const edited = (await ada.get('/mood')).json().moods.slice(0, 20) as { id: string }[]
  let attempts = 0
  asked.before = async () => {
    const entry = edited[attempts++]
    if (entry) await ada.patch(`/mood/${entry.id}`, { note: 'mine now' })
    return true
  }
  t.match((await ada.delete(`/mood/imports/${made.id}`)).json().import, { status: 'undone' })
  t.equal(attempts, 21)
  t.match((await ada.get('/mood')).json(), { total: 20 })
})

t.test('an undo tells what it did also when its import has left the list, and the streak that others left', async t => {
  const asked = asking()
  const { app, database } = await build(t, { at, wrap: asked.wrap })
  const { moodImports } = database.tables
  const remove = database.prepare('test_import_delete', { id: moodImports.id }, (db, { id }) =>
    db.delete(moodImports).where(eq(moodImports.id, id)),
  )
  const ada = await signUp(app, 'ada')
  const made = (await importer(app, ada)(`${header}${lines(0, 40)}`)).json().import
  asked.before = async () => {
    asked.before = undefined
    await ada.post('/mood', { mood: 5 })
    await database.atomic([remove.asWrite({ id: made.id })])
    return true
  }
  const undone = (await ada.delete(`/mood/imports/${made.id}`)).json()
  t.match(undone, { import: { id: made.id, status: 'undone', created: 40 }, streak_before: 0, streak: 1 })
  t.match((await ada.get('/mood')).json(), { total: 1, streak: 1 })
})

t.test('the zone of a row, the edge of what has an instant, and words that nobody knows', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const word = 'w'.repeat(70)
  const file = `mood,occurred_at,date,time
fugly,2026-03-01T22:00:00Z,,
fugly,2026-03-01T22:00:00+05:30,,
fugly,2026-03-01T22:00:00[Europe/Berlin],,
${word},,1900-01-01,00:30
`
  t.match((await importer(app, ada)(file, '?timezone=Asia/Tokyo')).json().import, {
    created: 4,
    unknown_labels: [
      { label: 'fugly', rows: 3 },
      { label: word.slice(0, 64), rows: 1 },
    ],
  })
  t.match((await ada.get('/mood?order=asc')).json().moods, [
    { date: '1900-01-01', occurred_at: null, note: word },
    { date: '2026-03-01', timezone: '+05:30' },
    { date: '2026-03-01', timezone: 'Europe/Berlin' },
    { date: '2026-03-02', timezone: 'Asia/Tokyo' },
  ])
})
