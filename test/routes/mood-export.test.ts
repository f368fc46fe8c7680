import t from 'tap'
import { build, type Person, signUp } from '../helper.ts'
import { importer } from '../imports/importer.ts'

const at = '2026-03-05T12:00:00Z'

/** A history with everything that an entry can be. */
async function history(person: Person) {
  await person.patch('/profile', { timezone: 'America/New_York', day_starts_at: 4 })
  const entries = [
    { mood: 8, date: '2026-03-01', note: '=HYPERLINK("x")', tags: ['+a', 'b|c', 'd\\', '@e'] },
    { mood: 'rad', date: '2026-03-01', note: '\'quoted\'\n"line", \tand;more' },
    { mood: '-x', occurred_at: '2026-03-02T23:30:00+05:30', note: '\r\n-1' },
    { mood: 8, date: '2026-03-01', note: '=HYPERLINK("x")', tags: ['+a', 'b|c', 'd\\', '@e'] },
    { mood: 2.5, timezone: 'Asia/Tokyo' },
    { mood: 'weird', occurred_at: '2026-03-04T02:00:00Z', note: ' spaced ' },
    // Two characters for one: our own files keep them.
    { mood: 'cafe\u0301', date: '2026-03-04', note: 'e\u0301', tags: ['n\u0303'] },
  ]
  for (const entry of entries) await person.post('/mood', entry)
  const { moods } = (await person.get('/mood')).json()
  await person.patch(`/mood/${moods[0].id}`, { note: 'edited' })
}

const listed = async (person: Person) =>
  (await person.get('/mood?order=asc')).json().moods.map(({ revision: _, ...mood }: { revision: number }) => mood)
const file = async (person: Person, format: string) => (await person.get(`/mood/export?format=${format}`)).body

for (const format of ['csv', 'json']) {
  t.test(
    `${format}: an export gives a new account the same entries, with their ids, whatever its scale and zone`,
    async t => {
      const { app } = await build(t, { at })
      const ada = await signUp(app, 'ada')
      await history(ada)
      const exported = await file(ada, format)
      const entries = await listed(ada)
      const { streak, streak_details: details } = (await ada.get('/mood/streak')).json()
      for (const [name, profile] of Object.entries({
        eve: {},
        zoe: { timezone: 'Pacific/Apia', mood_scale: { min: 3, max: 5 }, day_starts_at: 2 },
      })) {
        const other = await signUp(app, name)
        await other.patch('/profile', profile)
        const made = await importer(app, other)(exported)
        t.match(made.json().import, {
          format,
          rows: 7,
          created: 7,
          refused_total: 0,
          ignored_columns: [],
          unknown_labels: [],
        })
        t.strictSame(await listed(other), entries)
        t.equal(await file(other, format), exported, 'the second export is the same bytes')
        const theirs = (await other.get('/mood/streak', { 'x-timezone': 'America/New_York' })).json()
        t.equal(theirs.streak, streak)
        t.strictSame([theirs.streak_details.longest, theirs.streak_details.on_time], [details.longest, details.on_time])
        t.match((await importer(app, other)(exported)).json().import, { created: 0, duplicates: 7 })
      }
      // Into the account that it is of: all of it is there.
      t.match((await importer(app, ada)(exported)).json().import, { created: 0, duplicates: 7 })
      t.match((await importer(app, ada)(exported, '?dry_run=true')).json().import, { created: 0, duplicates: 7 })

      // After everything was deleted its ids stay taken.
      for (const { id } of entries) await ada.delete(`/mood/${id}?permanently=true`)
      const dry = (await importer(app, ada)(exported, '?dry_run=true')).json().import
      const again = (await importer(app, ada)(exported)).json().import
      t.match([dry, again], [{ created: 7 }, { created: 7 }])
      t.strictSame([dry.streak_after, dry.longest_after], [again.streak_after, again.longest_after])
      const withoutId = (all: { id: string }[]) => all.map(({ id: _, ...mood }) => mood)
      t.strictSame(withoutId(await listed(ada)), withoutId(entries))
      t.match((await importer(app, ada)(exported)).json().import, { created: 0, duplicates: 7 })
    },
  )
}

t.test('entries that were typed by hand are the duplicates of our own files, each of one row', async t => {
  const { app } = await build(t, { at })
  const [ada, eve] = [await signUp(app, 'ada'), await signUp(app, 'eve')]
  const typed = { mood: 5, date: '2026-03-01', note: 'same' }
  for (let i = 0; i < 3; i++) await ada.post('/mood', typed)
  await eve.post('/mood', typed)
  t.match((await importer(app, eve)(await file(ada, 'csv'))).json().import, { created: 2, duplicates: 1 })
  // A file of another app never matches.
  t.match((await importer(app, eve)('date,mood,note\n2026-03-01,5,same\n')).json().import, { created: 1 })
  t.match((await eve.get('/mood')).json(), { total: 4 })
})

t.test('no cell of an export is computed by a spreadsheet, and a number is no text', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  await ada.patch('/profile', { mood_scale: { min: -5, max: 5 } })
  for (const note of ['=1', '+1', '-1', '@x', '\tx', '\rx', "'x", 'plain']) await ada.post('/mood', { mood: -1, note })
  const answer = await ada.get('/mood/export?format=csv')
  t.equal(answer.headers['content-type'], 'text/csv; charset=utf-8; header=present')
  t.equal(answer.headers['content-disposition'], 'attachment; filename="moods.csv"')
  t.notMatch(answer.body, /(^|,|\n)"?[=+@\t\r]/)
  for (const cell of ["'=1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "''x", 'plain'])
    t.ok(answer.body.includes(cell), cell)
  t.match(answer.body, /,-1,-0.2,/)
})

t.test('an export is what there is: empty, long, with what is in the trash', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  t.strictSame(JSON.parse(await file(ada, 'json')), { format: 'moodstreak', version: 1, moods: [] })
  t.equal((await file(ada, 'csv')).split('\n').length, 2)
  const rows = Array.from({ length: 250 }, (_, i) => `2026-02-0${(i % 9) + 1},5,${i}`)
  t.match((await importer(app, ada)(`date,mood,note\n${rows.join('\n')}`)).json().import, { created: 250 })
  const { moods } = JSON.parse(await file(ada, 'json'))
  t.equal(new Set(moods.map(({ id }: { id: string }) => id)).size, 250)
  for (const { id } of moods.slice(0, 101)) await ada.delete(`/mood/${id}`)
  const all = (await ada.get('/mood/export?format=json&with=trash')).json()
  t.strictSame([all.moods.length, all.trash.length], [149, 101])
  t.match(all.trash[0], { mood: 5, deleted_at: at.replace('Z', '.000Z') })
  t.equal((await ada.get('/mood/export?format=csv&with=trash')).json().code, 'invalid_request')
  t.equal((await ada.get('/mood/export?with=all')).json().code, 'invalid_request')
  t.match((await importer(app, ada)(JSON.stringify(all))).json().import, { created: 0, duplicates: 149 })
})

t.test('with=revisions: every earlier state, those of deleted entries only beside the trash', async t => {
  const { app } = await build(t, { at })
  const [ada, eve] = [await signUp(app, 'ada'), await signUp(app, 'eve')]
  const make = async (mood: number) => (await ada.post('/mood', { mood, note: 'first' })).json().mood.id as string
  const [edited, deleted] = [await make(1), await make(2)]
  for (const note of ['=second', 'third']) await ada.patch(`/mood/${edited}`, { note })
  for (let i = 0; i < 100; i++) await ada.patch(`/mood/${deleted}`, { note: String(i) })
  await ada.delete(`/mood/${deleted}`)
  const exported = async (also: string) => (await ada.get(`/mood/export?with=${also}`)).json()

  const living = await exported('revisions')
  t.strictSame(Object.keys(living), ['format', 'version', 'moods', 'revisions'])
  t.match(living.revisions, [
    { id: edited, revision: 1, mood: 1, note: 'first', replaced_at: at.replace('Z', '.000Z') },
    { id: edited, revision: 2, note: '=second' },
  ])
  t.equal(living.revisions.length, 2)
  const shown = (await ada.get(`/mood/${edited}/revisions`)).json().revisions
  t.strictSame(
    living.revisions.map(({ id: _, ...state }: { id: string }) => state),
    shown.toReversed(),
    'as the entry itself shows them',
  )
  for (const also of ['trash,revisions', 'revisions,trash']) {
    const all = await exported(also)
    t.match([all.trash.length, all.revisions.length], [1, 102])
    t.equal(new Set(all.revisions.map((state: object) => JSON.stringify(state))).size, 102)
  }
  t.match((await eve.get('/mood/export?with=trash,revisions')).json(), { moods: [], trash: [], revisions: [] })
  const made = (await importer(app, eve)(JSON.stringify(await exported('trash,revisions')))).json().import
  t.match(made, { rows: 1, created: 1 }, 'the trash and earlier states are not entries')
  t.equal((await ada.get('/mood/export?format=csv&with=revisions')).json().code, 'invalid_request')
  t.equal((await ada.get('/mood/export?with=trash,trash')).json().code, 'invalid_request')
})
