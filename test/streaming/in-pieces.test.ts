import t from 'tap'
import { inPieces } from '../../src/streaming/in-pieces.ts'
import { partBytes } from '../../src/streaming/read-ahead.ts'

t.test('security 38: values are joined to pieces of what is sent at once, however long and many they are', async t => {
  const half = 'x'.repeat(partBytes / 2)
  t.strictSame([...inPieces(['a', 'b'], '')], ['a,b'])
  t.strictSame([...inPieces(['a'], ',')], [',a'])
  t.strictSame([...inPieces([], ',')], [])
  const pieces = [...inPieces([half, half, half, 'end'], ',')]
  t.equal(pieces.join(''), `,${half},${half},${half},end`)
  t.strictSame(
    pieces.map(({ length }) => Math.round(length / partBytes)),
    [1, 1],
  )
  t.equal([...inPieces([half, half], '')].length, 1, 'and none is empty')
})
