/** Into which texts are written before their length is known, in bytes: 40 000 characters, whichever they are. */
const scratch = Buffer.allocUnsafeSlow(120_000)
/** The most bytes that UTF-8 takes for one UTF-16 code unit. */
const maxBytesPerUnit = 3

/**
 * The UTF-8 of texts one after the other, none of which ends within a surrogate pair. One by one, because a character
 * that is not Latin-1 makes all of a text two bytes wide, which takes twice as long to put together and to encode; and
 * bytes have a length that need not be counted.
 */
export function bytesOf(texts: readonly string[]): Buffer {
  let units = 0
  for (const text of texts) units += text.length
  if (units * maxBytesPerUnit > scratch.length) return Buffer.from(texts.join(''))
  let length = 0
  for (const text of texts) length += scratch.write(text, length)
  return Buffer.from(scratch.subarray(0, length))
}
