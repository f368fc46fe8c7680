import t from 'tap'
import { knownLocale, list, number, relativeDay } from '../../web/src/format.ts'

t.test('a language that Intl refuses is English: with one the app stayed blank', t => {
  t.equal(knownLocale('de-CH'), 'de-CH')
  for (const language of ['en-US@posix', '', 'C.UTF-8']) t.equal(knownLocale(language), 'en', language)
  t.end()
})

t.test('a formatter is made once for its options: a year has some hundred numbers to write', t => {
  const made: string[] = []
  for (const name of ['NumberFormat', 'RelativeTimeFormat', 'ListFormat'] as const) {
    const Real = Intl[name] as new (...args: unknown[]) => object
    const Counted = class extends Real {
      constructor(...args: unknown[]) {
        super(...args)
        made.push(name)
      }
    }
    t.intercept(Intl, name, { value: Counted })
  }
  for (let i = 0; i < 3; i++) {
    number(i)
    number(i, { maximumFractionDigits: 1 })
    relativeDay('2026-11-25', '2026-11-26')
    list(['a', 'b'])
  }
  t.strictSame(made.sort(), ['ListFormat', 'NumberFormat', 'NumberFormat', 'RelativeTimeFormat'])
  t.end()
})
