import fc from 'fast-check'
import t from 'tap'
import { quoted, quotedInstant } from '../../src/db/json-values.ts'

t.test('text and instants are the JSON that JSON.stringify makes of them', async t => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\ud83d', 'a', '"', '\\', '\u001f', '\u007f', '\u2028') }),
  )
  fc.assert(
    fc.property(text, text => quoted(text) === JSON.stringify(text)),
    { numRuns: 2_000 },
  )
  const [min, max] = [new Date('0000-01-01T00:00:00Z'), new Date('+010100-01-01T00:00:00Z')]
  fc.assert(
    fc.property(fc.date({ min, max, noInvalidDate: true }), at => quotedInstant(at.getTime()) === JSON.stringify(at)),
    { numRuns: 2_000 },
  )
  for (const at of [
    '1799-12-31T23:59:59.999Z',
    '1800-01-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '9998-12-31T23:59:59.999Z',
    '9999-01-01T00:00:00.000Z',
  ])
    t.equal(quotedInstant(Date.parse(at)), `"${at}"`)
})

t.test('the dates of instants that are cached are bounded', async t => {
  for (let day = 0; day < 12_000; day++) quotedInstant(day * 86_400_000)
  t.equal(quotedInstant(0), '"1970-01-01T00:00:00.000Z"')
})
