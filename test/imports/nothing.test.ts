import t from 'tap'
import { ByteReader } from '../../src/imports/bytes.ts'
import { digestCounts } from '../../src/imports/digest-counts.ts'
import { readerOf as practiceReaderOf } from '../../src/imports/practices/formats.ts'
import { readerOf as taskReaderOf } from '../../src/imports/tasks/formats.ts'
import type { MoodFormat } from '../../src/vocabulary.ts'
import { archive } from './archives.ts'
import { chunked, read } from './read.ts'

const own = '{"format":"moodstreak","version":1'
const backup = (json: string) => archive({ name: 'backup.daylio', content: Buffer.from(json).toString('base64') })

t.test('a file in which nothing is what its format has is refused in a sentence, not imported as nothing', async t => {
  const files: [file: string | Buffer, sentence: string, format?: MoodFormat][] = [
    [`${own},"tasks":[{"title":"x"}]}`, 'The file has no list named moods.'],
    [`${own}}`, 'The file has no list named moods.'],
    [`${own},"moods":{"mood":5}}`, 'The file has no list named moods.'],
    [`${own},"moods":null}`, 'The file has no list named moods.'],
    [`${own},"more":{"moods":[{"mood":5}]}}`, 'The file has no list named moods.'],
    ['{"data":{"metrics":[]}}', 'The file has no list named data.stateOfMind.'],
    ['{"stateOfMind":[]}', 'The file has no list named data.stateOfMind.', 'apple-health'],
    ['{"date":"2026-01-01","scores":[3]}', 'The file is not a JSON array.', 'pixels'],
    ['<HealthData><Record value="5"/></HealthData>', 'The file has no StateOfMind.'],
    ['<html><body>Sign in</body></html>', 'The file has no StateOfMind.'],
    [backup('{"tags":[]}'), 'The file has no list named dayEntries.'],
    [backup('{"dayEntries":{}}'), 'The file has no list named dayEntries.'],
    [archive({ name: 'photo.jpg', content: 'x' }), 'The archive has no backup.daylio.'],
    [archive({ name: 'a.txt', content: 'x' }), 'The archive has no export.xml.', 'apple-health'],
    ['', 'The file is empty.', 'csv'],
    ['\r\n\r\n', 'The file is empty.', 'daylio-csv'],
    ['a,b\n1,2\n', 'The first line of the file must name the columns: mood, date or occurred_at.', 'csv'],
    ['mood\nrad\n', 'The first line of the file must name the columns: mood, full_date or date.', 'daylio-csv'],
    ['mood,note\nCalm,\n', 'The first line of the file must name the columns: date, mood.', 'how-we-feel'],
  ]
  for (const [file, sentence, format] of files)
    await t.rejects(read(file, format), { code: 'unreadable_file', errors: [sentence] }, String(file).slice(0, 60))
})

t.test('the same of tasks and practices', async t => {
  const files = [
    [taskReaderOf('json'), `${own},"moods":[]}`, 'The file has no list named tasks.'],
    [taskReaderOf('csv'), 'mood,date\n5,2026-01-01\n', 'The first line of the file must name the columns: title.'],
    [taskReaderOf('todoist'), 'title\na\n', 'The first line of the file must name the columns: type, content.'],
    [practiceReaderOf('json'), `${own},"tasks":[]}`, 'The file has no list named practices.'],
    [practiceReaderOf('csv'), 'title\na\n', 'The first line of the file must name the columns: title, date.'],
  ] as const
  for (const [read, file, sentence] of files) {
    const source = { bytes: new ByteReader(chunked(Buffer.from(file))).rest(), ignored: () => {} }
    await t.rejects(
      async () => {
        for await (const _ of read(source)) t.fail('no row comes of it')
      },
      { code: 'unreadable_file', errors: [sentence] },
      file,
    )
  }
})

t.test('a file that has what its format has, and no row in it, is imported as nothing', async t => {
  for (const file of [
    `${own},"moods":[]}`,
    '[]',
    '{"data":{"stateOfMind":[]}}',
    backup('{"dayEntries":[]}'),
    'mood,date\n',
  ])
    t.match(await read(file), { rows: [], refused: [] }, String(file).slice(0, 60))
  // Where the first line itself is broken, that is the refused row.
  t.match(await read('"mood,date\n5,2026-01-01\n', 'csv'), { rows: [], refused: [{ line: 1, reason: /not closed/ }] })
})

t.test('digests are counted as a Map would count them', t => {
  const counts = digestCounts()
  const expected = new Map<string, number>()
  const digests = Array.from({ length: 5_000 }, (_, i) => {
    const digest = Buffer.alloc(32)
    // Many with the same low bits, zero among them.
    digest.writeUIntBE((i % 3_000) * 2 ** (i % 2 ? 12 : 24), 0, 6)
    return digest
  })
  for (const digest of digests) {
    const key = digest.toString('hex')
    t.equal(counts.count(digest), expected.get(key) ?? 0)
    counts.add(digest)
    expected.set(key, (expected.get(key) ?? 0) + 1)
  }
  t.equal(counts.size, expected.size)
  for (const digest of digests) t.equal(counts.count(digest), expected.get(digest.toString('hex')))
  t.end()
})
