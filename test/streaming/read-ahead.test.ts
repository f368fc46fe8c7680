import t from 'tap'
import { Overtaken, partBytes, readAhead } from '../../src/streaming/read-ahead.ts'

const turn = () => Promise.resolve()

/** Pieces, and how many of them have been read. */
function counted(...texts: (string | Error)[]) {
  const state = { read: 0, stopped: false }
  async function* open() {
    try {
      for (const text of texts) {
        state.read++
        if (typeof text !== 'string') throw text
        yield text
      }
    } finally {
      state.stopped = true
    }
  }
  return { state, open }
}

async function all(parts: AsyncIterable<Buffer>): Promise<string> {
  const read: Buffer[] = []
  for await (const part of parts) read.push(part)
  return Buffer.concat(read).toString()
}

t.test('security 38: no more is read than was asked for, and parts are bounded in bytes', async t => {
  const long = 'é'.repeat(partBytes)
  const { state, open } = counted('a', long, long, long)
  const source = readAhead({ open, turn })
  t.equal(await source.fill(2), undefined)
  t.equal(state.read, 2)
  const parts = source.parts()
  const lengths: number[] = []
  for (let n = 0; n < 3; n++) lengths.push((await parts.next()).value?.length ?? 0)
  t.strictSame(lengths, [1, partBytes, partBytes])
  t.equal(state.read, 2, 'nobody has asked for more')
  t.equal((await parts.next()).value?.length, partBytes)
  t.equal(state.read, 3)
  await source.stop()
  t.ok(state.stopped)
})

t.test('what is short enough is known to be all', async t => {
  const source = readAhead({ open: counted('a', 'b').open, turn })
  t.equal(Buffer.concat((await source.fill(100)) as Buffer[]).toString(), 'ab')
  t.equal(await all(source.parts()), 'ab')
  const nothing = readAhead({ open: counted().open, turn })
  t.strictSame(await nothing.fill(100), [])
  t.equal(await all(nothing.parts()), '')
})

t.test('what was overtaken is read again; another failure is passed on', async t => {
  let opened = 0
  const source = readAhead({
    open: () => (opened++ === 0 ? counted('old', new Overtaken()) : counted('new', '.')).open(),
    turn,
  })
  await source.fill(100)
  t.equal(await all(source.parts()), 'new.')
  await t.rejects(readAhead({ open: counted('a', new Error('broken')).open, turn }).fill(100), /broken/)
})

t.test('security 38: what is held is let go and read once more; what cannot be read again is kept', async t => {
  const first = counted('a', 'b', 'c', 'd')
  const second = counted('a', 'b', 'c', 'd')
  const source = readAhead({ open: first.open, turn, reopen: second.open })
  t.equal((await source.fill(100))?.length, 4)
  const parts = source.parts()
  t.equal(String((await parts.next()).value), 'a')
  await source.letGo()
  t.ok(first.state.stopped)
  t.equal(second.state.read, 0, 'nothing is read before somebody asks for it')
  t.equal(await all(parts), 'bcd')
  await source.letGo()
  t.equal(second.state.read, 4, 'nothing is held any more')

  const once = readAhead({ open: counted('a', 'b').open, turn })
  await once.fill(100)
  await once.letGo()
  t.equal(await all(once.parts()), 'ab')
})

t.test('security 38: what waits for its turn lets go of all, and begins again', async t => {
  const tries = [counted('a', 'b', 'c'), counted('d', 'e')]
  let opened = 0
  const source = readAhead({ open: () => (tries[opened++] as ReturnType<typeof counted>).open(), turn })
  t.equal(await source.fill(2), undefined)
  await source.startAgain()
  t.ok(tries[0]?.state.stopped)
  t.equal(tries[1]?.state.read, 0, 'nothing is read before its turn')
  t.equal((await source.fill(100))?.length, 2)
  t.equal(await all(source.parts()), 'de')
})

t.test('where the pieces have changed since, the rest does not come', async t => {
  const source = readAhead({ open: counted('a', 'b').open, turn, reopen: counted(new Error('changed')).open })
  await source.fill(100)
  const parts = source.parts()
  await parts.next()
  await source.letGo()
  await t.rejects(parts.next(), /changed/)
})
