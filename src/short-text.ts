import { fold } from './fold.ts'

/** Text in one line: tags, titles, labels, names, and what is looked for in them. */

/** Space that takes no room stands for no space: phones and web pages leave it behind. */
const outerSpace = /[\s\u200b\u2060]/

/** A short text as it is kept: without space around it, and with one where there were several. Phone keyboards add some. */
export function tidy(text: string): string {
  return tidyEnds(text).replace(/\s+/g, ' ')
}

/** From both ends, and not by one expression: that would begin anew at each of a million spaces within a text. */
function tidyEnds(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && outerSpace.test(text.charAt(start))) start++
  while (start < end && outerSpace.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

/** A short text of several lines, such as an address, as it is kept: each line tidied, and none empty around it. */
export function tidyLines(text: string): string {
  return tidyEnds(text).split(/\r?\n/).map(tidy).join('\n')
}

/** Whether nothing of a text can be seen. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u.test(text)
}

/** What is not seen, or only says how to draw what stands before it. Joiners and emoji tags make other letters and signs. */
const unseen = /(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point}/gu

/** What two short texts have in common that a person would call the same: `Run ` and `run`, `❤` and `❤️`. */
export function keyOf(text: string): string {
  return tidy(fold(text).replace(unseen, ''))
}

/** Short texts as they are kept: tidied, without blank ones, and of several with one key the first. */
export function distinctTidied(texts: readonly string[]): string[] {
  const seen = new Set<string>()
  return texts.map(tidy).filter(text => {
    const key = keyOf(text)
    return !isBlank(text) && !seen.has(key) && seen.add(key)
  })
}
