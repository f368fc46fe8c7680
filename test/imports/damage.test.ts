import { randomBytes } from 'node:crypto'
import t from 'tap'
import { daylioBackup } from '../../src/imports/daylio-backup.ts'
import { type Context, entryOf } from '../../src/imports/entries.ts'
import { quoted, rowOf } from '../../src/imports/row.ts'
import { archive } from './archives.ts'
import { chunked, read } from './read.ts'

const day = { date: '2026-01-02', scores: [4] }
const backup = {
  customMoods: [{ id: 1, custom_name: 'gut', mood_group_id: 2 }],
  tags: [{ id: 5, name: 'Straße' }],
  dayEntries: [{ year: 2026, month: 0, day: 2, hour: 9, minute: 5, mood: 1, tags: [5] }],
}
const state = '<StateOfMind startDate="2026-06-14 20:00:00 +0200" valence="0.4" labels="müde"/>'

t.test('where a file is cut into chunks changes nothing', async t => {
  const files = {
    pixels: JSON.stringify([{ ...day, notes: 'a "b" \\ é', tags: [{ entries: ['é'] }] }, day]),
    'daylio-backup': archive({
      name: 'backup.daylio',
      content: Buffer.from(JSON.stringify(backup)).toString('base64'),
      descriptor: 'short',
    }),
    json: JSON.stringify({ format: 'moodstreak', version: 1, moods: [{ mood: 'é', date: '2026-01-02', tags: ['x'] }] }),
    'apple-health': `<?xml version="1.0"?><HealthData>${state}</HealthData>`,
    'daylio-csv': 'full_date,mood,activities,note\r\n2026-01-02,gut,"a | b","é ""x""\r\ny"\r\n',
  } as const
  for (const [format, file] of Object.entries(files)) {
    const whole = await read(file, format as keyof typeof files, 1_000_000)
    t.ok(whole.rows.length > 0, format)
    for (const size of [1, 2, 3, 5, 64])
      t.strictSame(await read(file, format as keyof typeof files, size), whole, `${format} in pieces of ${size}`)
  }
  const utf16 = Buffer.from(`\ufeff${files.json}`, 'utf16le')
  t.strictSame((await read(utf16, 'json', 3)).rows, (await read(files.json, 'json')).rows)
})

t.test('dates that can mean one day are read, the others are not', async t => {
  const dates = {
    'Sep 27, 2021': '2021-09-27',
    '27 Sept 2021': '2021-09-27',
    '27. September 2021': '2021-09-27',
    'the 27 of Sep 2021': undefined,
    '27 of Sep. 2021': '2021-09-27',
    'January 1, 1970': '1970-01-01',
    '1/1/1970': '1970-01-01',
    '27 Se 2021': undefined,
    '27 Foo 2021': undefined,
    '31/31/2021': undefined,
    '2021': undefined,
    '\u0662\u0660\u0662\u0661-09-27': undefined,
    '２０２１-09-27': '2021-09-27',
  }
  for (const [text, expected] of Object.entries(dates)) {
    const { rows, refused } = await read(`mood;date\n5;${text}\n`)
    t.strictSame([rows[0]?.day, refused.length], [expected, expected === undefined ? 1 : 0], text)
  }
  for (const [text, time] of Object.entries({ '22:00:30': '22:00:30', '9pm': undefined, '22:60': undefined })) {
    const { rows } = await read(`mood,date,time\n5,2026-01-01,${text}\n`)
    t.strictSame(rows[0]?.time, time, text)
  }
})

t.test('moods and numbers that are none', async t => {
  const long = 'x'.repeat(50)
  const { rows, refused } = await read(
    `mood,occurred_at,valence\n,2026-01-01T10:00:00Z,\n1.2.3,2026-01-01T10:00:00Z,\nok,2026-01-01T10:00:00Z,${long}\nok,2026-01-01T10:00:00Z,\n`,
  )
  t.match(rows, [{ line: 5 }])
  t.strictSame(
    refused.map(({ reason }) => reason),
    ['the mood is empty', '"1.2.3" is not a number', `"${'x'.repeat(40)}…" is not a number`],
  )
  t.match(await read('full_date,mood,activities\n2026-01-01, ,\n'), {
    format: 'daylio-csv',
    refused: [{ line: 2, reason: 'the mood is empty' }],
  })
})

t.test('records of a backup that are broken or odd', async t => {
  const text = JSON.stringify({
    ...backup,
    scales: [{ id: 1, name: 'Sleep' }],
    dayEntries: [
      { ...backup.dayEntries[0], timeZoneOffset: -19_800_000, datetime: Date.parse('2026-01-02T14:35:00Z') },
      'BROKEN',
      { ...backup.dayEntries[0], year: '2026' },
      { ...backup.dayEntries[0], scaleValues: [5, { id_scale: 1, value: '' }, { id_scale: 1, number_value: 3 }] },
    ],
  }).replace('"BROKEN"', '{oops}')
  const content = archive({ name: 'backup.daylio', content: `${text}\n${' '.repeat(50_000)}` })
  const { rows, refused } = await read(content, undefined, 1_000)
  t.match(rows, [
    { line: 1, at: '2026-01-02T14:35:00.000Z', tags: ['Straße'] },
    { line: 4, tags: ['Straße', 'Sleep: 3'] },
  ])
  t.match(refused, [
    { line: 2, reason: 'the record is not valid JSON' },
    { line: 3, reason: 'the date does not exist' },
  ])

  // Without the signs that fill the last four characters up.
  const bare = Buffer.from(`${JSON.stringify(backup)} `.padEnd(400))
    .toString('base64')
    .replace(/=+$/, '')
  t.ok(bare.length % 4 > 0)
  t.match(await read(archive({ name: 'backup.daylio', content: bare })), { rows: [{ mood: 'gut' }] })

  // Cut off by who wrote it: the archive is whole.
  const cut = archive({ name: 'backup.daylio', content: JSON.stringify(backup).slice(0, -1) })
  t.match(await read(cut), { rows: [{ mood: 'gut' }], refused: [{ reason: 'the file is cut off here' }] })
})

t.test('security 52: a backup that stays large when compressed is refused', async t => {
  const noise = randomBytes(200_000).toString('base64')
  const bytes = archive({ name: 'backup.daylio', content: JSON.stringify({ ...backup, noise }), stored: true })
  const source = { bytes: chunked(bytes, 10_000), ignored: () => {} }
  await t.rejects(
    async () => {
      for await (const _ of daylioBackup(source, 64 * 1024)) t.fail('no row comes of it')
    },
    { code: 'body_too_large', errors: ['backup.daylio is too large (at most 0.0625 MiB compressed).'] },
  )
})

t.test('archives in the ways that other tools write them', async t => {
  const content = JSON.stringify(backup)
  const before = { name: 'a', content: 'x'.repeat(100) }
  const member = { name: 'backup.daylio', content }
  for (const [name, bytes] of Object.entries({
    'sizes of 64 bits': archive({ ...before, zip64: true }, { ...member, zip64: true }),
    'stored, sizes on both sides': archive(
      { ...before, stored: true, descriptor: 'short', sized: true },
      { ...member, stored: true, descriptor: 'short', sized: true },
    ),
    'much behind a member whose size stands behind it': archive(
      { ...before, descriptor: 'short' },
      { name: 'b', content: randomBytes(60_000) },
      member,
    ),
  }))
    t.match(await read(bytes, 'daylio-backup', 1_000_000), { rows: [{ mood: 'gut' }] }, name)
  const lost = archive({ ...before, descriptor: 'short' }).subarray(0, -46)
  for (const bytes of [
    Buffer.concat([lost, Buffer.alloc(100, 'x'), archive(member)]),
    Buffer.from('PK\x03\x04backup.daylio'),
  ])
    await t.rejects(read(bytes), { code: 'unreadable_file' })
})

t.test('a broken archive without a single row is refused as a whole', async t => {
  const bytes = archive({ name: 'a/export.xml', content: `<HealthData>${' '.repeat(5_000)}`, stored: true })
  await t.rejects(read(bytes.subarray(0, 2_000)), { code: 'unreadable_file', errors: ['The archive is cut off.'] })
})

t.test('JSON that is cut off before its first record, with keys that are none, or broken in one record', async t => {
  const own = '{"format":"moodstreak","version":1'
  for (const text of [`${own},"moods":[`, '{"format":"moodstreak","moods":['])
    t.match(await read(text), { rows: [], refused: [{ line: 1, reason: 'the file is cut off here' }] }, text)
  for (const version of ['2,"moods":[]}', '"1"}', 'x}', '1'])
    await t.rejects(read(`{"format":"moodstreak","version":${version}`), { code: 'unreadable_file' }, version)
  const health = `{"data": {"\\q": 1, "stateOfMind": [{oops}, {"start": "2026-01-02T10:00:00Z", "valence": 0}]}}`
  t.match(await read(health), { rows: [{ line: 2 }], refused: [{ line: 1, reason: 'the record is not valid JSON' }] })
})

t.test('an error that is no refusal is not taken for one', async t => {
  const broken = new Error('a defect')
  const fail = () => {
    throw broken
  }
  t.throws(() => rowOf(1, fail), broken)
  const context = { submitter: { settings: { scale: { min: 0, max: 10 } } }, timezone: undefined, map: new Map() }
  Object.defineProperty(context.submitter, 'now', { get: fail })
  t.throws(() => entryOf({ mood: 5, day: 20_000, note: null, tags: [] }, context as unknown as Context), broken)
  t.equal(quoted('a\0b\ud800'), '"a b\ufffd"')
})
