import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'

const asBuffer = { parseAs: 'buffer' } as const

/**
 * Lets a plugin's routes read pictures and nothing else: any `image/*` as it is, and the one file of a form. Both are
 * buffered first, so that the route's `bodyLimit` holds for all of the body.
 */
export function readPictures(app: FastifyInstance) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(/^image\//, asBuffer, async (_request: FastifyRequest, body: Buffer) => body)
  app.addContentTypeParser<Buffer>('multipart/form-data', asBuffer, async ({ headers }: FastifyRequest, body: Buffer) =>
    fileIn(body, headers as BusboyHeaders),
  )
}

const refusal = (sentence: string) => new ApiError('invalid_request', sentence)
const malformed = () => refusal('The form is incomplete or malformed.')
const notOne = () => refusal('The form must contain exactly one file and no other fields.')

/**
 * The file of a form. Node's own parser takes seconds for a body that is all headers, so this is Busboy.
 * @throws {ApiError} `invalid_request` where it is not the only part.
 */
function fileIn(body: Buffer, headers: BusboyHeaders): Promise<Buffer> {
  // Counted first, because Busboy parses every one of thousands of parts, whatever its limits.
  if (hasManyParts(body, String(headers['content-type']))) throw notOne()
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  let file: Buffer[] | undefined
  let parser: InstanceType<typeof Busboy>
  try {
    parser = new Busboy({ headers, limits: { fields: 0, files: 1, parts: 1, headerPairs: 20 } })
  } catch {
    throw malformed()
  }
  parser.on('file', (_name, stream) => {
    const chunks: Buffer[] = []
    file = chunks
    stream.on('data', chunk => chunks.push(chunk))
    // The parser reports the same error.
    stream.on('error', () => {})
  })
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) parser.on(limit, () => reject(notOne()))
  parser.on('error', () => reject(malformed()))
  parser.on('finish', () => (file ? resolve(Buffer.concat(file)) : reject(notOne())))
  parser.end(body)
  return promise
}

/** True if the body has more than the two delimiters of a form with one part. */
function hasManyParts(body: Buffer, type: string): boolean {
  const [, quoted, boundary = quoted] = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type) ?? []
  // The parser refuses a form without a boundary.
  if (boundary === undefined) return false
  let at = -1
  for (let delimiters = 0; delimiters < 3; delimiters++) {
    at = body.indexOf(`--${boundary}`, at + 1)
    if (at < 0) return false
  }
  return true
}
