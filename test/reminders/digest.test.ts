import t from 'tap'
import { parseDay } from '../../src/moods/calendar.ts'
import { type Digest, digestMessage } from '../../src/reminders/digest.ts'

const links = { app: 'https://app.example.org/?a=1&b=2', unsubscribe: 'https://mood.example.org/off' }
const monday = parseDay('2026-03-02') as number
const nothing: Digest = { monday, days: [], streak: 0, longest: 0, finding: undefined }

/** What is written, and what the rows of pixels say. */
const messageOf = (digest: Partial<Digest>) => {
  const { text, html = '' } = digestMessage({ ...nothing, ...digest }, links)
  const labels = [...html.matchAll(/aria-label="([^"]+)"/g)].map(([, label]) => label)
  return { text, html, labels }
}

t.test('each day is told in words and by a pixel: without an entry, without a valence, from worst to best', async t => {
  const valences = [-1, -0.5, 0, 0.3, 1, null]
  const days = valences.map((valence, i) => ({ day: monday + i, entries: i === 1 ? 2 : 1, valence }))
  const { text, html, labels } = messageOf({ days })
  t.match(text, '🟧 🟫 🟪 🔵 🟦 🔳 ⬜')
  t.strictSame(labels, [
    'Monday, 2 March: very low (1 entry)',
    'Tuesday, 3 March: low (2 entries)',
    'Wednesday, 4 March: middling (1 entry)',
    'Thursday, 5 March: good (1 entry)',
    'Friday, 6 March: very good (1 entry)',
    'Saturday, 7 March: logged (1 entry)',
    'Sunday, 8 March: no entry',
  ])
  for (const label of labels) t.match(text, label)
  t.match(html, /class="d"[^>]+title="logged"[^>]+dashed/)
  t.match(html, /class="n"[^>]+title="no entry"/)
  t.match(html, 'href="https://app.example.org/?a=1&amp;b=2"')
})

t.test('a week in which nothing was logged, and no streak, is told without a reproach', async t => {
  const { text, labels } = messageOf({})
  t.match(text, '⬜ ⬜ ⬜ ⬜ ⬜ ⬜ ⬜')
  t.ok(labels.every(label => label?.endsWith('no entry')))
  t.match(text, 'No streak at the moment. Your longest: 0 days.')
})

t.test('streaks are told in days, of which one is one day', async t => {
  t.match(messageOf({ streak: 1, longest: 12 }).text, 'Your streak: 1 day. Your longest: 12 days.')
  t.match(messageOf({ streak: 3, longest: 3 }).html, '<strong>Your streak: 3 days.</strong> Your longest: 3 days.')
})

t.test('a finding says what, how much and how surely, and that it is no cause', async t => {
  const found = (finding: Digest['finding']) => messageOf({ finding })
  const tag = found({ kind: 'tag', name: '<b>walk & "sun"</b>', difference: 0.523, interval: [0.2, 0.85] })
  t.match(tag.text, 'On days with “<b>walk & "sun"</b>” your mood was better, over the last year: by 0.52')
  t.match(tag.text, 'very likely between 0.20 and 0.85. That does not say which causes which.')
  t.match(tag.html, 'On days with “&lt;b&gt;walk &amp; &quot;sun&quot;&lt;/b&gt;” your mood')
  t.notMatch(tag.html, '<b>walk')
  const weekday = found({ kind: 'weekday', name: 'Monday', difference: -0.3, interval: [-0.5, -0.1] })
  t.match(weekday.text, 'On Mondays your mood was worse, over the last year: by 0.30')
  t.match(weekday.text, 'between 0.10 and 0.50')
  t.match(
    found({ kind: 'task', name: 'Run', difference: 0.2, interval: [0.1, 0.3] }).text,
    'On days you did “Run” your',
  )
})
