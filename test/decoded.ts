import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { LightMyRequestResponse } from 'fastify'

const decoders: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

/** The bytes of an answer, decompressed. */
export function decoded({ headers, rawPayload }: Pick<LightMyRequestResponse, 'headers' | 'rawPayload'>): Buffer {
  const coding = headers['content-encoding']
  // That of a HEAD is empty.
  if (coding === undefined || rawPayload.length === 0) return rawPayload
  const decode = decoders[String(coding)]
  if (!decode) throw new Error(`an answer in ${coding}`)
  return decode(rawPayload)
}

/** The text of an answer, decompressed. */
export const textOf = (answer: Pick<LightMyRequestResponse, 'headers' | 'rawPayload'>) => decoded(answer).toString()
