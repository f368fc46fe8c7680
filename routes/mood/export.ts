import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ApiError } from '../../src/errors.ts'
import { oneOf, ref } from '../../src/http/typebox.ts'
import { csvFile, jsonFile } from '../../src/imports/export-files.ts'
import { entryExport } from '../../src/moods/entry-export.ts'
import { revisionExport } from '../../src/moods/revision-export.ts'
import { guarded, maxInt32, problems, signedIn } from '../wire.ts'
import type { MoodContext } from './context.ts'

const formats = ['csv', 'json'] as const

const ExportQuery = Type.Object(
  {
    format: Type.Optional(oneOf(formats, { description: '`json` by default.' })),
    with: Type.Optional(
      Type.String({
        pattern: '^(trash|revisions|trash,revisions|revisions,trash)$',
        maxLength: 20,
        description:
          '`trash`: also the deleted entries that can be restored; `revisions`: also earlier states. Both with a comma. JSON only.',
      }),
    ),
  },
  { additionalProperties: false },
)

const text = Type.Unsafe<string>({ type: 'string', maxLength: 1_000_000_000 })
const entries = Type.Array(Type.Object({}, { additionalProperties: true }), { maxItems: maxInt32, examples: [[]] })
const MoodFile = Type.Object(
  {
    format: Type.String({ maxLength: 20, examples: ['moodstreak'] }),
    version: Type.Integer({ minimum: 1, maximum: 1 }),
    moods: entries,
    trash: Type.Optional(entries),
    revisions: Type.Optional(entries),
  },
  { $id: 'MoodFile', description: 'Your moods, as a file.' },
)

/** Deleted entries that are read at once. */
const trashChunk = 100

/** `GET /mood/export`: a file that `POST /mood/import` makes the same entries of. */
const moodExport: FastifyPluginAsyncTypebox<MoodContext> = async (app, { moods }) => {
  app.addSchema(MoodFile)
  const rows = entryExport(app.database)
  const earlier = revisionExport(app.database)

  app.get(
    '/mood/export',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
      schema: {
        tags: ['mood'],
        security: signedIn,
        querystring: ExportQuery,
        operationId: 'exportMoods',
        summary: 'Export your moods',
        description:
          'All entries, oldest first, in a form that `POST /mood/import` accepts. In CSV, text that a spreadsheet would run as a formula is prefixed with an apostrophe, which the import removes.',
        response: {
          200: {
            description: 'The file.',
            content: { 'text/csv': { schema: text }, 'application/json': { schema: ref(MoodFile) } },
          },
          ...problems(...guarded, 'too_busy'),
        },
      },
    },
    async ({ principal: { user }, query: { format = 'json', with: also } }, reply) => {
      if (also && format === 'csv') throw new ApiError('invalid_request', 'with takes format=json')
      const open = () => {
        const entries = rows(user.id)
        if (format === 'csv') return csvFile(entries)
        const [withTrash, withRevisions] = [also?.includes('trash') ?? false, also?.includes('revisions')]
        return jsonFile(entries, {
          ...(withTrash && { trash: trash(user.id) }),
          ...(withRevisions && { revisions: earlier(user.id, withTrash) }),
        })
      }
      const type = format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json; charset=utf-8'
      const begin = () => {
        reply.header('Content-Disposition', `attachment; filename="moods.${format}"`)
      }
      return reply.sendPieces(open, { begin, type })
    },
  )

  async function* trash(user: Parameters<typeof moods.deletions.page>[0]) {
    for (let offset = 0; ; offset += trashChunk) {
      const { rows: deleted } = await moods.deletions.page(user, { limit: trashChunk, offset }, app.now())
      if (deleted.length > 0) yield deleted.map(({ content, deletedAt }) => ({ ...content, deleted_at: deletedAt }))
      if (deleted.length < trashChunk) return
    }
  }
}
export default moodExport
