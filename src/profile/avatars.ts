import { deepStrictEqual } from 'node:assert'
import { hash } from 'node:crypto'
import type sharp from 'sharp'
import { ApiError } from '../errors.ts'
import { invalid } from './pictures/header.ts'
import { inspect, maxPixels } from './pictures/inspect.ts'

/** A person's picture as it is kept: 512 x 512 webp, and the SHA-256 it is known by. */
export interface Avatar {
  bytes: Buffer
  digest: string
}

const side = 512
/** How many there may be at a time, one at work and the others waiting: 16 MiB, and seldom more than two seconds. */
const maxPending = 16
/** Seconds after which a picture that is still being decoded is given up. */
const decodeTimeoutSeconds = 8

/**
 * Makes avatars of files, one at a time, so that the memory of one is all there ever is. Only pixels survive: turned
 * the right way up, cut to a square, in sRGB, without metadata. Decoding runs off the main thread.
 */
export function avatarMaker() {
  let library: Promise<typeof sharp> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let pending = 0

  async function encode({ bytes, ...size }: ReturnType<typeof inspect>): Promise<Avatar> {
    library ??= load()
    const open = await library
    try {
      const image = open(bytes, { limitInputPixels: maxPixels, failOn: 'warning' })
      const { width, height, orientation = 1 } = await image.metadata()
      // A file that two readers understand differently was made to slip past one of them.
      deepStrictEqual({ width, height }, size)
      // Made small before it is turned: turned first it would have to be held as a whole.
      const small = await image
        .resize(side, side)
        .withExif({ IFD0: { Orientation: String(orientation) } })
        .png({ compressionLevel: 0 })
        .timeout({ seconds: decodeTimeoutSeconds })
        .toBuffer()
      const webp = await open(small, { autoOrient: true }).webp().toBuffer()
      return { bytes: webp, digest: hash('sha256', webp, 'base64url') }
    } catch {
      throw invalid('The picture is damaged, or takes too long to read.')
    }
  }

  /** @throws {ApiError} `invalid_image` for what is no picture that can be used, `too_busy` when too many wait. */
  return async (file: Buffer): Promise<Avatar> => {
    const picture = inspect(file)
    if (pending >= maxPending) {
      throw new ApiError('too_busy', 'Too many pictures are being uploaded right now. Try again in a moment.', {
        retryAfterMs: 2_000,
      })
    }
    pending++
    const turn = last.then(() => encode(picture)).finally(() => pending--)
    last = turn.catch(() => {})
    return turn
  }
}

/**
 * The library, when the first picture arrives: it takes a tenth of a second that most starts and tests do not need.
 * Whatever it can read but these three formats is switched off, also where it would guess otherwise than we do.
 */
async function load() {
  const { default: library } = await import('sharp')
  library.cache(false)
  library.concurrency(1)
  library.block({ operation: ['VipsForeignLoad'] })
  library.unblock({
    operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
  })
  return library
}
