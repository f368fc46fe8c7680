import { type TObject, Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import { ref } from '../../src/http/typebox.ts'
import type { Pieces } from '../../src/streaming/read-ahead.ts'
import { maxInt32 } from '../wire.ts'

/** Shared by the routes that export files which an import reads. */

export const exportFormats = ['csv', 'json'] as const
type ExportFormat = (typeof exportFormats)[number]

const types: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
}

/** What a file in JSON says of itself. */
export const fileFields = {
  format: Type.String({ maxLength: 20, examples: ['moodstreak'] }),
  version: Type.Integer({ minimum: 1, maximum: 1 }),
}

/** A list in such a file. */
export const rowsOfFile = Type.Array(Type.Object({}, { additionalProperties: true }), {
  maxItems: maxInt32,
  examples: [[]],
})

/** Either format in the document. */
export const fileContent = <T extends TObject>(file: T) => ({
  'text/csv': { schema: Type.Unsafe<string>({ type: 'string', maxLength: 1_000_000_000 }) },
  'application/json': { schema: ref(file) },
})

/** Sends a file in pieces, under its name. */
export function sendFile(reply: FastifyReply, open: () => Pieces, name: string, format: ExportFormat) {
  const begin = () => {
    reply.header('Content-Disposition', `attachment; filename="${name}.${format}"`)
  }
  return reply.sendPieces(open, { begin, type: types[format] })
}
