import { type Header, invalid, mustEnd } from './header.ts'

const startOfImage = 0xd8
const endOfImage = 0xd9
const startOfScan = 0xda
/** Baseline, extended and progressive: the kinds that cameras and programs write. */
const frames = [0xc0, 0xc1, 0xc2]
const progressive = 0xc2
/** Frames of other kinds: lossless, hierarchical or arithmetic (0xc4, 0xc8 and 0xcc are not frames). */
const otherFrames = [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]
/** Markers without a length; outside a scan decoders differ in how they continue after them. */
const isStray = (marker: number) => marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8)
const isExtra = (marker: number) => marker >= 0xe0 || marker === 0xfe

/** Each scan processes the whole picture again; encoders write about ten, and a scan takes only a few dozen bytes. */
const maxScans = 64

/** Reads a JPEG's segments (ITU T.81, annex B) up to its end, or undefined when it is not one. */
export function readJpeg(file: Buffer): Header | undefined {
  if (file.length < 3 || file.readUInt16BE(0) !== 0xff00 + startOfImage || file[2] !== 0xff) return undefined
  const extras: Buffer[] = []
  let frame: Pick<Header, 'width' | 'height' | 'held'> | undefined
  let scans = 0
  let at = 2
  for (;;) {
    at = skipFill(file, at)
    const marker = file.readUInt8(at + 1)
    if (marker === endOfImage) break
    if (isStray(marker)) throw invalid('The picture is damaged.')
    const end = at + 2 + file.readUInt16BE(at + 2)
    if (otherFrames.includes(marker) || (frame && frames.includes(marker)))
      throw invalid('This kind of JPEG is not supported.')
    if (frames.includes(marker)) frame = readFrame(file, at + 4, marker === progressive)
    if (isExtra(marker)) extras.push(file.subarray(at + 4, end))
    if (marker === startOfScan && ++scans > maxScans) throw invalid('The picture has too many scans.')
    at = marker === startOfScan ? endOfScan(file, end) : end
  }
  mustEnd(file, at + 2)
  if (!frame) throw invalid('The picture is truncated.')
  return { ...frame, extras, bytes: file }
}

/** The position of the marker: any number of `ff` may come before it. */
function skipFill(file: Buffer, from: number): number {
  if (file.readUInt8(from) !== 0xff) throw invalid('The picture is damaged.')
  let at = from
  while (file.readUInt8(at + 1) === 0xff) at++
  return at
}

/** Size and components of a frame. A progressive one keeps two bytes for every sample until its last scan. */
function readFrame(file: Buffer, at: number, held: boolean) {
  const height = file.readUInt16BE(at + 1)
  const width = file.readUInt16BE(at + 3)
  const sampling = Array.from({ length: file.readUInt8(at + 5) }, (_, i) => file.readUInt8(at + 7 + 3 * i))
  const across = sampling.map(factors => factors >> 4)
  const down = sampling.map(factors => factors & 15)
  const samples = across.reduce((sum, factor, i) => sum + factor * (down[i] as number), 0)
  const perPixel = samples / (Math.max(...across) * Math.max(...down))
  return { width, height, held: held ? width * height * perPixel * 2 : 0 }
}

/** The position of the next marker after a scan's data, in which `ff` is followed by zero or by a restart marker. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at !== -1; at = file.indexOf(0xff, at + 2)) {
    const next = file.readUInt8(at + 1)
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at
  }
  throw invalid('The picture is truncated.')
}
