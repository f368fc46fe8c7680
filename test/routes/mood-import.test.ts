import t from 'tap'
import { build, signUp } from '../helper.ts'
import { archive } from '../imports/archives.ts'
import { importer } from '../imports/importer.ts'

const header = 'full_date,date,weekday,time,mood,activities,note_title,note'
const at = '2026-03-05T12:00:00Z'

t.test('a file becomes entries, once; what is refused is named, and its streak counts', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada', { timezone: 'Europe/Berlin' })
  const send = importer(app, ada)
  await ada.post('/mood', { mood: 5, date: '2026-03-04' })
  const file = [
    header,
    '2026-03-03,March 3,Tuesday,21:30,rad,"run | home | run",,fine',
    '2026-03-03,March 3,Tuesday,21:30,rad,"run | home | run",,fine',
    '2026-03-02,March 2,Monday,9:05 am,fugly,,Title,"<b>bold</b>"',
    '2026-02-30,,,9:05 am,rad,,,',
    '2026-03-09,,,9:05 am,rad,,,',
  ].join('\n')
  const dry = await send(file, '?dry_run=true')
  t.equal(dry.statusCode, 200)
  t.notOk(dry.headers.location)
  const expected = {
    format: 'daylio-csv',
    status: 'done',
    rows: 5,
    created: 3,
    duplicates: 0,
    refused_total: 2,
    refused: [
      { line: 5, reason: '"2026-02-30" is not a date' },
      { line: 6, reason: 'date must not be after 2026-03-06, the latest current date in any time zone' },
    ],
    unknown_labels: [{ label: 'fugly', rows: 1 }],
    ignored_columns: [],
    from: '2026-03-02',
    to: '2026-03-03',
    streak_before: 1,
    streak_after: 3,
    longest_before: 1,
    longest_after: 3,
    undone_at: null,
  }
  t.match(dry.json().import, expected)
  t.match((await ada.get('/mood')).json(), { total: 1, streak: 1 }, 'a dry run keeps nothing')
  t.match((await ada.get('/mood/imports')).json(), { imports: [], total: 0 })

  const made = await send(file)
  t.equal(made.statusCode, 201)
  t.match(made.json().import, expected)
  const { id } = made.json().import
  t.equal(made.headers.location, `/mood/imports/${id}`)
  t.strictSame((await ada.get(`/mood/imports/${id}`)).json(), made.json())
  t.strictSame((await ada.get('/mood/imports')).json().imports, [made.json().import])
  const { moods, streak } = (await ada.get('/mood?order=asc')).json()
  t.equal(streak, 3)
  t.match(moods, [
    {
      mood: 'fugly',
      valence: null,
      note: 'Title\n\nbold',
      tags: [],
      date: '2026-03-02',
      occurred_at: '2026-03-02T08:05:00.000Z',
      timezone: 'Europe/Berlin',
      streak: 1,
    },
    {
      mood: 'rad',
      valence: 1,
      note: 'fine',
      tags: ['run', 'home'],
      occurred_at: '2026-03-03T20:30:00.000Z',
      streak: 2,
    },
    { mood: 'rad', streak: 2 },
    { mood: 5, streak: 3 },
  ])
  t.match((await ada.get('/mood?tag=home')).json(), { total: 2 })

  // Also after an edit, with other words, in another zone, in other letters.
  await ada.patch(`/mood/${moods[0].id}`, { note: 'edited' })
  for (const again of [file, `\ufeff${file.replaceAll('\n', '\r\n')}\r\n`])
    t.match((await send(again, '?timezone=Asia/Tokyo')).json().import, {
      created: 0,
      duplicates: 3,
      refused_total: 2,
      streak_before: 3,
      streak_after: 3,
    })
  t.match((await ada.get('/mood')).json(), { total: 4 })

  // What was deleted comes back under a new id.
  await ada.delete(`/mood/${moods[1].id}`)
  const third = await send(file)
  t.match(third.json().import, { created: 1, duplicates: 2 })
  const now = (await ada.get('/mood')).json().moods
  t.equal(now.length, 4)
  t.notOk(now.some((mood: { id: string }) => mood.id === moods[1].id))
})

t.test('an import is undone: what it made and nobody has touched since', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada)
  const rows = Array.from(
    { length: 600 },
    (_, i) => `${new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10)},5,n${i}`,
  )
  const first = (await send(`date,mood,note\n${rows.slice(0, 300).join('\n')}`)).json().import
  const second = (await send(`date,mood,note\n${rows.join('\n')}`)).json().import
  t.match([first, second], [{ created: 300 }, { created: 300, duplicates: 300 }])
  const { moods } = (await ada.get('/mood?order=asc')).json()
  await ada.patch(`/mood/${moods[400].id}`, { note: 'mine now' })
  await ada.post('/mood', { mood: 1, date: '2026-03-05' })
  const undone = await ada.delete(`/mood/imports/${second.id}`)
  t.match(undone.json(), {
    import: { id: second.id, status: 'undone', undone_at: '2026-03-05T12:00:00.000Z' },
    streak_before: 1,
    streak: 1,
  })
  const left = (await ada.get('/mood?order=asc')).json().moods
  t.strictSame(
    left.map((mood: { id: string }) => mood.id),
    [...moods.slice(0, 300), moods[400]].map(({ id }: { id: string }) => id).concat(left.at(-1).id),
  )
  t.match((await ada.get('/mood/trash')).json(), { total: 0 })
  t.equal((await ada.get(`/mood/${moods[500].id}`)).statusCode, 404)
  t.equal((await ada.post('/mood', { id: moods[500].id, mood: 5 })).json().code, 'entry_deleted')
  await ada.post('/mood', { mood: 2, date: '2026-03-04' })
  const again = (await ada.delete(`/mood/imports/${second.id}`)).json()
  t.match(again, { import: { status: 'undone' }, streak_before: 1, streak: 2 })
  t.match((await send(`date,mood,note\n${rows.join('\n')}`)).json().import, { created: 299, duplicates: 301 })
  t.equal((await ada.delete(`/mood/imports/${moods[0].id}`)).statusCode, 404)
  const eve = await signUp(app, 'eve')
  for (const answer of [await eve.get(`/mood/imports/${first.id}`), await eve.delete(`/mood/imports/${first.id}`)])
    t.equal(answer.statusCode, 404)
})

t.test('a form can say what words mean; the valence of the file counts otherwise', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada', {})
  const send = importer(app, ada)
  await ada.patch('/profile', { mood_scale: { min: 1, max: 5 } })
  const file = 'date,mood\n2026-03-01,Fugly \n2026-03-02,GREAT\n2026-03-03,5\n2026-03-04,6\n2026-03-04,7/10\n'
  const made = await send.form({ map: '{"fugly": 1, " great ": "meh"}' }, file)
  t.match(made.json().import, {
    created: 3,
    unknown_labels: [],
    refused: [
      { line: 5, reason: /between 1 and 5/ },
      { line: 6, reason: /written like 7.5/ },
    ],
  })
  t.match((await ada.get('/mood?order=asc')).json().moods, [
    { mood: 'Fugly', valence: -1 },
    { mood: 'GREAT', valence: 0 },
    { mood: 5, valence: 1 },
  ])
  const pixels = await send(JSON.stringify([{ date: '2026-03-05', type: 'Mood', scores: [2] }]))
  t.match(pixels.json().import, { format: 'pixels', created: 1 })
  t.match((await ada.get('/mood')).json().moods[0], { mood: 2, valence: -0.5, occurred_at: null })

  for (const map of [
    '[]',
    'x',
    '{"a": 9}',
    '{"a": "unheard"}',
    '{"a": null}',
    JSON.stringify(Object.fromEntries(Array.from({ length: 501 }, (_, i) => [i, 1]))),
  ])
    t.match((await send.form({ map }, file)).json(), { code: 'invalid_request', errors: [/^map /] }, map.slice(0, 20))
  t.equal((await send.form({ other: 'x' }, file)).json().code, 'invalid_request')
  t.equal((await send.form({ map: `"${'x'.repeat(70_000)}"` }, file)).json().code, 'invalid_request')
  t.equal((await send.form({}, undefined)).json().code, 'invalid_request')
  t.equal((await send.form({}, file, 'more')).json().code, 'invalid_request')
  t.equal((await send('--x\r\n', '', 'multipart/form-data; boundary=x')).json().code, 'invalid_request')
  t.equal((await send('', '', 'multipart/form-data')).json().code, 'invalid_request')
})

t.test('long labels and many tags are kept', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada)
  const word = 'w'.repeat(70)
  const tags = Array.from({ length: 300 }, (_, i) => `tag ${i}`)
  const file = `${header}\n2026-03-01,,,,${word},${[...tags, word].join(' | ')},,note\n2026-03-02,,,,rad,,,${'x'.repeat(10_001)}\n2026-03-03,,,,rad,${'a|'.repeat(1)}${Array.from({ length: 1_001 }, (_, i) => i).join('|')},,\n`
  t.match((await send(file)).json().import, {
    created: 1,
    refused: [
      { line: 3, reason: 'the note has 10001 characters; at most 10000 are allowed' },
      { line: 4, reason: 'the row has more than 1000 tags' },
    ],
  })
  const [entry] = (await ada.get('/mood')).json().moods
  t.match(entry, { mood: word.slice(0, 64), note: `${word}\n\n${word}\n\nnote`, tags: { length: 301 } })
  t.match((await ada.get('/mood?tag=TAG%20299')).json(), { total: 1 })
  t.equal((await ada.patch(`/mood/${entry.id}`, { note: 'short' })).json().mood.tags.length, 301)
})

t.test('one import of an account at a time; an id is used once', async t => {
  const { app, clock, database } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada)
  const id = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'
  const file = 'date,mood\n2026-03-01,5\n'
  t.equal((await send(file, `?id=${id}`)).json().import.id, id)
  t.equal((await send(file, `?id=${id.toUpperCase()}`)).json().code, 'id_taken')
  const running = { state: 'running' as const, leaseUntil: new Date(clock.now + 60_000) }
  await database.query(db =>
    db.update(database.tables.moodImports).set(running).returning({ id: database.tables.moodImports.id }),
  )
  t.match((await ada.get(`/mood/imports/${id}`)).json().import, { status: 'running' })
  t.match((await send(file)).json(), { code: 'import_running', status: 409 })
  t.equal((await ada.delete(`/mood/imports/${id}`)).json().code, 'import_running')
  const eve = await signUp(app, 'eve')
  t.equal((await importer(app, eve)(file)).statusCode, 201, 'nobody waits for somebody else')
  clock.now += 60_001
  t.match((await ada.get(`/mood/imports/${id}`)).json().import, { status: 'interrupted' })
  t.match((await ada.get('/mood/imports')).json().imports, [{ status: 'interrupted' }])
  t.match((await send(file)).json().import, { created: 0, duplicates: 1 })
  clock.now -= 60_001
  t.match((await ada.get(`/mood/imports/${id}`)).json().import, { status: 'interrupted' }, 'it must not go on any more')
})

t.test('beyond a quota rows are refused by line, and the ones before it are there', async t => {
  const { app } = await build(t, { at, env: { MAX_MOODS: '5' } })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada)
  const file = `date,mood\n${Array.from({ length: 9 }, (_, i) => `2026-02-0${i + 1},5`).join('\n')}`
  const reason = /at most 5 mood entries/
  for (const query of ['?dry_run=true', ''])
    t.match((await send(file, query)).json().import, {
      created: 5,
      refused_total: 4,
      refused: [{ line: 7, reason }, { line: 8 }, { line: 9 }, { line: 10 }],
    })
  t.match((await send(file)).json().import, { created: 0, duplicates: 5, refused_total: 4 })
  const small = await build(t, { at, env: { MAX_ACCOUNT_MB: '1' } })
  const eve = await signUp(small.app, 'eve')
  const long = `date,mood,note\n${Array.from({ length: 300 }, (_, i) => `2026-02-01,5,${i}${'x'.repeat(9_900)}`).join('\n')}`
  const dry = (await importer(small.app, eve)(long, '?dry_run=true')).json().import
  const made = (await importer(small.app, eve)(long)).json().import
  t.strictSame([dry.created, dry.refused], [made.created, made.refused])
  t.ok(made.created > 90 && made.created < 101)
})

t.test('a whole file that cannot be read is refused, and nothing is left of it', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada)
  for (const file of [
    '',
    'hello',
    '{}',
    archive({ name: 'x', content: 'y' }),
    archive({ name: 'backup.daylio', content: 'e30=', encrypted: true }),
  ])
    t.match((await send(file)).json(), { code: 'unreadable_file', status: 400 })
  t.match((await send('date,mood\n2026-03-01,5\n', '?format=daylio-backup')).json(), { code: 'unreadable_file' })
  t.equal((await send('x', '?timezone=IST')).json().code, 'invalid_request')
  t.equal((await send('x', '?format=txt')).json().code, 'invalid_request')
  const large = Buffer.alloc(21 * 1024 * 1024, `date,mood,note\n2026-03-01,5,${'x'.repeat(200_000)}\n`)
  t.match((await send(large)).json(), { code: 'body_too_large', errors: ['The file is longer than 20 MiB.'] })
  t.match((await ada.get('/mood/imports')).json(), { imports: [] })
  t.match((await send('x', '', 'text/csv', { 'content-length': String(257 * 1024 * 1024) })).json(), {
    code: 'body_too_large',
  })
})
