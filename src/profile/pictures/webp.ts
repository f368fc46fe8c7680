import { type Header, invalid, mustEnd } from './header.ts'

const pixels = ['VP8 ', 'VP8L', 'VP8X', 'ALPH']

/** Reads a WebP's chunks (RFC 9649) up to its end, or undefined when it is not one. */
export function readWebp(file: Buffer): Header | undefined {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WEBP') return undefined
  mustEnd(file, 8 + file.readUInt32LE(4))
  const extras: Buffer[] = []
  let size: Pick<Header, 'width' | 'height' | 'held'> | undefined
  let at = 12
  while (at < file.length) {
    const name = file.toString('latin1', at, at + 4)
    const length = file.readUInt32LE(at + 4)
    if (name === 'ANIM' || name === 'ANMF') throw invalid('Animated pictures are not supported.')
    if (size && name.startsWith('VP8')) throw invalid('The picture is damaged.')
    if (name === 'VP8 ') size = lossy(file, at + 8)
    if (name === 'VP8L') size = lossless(file, at + 8)
    if (!pixels.includes(name)) extras.push(file.subarray(at + 8, at + 8 + length))
    // Chunks begin at even offsets.
    at += 8 + length + (length % 2)
  }
  mustEnd(file, at)
  if (!size) throw invalid('The picture is truncated.')
  return { ...size, extras, bytes: file }
}

/** The frame header of VP8 (RFC 6386, section 9.1). */
function lossy(file: Buffer, at: number) {
  return { width: file.readUInt16LE(at + 6) & 0x3fff, height: file.readUInt16LE(at + 8) & 0x3fff, held: 0 }
}

/** The header of VP8L; it is decoded to four bytes per pixel as a whole. */
function lossless(file: Buffer, at: number) {
  const bits = file.readUInt32LE(at + 1)
  const width = (bits & 0x3fff) + 1
  const height = ((bits >>> 14) & 0x3fff) + 1
  return { width, height, held: width * height * 4 }
}
