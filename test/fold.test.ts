import fc from 'fast-check'
import t from 'tap'
import { fold, searchable } from '../src/fold.ts'

t.test('spellings that differ in case, width or composition are one', async t => {
  const groups = [
    ['maya', 'Maya', 'MAYA', 'ｍａｙａ', 'Ｍａｙａ'],
    ['café', 'CAFÉ', 'cafe\u0301', 'CAFE\u0301'],
    ['straße', 'STRASSE', 'Strasse', 'STRAẞE'],
    ['ὀδυσσεύς', 'ὈΔΥΣΣΕΎΣ', 'ὈΔΥΣΣΕΎς'],
    ['ﬁn', 'fin', 'FIN'],
    ['Å', '\u212b', 'å', 'A\u030a'],
  ]
  for (const group of groups) {
    for (const spelling of group) t.equal(fold(spelling), fold(group[0] as string), `${spelling} is ${group[0]}`)
  }
})

t.test('different words stay different', async t => {
  const words = ['maya', 'mayа', 'cafe', 'café', 'strase', 'o', 'ø', ' maya', '1', 'l']
  t.equal(new Set(words.map(fold)).size, words.length)
})

t.test('what is folded is stable: folding, casing or decomposing any text first changes nothing', async t => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), text => {
      const folded = fold(text)
      return fold(folded) === folded && fold(text.normalize('NFD')) === folded && fold(text.toUpperCase()) === folded
    }),
    { numRuns: 500 },
  )
  t.pass()
})

t.test('what is searched for is found without its accents, in the scripts that have them', async t => {
  const pairs = [
    ['Café Übung', 'cafe ubung'],
    ['Vṛkṣāsana', 'vrksasana'],
    ['Ёлка и Йод', 'елка и иод'],
    ['ὀδυσσεύς', 'οδυσσευσ'],
    ['İstanbul', 'istanbul'],
    ['हिंदी', 'हिंदी'],
    ['プール', 'プール'],
    ['각', '각'],
  ]
  for (const [text = '', found] of pairs) {
    t.equal(searchable(text), found)
    t.equal(searchable(text.normalize('NFD')), found)
    t.equal(searchable(searchable(text)), found)
  }
})

t.test('no letter of any script has a case that folds to something else', async t => {
  const astray: string[] = []
  for (let code = 0; code < 0x1_e9_50; code++) {
    const letter = String.fromCodePoint(code)
    if (!/\p{L}/u.test(letter)) continue
    const folded = fold(letter)
    if ([letter.toLowerCase(), letter.toUpperCase(), folded].some(other => fold(other) !== folded)) {
      astray.push(`U+${code.toString(16).toUpperCase()} ${letter}`)
    }
  }
  t.strictSame(astray, [])
})
