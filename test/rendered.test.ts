import type { FastifyReply } from 'fastify'
import t from 'tap'
import { type Rendered, renderedAnswers } from '../routes/rendered.ts'
import type { Coding } from '../src/http/codings.ts'
import { textOf } from './decoded.ts'

/** A reply whose client takes a coding, and what was sent by it. */
function replyTo(coding?: Coding) {
  const sent: { bytes?: Buffer; coding?: Coding; link?: string } = {}
  const reply = {
    coding: () => coding,
    coded: (by: Coding) => Object.assign(sent, { coding: by }),
    header: (_name: string, link: string) => Object.assign(sent, { link }),
    type: () => reply,
    send: (bytes: Buffer) => Object.assign(sent, { bytes }) && reply,
  }
  return { reply: reply as unknown as FastifyReply, sent }
}

const text = 'a note '.repeat(1_000)
const fresh = (): Rendered => ({ bytes: Buffer.from(text), link: '<next>' })

t.test('an answer is compressed once, and kept as it is sent', async t => {
  for (const size of [1, 10]) {
    const cache = renderedAnswers(1_000_000, 500_000)
    const first = replyTo('gzip')
    t.equal(cache.find(first.reply, '"1"'), undefined)
    await cache.send(first.reply, '"1"', { ...fresh(), bytes: Buffer.from(text.repeat(size)) })
    t.match(first.sent, { coding: 'gzip', link: '<next>' })
    const again = replyTo('gzip')
    const kept = cache.find(again.reply, '"1"') as Rendered
    await cache.send(again.reply, '"1"', kept)
    t.equal(again.sent.bytes, first.sent.bytes, 'the same bytes')
    t.match(again.sent, { coding: 'gzip', link: '<next>' })
    t.equal(cache.size, 1, 'and not uncompressed, too')
    t.equal(textOf({ headers: { 'content-encoding': 'gzip' }, rawPayload: kept.bytes }), text.repeat(size))
    t.strictSame(cache.lookups, { hit: 1, miss: 1 })
  }
})

t.test('what is kept as it is serves any client, and is kept in each form in which it was sent', async t => {
  const cache = renderedAnswers(1_000_000, 500_000)
  await cache.send(replyTo().reply, '"1"', fresh())
  for (const coding of ['br', 'zstd'] as const) {
    const { reply, sent } = replyTo(coding)
    await cache.send(reply, '"1"', cache.find(reply, '"1"') as Rendered)
    t.equal(sent.coding, coding)
  }
  const plain = replyTo()
  await cache.send(plain.reply, '"1"', cache.find(plain.reply, '"1"') as Rendered)
  t.equal(plain.sent.bytes?.toString(), text)
  t.equal(cache.size, 3)
  t.equal(cache.find(replyTo('gzip').reply, '"2"'), undefined)
})

t.test('what is small is neither compressed nor kept twice', async t => {
  const cache = renderedAnswers(1_000_000, 500_000)
  const { reply, sent } = replyTo('gzip')
  cache.keep('"1"', { bytes: Buffer.from('{}'), link: undefined })
  await cache.send(reply, '"1"', cache.find(reply, '"1"') as Rendered)
  t.strictSame(sent, { bytes: Buffer.from('{}') })
  t.equal(cache.size, 1)
})
