import { crc32, createInflateRaw } from 'node:zlib'
import { ApiError } from '../errors.ts'
import { ByteReader } from './bytes.ts'
import { maxExpandedBytes } from './limits.ts'

/** A member of an archive: its name, and its content as it is read. */
interface Member {
  name: string
  content: AsyncGenerator<Buffer, void, undefined>
}

const [localHeader, descriptor] = [0x04034b50, 0x08074b50]
const headerBytes = 30
const [encryptedFlag, descriptorFlag] = [1, 8]
const [storedMethod, deflateMethod] = [0, 8]
/** In fields of 32 bits: the size stands in the extra field of a large archive. */
const elsewhere = 0xffffffff

const unreadable = (sentence: string) => new ApiError('unreadable_file', sentence)

/** Whether a file begins as an archive does. */
export function isZip(beginning: Buffer): boolean {
  return beginning.length >= 4 && beginning.readUInt32LE(0) === localHeader
}

/**
 * The first wanted member of a ZIP archive, read as the archive comes: nothing of it is kept, nothing is written anywhere,
 * and names are compared and never used. Its content fails when it is broken.
 * @param maxExpanded bytes that it may expand to, with what has to be expanded to be skipped.
 * @returns undefined when there is none.
 * @throws {ApiError} `unreadable_file` for what is no archive, is encrypted, or of a kind that cannot be read as it comes.
 */
export async function zipMember(
  bytes: AsyncIterable<Buffer>,
  wanted: (name: string) => boolean,
  maxExpanded = maxExpandedBytes,
): Promise<Member | undefined> {
  const reader = new ByteReader(bytes)
  let skipped = 0
  for (;;) {
    const header = await reader.take(headerBytes)
    // Behind the members comes the directory.
    if (!header || header.readUInt32LE(0) !== localHeader) return undefined
    const [flags, method, crc] = [header.readUInt16LE(6), header.readUInt16LE(8), header.readUInt32LE(14)]
    const name = (await take(reader, header.readUInt16LE(26))).toString()
    const extra = await take(reader, header.readUInt16LE(28))
    const size = sizeOf(header.readUInt32LE(18), extra)
    const hasDescriptor = (flags & descriptorFlag) !== 0
    const isWanted = wanted(name)
    if (isWanted && (flags & encryptedFlag) !== 0)
      throw unreadable('The archive is encrypted: export it without a password.')
    if (method === storedMethod && !(hasDescriptor && size === 0)) {
      const content = checked(exactly(reader, size), hasDescriptor ? undefined : crc)
      if (isWanted) return { name, content }
      await skip(reader, size)
    } else if (method === deflateMethod) {
      const content = inflated(reader, hasDescriptor ? undefined : size, maxExpanded, skipped)
      if (isWanted) return { name, content: checked(content, hasDescriptor ? undefined : crc) }
      if (hasDescriptor) for await (const part of content) skipped += part.length
      else await skip(reader, size)
    } else {
      throw unreadable('The archive uses an unsupported ZIP feature.')
    }
    if (hasDescriptor) await skipDescriptor(reader)
  }
}

/** The compressed size, which archives beyond 4 GiB have in an extra field (ZIP64). */
function sizeOf(size: number, extra: Buffer): number {
  if (size !== elsewhere) return size
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    // The expanded size stands before the compressed one.
    if (extra.readUInt16LE(at) === 1 && at + 20 <= extra.length) return Number(extra.readBigUInt64LE(at + 12))
  }
  throw unreadable('The archive is broken.')
}

async function take(reader: ByteReader, length: number): Promise<Buffer> {
  return (await reader.take(length)) ?? endsEarly()
}

function endsEarly(): never {
  throw unreadable('The archive is cut off.')
}

async function* exactly(reader: ByteReader, size: number): AsyncGenerator<Buffer, void, undefined> {
  for (let left = size; left > 0; ) {
    const chunk = (await reader.next(left)) ?? endsEarly()
    left -= chunk.length
    yield chunk
  }
}

async function skip(reader: ByteReader, size: number) {
  for await (const _ of exactly(reader, size));
}

/** Sizes behind the content, with or without a signature, in 32 or 64 bits. */
async function skipDescriptor(reader: ByteReader) {
  const beginning = await reader.peek(4)
  const signed = beginning.length === 4 && beginning.readUInt32LE(0) === descriptor
  const lengths = signed ? [16, 24] : [12, 20]
  for (const length of lengths) {
    const found = await reader.peek(length + 4)
    // What follows tells which it was: another member, or the directory.
    if (found.length < length + 4 || found.subarray(length, length + 2).toString('latin1') === 'PK') {
      await reader.take(Math.min(length, found.length))
      return
    }
  }
  throw unreadable('The archive is broken.')
}

/**
 * Deflated content; what follows it stays in the reader.
 * @param size compressed, if it is known.
 * @param before bytes of the archive that were expanded before.
 */
async function* inflated(
  reader: ByteReader,
  size: number | undefined,
  maxExpanded: number,
  before: number,
): AsyncGenerator<Buffer, void, undefined> {
  const inflate = createInflateRaw()
  let [given, expanded] = [0, before]
  let chunk: Buffer | undefined
  const feeding = feed().catch(error => inflate.destroy(error))
  try {
    for await (const part of inflate) {
      expanded += part.length
      if (expanded > maxExpanded) throw tooLarge(maxExpanded)
      yield part
    }
    await feeding
  } catch (error) {
    // Of zlib; what went wrong with the source stays what it is.
    throw String((error as { code?: string }).code).startsWith('Z_') ? unreadable('The archive is broken.') : error
  } finally {
    inflate.destroy()
  }
  // Without a known size, the end was found by the content.
  const surplus = given - inflate.bytesWritten
  if (size === undefined && chunk && surplus > 0) reader.unread(chunk.subarray(chunk.length - surplus))

  async function feed() {
    for (;;) {
      const left = size === undefined ? Number.POSITIVE_INFINITY : size - given
      if (left === 0) break
      // Small, because what has been fed cannot be put back but for the last chunk.
      const next = (await reader.next(Math.min(left, 16 * 1024))) ?? endsEarly()
      chunk = next
      given += next.length
      // One that has ended takes no more.
      await new Promise<void>((resolve, reject) => inflate.write(next, error => (error ? reject(error) : resolve())))
      if (size === undefined && inflate.bytesWritten < given) break
    }
    inflate.end()
  }
}

const tooLarge = (maxExpanded: number) =>
  new ApiError('body_too_large', `The archive expands to more than ${maxExpanded / 1024 ** 2} MiB.`)

/** Content whose checksum must be right in the end. */
async function* checked(
  content: AsyncIterable<Buffer>,
  expected: number | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  let sum = 0
  for await (const part of content) {
    sum = crc32(part, sum)
    yield part
  }
  if (expected !== undefined && sum !== expected) throw unreadable('The archive is broken.')
}
