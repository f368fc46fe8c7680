import { text } from 'node:stream/consumers'
import t from 'tap'
import { eventStream } from '../../src/streaming/event-stream.ts'

t.test('events are lines with JSON, and what keeps the connection alive is a comment', async t => {
  const events = eventStream(100)
  events.send('version', { mood: 1 })
  events.comment()
  events.end()
  t.equal(await text(events.readable), 'event: version\ndata: {"mood":1}\n\n:\n\n')
})

t.test('a reader that leaves too much unread is cut', t => {
  const events = eventStream(6)
  events.comment()
  events.comment()
  t.notOk(events.readable.destroyed)
  events.comment()
  t.notOk(events.readable.destroyed, 'nine bytes are more than six only when more comes')
  events.comment()
  t.ok(events.readable.destroyed)
  events.comment()
  events.end()
  t.end()
})
