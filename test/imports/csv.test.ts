import t from 'tap'
import { read } from './read.ts'

t.test('the CSV of Daylio, as of today', async t => {
  const file = `\ufefffull_date,date,weekday,time,mood,activities,scales,note_title,note
2026-01-12,"12. Januar",Montag,21:35,super gut ,"Arbeit | stressed / frustrated | ","Sleep:\u00a04 | Energy:\u00a0low","Ein Titel","Zeile<br>zwei &amp; <b>drei</b>"
2026-01-11,"January 11",Sunday,9:05 PM,rad,"","","",""
`
  const { format, rows, refused, ignored } = await read(file)
  t.equal(format, 'daylio-csv')
  t.strictSame(rows, [
    {
      line: 2,
      day: '2026-01-12',
      time: '21:35',
      mood: 'super gut',
      note: 'Ein Titel\n\nZeile\nzwei & drei',
      tags: ['Arbeit', 'stressed / frustrated', 'Sleep: 4', 'Energy: low'],
    },
    { line: 3, day: '2026-01-11', time: '21:05', mood: 'rad', note: null, tags: [] },
  ])
  t.strictSame([refused, ignored], [[], []])
})

t.test('the CSV of Daylio, as of 2018: a date without its year is read where it can mean one day', async t => {
  const { format, rows, refused } = await read(`year,date,weekday,time,mood,activities,note
2018,29 March,Thursday,11:54 pm,happy,"socialise | eat out",""
2018,March 28,Wednesday,10:21 pm,average,"",""
2018,3/4,Tuesday,10:00,average,,
2018,3/4,Wednesday,10:00,average,,
2018,3/4,Dienstag,10:00,average,,
2018,29. März,Donnerstag,10:00,average,,
2018,31/12,,10:00,average,,
2018,4/4,,10:00,average,,
2018,32/13,,10:00,average,,
18,29 March,,10:00,average,,
`)
  t.equal(format, 'daylio-csv')
  t.strictSame(
    rows.map(({ line, day }) => [line, day]),
    [
      [2, '2018-03-29'],
      [3, '2018-03-28'],
      [4, '2018-04-03'],
      [8, '2018-12-31'],
      [9, '2018-04-04'],
    ],
  )
  t.match(refused, [
    { line: 5, reason: '"3/4" is not a date' },
    { line: 6, reason: /ambiguous \(day/ },
    { line: 7, reason: /März.*not a date/ },
    { line: 10, reason: /not a date/ },
    { line: 11, reason: '"18" is not a year' },
  ])
})

t.test('the lines of records, whatever ends a line and whatever lies between', async t => {
  const lines = [
    'mood,date,note',
    '',
    '5,2026-01-01,"two',
    'lines"',
    '',
    '',
    'bad,',
    '6,2026-01-02,"a ""b"""',
    ' , ,',
    '7,2026-01-03,',
  ]
  for (const end of ['\n', '\r\n', '\r']) {
    const { rows, refused } = await read(lines.join(end))
    t.strictSame(
      rows.map(({ line, mood, note }) => [line, mood, note]),
      [
        [3, 5, `two${end}lines`],
        [8, 6, 'a "b"'],
        [10, 7, null],
      ],
      JSON.stringify(end),
    )
    t.match(refused, [{ line: 7, reason: 'the row has neither date nor occurred_at' }])
  }
})

t.test('a CSV after a trip through a spreadsheet', async t => {
  const { format, rows, refused, ignored } = await read(
    [
      'Date;Mood;Note;Tags;Weather',
      '27.09.2021;7,5;"=HYPERLINK(""x"")";a | b\\|c;sunny',
      "27/09/2021;8;'=1+1;;",
      '2021-9-1;-1;;;',
      '03/04/2021;8;;;',
      '31.02.2021;8;;;',
      '27.09.21;8;;;',
      'Sep 27, 2021;1,234;;;',
      '27 September 2021;x;;;;;more',
    ].join('\r\n'),
  )
  t.strictSame([format, ignored], ['csv', ['weather']])
  t.strictSame(rows, [
    { line: 2, day: '2021-09-27', mood: 7.5, note: '=HYPERLINK("x")', tags: ['a', 'b|c'] },
    { line: 3, day: '2021-09-27', mood: 8, note: '=1+1', tags: [] },
    { line: 4, day: '2021-09-01', mood: -1, note: null, tags: [] },
  ])
  t.match(refused, [
    { line: 5, reason: /ambiguous \(day/ },
    { line: 6, reason: '"31.02.2021" is not a date' },
    { line: 7, reason: '"27.09.21" is not a date' },
    { line: 8, reason: /ambiguous; write/ },
    { line: 9, reason: 'the row has 7 columns, the header 5' },
  ])
})

t.test('what a CSV says of the time', async t => {
  const { rows, refused } = await read(`mood\toccurred_at\ttimezone\ttime\tdate\tvalence
good\t2026-01-01T22:30:00+01:00\teurope/berlin\t\t\t0.5
good\t2026-01-01 22:30:00 +0100\t\t\t\t
good\t2026-01-01T22:30:00Z\t\t\t2026-01-02\t
good\t2026-01-01 22:30\t\t\t\t
good\t\t\t10:30 p.m.\t2026-01-01\t
good\t\tIST\t\t2026-01-01\t
good\tyesterday\t\t\t\t
good\t\t\t25:00\t2026-01-01\t
good\t\t\t13:00 pm\t2026-01-01\t
good\t\t\t\t2026-01-01\t2
`)
  t.strictSame(
    rows.map(({ line, at, day, time, timezone, valence }) => [line, at, day, time, timezone, valence]),
    [
      [2, '2026-01-01T21:30:00.000Z', undefined, undefined, 'Europe/Berlin', 0.5],
      [3, '2026-01-01T21:30:00.000Z', undefined, undefined, undefined, undefined],
      [4, '2026-01-01T22:30:00.000Z', '2026-01-02', undefined, undefined, undefined],
      [5, undefined, '2026-01-01', '22:30', undefined, undefined],
      [6, undefined, '2026-01-01', '22:30', undefined, undefined],
    ],
  )
  t.strictSame(
    refused.map(({ line }) => line),
    [7, 8, 9, 10, 11],
  )
})

t.test('How We Feel, with both of its headers', async t => {
  const old =
    await read(`Date,Mood,Mood Key,Tags (People),Tags Key (People),Tags (Places),Sleep,Notes,Reflections,Takeaways
2026 Sun May 17 8:39 AM,Determined,determined,"By Myself, Family",x,Home,0.0,note A,thought,
2026 Sun May 17 3:39 PM,"Calm, Tired",calm,,,,,,,
2026 May,Calm,calm,,,,,,,
2026 Sun May 17 3:39 PM,,,,,,,,,
`)
  t.equal(old.format, 'how-we-feel')
  t.strictSame(old.ignored, ['tags key (people)', 'sleep'])
  const [first, ...others] = old.rows
  const morning = { line: 2, day: '2026-05-17', time: '08:39', mood: 'Determined' }
  t.strictSame(first, { ...morning, note: 'note A\n\nthought', tags: ['By Myself', 'Family', 'Home'] })
  t.match(others, [
    { line: 3, time: '15:39', mood: 'Calm', tags: [] },
    { line: 3, time: '15:39', mood: 'Tired', tags: [] },
  ])
  t.match(old.refused, [
    { line: 4, reason: /2026 May/ },
    { line: 5, reason: 'the mood is empty' },
  ])

  const today =
    await read(`Date,Locale,Mood Keys,Mood,Tags (People),Tags (Places),Tags (Events),Notes,Reflections,Takeaways
2026 Wed Jul 22 11:36 PM,en,down,down,By Myself,Home,Resting,"A full note","[]","[]"
2026 Wed Jul 22 08:15 AM,en,calm,calm,Friend,Outside,Walking,,"[]","[]"
`)
  t.strictSame(
    today.rows.map(({ time, mood, note, tags }) => [time, mood, note, tags]),
    [
      ['23:36', 'down', 'A full note', ['By Myself', 'Home', 'Resting']],
      ['08:15', 'calm', null, ['Friend', 'Outside', 'Walking']],
    ],
  )
})

t.test('bytes that are not UTF-8 refuse their line, NUL too; UTF-16 with a mark is read', async t => {
  const broken = Buffer.concat([
    Buffer.from('mood,date\ncaf'),
    Buffer.from([0xe9]),
    Buffer.from(',2026-01-01\ngood,2026-01-02\nx\0y,2026-01-03\n'),
  ])
  const { rows, refused } = await read(broken)
  t.match(rows, [{ line: 3, mood: 'good' }])
  t.match(refused, [
    { line: 2, reason: 'the row is not in UTF-8' },
    { line: 4, reason: 'a text contains NUL' },
  ])
  const text = '\ufeffmood,date\ncafe\u0301,2026-01-01\n'
  const little = Buffer.from(text, 'utf16le')
  const big = Buffer.from(little).swap16()
  for (const bytes of [little, big]) t.match(await read(bytes), { rows: [{ mood: 'caf\u00e9' }] })
})

t.test('a quotation mark that is not closed costs the rest of the file, and no more', async t => {
  const { rows, refused } = await read('mood,date\n5,2026-01-01\n6,"2026-01-02\n7,2026-01-03\n')
  t.match(rows, [{ line: 2 }])
  t.match(refused, [{ line: 3, reason: /cut off/ }])
  const long = await read(`mood,date\n5,2026-01-01\n6,"${'x'.repeat(300_000)}\n`, 'csv', 64_000)
  t.match(long, { rows: [{ line: 2 }], refused: [{ line: 3, reason: /256 KiB/ }] })
  t.match(await read('mood,date\n5,2026-01-01\n6,20'), { rows: [{ line: 2 }], refused: [{ line: 3 }] })
})

t.test('our own CSV carries what the entry was', async t => {
  const { rows, refused } = await read(
    `id,date,occurred_at,timezone,mood,valence,note,tags,decided_by,logged_at,created_at,updated_at
019A9F3E-7c1b-7d52-9b0a-3f2f5d1c8e11,2026-01-01,,UTC,8,,' spaced ,,profile,2026-01-01T10:00:00.000Z,2026-01-01T11:00:00.000Z,2026-01-02T10:00:00.000Z
019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e12,2026-01-01,,UTC,rad,1,,,nonsense,,2026-01-01T11:00:00.000Z,
x,2026-01-01,,UTC,rad,1,,,date,,2026-01-01T11:00:00.000Z,
019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e12,2026-01-01,,UTC,rad,1,,,date,,yesterday,
`,
  )
  const createdAt = Date.parse('2026-01-01T11:00:00Z')
  t.match(rows, [
    {
      mood: 8,
      valence: null,
      note: "' spaced ",
      own: {
        id: '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11',
        createdAt,
        loggedAt: createdAt - 3_600_000,
        updatedAt: Date.parse('2026-01-02T10:00:00Z'),
        dateSource: 'profile',
      },
    },
    {
      mood: 'rad',
      valence: 1,
      note: null,
      own: { createdAt, loggedAt: createdAt, updatedAt: createdAt, dateSource: 'date' },
    },
  ])
  t.match(refused, [
    { line: 4, reason: '"x" is not an id' },
    { line: 5, reason: 'created_at is not an instant' },
  ])
})

t.test('a file that names no mood and no date is none', async t => {
  for (const text of ['', '\n\n', 'name,age\nx,1\n', 'hello', '\0\0\0\0', '{"moods": []}', '{}'])
    await t.rejects(read(text), { code: 'unreadable_file' }, JSON.stringify(text))
})

t.test('what is hostile in a cell or a header costs no more than its length', async t => {
  const long = (inner: string) => `x${inner.repeat(80_000 / inner.length)}y`
  const { rows } = await read(
    `date,mood,note,tags\n2026-03-01,${long('\t')},${long(' ')},${long('\t')}\n`,
    undefined,
    65_536,
  )
  t.equal(rows.length, 1)
  // Together they are longer than a record may be, though none of them is by itself.
  const beyond = await read(
    `date,mood,note,tags\n2026-03-01,${Array(3).fill('x'.repeat(100_000))}\n`,
    undefined,
    65_536,
  )
  t.match(beyond, { rows: [], refused: [{ line: 2, reason: /longer than 256 KiB/ }] })
  const comments = `a<!-- gone -->b${'<!--'.repeat(50_000)}`
  const daylio = 'full_date,date,weekday,time,mood,activities,note_title,note'
  const noted = await read(`${daylio}\n2026-03-01,1 March,Sunday,20:00,good,,,${comments}\n`, undefined, 65_536)
  t.match(noted.rows, [{ note: `ab${'<!--'.repeat(50_000)}` }])
  await t.rejects(read(`date,mood${',x'.repeat(999)}\n2026-03-01,5\n`), {
    code: 'unreadable_file',
    errors: ['The file has 1001 columns; at most 1000 are allowed.'],
  })
  t.match((await read('date,mood,mood\n2026-03-01,5,6\n')).rows, [{ mood: 5 }], 'the first of two counts')
})

t.test('a file that is not what the request says it is is refused, and not read as nothing', async t => {
  for (const format of ['json', 'pixels', 'apple-health'] as const)
    await t.rejects(read('date,mood\n2026-03-01,5\n', format), { code: 'unreadable_file' }, format)
})

t.test(
  'security 52: a record of endless cells, which are counted by no parser, is refused before it takes memory',
  async t => {
    const head = 'date,mood\n2026-01-01,5\n'
    for (const endless of [','.repeat(900_000), 'a,'.repeat(400_000), '"\n",'.repeat(200_000)]) {
      const { rows, refused } = await read(head + endless, undefined, 16_384)
      t.match([rows, refused], [[{ line: 2 }], [{ line: 3, reason: /256 KiB/ }]])
      t.equal(refused.length, 1)
    }
    const spaced = await read(`${head}${'\n'.repeat(90_000)}2026-01-02,6\n`, undefined, 16_384)
    t.match(spaced.rows, [{ line: 2 }, { line: 90_003, mood: 6 }], 'lines that are blank are no record')
    const { rows, refused } = await read(`${head}${'\n'.repeat(300_000)}2026-01-02,6\n`, undefined, 16_384)
    t.match([rows, refused], [[{ line: 2 }], [{ line: 3, reason: /100000 blank lines/ }]], 'up to a bound')
    const note = `2026-01-03,6,"${'well, then, '.repeat(700)}"\n`
    const many = await read(`date,mood,note\n${note.repeat(300)}`, undefined, 4_096)
    t.strictSame([many.rows.length, many.refused], [300, []], 'commas of many records do not add up')
  },
)
