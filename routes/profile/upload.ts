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
    fileOf(await partsOf(body, String(headers['content-type']))),
  )
}

/** The values of a form. Node's own parser, which takes linear time for a buffered, bounded body. */
async function partsOf(body: Buffer, type: string) {
  try {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
    return [...form.values()]
  } catch {
    throw new ApiError('invalid_request', 'The form is incomplete or malformed.')
  }
}

async function fileOf([file, ...others]: (File | string)[]): Promise<Buffer> {
  if (!(file instanceof File) || others.length > 0) {
    throw new ApiError('invalid_request', 'The form must contain exactly one file and no other fields.')
  }
  return Buffer.from(await file.arrayBuffer())
}
