import t from 'tap'
import { distinctTidied, isBlank, keyOf, tidy, tidyLines } from '../src/short-text.ts'

t.test('field case 1: space around a short text goes, and what is doubled in it is one', async t => {
  t.strictSame(
    ['run ', ' run', '\trun\n', 'long   run', 'run\u00a0', '\u200brun\u200b', '\u3000run', 'run'].map(tidy),
    ['run', 'run', 'run', 'long run', 'run', 'run', 'run', 'run'],
  )
  t.equal(tidy('❤️ '), '❤️', 'how it is drawn stays')
})

t.test('field case 1: of several lines each is tidied', async t => {
  t.equal(tidyLines(' 12  Hill Street \r\n\n Limuru\u200b\n '), '12 Hill Street\n\nLimuru')
  t.equal(tidyLines(' \n '), '')
})

t.test('field case 1: a text of which nothing is seen is blank', async t => {
  for (const text of ['', ' ', '\u200b', '\u00ad', '\ufeff', '\u3164', '\u2800', '\ufe0f', '\u0007']) {
    t.ok(isBlank(text), JSON.stringify(text))
  }
  for (const text of ['a', '0', '.', '❤', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '़']) t.notOk(isBlank(text), text)
})

t.test('field case 1: texts that look the same have one key, and others do not', async t => {
  const same = [
    ['run', 'Run ', 'ｒｕｎ', ' RUN'],
    ['❤', '❤️', '❤︎'],
    ['co\u00adworker', 'coworker'],
    ['long run', 'long\u00a0 run', 'Long Run'],
    ['straße', 'STRASSE'],
  ]
  for (const texts of same) t.equal(new Set(texts.map(keyOf)).size, 1, texts.join(', '))
  const other = ['👩', '👩‍👧', '👩👧', '🏴', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'می‌خواهم', 'میخواهم', 'run', 'runs']
  t.equal(new Set(other.map(keyOf)).size, other.length)
})

t.test('field case 1: of several texts with one key the first stays, and none that is blank', async t => {
  t.strictSame(distinctTidied(['run', 'run ', ' run', 'Run', '\u200b', 'B', 'b']), ['run', 'B'])
})

t.test('space within a text costs no more than any other letter: a million of them are tidied, and not in hours', t => {
  const long = `x${'\t'.repeat(1_000_000)}y`
  t.equal(tidy(long), 'x y')
  t.equal(tidyLines(long), 'x y')
  t.equal(tidy(' '.repeat(1_000_000)), '')
  t.end()
})
