import { decodeHTMLStrict } from 'entities/decode'
import { RefusedRow } from './row.ts'

/** Texts of rows: composed, storable, and without markup. */

/**
 * A text as it is kept: in composed form, because macOS and some exports write `é` as two characters.
 * @throws {RefusedRow} for what cannot be stored on every engine.
 */
export const storable = (text: string): string => exactly(text).normalize('NFC')

/**
 * A text of one of our own files, as it is.
 * @throws {RefusedRow} for what cannot be stored on every engine.
 */
export function exactly(text: string): string {
  if (text.includes('\0')) throw new RefusedRow('a text contains NUL')
  if (!text.isWellFormed()) throw new RefusedRow('a text contains an unpaired surrogate')
  return text
}

/** A text of a row, or null where nothing of it can be seen. */
export function textOrNull(text: string): string | null {
  const trimmed = text.trim()
  return trimmed === '' ? null : trimmed
}

const lineEnds = /<br\s*\/?>|<\/(?:p|div|li|h[1-6])\s*>/gi
const items = /<li(?:\s[^<>]*)?>/gi
const others = /<\/?[a-z][^<>]*>/gi

/**
 * HTML as plain text: `<br>` and the ends of paragraphs end a line, an item of a list begins one with `- `, other tags go,
 * and entities are decoded once. What is no tag stays: `<3`, `a < b`.
 */
export function plainText(html: string): string {
  if (!/[<&]/.test(html)) return html
  const lines = withoutComments(html)
    .replace(/<\/(?:ul|ol)\s*>\s*<\/li\s*>/gi, '')
    .replace(lineEnds, '\n')
    .replace(/\n?<li(?:\s[^<>]*)?>/gi, found => (found.startsWith('\n') ? '\n- ' : '- '))
    .replace(items, '- ')
    .replace(others, '')
  return decodeHTMLStrict(lines).replace(/\u00a0/g, ' ')
}

/** One that is not closed stays as it is, and nothing is looked for behind it. */
function withoutComments(html: string): string {
  const kept: string[] = []
  let from = 0
  for (let start = html.indexOf('<!--'); start >= 0; start = html.indexOf('<!--', from)) {
    const end = html.indexOf('-->', start + 4)
    if (end < 0) break
    kept.push(html.slice(from, start))
    from = end + 3
  }
  return kept.join('') + html.slice(from)
}

/** Parts of a note below each other, with a blank line between; null where there is nothing. */
export function noteOf(...parts: readonly (string | null | undefined)[]): string | null {
  const there = parts.map(part => textOrNull(plainText(part ?? ''))).filter(part => part !== null)
  return there.length === 0 ? null : there.join('\n\n')
}
