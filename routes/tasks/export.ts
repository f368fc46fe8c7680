import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { deletedRows } from '../../src/deletions/deleted-rows.ts'
import { ApiError } from '../../src/errors.ts'
import { oneOf } from '../../src/http/typebox.ts'
import { csvFile, jsonFile } from '../../src/imports/export-files.ts'
import { taskColumns } from '../../src/imports/tasks/own-csv.ts'
import { taskExport } from '../../src/tasks/task-export.ts'
import type { TaskStore } from '../../src/tasks/task-store.ts'
import { exportFormats, fileContent, sendFile } from '../exporting.ts'
import { guarded, maxInt32, problems, signedIn } from '../wire.ts'

const ExportQuery = Type.Object(
  {
    format: Type.Optional(oneOf(exportFormats, { description: '`json` by default.' })),
    with: Type.Optional(oneOf(['trash'], { description: 'Also the deleted tasks that can be restored. JSON only.' })),
  },
  { additionalProperties: false },
)

const rowsOfFile = Type.Array(Type.Object({}, { additionalProperties: true }), { maxItems: maxInt32, examples: [[]] })
const TaskFile = Type.Object(
  {
    format: Type.String({ maxLength: 20, examples: ['moodstreak'] }),
    version: Type.Integer({ minimum: 1, maximum: 1 }),
    tasks: rowsOfFile,
    trash: Type.Optional(rowsOfFile),
  },
  { $id: 'TaskFile', description: 'Your tasks, as a file.' },
)

/** `GET /tasks/export`: a file that `POST /tasks/import` makes the same tasks of. */
const exported: FastifyPluginAsyncTypebox<{ store: TaskStore }> = async (app, { store }) => {
  app.addSchema(TaskFile)
  const rows = taskExport(app.database)

  app.get(
    '/tasks/export',
    {
      onRequest: app.requires('tasks:read'),
      config: { compress: 'private' },
      schema: {
        tags: ['tasks'],
        security: signedIn,
        querystring: ExportQuery,
        operationId: 'exportTasks',
        summary: 'Export your tasks',
        description:
          'All tasks, oldest first, in a form that `POST /tasks/import` accepts; formulas as in `GET /mood/export`.',
        response: {
          200: { description: 'The file.', content: fileContent(TaskFile) },
          ...problems(...guarded, 'too_busy'),
        },
      },
    },
    async ({ principal: { user }, query: { format = 'json', with: also } }, reply) => {
      if (also && format === 'csv') throw new ApiError('invalid_request', 'with takes format=json')
      const open = () => {
        const tasks = rows(user.id)
        if (format === 'csv') return csvFile(taskColumns, tasks)
        return jsonFile({ tasks, ...(also && { trash: deletedRows(store.deletions, user.id, app.now) }) })
      }
      return sendFile(reply, open, 'tasks', format)
    },
  )
}
export default exported
