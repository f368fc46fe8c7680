import fc from 'fast-check'
import t from 'tap'
import { bytesOf } from '../src/http/text-bytes.ts'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\ud83d', 'é', '“', '🌧') }),
)

t.test('texts become the bytes that they are together', async () => {
  fc.assert(
    fc.property(fc.array(text.map(text => `${text}.`)), texts => bytesOf(texts).equals(Buffer.from(texts.join('')))),
    { numRuns: 2_000 },
  )
})

t.test('however long they are', async t => {
  for (const length of [39_999, 40_000, 40_001, 200_000]) {
    const texts = ['“'.repeat(length - 1), '.']
    t.ok(bytesOf(texts).equals(Buffer.from(texts.join(''))), `${length}`)
  }
})

t.test('bytes of one answer are not those of the next', async t => {
  const first = bytesOf(['first'])
  bytesOf(['other'])
  t.equal(first.toString(), 'first')
})
