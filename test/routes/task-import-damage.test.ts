import t from 'tap'
import { build, signUp } from '../helper.ts'
import { importer } from '../imports/importer.ts'

const long = 'x'.repeat(10_001)
const html = '<b>bold</b> &amp; <script>'

interface Case {
  type?: string
  content?: string
  description?: string
  indent?: string
  date?: string
  deadline?: string
  /** Beyond the last column. */
  more?: string
  /** Why it is refused, where it is. */
  refused?: RegExp
  /** A task by its title, due day and description, where that is worth looking at. */
  is?: readonly [title: string, due: string | null, description: string | null]
  /** Neither a task nor refused. */
  isNone?: true
}

/** Rows of Todoist's CSV: what a date does not say stays in the description, and nothing is guessed. */
const cases: Case[] = [
  { content: 'plain', is: ['plain', null, null] },
  { type: ' task ', content: ' spaced ', is: ['spaced', null, null] },
  { type: 'TASK', content: 'in capitals', is: ['in capitals', null, null] },
  { content: 'twice' },
  { content: 'twice' },
  { content: '', refused: /title is empty/ },
  { content: '\u200b', refused: /title is empty/ },
  { type: 'goal', content: 'x', refused: /"goal" is not a type/ },
  { type: '', content: 'x', refused: /"" is not a type/ },
  { type: 'section', content: 'Later', isNone: true },
  { type: 'note', content: 'of nothing', refused: /no task before it/ },
  { type: 'section', content: '', isNone: true },
  { content: 'w'.repeat(300), is: ['w'.repeat(200), null, 'w'.repeat(300)] },
  { content: long, refused: /10001 characters/ },
  { content: 'x', description: long, refused: /10001 characters/ },
  { content: 'a\0b', refused: /NUL/ },
  { content: 'x', description: 'a\0b', refused: /NUL/ },
  { content: 'impossible', date: '2026-02-30', is: ['impossible', null, 'Due: 2026-02-30'] },
  { content: 'ambiguous', date: '03/04/2026', is: ['ambiguous', null, 'Due: 03/04/2026'] },
  { content: 'again and again', date: 'every! 3 days', is: ['again and again', null, 'Due: every! 3 days'] },
  { content: 'in Spanish', date: '30 de enero de 2026', is: ['in Spanish', null, 'Due: 30 de enero de 2026'] },
  { content: 'long ago', date: '1899-12-31', is: ['long ago', null, 'Due: 1899-12-31'] },
  { content: 'no such hour', date: '2026-05-01 25:00', is: ['no such hour', null, 'Due: 2026-05-01 25:00'] },
  { content: 'dots', date: '27.09.2026', is: ['dots', '2026-09-27', null] },
  { content: 'a deadline', deadline: '2026/09/28', is: ['a deadline', '2026-09-28', null] },
  { content: 'no deadline', deadline: 'soon', is: ['no deadline', null, 'Deadline: soon'] },
  { content: 'odd indents', indent: 'x', is: ['odd indents', null, null] },
  { content: 'deep', indent: '99', is: ['deep', null, 'Part of: odd indents'] },
  { content: 'shallow', indent: '-5', is: ['shallow', null, null] },
  { content: '=HYPERLINK("x")', description: html, is: ['=HYPERLINK("x")', null, html] },
  { content: 'cafe\u0301', is: ['café', null, null] },
  { content: 'x', more: 'y', refused: /columns/ },
  { content: '"quoted"; and\r\nbroken', is: ['"quoted"; and broken', null, null] },
]

const quoted = (text = '') => `"${text.replaceAll('"', '""')}"`
const row = ({ type = 'task', content, description, indent, date, deadline, more }: Case) =>
  [type, content, description, indent, date, deadline, ...(more ? [more] : [])].map(quoted).join(';')

t.test("Todoist's CSV: each damaged record is named, and the others are there, once", async t => {
  const { app } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const ada = await signUp(app, 'ada')
  const send = importer(app, ada, '/tasks/import')
  const refused = cases.flatMap(({ refused }, i) => (refused ? [[i + 2, refused] as const] : []))
  // The last record has a line break, and so takes two lines.
  const next = cases.length + 3
  const file = Buffer.concat([
    Buffer.from(`\ufeff${['TYPE;CONTENT;DESCRIPTION;INDENT;DATE;DEADLINE', ...cases.map(row)].join('\r\n')}\r\n`),
    Buffer.from([...Buffer.from('task;'), 0xe9, 0xff, ...Buffer.from('\r\ntask;after it\r\ntask;"never closed\r\n')]),
  ])
  const expected = {
    ...Object.fromEntries(refused),
    [next]: /not in UTF-8/,
    [next + 2]: /quotation mark is not closed/,
  }
  const created = cases.filter(({ refused, isNone }) => !refused && !isNone).length + 1
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
    t.match(made, { format: 'todoist', created, refused_total: Object.keys(expected).length })
  }
  const { tasks } = (await ada.get('/tasks?per_page=100')).json()
  const byTitle = new Map(tasks.map((task: { title: string }) => [task.title, task]))
  for (const { is } of cases)
    if (is) t.match(byTitle.get(is[0]), { due_on: is[1], description: is[2] }, is[0].slice(0, 20))
  t.equal(tasks.length, created)
  t.match((await send(file)).json().import, { created: 0, duplicates: created })
})
