import t from 'tap'
import { emailChangedLetter, passwordChangedLetter, resetLetter, verificationLetter } from '../../src/mail/letters.ts'

const at = Date.parse('2026-03-05T12:00:00Z')
const link = 'https://mood.example.org/page#code'

t.test('every letter says in plain text what happened, when, and what to do', async t => {
  const letters = [
    verificationLetter(link, at),
    resetLetter(link, at),
    passwordChangedLetter(at),
    emailChangedLetter(at),
  ]
  for (const { subject, text } of letters) {
    t.match(subject, /^[\x20-\x7e]{10,60}$/, 'a subject of one line that needs no encoding')
    t.match(
      text,
      /^Hello,\n\nOn 5 March 2026 at 12:00 UTC, .*\n\n[\s\S]*If (that|it) was (not )?you[\s\S]*\n\nmoodstreak\n$/,
    )
    t.notMatch(text, /<[a-z]|undefined|null/i)
  }
  t.equal(new Set(letters.map(({ subject }) => subject)).size, letters.length)
})

t.test('a link stands on a line of its own', async t => {
  for (const { text } of [verificationLetter(link, at), resetLetter(link, at)]) t.ok(text.split('\n').includes(link))
})

t.test('a notice has no link and nothing to press: that is what false ones look like', async t => {
  for (const { text } of [passwordChangedLetter(at), emailChangedLetter(at)]) t.notMatch(text, /https?:|#|@/)
})
