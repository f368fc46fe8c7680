import t from 'tap'
import { build, type Person, signUp } from '../helper.ts'
import { importer } from '../imports/importer.ts'

const at = '2026-03-05T12:00:00Z'
const path = '/tasks/import'

/** In the shape of Todoist's CSV of 2025, with everything that it can say. */
const header =
  'TYPE,CONTENT,DESCRIPTION,IS_COLLAPSED,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG,TIMEZONE,DURATION,DURATION_UNIT,DEADLINE,DEADLINE_LANG'
const project = [
  header,
  'meta,view_style=list,,,,,,,,,,,,,',
  'task,Repot the basil @garden,Terracotta,,1,1,Kai (1),,Oct 5 2026,en,Africa/Cairo,30,minute,,',
  'note,Peat-free,,,,,Kai (1),,,,,,,,',
  ',,,,,,,,,,,,,,',
  'section,Weekly,,,,,,,,,,,,,',
  'task,Water the ferns,,,2,1,Kai (1),,every monday at 9am,en,,,,,',
  'task,"Fill, the can",,,4,2,,,2026-10-06 15:30,en,,,,2026-10-09,en',
  'task,Second,,,4,2,,,,,,,,Oct 9 2026,en',
  'task,Third,,,4,3,,,03/04/2026,en,,,,,',
  'task,,,,4,1,,,,,,,,,',
  'goal,x,,,,,,,,,,,,,',
  'note,of nothing,,,,,,,,,,,,,',
].join('\r\n')

const listed = async (person: Person) => (await person.get('/tasks?sort=created_at&per_page=100')).json().tasks

t.test("Todoist's CSV becomes tasks, once; what has no field stands in the description", async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada, path)
  const expected = {
    format: 'todoist',
    status: 'done',
    rows: 8,
    created: 5,
    duplicates: 0,
    refused_total: 3,
    refused: [
      { line: 11, reason: 'the title is empty' },
      { line: 12, reason: '"goal" is not a type of Todoist' },
      { line: 13, reason: 'the note has no task before it' },
    ],
    undone_at: null,
  }
  const dry = await send(project, '?dry_run=true')
  t.equal(dry.statusCode, 200)
  t.match(dry.json().import, expected)
  t.match((await ada.get('/tasks')).json(), { total: 0 }, 'a dry run keeps nothing')

  const made = await send(`\ufeff${project}`)
  t.equal(made.statusCode, 201)
  t.match(made.json().import, expected)
  t.ok(made.json().import.ignored_columns.includes('priority'))
  const { id } = made.json().import
  t.equal(made.headers.location, `/tasks/imports/${id}`)
  t.strictSame((await ada.get(`/tasks/imports/${id}`)).json(), made.json())
  t.strictSame((await ada.get('/tasks/imports')).json().imports, [made.json().import])
  t.match((await ada.get('/mood/imports')).json(), { imports: [] })
  t.equal((await ada.get(`/mood/imports/${id}`)).statusCode, 404)
  const tasks = (await listed(ada)).toSorted((a: { title: string }, b: { title: string }) =>
    a.title < b.title ? -1 : 1,
  )
  t.match(tasks, [
    {
      title: 'Fill, the can',
      due_on: '2026-10-06',
      description: 'Part of: Water the ferns\n\nSection: Weekly\n\nDue: 2026-10-06 15:30\n\nDeadline: 2026-10-09',
    },
    {
      title: 'Repot the basil @garden',
      due_on: '2026-10-05',
      description: 'Terracotta\n\nPeat-free',
      completed: false,
    },
    { title: 'Second', due_on: '2026-10-09', description: 'Part of: Water the ferns\n\nSection: Weekly' },
    { title: 'Third', due_on: null, description: 'Part of: Second\n\nSection: Weekly\n\nDue: 03/04/2026' },
    { title: 'Water the ferns', due_on: null, description: 'Section: Weekly\n\nDue: every monday at 9am' },
  ])

  await ada.patch(`/tasks/${tasks[0].id}`, { title: 'edited' })
  for (const again of [project, project.replaceAll('\r\n', '\n')])
    t.match((await send(again)).json().import, { created: 0, duplicates: 5, refused_total: 3 })

  const undone = await ada.delete(`/tasks/imports/${id}`)
  t.match(undone.json().import, { id, status: 'undone', undone_at: at.replace('Z', '.000Z') })
  t.strictSame((await ada.delete(`/tasks/imports/${id}`)).json(), undone.json(), 'once more does nothing')
  t.match(await listed(ada), [{ title: 'edited' }], 'what was edited since stays')
  t.match((await send(project)).json().import, { created: 4, duplicates: 1 })
})

t.test('the columns of every year, names of types in any case, `;` and 300 columns of another tool', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada, path)
  const files = {
    '8 columns': 'TYPE,CONTENT,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG\ntask,a,1,1,,,2026-10-05,en\n',
    '9 columns':
      'TYPE,CONTENT,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG,TIMEZONE\nTask,b,1,,,,5 Oct 2026 6pm,en,\n',
    semicolons: 'type;content;date\n task ;c;05.10.2026 at 9:30 pm\n',
    'an hour that is none': 'type,content,date\ntask,d,2026-10-05 99:99\n',
  }
  for (const [name, file] of Object.entries(files))
    t.match((await send(file)).json().import, { format: 'todoist', created: 1, refused_total: 0 }, name)
  t.match(
    (await listed(ada)).map(({ title, due_on: due, description }: Record<string, string>) => [title, due, description]),
    [
      ['a', '2026-10-05', null],
      ['b', '2026-10-05', 'Due: 5 Oct 2026 6pm'],
      ['c', '2026-10-05', 'Due: 05.10.2026 at 9:30 pm'],
      ['d', null, 'Due: 2026-10-05 99:99'],
    ],
  )
})

t.test('titles and descriptions that are too long, rows that cannot be read, quotas', async t => {
  const { app } = await build(t, { at, env: { MAX_TASKS: '3' } })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada, path)
  const long = 'w'.repeat(201)
  const file = [
    'title,description,due_on,completed',
    `${long},note,,`,
    'x,,2026-02-30,',
    'x,,03/04/2026,',
    'x,,,maybe',
    `x,${'y'.repeat(10_001)},,`,
    ' ,,,',
    `${'v'.repeat(10_001)},,,`,
    'done,,27.09.2026,true',
    'a,,,',
    'b,,,',
    'c,,,',
  ].join('\n')
  for (const query of ['?dry_run=true', ''])
    t.match((await send(file, query)).json().import, {
      format: 'csv',
      created: 3,
      refused: [
        { line: 3, reason: '"2026-02-30" is not a date' },
        { line: 4, reason: /ambiguous/ },
        { line: 5, reason: 'completed is "maybe", not true or false' },
        { line: 6, reason: 'the description has 10001 characters; at most 10000 are allowed' },
        { line: 8, reason: 'the description has 10001 characters; at most 10000 are allowed' },
        { line: 11, reason: /at most 3 tasks/ },
        { line: 12 },
      ],
      rows: 10,
    })
  t.match(await listed(ada), [
    { title: 'w'.repeat(200), description: `${long}\n\nnote`, completed: false },
    { title: 'done', due_on: '2026-09-27', completed: true, completed_at: at.replace('Z', '.000Z') },
    { title: 'a' },
  ])
})

t.test('JSON that was written by hand or is broken in one task', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada, path)
  const tasks = [
    '{"title": "a", "completed": true, "due_on": "2026-03-09"}',
    '{oops}',
    '5',
    '{"title": 5}',
    '{"title": "b", "description": 5}',
    '{"title": "b", "completed": "no"}',
    '{"title": "b", "due_on": "tomorrow"}',
    '{"title": "b", "due_on": 5}',
    '{"title": "\\ud800"}',
    '{"title": "b", "id": "x", "created_at": "2026-03-01T10:00:00Z"}',
    '{"title": "b", "completed_at": "yesterday"}',
  ]
  t.match((await send(`{"format":"moodstreak","version":1,"tasks":[${tasks.join(',')}]}`)).json().import, {
    format: 'json',
    rows: 11,
    created: 1,
    refused: [
      { line: 2, reason: 'the record is not valid JSON' },
      { line: 3, reason: 'the task is not an object' },
      { line: 4, reason: 'the title is empty' },
      { line: 5, reason: 'description is not a string' },
      { line: 6, reason: 'completed is not true or false' },
      { line: 7, reason: 'due_on is not a date such as 2021-09-27' },
      { line: 8, reason: 'due_on is not a date such as 2021-09-27' },
      { line: 9, reason: 'a text contains an unpaired surrogate' },
      { line: 10, reason: '"x" is not an id' },
      { line: 11, reason: 'completed_at is not an instant' },
    ],
  })
  for (const file of ['', 'hello', '{}', 'date,mood\n2026-03-01,5\n', '{"format":"moodstreak","version":2,"tasks":[]}'])
    t.match((await send(file)).json(), { code: 'unreadable_file', status: 400 }, file)
  t.equal((await send('title\na\n', '?format=pixels')).json().code, 'invalid_request')
  t.equal((await send(Buffer.alloc(21 * 1024 * 1024, 'title\n'))).json().code, 'body_too_large')
})

/** Tasks with everything that a task can be. */
async function everything(person: Person) {
  const bodies = [
    { title: '=HYPERLINK("x")', description: '+a\n"b", \tc;d', due_on: '2026-03-09' },
    { title: "'quoted'", description: '\r\n-1', completed: true },
    { title: 'cafe\u0301', description: 'e\u0301' },
    { title: 'twice' },
    { title: 'twice' },
    { title: '@x', description: ' spaced ' },
  ]
  for (const body of bodies) await person.post('/tasks', body)
  const [first] = await listed(person)
  await person.patch(`/tasks/${first.id}`, { description: 'edited' })
}

const file = async (person: Person, format: string) => (await person.get(`/tasks/export?format=${format}`)).body
const withoutRevision = ({ revision: _, ...task }: { revision: number }) => task

for (const format of ['csv', 'json']) {
  t.test(`${format}: an export of tasks gives a new account the same tasks, with their ids`, async t => {
    const { app, clock } = await build(t, { at })
    const [ada, eve] = [await signUp(app, 'ada'), await signUp(app, 'eve')]
    await everything(ada)
    const exported = await file(ada, format)
    const tasks = (await listed(ada)).map(withoutRevision)
    clock.now += 3_600_000
    const made = await importer(app, eve, path)(exported)
    t.match(made.json().import, { format, rows: 6, created: 6, refused_total: 0, ignored_columns: [] })
    t.strictSame((await listed(eve)).map(withoutRevision), tasks)
    t.equal(await file(eve, format), exported, 'the second export is the same bytes')
    for (const query of ['', '?dry_run=true'])
      for (const person of [ada, eve])
        t.match((await importer(app, person, path)(exported, query)).json().import, { created: 0, duplicates: 6 })

    // After everything was deleted its ids stay taken.
    for (const { id } of tasks) await ada.delete(`/tasks/${id}?permanently=true`)
    t.match((await importer(app, ada, path)(exported)).json().import, { created: 6 })
    const withoutId = ({ id: _, ...task }: { id: string }) => JSON.stringify(task)
    t.strictSame((await listed(ada)).map(withoutRevision).map(withoutId).sort(), tasks.map(withoutId).sort())
    t.match((await importer(app, ada, path)(exported)).json().import, { created: 0, duplicates: 6 })
  })
}

t.test('tasks that were typed by hand are the duplicates of our own files, each of one row', async t => {
  const { app } = await build(t, { at })
  const [ada, eve] = [await signUp(app, 'ada'), await signUp(app, 'eve')]
  for (let i = 0; i < 3; i++) await ada.post('/tasks', { title: 'same', due_on: '2026-03-09' })
  await ada.post('/tasks', { title: 'undated' })
  await eve.post('/tasks', { title: 'same', due_on: '2026-03-09' })
  await eve.post('/tasks', { title: 'undated' })
  const id = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'
  t.match((await importer(app, eve, path)(await file(ada, 'csv'), `?id=${id}`)).json().import, {
    id,
    created: 2,
    duplicates: 2,
  })
  // A file of another app never matches.
  t.match((await importer(app, eve, path)('title,due_on\nsame,2026-03-09\n')).json().import, { created: 1 })
})

t.test('no cell of an export of tasks is computed by a spreadsheet; the trash is there by choice', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  t.strictSame(JSON.parse(await file(ada, 'json')), { format: 'moodstreak', version: 1, tasks: [] })
  for (const title of ['=1', '+1', '-1', '@x', "'x", 'plain']) await ada.post('/tasks', { title, description: title })
  const answer = await ada.get('/tasks/export?format=csv')
  t.equal(answer.headers['content-type'], 'text/csv; charset=utf-8; header=present')
  t.equal(answer.headers['content-disposition'], 'attachment; filename="tasks.csv"')
  t.notMatch(answer.body, /(^|,|\n)"?[=+@\t\r]/)
  const titles = Array.from({ length: 250 }, (_, i) => `task ${i}`)
  await importer(app, ada, path)(`title\n${titles.join('\n')}`)
  const all = (await ada.get('/tasks/export')).json()
  t.equal(new Set(all.tasks.map(({ id }: { id: string }) => id)).size, 256)
  for (const { id } of all.tasks.slice(0, 101)) await ada.delete(`/tasks/${id}`)
  const kept = (await ada.get('/tasks/export?with=trash')).json()
  t.strictSame([kept.tasks.length, kept.trash.length], [155, 101])
  t.match(kept.trash[0], { deleted_at: at.replace('Z', '.000Z') })
  t.equal((await ada.get('/tasks/export?format=csv&with=trash')).json().code, 'invalid_request')
  t.equal((await ada.get('/tasks/export?with=revisions')).json().code, 'invalid_request')
})

t.test('imports of moods and of tasks of one account are one line: the second is refused at once', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const answers = await Promise.all([
    importer(app, ada)(`date,mood\n${'2026-02-01,5\n'.repeat(800)}`),
    importer(app, ada, path)('title\na\n'),
  ])
  t.strictSame(answers.map(answer => answer.json().code ?? answer.statusCode).sort(), [201, 'import_running'])
})
