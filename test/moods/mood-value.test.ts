import t from 'tap'
import { defaultScale, isOnScale, moodValue, valenceOf } from '../../src/moods/mood-value.ts'

t.test('a numeric string is the number it spells', async t => {
  for (const [text, number] of [
    ['8', 8],
    ['0', 0],
    ['7.5', 7.5],
    ['-3', -3],
    ['007', 7],
    ['-0.25', -0.25],
  ] as const) {
    t.equal(moodValue(text), number, text)
  }
  t.equal(moodValue(8), 8)
})

t.test('everything else stays what the person submitted', async t => {
  for (const text of [
    'happy',
    '',
    ' 8',
    '8 ',
    '+8',
    '1e3',
    '0x10',
    '8.',
    '.5',
    '8,5',
    '1_000',
    '８',
    'NaN',
    'Infinity',
  ]) {
    t.equal(moodValue(text), text, JSON.stringify(text))
  }
})

t.test('the default scale is 0 to 10', async t => {
  t.strictSame(defaultScale, { min: 0, max: 10 })
})

t.test('numbers between the ends of the scale can be logged, both ends included, and so can every label', async t => {
  for (const mood of [0, 10, 3.5, 'happy', 'no idea']) t.ok(isOnScale(mood, defaultScale), String(mood))
  for (const mood of [-0.001, 10.001, 1e300, -5]) t.notOk(isOnScale(mood, defaultScale), String(mood))
  t.ok(isOnScale(-5, { min: -5, max: 5 }))
  t.notOk(isOnScale(moodValue('9'.repeat(400)), defaultScale), 'a number too large to be one')
})

t.test('the valence of a number is its place on the scale, -1 to 1', async t => {
  const onDefault = [0, 2.5, 5, 7.5, 10].map(mood => valenceOf(mood, defaultScale))
  t.same(onDefault, [-1, -0.5, 0, 0.5, 1])
  t.equal(valenceOf(1, { min: 1, max: 5 }), -1)
  t.equal(valenceOf(4, { min: 1, max: 5 }), 0.5)
  t.equal(valenceOf(5, { min: -5, max: 5 }), 1)
  t.equal(valenceOf(1, { min: 0, max: 3 }), -0.3333, 'to four digits')
})

t.test('the valence of a label does not depend on its case, width or surrounding space, nor on the scale', async t => {
  for (const label of ['happy', 'HAPPY', ' Happy\t', 'ｈａｐｐｙ']) t.equal(valenceOf(label, defaultScale), 0.75, label)
  t.equal(valenceOf('happy', { min: 1, max: 5 }), 0.75)
})

t.test('the five moods of Daylio go from best to worst', async t => {
  t.strictSame(
    ['rad', 'good', 'meh', 'bad', 'awful'].map(label => valenceOf(label, defaultScale)),
    [1, 0.5, 0, -0.5, -1],
  )
  t.strictSame(
    ['fine', 'so-so', 'tired', 'anxious'].map(label => valenceOf(label, defaultScale)),
    [0.25, 0, -0.25, -0.75],
  )
})

t.test('a label nobody knows has no valence', async t => {
  for (const label of ['', 'purple', 'happy sad', 'constructor', '__proto__']) {
    t.equal(valenceOf(label, defaultScale), null, label)
  }
})
