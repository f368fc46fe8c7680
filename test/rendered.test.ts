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
    coded: (by: Coding) => Object.assign(sent, { coding: by }) && reply,
    header: (_name: string, link: string) => Object.assign(sent, { link }),
    type: () => reply,
    send: (bytes: Buffer) => Object.assign(sent, { bytes }) && reply,
  }
  return { reply: reply as unknown as FastifyReply, sent }
}

const text = 'a note '.repeat(1_000)

t.test('an answer is kept, as it is sent, when it is asked for a second time', async t => {
  for (const size of [1, 10]) {
    const cache = renderedAnswers(1_000_000, 500_000)
    for (const time of ['first', 'second']) {
      const { reply, sent } = replyTo('gzip')
      t.equal(cache.find(reply, '"1"'), undefined, `not there the ${time} time`)
      await cache.sendFresh(reply, '"1"', Buffer.from(text.repeat(size)), '<next>')
      t.match(sent, { coding: 'gzip', link: '<next>' })
      t.equal(textOf({ headers: { 'content-encoding': 'gzip' }, rawPayload: sent.bytes as Buffer }), text.repeat(size))
    }
    const { reply, sent } = replyTo('gzip')
    const kept = cache.find(reply, '"1"') as Rendered
    await cache.send(reply, '"1"', kept)
    t.match(sent, { bytes: kept.bytes, coding: 'gzip', link: '<next>' })
    t.equal(cache.size, 1, 'and not uncompressed, too')
    t.equal(textOf({ headers: { 'content-encoding': 'gzip' }, rawPayload: kept.bytes }), text.repeat(size))
    t.strictSame(cache.lookups, { hit: 1, miss: 2 })
  }
})

t.test('what is kept as it is serves any client, and is kept in each form in which it was sent', async t => {
  const cache = renderedAnswers(1_000_000, 500_000)
  for (let times = 0; times < 2; times++) {
    const { reply, sent } = replyTo()
    await cache.sendFresh(reply, '"1"', Buffer.from(text), '<next>')
    t.strictSame(sent, { bytes: Buffer.from(text), link: '<next>' })
    t.equal(cache.size, times)
  }
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

t.test('it remembers one of the answers that have the same place: with many in between, none is kept', async t => {
  const cache = renderedAnswers(1_000_000, 500_000)
  const ask = (etag: string) => cache.sendFresh(replyTo().reply, etag, Buffer.from(text))
  for (const etag of ['"1ab"', '"2ab"', '"1ab"']) await ask(etag)
  t.equal(cache.size, 0)
  for (const etag of ['"2ab"', '"3cd"', '"2ab"']) await ask(etag)
  t.equal(cache.size, 1)
  t.ok(cache.find(replyTo().reply, '"2ab"'))
})
