import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { build, signUp } from '../helper.ts'
import { archive } from '../imports/archives.ts'
import { importer } from '../imports/importer.ts'

/** Damage of many kinds in a file of each format: what is refused is named, the rest is imported, and nothing is a 5xx. */

const at = '2026-03-05T12:00:00Z'
const long = 'x'.repeat(10_001)
const manyTags = Array.from({ length: 300 }, (_, i) => `tag ${i}`)
const tooMany = Array.from({ length: 1_001 }, (_, i) => `t${i}`)

/** A record, and why it is refused; imported where there is no reason. */
type Case<R> = [record: R, refused?: RegExp]

/** Cells of a CSV: quoted, so that each can be anything. */
const csvOf = (header: string, rows: readonly (readonly string[])[], { end = '\n', sign = ',' } = {}) =>
  [
    header.replaceAll(',', sign),
    ...rows.map(cells => cells.map(cell => `"${cell.replaceAll('"', '""')}"`).join(sign)),
  ].join(end)

interface Format {
  name: string
  file: string | Buffer
  /** The reasons, by the lines or numbers of the records. */
  refused: Record<number, RegExp>
  created: number
}

/** @param first the number of the first record. */
function expectations<R>(cases: readonly Case<R>[], first: number) {
  const refused = cases.flatMap(([, reason], i) => (reason ? [[i + first, reason] as const] : []))
  return { refused: Object.fromEntries(refused), created: cases.length - refused.length }
}

/** What a CSV can have in its date, time, mood, tags and note. */
const cells: Case<[date: string, time: string, mood: string, tags: string, note: string]>[] = [
  [['2026-01-01', '22:00', 'rad', 'a | b', 'plain']],
  [['27.01.2026', '10:00 pm', ' rad ', ' a |  b ', 'dots, 12 hours, spaces']],
  [['2026/01/02', '12.30 a.m.', 'cafe\u0301', 'e\u0301', 'NFD']],
  [['01/02/2026', '', 'rad', '', ''], /ambiguous/],
  [['2026-02-30', '', 'rad', '', ''], /not a date/],
  [['2026-13-01', '', 'rad', '', ''], /not a date/],
  [['30 de enero de 2026', '', 'rad', '', ''], /not a date/],
  [['', '', 'rad', '', ''], /date/],
  [['2026-03-09', '', 'rad', '', ''], /must not be after/],
  [['1899-12-31', '', 'rad', '', ''], /not a date/],
  [['2026-01-03', '25:00', 'rad', '', ''], /not a time/],
  [['2026-01-03', '13:00 pm', 'rad', '', ''], /not a time/],
  [['2026-01-03', '', '', '', ''], /mood is empty/],
  [['2026-01-03', '', '\u200b', '', ''], /mood is empty/],
  [['2026-01-04', '', 'rad', '', '']],
  [['2026-01-04', '', 'rad', '', '']],
  [['2026-01-05', '', 'w'.repeat(70), '', 'a label that is too long']],
  [['2026-01-06', '', 'rad', manyTags.join('|'), '300 tags']],
  [['2026-01-07', '', 'rad', tooMany.join('|'), ''], /1000 tags/],
  [['2026-01-08', '', 'rad', '', long], /10000/],
  [['2026-01-09', '', 'rad', '', '<b>bold</b> &amp; <script>alert(1)</script>']],
  [['2026-01-10', '', 'rad', '', '=HYPERLINK("http://example.org")']],
  [['2026-01-11', '', '-1+cmd|calc', '', 'a formula as a mood']],
  [['2026-01-12', '', 'rad', '', 'a\0b'], /NUL/],
  [['2026-01-13', '', 'rad', '', '"quoted"; and, separated']],
]

const own = csvOf(
  'date,time,mood,tags,note',
  cells.map(([row]) => row),
  { end: '\r\n', sign: ';' },
)
const daylio = csvOf(
  'full_date,date,weekday,time,mood,activities,note_title,note',
  cells.map(([[date, time, mood, tags, note]]) => [date, '', '', time, mood, tags, '', note]),
)

/** What JSON and archives can have in a record, by the shapes of their records. */
const wrongBytes = Buffer.concat([
  Buffer.from(`date,mood,note\n2026-01-01,5,fine\n2026-01-02,5,`),
  Buffer.from([0xe9, 0xff]),
  Buffer.from('\n2026-01-03,5,fine\n'),
])

const pixel = (more: object) => ({ date: '2026-01-01', type: 'Mood', scores: [3], notes: '', tags: [], ...more })
const pixelCases: Case<string | object>[] = [
  [pixel({})],
  [pixel({ notes: 'e\u0301 =1+1 <b>' })],
  [pixel({ tags: [{ type: 'A', entries: manyTags }] })],
  [pixel({ scores: [1] })],
  [pixel({ scores: [1] })],
  [pixel({ date: '2026-1-2' })],
  [pixel({ date: '2026-02-30' }), /./],
  [pixel({ date: '01/02/2026' }), /./],
  [pixel({ date: '2026-03-09' }), /must not be after/],
  [pixel({ date: 5 }), /./],
  [pixel({ scores: [6] }), /./],
  [pixel({ scores: ['3'] }), /./],
  [pixel({ scores: 'many' }), /./],
  [pixel({ notes: 'a\0b' }), /NUL/],
  [pixel({ notes: long }), /10000/],
  [pixel({ tags: [{ type: 'A', entries: tooMany }] }), /1000 tags/],
  ['{"date": "2026-01-01", "scores": [3], "notes": "\\ud800"}', /surrogate/],
  ['{oops}', /not valid JSON/],
  ['5', /./],
  ['null', /./],
  ['[]', /./],
]
const json = (cases: readonly Case<string | object>[]) =>
  cases.map(([record]) => (typeof record === 'string' ? record : JSON.stringify(record))).join(',\r\n')

const entry = (more: object) => ({ mood: 5, date: '2026-01-01', ...more })
const ownCases: Case<string | object>[] = [
  [entry({})],
  [entry({ mood: 'rad', note: 'e\u0301 =1+1', tags: manyTags })],
  [entry({})],
  [entry({ mood: 11 }), /./],
  [entry({ mood: '' }), /mood is empty/],
  [entry({ mood: null }), /mood is empty/],
  [entry({ mood: 'a\0b' }), /NUL/],
  [entry({ mood: 'w'.repeat(70) })],
  [entry({ note: 5 }), /note/],
  [entry({ note: long }), /10000/],
  [entry({ note: 'a\0b' }), /NUL/],
  [entry({ tags: 'a' }), /tags/],
  [entry({ tags: [5] }), /tags/],
  [entry({ tags: tooMany }), /1000 tags/],
  [entry({ date: '2026-02-30' }), /date/],
  [entry({ date: '2026-03-09' }), /must not be after/],
  [entry({ date: undefined }), /neither/],
  [entry({ occurred_at: '2026-01-01T10:00:00' }), /occurred_at/],
  [entry({ timezone: 'Mars/Olympus' }), /time zone/],
  [entry({ valence: 2 }), /valence/],
  [entry({ valence: '1' }), /valence/],
  [entry({ id: 'x', created_at: 'now', valence: 0 }), /not an id/],
  ['{"mood": "\\ud800", "date": "2026-01-01"}', /surrogate/],
  ['{oops}', /not valid JSON/],
  ['5', /not an object/],
]

const state = (more: string) => `<StateOfMind startDate="2026-01-01 20:00:00 +0200" ${more}/>`
const stateCases: Case<string>[] = [
  [state('valence="0.4"')],
  [state('valence="0.4"')],
  [state('valence="-1" labels="e\u0301, =1+1"')],
  [state('valence="2"'), /valence/],
  [state('valence="much"'), /./],
  [state(''), /./],
  ['<StateOfMind startDate="2026-02-30 20:00:00 +0200" valence="0"/>', /./],
  ['<StateOfMind startDate="soon" valence="0"/>', /./],
  ['<StateOfMind startDate="2026-03-09 20:00:00 +0200" valence="0"/>', /must not be after/],
  ['<StateOfMind valence="0"/>', /no startDate/],
  [state('valence="0,5" kind=" daily_mood "')],
  [state('valence="\u22120.25"')],
  [state('valence="0,123"')],
  [state('valence="1,234"'), /ambiguous/],
  [state('valence=""'), /not a number/],
  [state('valence="NaN"'), /not a number/],
  [state('valence="1e-1"'), /not a number/],
  ['<StateOfMind startDate="2026-01-02T21:30:00-04:00" valence="0"></StateOfMind>'],
  ['<StateOfMind date=" 2026-01-02 21:30:00 -0400 " valence="0"><Meta valence="9"/></StateOfMind>'],
  ['<StateOfMind startDate="" valence="0"/>', /not an instant/],
  ['<StateOfMind startDate="2026-01-02 21:30:00" valence="0"/>', /not an instant/],
  ['<StateOfMind startDate="2026-01-02 25:30:00 +0000" valence="0"/>', /not an instant/],
  ['<StateOfMind startDate="02.01.2026 21:30 +0000" valence="0"/>', /not an instant/],
  ['<StateOfMind startDate="2026-01-02 9:30 pm +0000" valence="0"/>', /not an instant/],
  ['<StateOfMind startDate="1600-01-02 21:30:00 +0000" valence="0"/>', /not an instant/],
  [state('valence="0" labels="&lt;b&gt;calm&lt;/b&gt;,, ,&#x1F600;"')],
  [state(`valence="0" labels="${'w'.repeat(70)}"`)],
  [state(`valence="0" labels="${manyTags.join(', ')}"`)],
  [state(`valence="0" associations="${tooMany.join(',')}"`), /1000 tags/],
  [state('valence="0" labels="a\ufffdb"'), /not in UTF-8/],
]

const backupEntry = (more: object) => ({ year: 2026, month: 0, day: 2, hour: 9, minute: 5, mood: 1, tags: [], ...more })
const backupCases: Case<string | object>[] = [
  [backupEntry({})],
  [backupEntry({})],
  [backupEntry({ note: '<b>e\u0301</b> =1+1', tags: [5, 5] })],
  [backupEntry({ mood: 2 })],
  [backupEntry({ mood: 99 }), /./],
  [backupEntry({ month: 12 }), /./],
  [backupEntry({ day: 31, month: 1 }), /./],
  [backupEntry({ year: '2026' }), /./],
  [backupEntry({ year: 2027 }), /must not be after/],
  [backupEntry({ note: long }), /10000/],
  [backupEntry({ note: 'a\0b' }), /NUL/],
  ['{oops}', /not valid JSON/],
  ['5', /not an object/],
  ['null', /not an object/],
  ['[]', /not an object/],
  [backupEntry({ year: 1899 }), /date does not exist/],
  [backupEntry({ month: -1 }), /date does not exist/],
  [backupEntry({ day: 2.5 }), /date does not exist/],
  [backupEntry({ day: null }), /date does not exist/],
  [backupEntry({ hour: 24 }), /not a time/],
  [backupEntry({ minute: 60 }), /not a time/],
  [backupEntry({ hour: -1, minute: -1, note_title: 'no time' })],
  [backupEntry({ mood: null }), /no mood with the id/],
  [backupEntry({ mood: 3 }), /no mood with the id/],
  [backupEntry({ mood: '1', datetime: 'soon', timeZoneOffset: 1e12 })],
  [backupEntry({ tags: 'a', scaleValues: [null, { id_scale: 7 }], note: 5 })],
  [backupEntry({ tags: [5, 404, null, {}], note: '=HYPERLINK("x")' })],
  [backupEntry({ tags: Array.from({ length: 300 }, (_, i) => 1_000 + i) })],
  [backupEntry({ tags: Array.from({ length: 1_001 }, (_, i) => 1_000 + i) }), /1000 tags/],
  [backupEntry({ note_title: '\ud800' }), /surrogate/],
]
const backupTags = tooMany.map((name, i) => `,{"id":${1_000 + i},"name":"${name}"}`).join('')
const backup = `{"customMoods":[{"id":1,"custom_name":"gut","mood_group_id":2},{"id":2,"custom_name":"","mood_group_id":3,"predefined_name_id":3},{"id":3,"custom_name":"of no group","mood_group_id":9}],"tags":[{"id":5,"name":"Stra\u00dfe"}${backupTags}],"dayEntries":[${json(backupCases)}]}`

const feelingCases: Case<[date: string, mood: string, tags: string, note: string]>[] = [
  [['2026 Thu Jan 1 11:36 PM', 'Calm', 'me, you', 'plain']],
  [['2026 Thu Jan 1 11:36 PM', 'Calm', 'me, you', 'plain']],
  [['2026 Thu Jan 1 08:15 AM', ' Calm ', '', 'e\u0301 <b>']],
  [['2026 Fri Jan 2 22:15', 'Calm', '', '24 hours']],
  [['2026 Fri Jan 2 11:36 PM', '=1+1', '', '=1+1']],
  [['2026 Fri Jan 2 11:36 PM', 'w'.repeat(70), manyTags.join(','), '']],
  [['2026 Fri Jan 2 11:36 PM', 'Calm', tooMany.join(','), ''], /1000 tags/],
  [['2026 Fri Jan 2 11:36 PM', 'Calm', '', long], /10000/],
  [['2026 Fri Jan 2 11:36 PM', 'Calm', '', 'a\0b'], /NUL/],
  [['2026 Fri Jan 2 11:36 PM', '', '', ''], /mood is empty/],
  [['2026 Fri Jan 2 11:36 PM', '\u200b', '', ''], /mood is empty/],
  [['', 'Calm', '', ''], /./],
  [['soon', 'Calm', '', ''], /./],
  [['2026 Fri Feb 30 11:36 PM', 'Calm', '', ''], /./],
  [['2026 Fri Jan 2 25:36', 'Calm', '', ''], /not a time/],
  [['2026 Fri Jan 2 13:36 PM', 'Calm', '', ''], /not a time/],
  [['2026 ven. janv. 2 11:36 PM', 'Calm', '', ''], /./],
  [['01/02/2026 11:36 PM', 'Calm', '', ''], /./],
  [['2026 Mon Mar 9 11:36 PM', 'Calm', '', ''], /must not be after/],
  [['1899 Mon Mar 9 11:36 PM', 'Calm', '', ''], /./],
]
const feelings = csvOf(
  'Date,Mood,Mood Key,Tags (People),Notes',
  feelingCases.map(([[date, mood, tags, note]]) => [date, mood, '', tags, note]),
  { end: '\r\n' },
)

const formats: Format[] = [
  { name: 'how-we-feel', file: feelings, ...expectations(feelingCases, 2) },
  { name: 'csv', file: `\ufeff${own}`, ...expectations(cells, 2) },
  { name: 'daylio-csv', file: Buffer.from(`\ufeff${daylio}`, 'utf16le'), ...expectations(cells, 2) },
  { name: 'pixels', file: `[${json(pixelCases)}]`, ...expectations(pixelCases, 1) },
  {
    name: 'json',
    file: `{"format":"moodstreak","version":1,"moods":[${json(ownCases)}]}`,
    ...expectations(ownCases, 1),
  },
  {
    name: 'apple-health',
    file: `<?xml version="1.0"?><HealthData>${stateCases.map(([record]) => record).join('\n')}</HealthData>`,
    ...expectations(stateCases, 1),
  },
  {
    name: 'daylio-backup',
    file: archive({ name: 'backup.daylio', content: Buffer.from(backup).toString('base64') }),
    ...expectations(backupCases, 1),
  },
]

for (const { name, file, refused, created } of formats) {
  t.test(`${name}: each damaged record is named, and the others are there, once`, async t => {
    const { app } = await build(t, { at })
    const ada = await signUp(app, 'ada')
    const send = importer(app, ada)
    for (const [query, status] of [
      ['?dry_run=true', 200],
      ['', 201],
    ] as const) {
      const answer = await send(file, query)
      t.equal(answer.statusCode, status, answer.body.slice(0, 200))
      const { import: made } = answer.json()
      const lines = Object.fromEntries(
        made.refused.map(({ line, reason }: { line: number; reason: string }) => [line, reason]),
      )
      t.strictSame(Object.keys(lines), Object.keys(refused), 'the lines that are refused')
      t.match(lines, refused)
      t.match(made, { format: name, created, rows: created + Object.keys(refused).length })
    }
    t.match((await ada.get('/mood')).json(), { total: created })
    t.match((await send(file)).json().import, { created: 0, duplicates: created })
  })
}

t.test('bytes that are not UTF-8 refuse their row; files that are cut off are read up to there', async t => {
  const { app } = await build(t, { at })
  const send = importer(app, await signUp(app, 'ada'))
  t.match((await send(wrongBytes)).json().import, {
    created: 2,
    refused: [{ line: 3, reason: 'the row is not in UTF-8' }],
  })
  const cut = {
    csv: 'date,mood,note\n2026-02-01,5,"fine"\n2026-02-02,5,"never clo',
    'daylio-csv': 'full_date,mood,activities,note\n2026-02-01,rad,,fine\n2026-02-02,rad,,"never clo',
    pixels: `[${JSON.stringify(pixel({ date: '2026-02-01' }))},{"date": "2026-`,
    json: '{"format":"moodstreak","version":1,"moods":[{"mood":6,"date":"2026-02-01"},{"mood":',
    'apple-health': `<HealthData>${state('valence="0.7"')}<StateOfMind startDa`,
  }
  for (const [name, file] of Object.entries(cut)) {
    const { import: made } = (await send(file)).json()
    t.match(made, { format: name, created: 1, refused_total: 1 }, name)
  }
})

t.test('bombs, archives of nothing and files that are too large are refused as a whole', async t => {
  const { app } = await build(t, { at })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada)
  const entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
  const zeros = deflateRawSync(Buffer.alloc(64 * 1024 * 1024))
  const large = Buffer.alloc(21 * 1024 * 1024, 'date,mood\n2026-03-01,5\n')
  for (const [name, file] of Object.entries({
    'entities that expand': `${entities}<HealthData>${state('valence="0" labels="&b;"')}</HealthData>`,
    'elements within each other': `<HealthData>${'<a>'.repeat(100_000)}`,
    'a backup of zeros': archive({ name: 'backup.daylio', content: Buffer.alloc(64 * 1024 * 1024) }),
    'a ZIP of noise': Buffer.concat([Buffer.from('PK\x03\x04'), zeros.subarray(0, 10_000)]),
    'an archive with a path': archive({ name: '../../etc/passwd', content: 'x' }),
    'a path that looks like a backup': archive({ name: '../backup.daylio/x', content: 'x' }),
    'an encrypted one': archive({ name: 'backup.daylio', content: 'e30=', encrypted: true }),
    '21 MB': large,
  })) {
    const answer = await send(file)
    const isWhole = answer.statusCode >= 400 && answer.statusCode < 500
    const { created, refused_total: refused } = answer.json().import ?? {}
    t.ok(isWhole || (created === 0 && refused > 0), `${name}: ${answer.statusCode} ${answer.body.slice(0, 200)}`)
  }
  t.match((await ada.get('/mood')).json(), { total: 0 })
})
