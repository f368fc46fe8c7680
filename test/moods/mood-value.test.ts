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

t.test('field case 2: a number is read with space around it, and in the digits of any script', async t => {
  for (const text of [' 7', '7 ', '٧', '７', '۷', '७', '\u200b7', '𝟕', '\u00a07']) {
    t.equal(moodValue(text), 7, JSON.stringify(text))
  }
  t.strictSame(['７．５', '٧٫٥', '\u22127', '-７'].map(moodValue), [7.5, 7.5, -7, -7])
  // Every script that the runtime can write numbers in.
  for (const system of Intl.supportedValuesOf('numberingSystem')) {
    const written = new Intl.NumberFormat(`en-u-nu-${system}`, { useGrouping: false }).format(1_234_567_890)
    if (/^\p{Nd}{10}$/u.test(written)) t.equal(moodValue(written), 1_234_567_890, system)
  }
})

t.test('field case 2: what is meant as a number and is none of ours is refused with one that is', async t => {
  for (const text of [
    '7,5',
    '7/10',
    '7.5/10',
    '1e1',
    '1E-2',
    '+7',
    '+7.5',
    'nan',
    'NaN',
    'Infinity',
    '-infinity',
    '٧,٥',
  ]) {
    t.throws(() => moodValue(text), { code: 'invalid_request', errors: [/7\.5/] }, text)
  }
})

t.test('everything else is a label and stays what the person submitted, but for white space', async t => {
  for (const text of ['happy', '', '0x10', '8.', '.5', '1_000', '24/7 tired', '100%', '7 of 10', '1,000,000']) {
    t.equal(moodValue(text), text, JSON.stringify(text))
  }
  t.equal(moodValue('  Current \t Mood '), 'Current Mood')
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
