import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { slowUploads } from '../../src/http/broken-requests.ts'
import { RequestError } from '../../src/http/problem-details.ts'
import { maxArchiveBytes } from '../../src/imports/limits.ts'

/** The body of a request that is a file: read as it comes, and never kept. */
export interface Upload {
  bytes: AsyncGenerator<Buffer, void, undefined>
  /** The field `map` of a form, which stands before the file. */
  map: string | undefined
  /**
   * Sets the maximum length of the file, in bytes.
   * @throws {RequestError} when it is known to be longer.
   */
  limit(bytes: number): void
}

/** What is read and thrown away of a refused file, so that its sender gets to read the answer. */
const maxDrainedBytes = 24 * 1024 * 1024
const maxMapBytes = 64 * 1024

/**
 * The file that a request sends, as its raw body or in a form.
 * @throws {RequestError} for a form that cannot be read.
 */
export async function openUpload(request: FastifyRequest): Promise<Upload> {
  const { raw, headers, server } = request
  const length = Number(headers['content-length'] ?? 0)
  if (length > maxArchiveBytes + maxMapBytes) throw tooLarge(maxArchiveBytes)
  slowUploads.add(raw.socket)
  let maxBytes = maxArchiveBytes
  let read = 0
  const isForm = /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')
  const { file, map } = isForm ? await fileInForm(request) : { file: raw, map: undefined }

  async function* bytes() {
    for await (const chunk of paced(file, server.uploadStallMs)) {
      read += chunk.length
      if (read > maxBytes) throw tooLarge(maxBytes)
      yield chunk
      // Between two chunks others have their turn.
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const limit = (bytes: number) => {
    // Before anything of it is imported, where its length is known.
    if (length > bytes + maxMapBytes) throw tooLarge(bytes)
    maxBytes = bytes
  }
  return { bytes: bytes(), map, limit }
}

const tooLarge = (bytes: number) =>
  new RequestError('body_too_large', `The file is longer than ${bytes / 1024 ** 2} MiB.`)

/**
 * Reads what is left of a body that is no longer wanted; the connection of a long one is closed with the answer.
 */
export async function drain({ raw, server }: FastifyRequest, reply: FastifyReply): Promise<void> {
  let left = maxDrainedBytes
  try {
    // A form's parser no longer takes what comes.
    raw.unpipe()
    for await (const chunk of paced(raw, server.uploadStallMs)) {
      left -= chunk.length
      if (left < 0) break
    }
  } catch {
    left = -1
  }
  if (left < 0) reply.header('Connection', 'close')
}

/** The chunks of a stream that must not stall; it is not destroyed with its reader. */
async function* paced(stream: Readable, stallMs: number): AsyncGenerator<Buffer, void, undefined> {
  const chunks = stream.iterator({ destroyOnReturn: false })
  for (;;) {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new RequestError('request_timeout')), stallMs)
    // An open connection keeps the process alive by itself; without one there is nothing left to wait for.
    timer.unref()
    try {
      const { value, done } = await Promise.race([chunks.next(), late])
      if (done) return
      yield value as Buffer
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The one file of a form, and the field before it. */
async function fileInForm({ raw, headers }: FastifyRequest): Promise<{ file: Readable; map: string | undefined }> {
  const malformed = (sentence = 'The form is incomplete or malformed.') => new RequestError('invalid_request', sentence)
  const found = Promise.withResolvers<{ file: Readable; map: string | undefined }>()
  let map: string | undefined
  let file: Readable | undefined
  const fail = (error: Error) => {
    if (file) file.destroy(error)
    else found.reject(error)
  }
  let parser: InstanceType<typeof Busboy>
  try {
    parser = new Busboy({
      headers: headers as BusboyHeaders,
      limits: { fieldSize: maxMapBytes, fields: 1, files: 1, parts: 2, headerPairs: 20 },
    })
  } catch {
    throw malformed()
  }
  const only = 'The form must contain one file, and before it at most the field map.'
  parser.on('field', (name: string, value: string, _nameTruncated: boolean, truncated: boolean) => {
    if (file || name !== 'map') fail(malformed(only))
    else if (truncated) fail(malformed('The field map is too long.'))
    else map = value
  })
  parser.on('file', (_name: string, stream: Readable) => {
    // Errors reach who reads it.
    stream.on('error', () => {})
    file = stream
    found.resolve({ file, map })
  })
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
    parser.on(limit, () => fail(malformed(only)))
  parser.on('finish', () => found.reject(malformed(only)))
  void pipeline(raw, parser).catch(() => fail(malformed()))
  return found.promise
}
