import t from 'tap'
import { read } from './read.ts'

t.test('Pixels: an entry per score, the note and the tags with the first', async t => {
  const { format, rows, refused } = await read(
    JSON.stringify([
      {
        date: '2022-12-3',
        type: 'Mood',
        scores: [5, 2],
        notes: 'a<br>b',
        tags: [{ type: 'Emotions', entries: ['calm', 'home'] }],
      },
      { date: '2022-12-4', type: 'Mood', scores: [3] },
      { date: '2022-12-5', type: 'Period', scores: [3] },
      { date: '2022-13-5', type: 'Mood', scores: [3] },
      { date: '2022-12-5', type: 'Mood', scores: [6] },
      { date: '2022-12-5', type: 'Mood', scores: [] },
      { date: '2022-12-5', type: 'Mood', scores: Array(101).fill(1) },
      { date: '2022-12-5', scores: [1], tags: 'x' },
      { date: '2022-12-5', scores: [1], tags: ['x'] },
      { date: '2022-12-5', scores: [1], tags: [{ entries: [1] }] },
      { scores: [1] },
      null,
      'x, [ "y',
      { date: '2022-12-5', scores: [1], notes: '\ud800' },
    ]),
  )
  t.equal(format, 'pixels')
  t.strictSame(rows, [
    { line: 1, day: '2022-12-03', valence: 1, note: 'a\nb', tags: ['calm', 'home'] },
    { line: 1, day: '2022-12-03', valence: -0.5, note: null, tags: [] },
    { line: 2, day: '2022-12-04', valence: 0, note: null, tags: [] },
  ])
  t.strictSame(
    refused.map(({ line }) => line),
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
  )
})

t.test('a broken record spoils no other one', async t => {
  const bytes = Buffer.concat([
    Buffer.from('  [{"date":"2022-12-03","scores":[5]}, {"date":2022-12-03}, {"notes":"'),
    Buffer.from([0xff]),
    Buffer.from('"}, {"date":"2022-12-04","scores":[5]}]'),
  ])
  t.match(await read(bytes), {
    rows: [{ line: 1 }, { line: 4 }],
    refused: [
      { line: 2, reason: 'the record is not valid JSON' },
      { line: 3, reason: 'the record is not in UTF-8' },
    ],
  })
  for (const cut of [
    '[{"date":"2022-12-03","scores":[5]},{"date":"20',
    '[{"date":"2022-12-03","scores":[5]}, ',
    '[{"date":"2022-12-03","scores":[5]}',
  ])
    t.match(
      await read(cut),
      { rows: [{ line: 1 }].slice(0, cut.endsWith(']}') ? 0 : 1), refused: [{ reason: /cut off/ }] },
      cut,
    )
  const deep = `[{"date":"2022-12-03","scores":[5]},${'['.repeat(300_000)}`
  t.match(await read(deep, undefined, 60_000), { rows: [{ line: 1 }], refused: [{ line: 2, reason: /256 KiB/ }] })
})

t.test('Health Auto Export: the valence counts, not the word', async t => {
  const state = (more: object) => ({
    start: '2026-09-08 21:30:00 -0400',
    kind: 'momentaryEmotion',
    valence: 0.5,
    valenceClassification: 'Neutral',
    labels: ['Happy'],
    associations: ['Family'],
    ...more,
  })
  const file = {
    data: {
      metrics: [{ name: 'step_count', data: [{ stateOfMind: [{ valence: 1 }] }] }],
      'other\n': 'x"[{',
      stateOfMind: [
        state({}),
        state({ kind: 'dailyMood', start: '2026-09-08T23:30:00-04:00', valence: -0.123456 }),
        state({ kind: 'daily_mood', start: '2026-09-08T23:30:00Z', labels: undefined }),
        state({ start: undefined, date: '2026-09-09T10:00:00Z' }),
        state({ valence: 'high' }),
        state({ valence: 2 }),
        state({ start: 'today' }),
        state({ start: 5 }),
        state({ labels: 'x' }),
        7,
        // In the shape of the example in its help.
        state({
          id: 'x',
          end: '2026-09-08 21:35:00 -0400',
          kind: 'mood',
          valenceClassification: 1,
          metadata: { a: 'b' },
        }),
      ],
    },
  }
  const { format, rows, refused } = await read(JSON.stringify(file))
  t.equal(format, 'apple-health')
  t.strictSame(
    rows.map(({ line, at, day, valence, tags }) => [line, at, day, valence, tags]),
    [
      [1, '2026-09-09T01:30:00.000Z', undefined, 0.5, ['Happy', 'Family']],
      [2, undefined, '2026-09-08', -0.1235, ['Happy', 'Family']],
      [3, undefined, '2026-09-08', 0.5, ['Family']],
      [4, '2026-09-09T10:00:00.000Z', undefined, 0.5, ['Happy', 'Family']],
      [11, '2026-09-09T01:30:00.000Z', undefined, 0.5, ['Happy', 'Family']],
    ],
  )
  t.strictSame(
    refused.map(({ line }) => line),
    [5, 6, 7, 8, 9, 10],
  )
})

t.test('our own JSON, as exported and as written by hand', async t => {
  const own = { id: '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11', created_at: '2026-01-01T11:00:00.000Z', valence: null }
  const { format, rows, refused } = await read(
    JSON.stringify({
      format: 'moodstreak',
      version: 1,
      moods: [
        { ...own, mood: 'x', note: ' kept ', tags: ['a'], date: '2026-01-01', occurred_at: null, timezone: 'UTC' },
        { mood: 5, occurred_at: '2026-01-01T11:00:00Z', valence: 0.5 },
        { mood: ' ', date: '2026-01-01' },
        { mood: 5 },
        { mood: 5, date: '2026-02-30' },
        { mood: 5, date: '2026-01-01', timezone: 'Nowhere' },
        { mood: 5, occurred_at: '2026-01-01' },
        { mood: 5, date: '2026-01-01', note: 5 },
        { mood: 5, date: '2026-01-01', note: '\0' },
        { mood: 5, date: '2026-01-01', valence: 'x' },
        [],
      ],
      trash: [{ mood: 5 }],
    }),
  )
  t.equal(format, 'json')
  t.match(rows, [
    { line: 1, mood: 'x', note: ' kept ', tags: ['a'], day: '2026-01-01', valence: null, own: { dateSource: 'date' } },
    { line: 2, mood: 5, valence: 0.5, at: '2026-01-01T11:00:00.000Z' },
  ])
  t.strictSame(
    refused.map(({ line }) => line),
    [3, 4, 5, 6, 7, 8, 9, 10, 11],
  )
  await t.rejects(read('{"format":"moodstreak","version":2,"moods":[]}'), { code: 'unreadable_file' })
  t.match(await read('{"format":"moodstreak","version":1,"moods":[{"mood":1'), { refused: [{ line: 1 }] })
})
