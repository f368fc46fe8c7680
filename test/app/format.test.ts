import t from 'tap'
import { ended, knownLocale, list, number, relativeDay } from '../../web/src/format.ts'
import { insights } from '../../web/src/texts.ts'

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

t.test('lists stand in English sentences; weekdays that differ are told with their side', t => {
  t.equal(list(['walk', 'friends', 'yoga']), 'walk, friends and yoga')
  const begin = 'Compared with other days, your mood was'
  t.equal(insights.weekdaysDiffer(['Saturdays', 'Sundays'], []), `${begin} better on Saturdays and Sundays.`)
  t.equal(insights.weekdaysDiffer([], ['Mondays']), `${begin} worse on Mondays.`)
  t.equal(insights.weekdaysDiffer(['Sundays'], ['Mondays']), `${begin} better on Sundays and worse on Mondays.`)
  t.match(insights.differs('Sundays', '1', true, '0.5', '2', ''), /was 1 point better/)
  t.match(insights.differs('Sundays', '2', true, '0.5', '3', ''), /was 2 points better/)
  t.end()
})

t.test('a sentence that another one follows has an end', async t => {
  t.strictSame(['The server is busy', 'Try again.', 'Really?'].map(ended), [
    'The server is busy.',
    'Try again.',
    'Really?',
  ])
})
