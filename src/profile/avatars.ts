import { deepStrictEqual } from 'node:assert'
import { hash } from 'node:crypto'
import type sharp from 'sharp'
import { ApiError } from '../errors.ts'
import { fairQueue, type JobOwner, QueueFull } from '../fair-queue.ts'
import { invalid } from './pictures/header.ts'
import { inspect, maxPixels } from './pictures/inspect.ts'

/** A stored picture: 512 x 512 WebP, and its SHA-256. */
export interface Avatar {
  bytes: Buffer
  digest: string
}

const side = 512
/** Pictures that wait, besides the one in work: 16 MiB, and rarely more than two seconds. */
const maxQueued = 15
/** Of one account, in work and waiting: for clients that do not wait for the answer to the one before. */
const maxPerAccount = 4
/** Timeout for decoding a picture, in seconds. */
const decodeTimeoutSeconds = 8

/**
 * Makes avatars from files, one at a time, which bounds the memory; networks take turns, and no account has many in the
 * queue. Only pixels survive: upright, cropped to a square,
 * in sRGB, without metadata. Decoding runs off the main thread.
 */
export function avatarMaker() {
  let library: Promise<typeof sharp> | undefined
  const queue = fairQueue({ concurrency: 1, maxQueued, maxPerAccount })

  async function encode({ bytes, ...size }: ReturnType<typeof inspect>): Promise<Avatar> {
    library ??= load()
    const open = await library
    try {
      const image = open(bytes, { limitInputPixels: maxPixels, failOn: 'warning' })
      const { width, height, orientation = 1 } = await image.metadata()
      // A file that two parsers read differently was made to get past one of them.
      deepStrictEqual({ width, height }, size)
      // Scaled down before it is rotated: rotating first would hold all of it in memory.
      const small = await image
        .resize(side, side)
        .withExif({ IFD0: { Orientation: String(orientation) } })
        .png({ compressionLevel: 0 })
        .timeout({ seconds: decodeTimeoutSeconds })
        .toBuffer()
      const webp = await open(small, { autoOrient: true }).webp().toBuffer()
      return { bytes: webp, digest: hash('sha256', webp, 'base64url') }
    } catch {
      throw invalid('The picture is damaged or takes too long to decode.')
    }
  }

  /**
   * Makes an avatar, in turn with those of other networks.
   * @param owner whose file it is.
   * @throws {ApiError} `invalid_image` for a file that is not a usable picture, `too_busy` when there is no place in the
   *   queue.
   */
  return async (file: Buffer, owner: JobOwner): Promise<Avatar> => {
    const picture = inspect(file)
    return queue.add(owner, () => encode(picture)).catch(explain)
  }
}

function explain(error: unknown): never {
  if (!(error instanceof QueueFull)) throw error
  throw new ApiError('too_busy', 'Too many pictures are being uploaded right now. Try again in a moment.', {
    retryAfterMs: 2_000,
  })
}

/**
 * The library, loaded with the first picture: it takes a tenth of a second that most starts and tests do not need. All
 * other formats are disabled, also where it would detect another one than we did.
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
