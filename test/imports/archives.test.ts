import t from 'tap'
import { zipMember } from '../../src/imports/zip.ts'
import { archive } from './archives.ts'
import { chunked, read } from './read.ts'

const mib = 1024 * 1024

const backup = {
  customMoods: [
    { id: 1, custom_name: '', mood_group_id: 1, predefined_name_id: 1 },
    { id: 7, custom_name: 'spokojnie', mood_group_id: 3, predefined_name_id: -1 },
    { id: 8, custom_name: '', mood_group_id: 5, predefined_name_id: -1 },
    { id: 9, custom_name: 'lost', mood_group_id: 6 },
    'x',
  ],
  tags: [{ id: 14, name: 'praca' }, { id: 15 }],
  pin: '1234',
  dayEntries: [
    {
      id: 1,
      year: 2026,
      month: 0,
      day: 15,
      hour: 8,
      minute: 30,
      datetime: Date.parse('2026-01-15T07:30:00Z'),
      timeZoneOffset: 3_600_000,
      mood: 7,
      tags: [14, 99],
      scaleValues: [
        { id_scale: 1, id_text_scale_value: 12 },
        { id_scale: 2, value: 4 },
        { id_scale: 3 },
        { id_scale: 2 },
      ],
      note: 'a <b>good</b><br>walk',
      note_title: 'Piątek',
    },
    { id: 2, year: 2026, month: 1, day: 28, hour: 21, minute: 5, datetime: 0, timeZoneOffset: -3_600_000, mood: 1 },
    { id: 3, year: 2026, month: 1, day: 28, mood: 8, timeZoneOffset: 1, datetime: 5 },
    { id: 4, year: 2026, month: 1, day: 29, hour: 1, minute: 5, mood: 1 },
    { id: 5, year: 2026, month: 1, day: 28, hour: 1, minute: 5, mood: 404 },
    { id: 6, year: 2026, month: 1, day: 28, hour: 25, minute: 5, mood: 1 },
    null,
    { id: 8, year: 2026, month: 1, day: 27, hour: -1, minute: -1, mood: 1 },
  ],
  // Behind the entries that refer to them.
  scales: [
    { id: 1, name: 'Sen', text_scale: { values: [{ id: 12, value: 'dobrze' }, null] } },
    { id: 2, name: 'Woda' },
    { id: 5 },
  ],
}
const json = JSON.stringify(backup)
const base64 = Buffer.from(json).toString('base64').replace(/.{76}/g, '$&\n')
const photo = { name: '/assets/photos/2026/1/aa', content: 'x'.repeat(5_000) }

t.test('the backup of Daylio', async t => {
  const { format, rows, refused } = await read(archive({ name: 'backup.daylio', content: base64 }))
  t.equal(format, 'daylio-backup')
  t.strictSame(rows, [
    {
      line: 1,
      day: '2026-01-15',
      at: '2026-01-15T07:30:00.000Z',
      mood: 'spokojnie',
      valence: 0,
      note: 'Piątek\n\na good\nwalk',
      tags: ['praca', 'Sen: dobrze', 'Woda: 4'],
    },
    { line: 2, day: '2026-02-28', time: '21:05', mood: 'rad', valence: 1, note: null, tags: [] },
    { line: 3, day: '2026-02-28', mood: 'awful', valence: -1, note: null, tags: [] },
    { line: 8, day: '2026-02-27', mood: 'rad', valence: 1, note: null, tags: [] },
  ])
  t.strictSame(
    refused.map(({ line }) => line),
    [4, 5, 6, 7],
  )
})

t.test('an archive is read whatever wrote it, and pictures in front are passed over', async t => {
  const expected = (await read(archive({ name: 'backup.daylio', content: base64 }))).rows
  for (const stored of [true, false]) {
    for (const descriptor of [undefined, 'short', 'long', 'bare'] as const) {
      if (stored && descriptor) continue
      for (const size of [11, 1_000_000]) {
        const bytes = archive(
          { ...photo, stored: true },
          { ...photo, name: 'b', ...(descriptor && { descriptor }) },
          { name: 'backup.daylio', content: base64, stored, ...(descriptor && { descriptor }) },
          photo,
        )
        t.strictSame((await read(bytes, undefined, size)).rows, expected, `${stored} ${descriptor} ${size}`)
      }
    }
  }
  const plain = archive({ name: 'backup.daylio', content: json })
  t.strictSame((await read(plain)).rows, expected, 'JSON as it is')
})

t.test('an archive that cannot be read is refused as a whole', async t => {
  const good = archive({ name: 'backup.daylio', content: base64 })
  const wrong = {
    'no member': archive({ name: 'other', content: 'x' }),
    'a path that only ends so': archive({ name: '../../backup.daylio', content: base64 }),
    encrypted: archive({ name: 'backup.daylio', content: base64, encrypted: true }),
    'of another method': archive({ name: 'backup.daylio', content: base64, method: 12 }),
    'stored without a size': archive({ name: 'backup.daylio', content: base64, stored: true, descriptor: 'short' }),
    'a wrong checksum': archive({ name: 'backup.daylio', content: base64, checksum: 5 }),
    'cut off': good.subarray(0, 300),
    'cut off in a header': good.subarray(0, 35),
    'cut off in another member': archive({ ...photo, stored: true }).subarray(0, 900),
    'no base64': archive({ name: 'backup.daylio', content: 'ÄÖÜ' }),
    'no deflate': Buffer.concat([good.subarray(0, 43), Buffer.alloc(500, 0xff)]),
    'a size of ZIP64 without the field': Buffer.concat([
      good.subarray(0, 18),
      Buffer.alloc(8, 0xff),
      good.subarray(26),
    ]),
  }
  for (const [name, bytes] of Object.entries(wrong)) await t.rejects(read(bytes), { code: 'unreadable_file' }, name)
})

t.test('security 52: a ZIP bomb is refused before it has expanded', async t => {
  const bomb = archive({ name: 'a/export.xml', content: Buffer.alloc(5 * mib) })
  t.ok(bomb.length < 10_000)
  const member = await zipMember(chunked(bomb), () => true, mib)
  let expanded = 0
  await t.rejects(
    async () => {
      for await (const part of member?.content ?? []) expanded += part.length
    },
    { code: 'body_too_large', errors: ['The archive expands to more than 1 MiB.'] },
  )
  t.ok(expanded <= mib)
  // Also where it is only passed over.
  const passed = archive({ name: 'a', content: Buffer.alloc(5 * mib), descriptor: 'short' })
  await t.rejects(
    zipMember(chunked(passed), () => false, mib),
    { code: 'body_too_large' },
  )
  // And where no member is too large by itself, but all of them are.
  const part = { name: 'a', content: Buffer.alloc(mib / 4), descriptor: 'short' } as const
  const many = archive(part, part, part, part, { ...part, name: 'wanted', content: 'x' })
  await t.rejects(
    async () => {
      const member = await zipMember(chunked(many), name => name === 'wanted', mib)
      for await (const _ of member?.content ?? []);
    },
    { code: 'body_too_large' },
  )
  const few = await zipMember(chunked(archive(part, part, { ...part, name: 'wanted' })), name => name === 'wanted', mib)
  t.equal(few?.name, 'wanted')
})

const xml = (body: string) => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!ELEMENT HealthData (ExportDate,Me,(Record|StateOfMind)*)>
]>
<HealthData locale="en_US">
 <Record type="HKQuantityTypeIdentifierStepCount" value="5"/>
${body}
</HealthData>
`

t.test('export.xml of Apple Health, by itself and in its archive', async t => {
  const content = xml(`
 <StateOfMind startDate="2026-06-14 20:00:00 +0200" valence="0.4" kind="momentaryEmotion" labels="happy, calm" associations="family"/>
 <StateOfMind date="2026-06-14 00:30:00 -0700" valence="-0.6" kind="dailyMood"></StateOfMind>
 <!-- <StateOfMind startDate="2026-06-14 21:00:00 +0000" valence="0.6"/> -->
 <StateOfMind valence="0.4"/>
 <StateOfMind startDate="2026-06-14 20:00:00 +0200"/>
 <StateOfMind startDate="2026-06-14 20:00:00" valence="0.4"/>
 <StateOfMind startDate="2026-06-14 20:00:00 +0200" valence="1.4"/>
 <StateOfMind startDate="2026-06-14 20:00:00 +0200" valence="0" labels="a &amp; b"/>`)
  const rows = [
    { line: 1, at: '2026-06-14T18:00:00.000Z', valence: 0.4, note: null, tags: ['happy', 'calm', 'family'] },
    { line: 2, day: '2026-06-14', valence: -0.6, note: null, tags: [] },
    { line: 7, at: '2026-06-14T18:00:00.000Z', valence: 0, note: null, tags: ['a & b'] },
  ]
  const files = [
    Buffer.from(content),
    Buffer.from(`\ufeff${content}`, 'utf16le'),
    archive(
      { name: 'apple_health_export/export_cda.xml', content: xml('') },
      { name: 'apple_health_export/Exportación.xml', content, descriptor: 'short' },
    ),
  ]
  for (const file of files) {
    const read_ = await read(file)
    t.equal(read_.format, 'apple-health')
    t.strictSame(read_.rows, rows)
    t.strictSame(
      read_.refused.map(({ line }) => line),
      [3, 4, 5, 6],
    )
  }
  await t.rejects(read(archive({ name: 'apple_health_export/x.txt', content })), { code: 'unreadable_file' })
})

t.test(
  'security 52: XML that is broken, cut off or a bomb expands nothing, and what came before it is read',
  async t => {
    const first = '<StateOfMind startDate="2026-06-14 20:00:00 +0200" valence="0.4"/>'
    const entities = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]><x>${first}<y z="&b;"/>${first}</x>`
    const long = `<x>${first}<y z="${'a'.repeat(300_000)}"/>${first}</x>`
    for (const text of [`<x>${first}<y></x>`, `<x>${first}<StateOf`, `<x>${first}`, entities, long])
      t.match(await read(text, undefined, 10_000), { rows: [{ line: 1 }], refused: [{ line: 2 }] }, text.slice(0, 80))
    const latin = Buffer.concat([
      Buffer.from(`<x>${first}<StateOfMind startDate="2026-06-14 20:00:00 +0200" valence="0" labels="`),
      Buffer.from([0xe9]),
      Buffer.from('"/></x>'),
    ])
    t.match(await read(latin), { rows: [{ line: 1 }], refused: [{ line: 2, reason: 'the row is not in UTF-8' }] })
    const cut = archive({
      name: 'a/export.xml',
      content: xml(first.repeat(3) + 'x'.repeat(70_000)),
      stored: true,
    }).subarray(0, 60_000)
    t.match(await read(cut), {
      rows: [{ line: 1 }, { line: 2 }, { line: 3 }],
      refused: [{ line: 4, reason: /cut off/ }],
    })
  },
)

t.test('XML that would fill the memory ends where it becomes absurd; the rows before it are kept', async t => {
  const row = '<StateOfMind startDate="2026-02-01 08:00:00 +0100" valence="0.5"/>'
  const after = row.repeat(2_000)
  const filled = (count: number, value: string) => Array.from({ length: count }, (_, i) => `a${i}="${value}"`).join(' ')
  const bombs = {
    'elements within each other': '<d>'.repeat(200_000),
    'attributes of one element': `<d ${filled(50_000, '')}/>`,
    'long attributes of one element': `<d ${filled(100, 'x'.repeat(60_000))}/>`,
  }
  for (const [name, bomb] of Object.entries(bombs)) {
    const { rows, refused } = await read(xml(row + bomb + after), undefined, 65_536)
    t.equal(rows.length, 1, name)
    t.match(refused, [{ line: 2, reason: 'the file is not well-formed XML from here on' }], name)
  }
  const { rows } = await read(
    xml(`${'<d>'.repeat(60)}${row}${'</d>'.repeat(60)}<d ${filled(250, 'x'.repeat(900))}/>${row}`),
  )
  t.equal(rows.length, 2, 'what is merely odd is read')
})
