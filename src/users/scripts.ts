/** The scripts in everyday use that UAX 31, table 5, recommends for identifiers. */
const recommended = [
  'Arabic',
  'Armenian',
  'Bengali',
  'Bopomofo',
  'Cyrillic',
  'Devanagari',
  'Ethiopic',
  'Georgian',
  'Greek',
  'Gujarati',
  'Gurmukhi',
  'Han',
  'Hangul',
  'Hebrew',
  'Hiragana',
  'Kannada',
  'Katakana',
  'Khmer',
  'Lao',
  'Latin',
  'Malayalam',
  'Myanmar',
  'Oriya',
  'Sinhala',
  'Tamil',
  'Telugu',
  'Thaana',
  'Thai',
  'Tibetan',
]
/** How Japanese, Chinese and Korean are written, beside Latin. */
const writtenTogether = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]

/** A text whose characters all occur in these scripts, or are digits and marks of no script. */
const onlyIn = (scripts: readonly string[]) =>
  `[${[...scripts, 'Common', 'Inherited'].map(script => `\\p{Script_Extensions=${script}}`).join('')}]*`

const unmixed = new RegExp(
  `^(?:${[...recommended.map(script => [script]), ...writtenTogether].map(onlyIn).join('|')})$`,
  'u',
)

/**
 * Whether a text mixes no scripts but those that are written together: *highly restrictive* of UTS 39, section 5.2,
 * with the scripts but without its list of single characters. In compatibility form, because `𝐦` belongs to no script
 * and `m` does.
 */
export function isUnmixed(text: string): boolean {
  return unmixed.test(text.normalize('NFKC'))
}
