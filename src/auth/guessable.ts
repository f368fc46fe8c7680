/** Secrets of examples and generators that everybody can read; compared in lower case. */
const published = ['a-string-secret-at-least-256-bits-long', 'qwertyuiopasdfghjklzxcvbnm123456']

/** What people leave standing who meant to replace it. */
const placeholder =
  /change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this)|your[-_ ]|(?:super|top)[-_ ]?secret|secret[-_ ]?key|jwt[-_ ]?secret/i

/** Fewer different bytes are a pattern; a good random secret in hexadecimal has at least this many. */
const minDistinctBytes = 8

/**
 * Whether a signing secret could be found by trying: with it, anybody could sign tokens for anybody. Only what random
 * bytes cannot look like is refused, in hexadecimal and Base64 too.
 */
export function isGuessable(secret: string): boolean {
  const bytes = Buffer.from(secret)
  if (published.includes(secret.toLowerCase()) || placeholder.test(secret)) return true
  return new Set(bytes).size < minDistinctBytes || isRepetition(bytes) || isSequence(bytes)
}

/** Whether it is one piece again and again, the last time perhaps cut off. */
function isRepetition(bytes: Buffer): boolean {
  for (let period = 1; period <= bytes.length / 2; period++) {
    if (bytes.subarray(period).equals(bytes.subarray(0, -period))) return true
  }
  return false
}

/** Whether most bytes are the next ones of the alphabet or of the digits: `abcdefg...`. */
function isSequence(bytes: Buffer): boolean {
  const steps = bytes.filter((byte, i) => i > 0 && Math.abs(byte - (bytes[i - 1] as number)) === 1)
  return steps.length > bytes.length / 2
}
