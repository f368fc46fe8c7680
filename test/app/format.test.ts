import t from 'tap'
import { knownLocale } from '../../web/src/format.ts'

t.test('a language that Intl refuses is English: with one the app stayed blank', t => {
  t.equal(knownLocale('de-CH'), 'de-CH')
  for (const language of ['en-US@posix', '', 'C.UTF-8']) t.equal(knownLocale(language), 'en', language)
  t.end()
})
