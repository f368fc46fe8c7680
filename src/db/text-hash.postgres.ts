const rotated = (x: number, bits: number) => (x << bits) | (x >>> (32 - bits))

/**
 * PostgreSQL's `hashtext`, by which Citus chooses the shard of a row: `hash_bytes` of src/common/hashfn.c, which is Bob
 * Jenkins' lookup3.
 * @param text a value of a column without a collation of its own rules.
 * @returns a signed number of 32 bits.
 */
export function textHash(text: string): number {
  const size = Buffer.byteLength(text)
  const whole = size - (size % 12)
  const bytes = Buffer.alloc(whole + 12)
  bytes.write(text)
  let a = (0x9e3779b9 + size + 3_923_095) | 0
  let [b, c] = [a, a]
  for (let at = 0; at < whole; at += 12) {
    a = (a + bytes.readInt32LE(at)) | 0
    b = (b + bytes.readInt32LE(at + 4)) | 0
    c = (c + bytes.readInt32LE(at + 8)) | 0
    a = ((a - c) | 0) ^ rotated(c, 4)
    c = (c + b) | 0
    b = ((b - a) | 0) ^ rotated(a, 6)
    a = (a + c) | 0
    c = ((c - b) | 0) ^ rotated(b, 8)
    b = (b + a) | 0
    a = ((a - c) | 0) ^ rotated(c, 16)
    c = (c + b) | 0
    b = ((b - a) | 0) ^ rotated(a, 19)
    a = (a + c) | 0
    c = ((c - b) | 0) ^ rotated(b, 4)
    b = (b + a) | 0
  }
  // In the last word of the rest the lowest byte is left out: it stands for the length.
  bytes.copyWithin(whole + 9, whole + 8, size)
  bytes[whole + 8] = 0
  a = (a + bytes.readInt32LE(whole)) | 0
  b = (b + bytes.readInt32LE(whole + 4)) | 0
  c = (c + bytes.readInt32LE(whole + 8)) | 0
  c = ((c ^ b) - rotated(b, 14)) | 0
  a = ((a ^ c) - rotated(c, 11)) | 0
  b = ((b ^ a) - rotated(a, 25)) | 0
  c = ((c ^ b) - rotated(b, 16)) | 0
  a = ((a ^ c) - rotated(c, 4)) | 0
  b = ((b ^ a) - rotated(a, 14)) | 0
  return ((c ^ b) - rotated(b, 24)) | 0
}
