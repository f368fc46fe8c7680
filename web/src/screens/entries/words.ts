import { fold } from '../../../../src/fold.ts'
import { keyOf } from '../../../../src/short-text.ts'

/** Searching notes as the server's `q` does (src/moods/entry-search.ts, which reads a database, too). */

export function wordsIn(query: string): string[] {
  return fold(query)
    .split(/\s+/)
    .filter(word => keyOf(word) !== '')
}

interface Texts {
  mood: number | string
  note: string | null
  tags: readonly string[]
}

/** Whether each word is somewhere in the note, the label or a tag. */
export function contains(words: readonly string[], { mood, note, tags }: Texts): boolean {
  const text = folded([note ?? '', typeof mood === 'string' ? mood : '', ...tags].join('\n'))
  return words.every(word => text.includes(word))
}

/** Texts of ASCII are most, and folding them is only this. */
function folded(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what ASCII is.
  return /^[\x00-\x7f]*$/.test(text) ? text.toLowerCase() : fold(text)
}
