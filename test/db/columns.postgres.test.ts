import t from 'tap'
import { postgresJson } from '../../src/db/columns.postgres.ts'
import { postgresTables } from '../../src/db/schema.postgres.ts'

/** The tables are typed as those of SQLite, and are of PostgreSQL. */
const json = (column: object) => postgresJson(column as never)

t.test('the text of the server of a value is its JSON, in whatever zone the server writes', async t => {
  const { moods, sequences, users } = postgresTables
  const instant = json(moods.createdAt)
  t.equal(instant('2026-03-01 21:15:00.12+00'), '"2026-03-01T21:15:00.120Z"')
  t.equal(instant('2026-03-01 21:15:00.12+01'), '"2026-03-01T20:15:00.120Z"')
  t.equal(instant('1900-01-01 00:09:21+00:09:21'), '"1900-01-01T00:00:00.000Z"')
  t.equal(json(moods.tags)('["a, b", "c"]'), '["a, b","c"]')
  t.equal(json(moods.tags)('["a"]'), '["a"]')
  for (const [written, number] of [
    ['7', '7'],
    ['-5.25', '-5.25'],
    ['0.30000000000000004', '0.30000000000000004'],
    ['0.0000001', '1e-7'],
    ['-0.0000001', '-1e-7'],
    ['0.000001', '0.000001'],
    ['1000000000000000000000', '1e+21'],
    ['123456789012', '123456789012'],
  ] as const)
    t.equal(json(moods.mood)(written), number)
  t.equal(json(moods.note)('a "note"'), '"a \\"note\\""')
  t.equal(json(moods.valence)('0.5'), '0.5')
  t.strictSame(['t', 'f'].map(json(sequences.archived)), ['true', 'false'])
  t.equal(json(users.taskVersion)('7'), '7')
})
