/** Shorter bodies, in bytes, cost nobody anything, whatever is in them. */
const minScannedBytes = 16 * 1024
/** Arrays and objects within one another, at most: five times what any body has. */
export const maxDepth = 32
/** Values in a body, at most: the operations of the longest sync, each with all of its fields and tags, have 18 000. */
export const maxValues = 25_000

const [quote, backslash, comma, openArray, closeArray, openObject, closeObject] = Array.from('"\\,[]{}', character =>
  character.charCodeAt(0),
)

/**
 * Which bound a JSON text exceeds, before anything is made of it: to parse 4 MiB of brackets or short keys takes seconds,
 * to scan them a few milliseconds. What is no JSON is for the parser to refuse, which gets no further than the scan.
 * @param text in UTF-8.
 */
export function exceededBound(text: Uint8Array): 'depth' | 'values' | undefined {
  if (text.length < minScannedBytes) return undefined
  let [depth, values, inString] = [0, 1, false]
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]
    if (inString) {
      if (byte === backslash) i++
      else if (byte === quote) inString = false
    } else if (byte === quote) inString = true
    else if (byte === comma) values++
    else if (byte === openArray || byte === openObject) {
      values++
      if (++depth > maxDepth) return 'depth'
    } else if (byte === closeArray || byte === closeObject) depth--
    if (values > maxValues) return 'values'
  }
  return undefined
}
