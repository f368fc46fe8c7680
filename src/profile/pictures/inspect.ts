import { type Header, invalid } from './header.ts'
import { readJpeg } from './jpeg.ts'
import { readPng } from './png.ts'
import { readWebp } from './webp.ts'

const mebi = 1024 * 1024
export const maxPixels = 40_000_000
const maxHeld = 64 * mebi
/** The decoder's lines in memory are as long as the picture is wide: at 20 000 they took 290 MB. */
const maxSide = 10_000
/** The short side is scaled up to 512 first: 1 by 16 384 pixels, rotated before that, took two minutes and 12 GB. */
const maxRatio = 10

/** Signatures that make a file a page, program, document or archive to another program. */
const marks = ['<script', '<svg', '<html', '<!doctype', '<?php', '%pdf-', 'pk\x03\x04', 'pk\x05\x06']

/**
 * Checks a file by its content before a decoder sees it: a complete JPEG, PNG or WebP and nothing else, not animated,
 * and decodable in bounded time and memory.
 * @returns the bytes to decode, and the size they claim.
 * @throws {ApiError} `invalid_image`.
 */
export function inspect(file: Buffer): Pick<Header, 'bytes' | 'width' | 'height'> {
  const { width, height, held, bytes, extras } = read(file)
  if (width === 0 || height === 0) throw invalid('The picture has no pixels.')
  if (width * height > maxPixels) throw invalid(`The picture must have at most ${maxPixels / 1e6} megapixels.`)
  if (Math.max(width, height) > maxSide) throw invalid(`Each side of the picture must be at most ${maxSide} pixels.`)
  if (Math.max(width, height) > maxRatio * Math.min(width, height)) {
    throw invalid(`The picture's aspect ratio must be at most ${maxRatio}:1.`)
  }
  if (held > maxHeld) throw invalid('The picture is too large for an interlaced, progressive or lossless image.')
  const texts = extras.map(extra => extra.toString('latin1').toLowerCase())
  if (texts.some(text => marks.some(mark => text.includes(mark)))) {
    throw invalid('The picture contains markup, code or another file.')
  }
  return { bytes, width, height }
}

function read(file: Buffer): Header {
  try {
    const header = readJpeg(file) ?? readPng(file) ?? readWebp(file)
    if (header) return header
  } catch (error) {
    // Read past the end.
    if (error instanceof RangeError) throw invalid('The picture is truncated.')
    throw error
  }
  throw invalid('The picture must be JPEG, PNG or WebP.')
}
