import t from 'tap'
import {
  addressTakenMessage,
  emailChangedMessage,
  passwordChangedMessage,
  resetMessage,
  verificationMessage,
} from '../../src/mail/messages.ts'

const at = Date.parse('2026-03-05T12:00:00Z')
const link = 'https://mood.example.org/page#code'

t.test('every message says in plain text what happened, when, and what to do', async t => {
  const messages = [
    verificationMessage(link, at),
    resetMessage(link, at),
    addressTakenMessage(link, at),
    passwordChangedMessage(at),
    emailChangedMessage(at),
  ]
  for (const { subject, text } of messages) {
    t.match(subject, /^[\x20-\x7e]{10,60}$/, 'a subject of one line that needs no encoding')
    t.match(
      text,
      /^Hello,\n\nOn 5 March 2026 at 12:00 UTC, .*\n\n[\s\S]*If (that|it) was (not )?you[\s\S]*\n\nmoodstreak\n$/,
    )
    t.notMatch(text, /<[a-z]|undefined|null/i)
  }
  t.equal(new Set(messages.map(({ subject }) => subject)).size, messages.length)
})

t.test('a link stands on a line of its own', async t => {
  for (const { text } of [verificationMessage(link, at), resetMessage(link, at), addressTakenMessage(link, at)])
    t.ok(text.split('\n').includes(link))
})

t.test('a notice has no link and nothing to press: that is what false ones look like', async t => {
  for (const { text } of [passwordChangedMessage(at), emailChangedMessage(at)]) t.notMatch(text, /https?:|#|@/)
})
