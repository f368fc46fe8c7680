import t from 'tap'
import { build, signUp } from '../helper.ts'
import { importer } from '../imports/importer.ts'

const long = 'x'.repeat(10_001)
const html = '<b>bold</b> &amp; <script>'
const sequence = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'

interface Case {
  date?: string
  title: string
  seconds?: string
  note?: string
  sequence?: string
  /** Beyond the last column. */
  more?: string
  /** Why it is refused, where it is. */
  refused?: RegExp
  /** Its day, title and note, where that is worth looking at. */
  is?: readonly [date: string, title: string, note: string | null, seconds?: number]
}

/** Rows of a CSV that somebody wrote or a spreadsheet changed: what cannot be read is refused, and nothing is guessed. */
const cases: Case[] = [
  { title: 'plain', is: ['2026-03-01', 'plain', null, 0] },
  { title: ' spaced\u200b ', is: ['2026-03-01', 'spaced', null] },
  { title: 'twice' },
  { title: 'twice' },
  { title: '', refused: /title is empty/ },
  { title: '\u200b', refused: /title is empty/ },
  { title: 'w'.repeat(300), note: 'n', is: ['2026-03-01', 'w'.repeat(200), `${'w'.repeat(300)}\n\nn`] },
  { title: long, refused: /the note has 10001 characters/ },
  { title: 'x', note: long, refused: /the note has 10001 characters/ },
  { title: 'a\0b', refused: /NUL/ },
  { title: 'x', note: 'a\0b', refused: /NUL/ },
  { title: 'x', date: '', refused: /"" is not a date/ },
  { title: 'x', date: '2026-02-30', refused: /"2026-02-30" is not a date/ },
  { title: 'x', date: '03/04/2025', refused: /ambiguous/ },
  { title: 'x', date: 'yesterday', refused: /not a date/ },
  { title: 'x', date: '1899-12-31', refused: /not a date/ },
  { title: 'x', date: '2026-03-07', refused: /must not be after 2026-03-06/ },
  { title: 'dots', date: '27.02.2026', is: ['2026-02-27', 'dots', null] },
  { title: 'slashes', date: '2026/02/28', is: ['2026-02-28', 'slashes', null] },
  { title: 'minutes', seconds: '90', is: ['2026-03-01', 'minutes', null, 90] },
  { title: 'x', seconds: '90.5', refused: /total_seconds is "90.5"/ },
  { title: 'x', seconds: '1,200', refused: /total_seconds is "1,200"/ },
  { title: 'x', seconds: '-5', refused: /total_seconds is "-5"/ },
  { title: 'x', seconds: '20 min', refused: /total_seconds is "20 min"/ },
  { title: 'x', seconds: '99999999999', refused: /not a whole number/ },
  { title: 'x', seconds: '4294967296', refused: /not a whole number/ },
  { title: 'x', sequence: 'Vinyasa', refused: /"vinyasa" is not an id/ },
  { title: 'of one', sequence: ` ${sequence.toUpperCase()} `, is: ['2026-03-01', 'of one', null] },
  { title: '=HYPERLINK("x")', note: html, is: ['2026-03-01', '=HYPERLINK("x")', html] },
  { title: "'=1", is: ['2026-03-01', '=1', null] },
  { title: 'cafe\u0301', is: ['2026-03-01', 'café', null] },
  { title: 'x', more: 'y', refused: /columns/ },
  { title: '"quoted"; and\r\nbroken', is: ['2026-03-01', '"quoted"; and broken', null] },
]

const quoted = (text = '') => `"${text.replaceAll('"', '""')}"`
const row = ({ date = '2026-03-01', title, seconds, note, sequence, more }: Case) =>
  [date, title, seconds, note, sequence, ...(more ? [more] : [])].map(quoted).join(';')

t.test('a CSV of practices: each damaged row is named, and the others are there, once', async t => {
  const { app } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada, '/practices/import')
  const refused = cases.flatMap(({ refused }, i) => (refused ? [[i + 2, refused] as const] : []))
  // The last row has a line break, and so takes two lines.
  const next = cases.length + 3
  const file = Buffer.concat([
    Buffer.from(`\ufeff${['DATE;Title;total_seconds;note;sequence_id', ...cases.map(row)].join('\r\n')}\r\n`),
    Buffer.from([...Buffer.from('2026-03-01;'), 0xe9, 0xff]),
    Buffer.from('\r\n2026-03-01;after it\r\n2026-03-01;"never closed\r\n'),
  ])
  const expected = {
    ...Object.fromEntries(refused),
    [next]: /not in UTF-8/,
    [next + 2]: /quotation mark is not closed/,
  }
  const created = cases.filter(({ refused }) => !refused).length + 1
  for (const query of ['?dry_run=true', '']) {
    const answer = await send(file, query)
    t.ok(answer.statusCode < 300, answer.body.slice(0, 200))
    const { import: made } = answer.json()
    const found = made.refused.map(({ line, reason }: { line: number; reason: string }) => [String(line), reason])
    t.strictSame(
      found.map(([line]: [string]) => line),
      Object.keys(expected),
    )
    t.match(Object.fromEntries(found), expected)
    t.match(made, { format: 'csv', created, refused_total: Object.keys(expected).length })
  }
  const { practices } = (await ada.get('/practices?per_page=100')).json()
  const byTitle = new Map(practices.map((practice: { title: string }) => [practice.title, practice]))
  for (const { is } of cases)
    if (is)
      t.match(
        byTitle.get(is[1]),
        { date: is[0], note: is[2], ...(is[3] !== undefined && { total_seconds: is[3] }) },
        is[1].slice(0, 20),
      )
  t.match(byTitle.get('of one'), { sequence_id: sequence })
  t.equal(practices.length, created)
  t.match((await send(file)).json().import, { created: 0, duplicates: created })
})
