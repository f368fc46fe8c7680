import { type TObject, Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import type { DeletionStore } from '../src/deletions/deletions.ts'
import { ref } from '../src/http/typebox.ts'
import type { AnyId, UserId } from '../src/ids.ts'
import type { Pieces } from '../src/streaming/read-ahead.ts'

/** Shared by the routes that export files which an import reads. */

export const exportFormats = ['csv', 'json'] as const
type ExportFormat = (typeof exportFormats)[number]

const types: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
}

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

/** Deleted things that are read at once. */
const chunkSize = 100

/** What can be restored, some at a time. */
export async function* deletedRows<Id extends AnyId>(
  deletions: Pick<DeletionStore<Id>, 'page'>,
  user: UserId,
  now: () => number,
) {
  for (let offset = 0; ; offset += chunkSize) {
    const { rows } = await deletions.page(user, { limit: chunkSize, offset }, now())
    if (rows.length > 0) yield rows.map(({ content, deletedAt }) => ({ ...content, deleted_at: deletedAt }))
    if (rows.length < chunkSize) return
  }
}
