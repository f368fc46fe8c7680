import type { Transform } from 'node:stream'
import { promisify } from 'node:util'
import {
  brotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzip,
  gzipSync,
  zstdCompress,
  zstdCompressSync,
} from 'node:zlib'
import { Negotiator } from '@fastify/accept-negotiator'
import { LRUCache } from 'lru-cache'

/** Content codings (RFC 9110). The figures behind the levels and sizes are in docs/decisions/compression.md. */

export type Coding = 'zstd' | 'br' | 'gzip'

/** Answers below this, in bytes, fit into one packet anyway. */
export const minCompressedBytes = 1024
/** Bytes that are compressed at once in 0.1 ms. More go to another thread, which costs three times as much for little. */
const maxSyncBytes = 32 * 1024

/** In the order in which the server prefers them, for what is compressed for one request. */
const fast = {
  zstd: { params: { [constants.ZSTD_c_compressionLevel]: 1 } },
  br: { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } },
  gzip: { level: 1 },
}
/** The same for what is compressed once. */
const thorough = {
  br: { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } },
  zstd: { params: { [constants.ZSTD_c_compressionLevel]: 12 } },
  gzip: { level: 9 },
}

const inPool = { zstd: promisify(zstdCompress), br: promisify(brotliCompress), gzip: promisify(gzip) }
const atOnce = { zstd: zstdCompressSync, br: brotliCompressSync, gzip: gzipSync }
const streams = { zstd: createZstdCompress, br: createBrotliCompress, gzip: createGzip }

/** Compresses an answer for one request; a small one at once. */
export function compressed(bytes: Buffer, coding: Coding): Buffer | Promise<Buffer> {
  const compress = bytes.length <= maxSyncBytes ? atOnce : inPool
  return compress[coding](bytes, fast[coding])
}

/** Compresses what is sent many times, in another thread. */
export const compressedWell = (bytes: Buffer, coding: Coding): Promise<Buffer> =>
  inPool[coding](bytes, thorough[coding])

/** Compresses a stream, in other threads. */
export const compressor = (coding: Coding): Transform => streams[coding](fast[coding])

/** Accepted codings by `Accept-Encoding`: clients send few different ones. */
const remembered = { max: 100 }

const negotiation = (preferred: readonly Coding[]) => {
  const negotiator = new Negotiator<Coding | 'identity'>({
    supportedValues: [...preferred, 'identity'],
    cache: new LRUCache<string, string>(remembered),
  })
  return (accepted: string | undefined): Coding | undefined => {
    const coding = accepted === undefined ? null : negotiator.negotiate(accepted)
    return coding === null || coding === 'identity' ? undefined : coding
  }
}

/** The best coding that a client takes, for an answer that is compressed for it alone. */
export const codingFor = negotiation(Object.keys(fast) as Coding[])
/** The same for an answer that is compressed once. */
export const lastingCodingFor = negotiation(Object.keys(thorough) as Coding[])

const tagEnd = /"$/

/**
 * The ETag of an answer in a coding. Strong ones differ, because the bytes do (RFC 9110, 8.8.1).
 * @param tag of the answer as it is; a weak one means the same in every coding.
 */
export function codedTag(tag: string, coding: Coding): string {
  return tag.startsWith('W/') ? tag : tag.replace(tagEnd, `-${coding}"`)
}

/** Whether an ETag, without `W/`, is that of an answer in any coding. */
export function isTagOf(seen: string, tag: string): boolean {
  return seen === tag || (Object.keys(fast) as Coding[]).some(coding => seen === codedTag(tag, coding))
}
