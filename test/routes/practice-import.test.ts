import t from 'tap'
import { build, type Person, signUp } from '../helper.ts'
import { importer } from '../imports/importer.ts'

const at = '2026-03-05T12:00:00Z'
const path = '/practices/import'

const listed = async (person: Person) => (await person.get('/practices?per_page=100')).json().practices
const file = async (person: Person, format: string) => (await person.get(`/practices/export?format=${format}`)).body
const withoutRevision = ({ revision: _, ...practice }: { revision: number }) => practice
const uuid = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'

t.test('a CSV that was written by hand becomes practices, once; undone, they are gone', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada, path)
  const rows = [
    'date,title,total_seconds,note,teacher',
    '2026-03-01,Sun salutations,1200,In the park.,Kai',
    '2026-03-02,sun  Salutations ,,,',
    '02.03.2026,Moon salutations,,,',
    '',
    '2026-03-02,,60,,',
    '2026-03-07,From tomorrow,60,,',
  ].join('\r\n')
  const expected = {
    format: 'csv',
    status: 'done',
    rows: 5,
    created: 3,
    duplicates: 0,
    refused_total: 2,
    refused: [
      { line: 6, reason: 'the title is empty' },
      { line: 7, reason: 'date must not be after 2026-03-06, the latest current date in any time zone' },
    ],
    ignored_columns: ['teacher'],
    undone_at: null,
  }
  const dry = await send(rows, '?dry_run=true')
  t.equal(dry.statusCode, 200)
  t.match(dry.json().import, expected)
  t.match((await ada.get('/practices')).json(), { total: 0 }, 'a dry run keeps nothing')

  const made = await send(`\ufeff${rows}`)
  t.equal(made.statusCode, 201)
  t.match(made.json().import, expected)
  const { id } = made.json().import
  t.equal(made.headers.location, `/practices/imports/${id}`)
  t.strictSame((await ada.get(`/practices/imports/${id}`)).json(), made.json())
  t.strictSame((await ada.get('/practices/imports')).json().imports, [made.json().import])
  t.match((await ada.get('/tasks/imports')).json(), { imports: [] })
  t.equal((await ada.get(`/tasks/imports/${id}`)).statusCode, 404)
  const practices = (await listed(ada)).toSorted((a: { title: string }, b: { title: string }) =>
    a.title < b.title ? -1 : 1,
  )
  t.match(practices, [
    { title: 'Moon salutations', date: '2026-03-02', total_seconds: 0, note: null },
    { title: 'Sun salutations', date: '2026-03-01', total_seconds: 1200, note: 'In the park.' },
    { title: 'sun Salutations', date: '2026-03-02', total_seconds: 0, note: null },
  ])
  const [moon, sun, again] = practices.map(({ sequence_id: sequence }: { sequence_id: string }) => sequence)
  t.match(sun, /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  t.equal(again, sun, 'what has one title is of one sequence')
  t.not(moon, sun)
  t.match((await ada.get(`/practices?sequence=${sun}`)).json(), { total: 2 })
  t.equal((await ada.get(`/sequences/${sun}`)).statusCode, 404)

  await ada.patch(`/practices/${practices[0].id}`, { note: 'edited' })
  for (const same of [rows, rows.replaceAll('\r\n', '\n')])
    t.match((await send(same)).json().import, { created: 0, duplicates: 3, refused_total: 2 })
  t.match((await ada.get('/sync?kinds=practice')).json().changes.length, 3, 'devices get them')

  const undone = await ada.delete(`/practices/imports/${id}`)
  t.match(undone.json().import, { id, status: 'undone', undone_at: at.replace('Z', '.000Z') })
  t.strictSame((await ada.delete(`/practices/imports/${id}`)).json(), undone.json(), 'once more does nothing')
  t.match(await listed(ada), [{ note: 'edited' }], 'what was edited since stays')
  t.match((await send(rows)).json().import, { created: 2, duplicates: 1 })
})

t.test('JSON that was written by hand or is broken in one practice; files that are none', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada, path)
  const practices = [
    `{"title": "own", "date": "2026-03-01", "id": "${uuid}", "created_at": "2026-03-01T10:00:00Z"}`,
    '{"title": "a", "date": "2026-03-01"}',
    `{"title": "b", "date": "2026-03-01", "sequence_id": "${uuid.toUpperCase()}", "total_seconds": 60, "note": "x"}`,
    '{oops}',
    '5',
    '{"title": 5, "date": "2026-03-01"}',
    '{"title": "c"}',
    '{"title": "c", "date": "01.03.2026"}',
    '{"title": "c", "date": "2026-03-01", "note": 5}',
    '{"title": "c", "date": "2026-03-01", "sequence_id": 5}',
    '{"title": "c", "date": "2026-03-01", "sequence_id": "x"}',
    ...['"60"', '-1', '1.5', '2147483648'].map(
      seconds => `{"title": "c", "date": "2026-03-01", "total_seconds": ${seconds}}`,
    ),
    '{"title": "\\ud800", "date": "2026-03-01"}',
    '{"title": "c", "date": "2026-03-01", "id": "x", "created_at": "2026-03-01T10:00:00Z"}',
    `{"title": "c", "date": "2026-03-01", "id": "${uuid}", "created_at": "yesterday"}`,
  ]
  const reasons = [
    'the record is not valid JSON',
    'the practice is not an object',
    'the title is empty',
    'date is not a date such as 2021-09-27',
    'date is not a date such as 2021-09-27',
    'note is not a string',
    'sequence_id is not an id',
    '"x" is not an id',
    ...Array(4).fill('total_seconds is not a whole number of seconds'),
    'a text contains an unpaired surrogate',
    '"x" is not an id',
    'created_at is not an instant',
  ]
  t.match((await send(`{"format":"moodstreak","version":1,"practices":[${practices.join(',')}]}`)).json().import, {
    format: 'json',
    rows: 18,
    created: 3,
    refused: reasons.map((reason, i) => ({ line: i + 4, reason })),
  })
  const byTitle = (await listed(ada)).toSorted((a: { title: string }, b: { title: string }) =>
    a.title < b.title ? -1 : 1,
  )
  t.match(byTitle, [
    { title: 'a', total_seconds: 0, note: null },
    { title: 'b', sequence_id: uuid, total_seconds: 60, note: 'x' },
    { title: 'own', id: uuid, updated_at: '2026-03-01T10:00:00.000Z' },
  ])
  for (const wrong of [
    '',
    'hello',
    '{}',
    'date,mood\n2026-03-01,5\n',
    '{"format":"moodstreak","version":2,"practices":[]}',
  ])
    t.match((await send(wrong)).json(), { code: 'unreadable_file', status: 400 }, wrong)
  t.match((await send('{"format":"moodstreak","version":1,"tasks":[]}')).json(), {
    code: 'unreadable_file',
    errors: ['The file has no list named practices.'],
  })
  t.equal((await send('date,title\n2026-03-01,a\n', '?format=todoist')).json().code, 'invalid_request')
  t.equal((await send(Buffer.alloc(21 * 1024 * 1024, 'date,title\n'))).json().code, 'body_too_large')
})

t.test('beyond the quotas rows are refused by their line; the others are there', async t => {
  const { app } = await build(t, { at, env: { MAX_PRACTICES: '3' } })
  const ada = await signUp(app, 'ada')
  const rows = ['date,title', ...Array.from({ length: 5 }, (_, i) => `2026-03-0${i + 1},p`)].join('\n')
  for (const query of ['?dry_run=true', ''])
    t.match((await importer(app, ada, path)(rows, query)).json().import, {
      created: 3,
      refused: [{ line: 5, reason: /at most 3 practices/ }, { line: 6 }],
    })
  t.match((await ada.get('/practices')).json(), { total: 3 })
})

/** Practices with everything that a practice can be, also of a sequence that was deleted, and one that was edited. */
async function everything(person: Person) {
  const titles = ['=HYPERLINK("x")', "'quoted'", 'cafe\u0301', 'twice']
  const sequences: string[] = []
  for (const title of titles) {
    const { id } = (await person.post('/sequences', { title, poses: [{ pose_id: 'tree' }] })).json()
    sequences.push(id)
  }
  const [first, ...others] = sequences as [string, ...string[]]
  const logged = async (sequence: string, body: object) =>
    (await person.post(`/sequences/${sequence}/practices`, body)).json()
  const edited = await logged(first, { date: '2026-03-01', note: '+a\n"b", \tc;d' })
  await logged(first, { id: uuid, date: '2026-03-05', note: '\r\n-1' })
  for (const sequence of others) await logged(sequence, { date: '2026-03-02', note: ' spaced e\u0301 ' })
  for (const date of ['2026-03-03', '2026-03-03']) await logged(sequences.at(-1) as string, { date })
  await person.patch(`/practices/${edited.id}`, { note: 'edited' })
  await person.delete(`/sequences/${first}?permanently=true`)
}

for (const format of ['csv', 'json']) {
  t.test(`${format}: an export of practices gives a new account the same practices, with their ids`, async t => {
    const { app, clock } = await build(t, { at })
    const [ada, eve] = [
      await signUp(app, 'ada', { role: 'instructor' }),
      await signUp(app, 'eve', { timezone: 'Pacific/Apia' }),
    ]
    await everything(ada)
    const exported = await file(ada, format)
    const practices = (await listed(ada)).map(withoutRevision)
    clock.now += 3_600_000
    const made = await importer(app, eve, path)(exported)
    t.match(made.json().import, { format, rows: 7, created: 7, refused_total: 0, ignored_columns: [] })
    t.strictSame(
      (await listed(eve)).map(withoutRevision),
      practices,
      'with titles and ids of sequences that are not there',
    )
    t.equal(await file(eve, format), exported, 'the second export is the same bytes')
    for (const query of ['', '?dry_run=true'])
      for (const person of [ada, eve])
        t.match((await importer(app, person, path)(exported, query)).json().import, { created: 0, duplicates: 7 })

    // After everything was deleted its ids stay taken.
    for (const { id } of practices) await ada.delete(`/practices/${id}?permanently=true`)
    t.match((await importer(app, ada, path)(exported)).json().import, { created: 7 })
    const withoutId = ({ id: _, ...practice }: { id: string }) => JSON.stringify(practice)
    t.strictSame((await listed(ada)).map(withoutRevision).map(withoutId).sort(), practices.map(withoutId).sort())
    t.match((await importer(app, ada, path)(exported)).json().import, { created: 0, duplicates: 7 })
  })
}

t.test('practices that were logged here are the duplicates of our own files, each of one row', async t => {
  const { app } = await build(t, { at })
  const [ada, eve] = [await signUp(app, 'ada', { role: 'instructor' }), await signUp(app, 'eve')]
  const { id: sequence } = (
    await ada.post('/sequences', { title: 'Open', poses: [{ pose_id: 'tree' }], visibility: 'published' })
  ).json()
  for (let i = 0; i < 3; i++) await ada.post(`/sequences/${sequence}/practices`, { date: '2026-03-01' })
  await eve.post(`/sequences/${sequence}/practices`, { date: '2026-03-01' })
  const rows = await file(ada, 'csv')
  t.match((await importer(app, eve, path)(rows, `?id=${uuid}`)).json().import, { id: uuid, created: 2, duplicates: 1 })
  // A file of somebody's own never matches.
  const byHand = `date,title,sequence_id,total_seconds\n2026-03-01,Open,${sequence},80\n`
  t.match((await importer(app, eve, path)(byHand)).json().import, { created: 1 })
})

t.test('no cell of an export of practices is computed by a spreadsheet; the trash is there by choice', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  t.strictSame(JSON.parse(await file(ada, 'json')), { format: 'moodstreak', version: 1, practices: [] })
  const titles = ['=1', '+1', '-1', '@x', "'x", ...Array.from({ length: 250 }, (_, i) => `practice ${i}`)]
  const rows = titles.map(title => ({ title, date: '2026-03-01', note: title }))
  const json = JSON.stringify({ format: 'moodstreak', version: 1, practices: rows })
  t.match((await importer(app, ada, path)(json)).json().import, { created: 255 })
  const answer = await ada.get('/practices/export?format=csv')
  t.equal(answer.headers['content-type'], 'text/csv; charset=utf-8; header=present')
  t.equal(answer.headers['content-disposition'], 'attachment; filename="practices.csv"')
  t.notMatch(answer.body, /(^|,|\n)"?[=+@\t\r]/)
  const all = (await ada.get('/practices/export')).json()
  t.equal(new Set(all.practices.map(({ id }: { id: string }) => id)).size, 255)
  for (const { id } of all.practices.slice(0, 101)) await ada.delete(`/practices/${id}`)
  const kept = (await ada.get('/practices/export?with=trash')).json()
  t.strictSame([kept.practices.length, kept.trash.length], [154, 101])
  t.match(kept.trash[0], { deleted_at: at.replace('Z', '.000Z') })
  t.equal((await ada.get('/practices/export?format=csv&with=trash')).json().code, 'invalid_request')
})

t.test('imports of one account are one line, whatever they become: the second is refused at once', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const answers = await Promise.all([
    importer(app, ada)(`date,mood\n${'2026-02-01,5\n'.repeat(800)}`),
    importer(app, ada, path)('date,title\n2026-02-01,a\n'),
  ])
  t.strictSame(answers.map(answer => answer.json().code ?? answer.statusCode).sort(), [201, 'import_running'])
})

t.test('a token that may write practices but not read them gets a receipt', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const { token } = (await ada.post('/tokens', { name: 'script', scopes: ['practices:write'] })).json()
  const made = await importer(app, { token }, path)('date,title\n2026-02-01,a\n')
  t.equal(made.statusCode, 201)
  t.strictSame(Object.keys(made.json().import), ['id'])
  const { token: reader } = (await ada.post('/tokens', { name: 'reader', scopes: ['practices:read'] })).json()
  t.equal(
    (await importer(app, { token: reader }, path)('date,title\n2026-02-01,a\n')).json().code,
    'insufficient_scope',
  )
})
