import { crc32 } from 'node:zlib'
import { type Header, invalid, mustEnd } from './header.ts'

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/**
 * The chunks that affect the pixels. The decoder gets no others, above all no compressed text: a hundred in one file
 * can unpack to 8 MB each.
 */
const needed = ['IHDR', 'PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'eXIf', 'IDAT', 'IEND']
const pixels = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']

/** Samples per pixel by colour type. */
const channels: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Reads a PNG's chunks (W3C PNG, section 5) up to its end, or undefined when it is not one. */
export function readPng(file: Buffer): Header | undefined {
  if (!file.subarray(0, signature.length).equals(signature)) return undefined
  const kept: Buffer[] = [signature]
  const extras: Buffer[] = []
  let name = ''
  let at = signature.length
  while (name !== 'IEND') {
    const end = at + 12 + file.readUInt32BE(at)
    const checked = file.subarray(at + 4, end - 4)
    if (crc32(checked) !== file.readUInt32BE(end - 4)) throw invalid('The picture is damaged.')
    name = checked.toString('latin1', 0, 4)
    if (name === 'acTL') throw invalid('Animated pictures are not supported.')
    if (needed.includes(name)) kept.push(file.subarray(at, end))
    if (!pixels.includes(name)) extras.push(checked)
    at = end
  }
  mustEnd(file, at)
  return { ...readHeader(file), extras, bytes: Buffer.concat(kept) }
}

/** The first chunk. An interlaced picture is held as a whole. */
function readHeader(file: Buffer) {
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)]
  const bytesPerSample = Math.ceil(file.readUInt8(24) / 8)
  const interlaced = file.readUInt8(28) !== 0
  const perPixel = (channels[file.readUInt8(25)] ?? 4) * bytesPerSample
  return { width, height, held: interlaced ? width * height * perPixel : 0 }
}
