import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type TSchema, Type } from '@sinclair/typebox'
import type { Database } from '../../src/db/database.ts'
import type { DeletionStore } from '../../src/deletions/deletions.ts'
import { ApiError } from '../../src/errors.ts'
import { oneOf } from '../../src/http/typebox.ts'
import type { AnyId, UserId } from '../../src/ids.ts'
import { csvFile, jsonFile } from '../../src/imports/export-files.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import { exportFormats, fileContent, fileFields, rowsOfFile, sendFile } from './exporting.ts'

/** A kind of things without earlier states, as the route of its export needs it. */
interface Kind<Column extends string> {
  /** As paths, tags, scopes and files have it. */
  name: 'tasks' | 'practices'
  /** As names of operations have it. */
  title: 'Task' | 'Practice'
  /** The order of the rows, in a sentence. */
  order: string
  columns: readonly Column[]
  rows(database: Database): (user: UserId) => AsyncIterable<readonly Readonly<Record<Column, unknown>>[]>
}

/** `GET /tasks/export` or `GET /practices/export`: a file that an import makes the same things of. */
export const plainExport = <Column extends string>({
  name,
  title,
  order,
  columns,
  rows: rowsIn,
}: Kind<Column>): FastifyPluginAsyncTypebox<{ store: { deletions: Pick<DeletionStore<AnyId>, 'rows'> } }> =>
  async function exported(app, { store }) {
    const ExportQuery = Type.Object(
      {
        format: Type.Optional(oneOf(exportFormats, { description: '`json` by default.' })),
        with: Type.Optional(
          oneOf(['trash'], { description: `Also the deleted ${name} that can be restored. JSON only.` }),
        ),
      },
      { additionalProperties: false },
    )
    const lists: Record<string, TSchema> = { [name]: rowsOfFile, trash: Type.Optional(rowsOfFile) }
    const File = Type.Object(
      { ...fileFields, ...lists },
      { $id: `${title}File`, description: `Your ${name}, as a file.` },
    )
    app.addSchema(File)
    const rows = rowsIn(app.database)

    app.get(
      `/${name}/export`,
      {
        onRequest: app.requires(`${name}:read`),
        config: { compress: 'private' },
        schema: {
          tags: [name],
          security: signedIn,
          querystring: ExportQuery,
          operationId: `export${title}s`,
          summary: `Export your ${name}`,
          description: `All ${name}, ${order}, in a form that \`POST /${name}/import\` accepts; formulas as in \`GET /mood/export\`.`,
          response: {
            200: { description: 'The file.', content: fileContent(File) },
            ...problems(...guarded, 'too_busy'),
          },
        },
      },
      async ({ principal: { user }, query: { format = 'json', with: also } }, reply) => {
        if (also && format === 'csv') throw new ApiError('invalid_request', 'with takes format=json')
        const open = () => {
          const list = rows(user.id)
          if (format === 'csv') return csvFile(columns, list)
          return jsonFile({ [name]: list, ...(also && { trash: store.deletions.rows(user.id, app.now) }) })
        }
        return sendFile(reply, open, name, format)
      },
    )
  }
