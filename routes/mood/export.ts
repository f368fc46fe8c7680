import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ApiError } from '../../src/errors.ts'
import { oneOf } from '../../src/http/typebox.ts'
import { csvFile, jsonFile } from '../../src/imports/export-files.ts'
import { ownColumns } from '../../src/imports/own-csv.ts'
import { entryExport } from '../../src/moods/entry-export.ts'
import { revisionExport } from '../../src/moods/revision-export.ts'
import { exportFormats, fileContent, fileFields, rowsOfFile, sendFile } from '../import-export/exporting.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import type { MoodContext } from './context.ts'

const ExportQuery = Type.Object(
  {
    format: Type.Optional(oneOf(exportFormats, { description: '`json` by default.' })),
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

const MoodFile = Type.Object(
  {
    ...fileFields,
    moods: rowsOfFile,
    trash: Type.Optional(rowsOfFile),
    revisions: Type.Optional(rowsOfFile),
  },
  { $id: 'MoodFile', description: 'Your moods, as a file.' },
)

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
            content: fileContent(MoodFile),
          },
          ...problems(...guarded, 'too_busy'),
        },
      },
    },
    async ({ principal: { user }, query: { format = 'json', with: also } }, reply) => {
      if (also && format === 'csv') throw new ApiError('invalid_request', 'with takes format=json')
      const open = () => {
        const entries = rows(user.id)
        if (format === 'csv') return csvFile(ownColumns, entries)
        const [withTrash, withRevisions] = [also?.includes('trash') ?? false, also?.includes('revisions')]
        return jsonFile({
          moods: entries,
          ...(withTrash && { trash: moods.deletions.rows(user.id, app.now) }),
          ...(withRevisions && { revisions: earlier(user.id, withTrash) }),
        })
      }
      return sendFile(reply, open, 'moods', format)
    },
  )
}
export default moodExport
