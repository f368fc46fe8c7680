import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { ref } from '../../src/http/typebox.ts'
import { type ImportId, idFrom } from '../../src/ids.ts'
import type { StoredImport } from '../../src/imports/import-store.ts'
import { maxFileBytes } from '../../src/imports/limits.ts'
import * as formats from '../../src/imports/tasks/formats.ts'
import { taskImporter } from '../../src/imports/tasks/importer.ts'
import { undoImport } from '../../src/imports/undo-import.ts'
import type { TaskFormat } from '../../src/vocabulary.ts'
import {
  acceptFiles,
  describeImport,
  existingImport,
  importAnswers,
  openFile,
  receive,
  runOptions,
} from '../importing.ts'
import { describePage, rowsOf } from '../paging.ts'
import { ById, guarded, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import {
  ImportFile,
  ImportList,
  ImportListQuery,
  ImportOrReceipt,
  ImportQuery,
  OneImport,
  sharedOfImports,
} from './import-schemas.ts'

type ImportRequest = FastifyRequest<{ Querystring: Static<typeof ImportQuery> }>

/** Files that are read to tasks: our own, and those of Todoist. */
const imports: FastifyPluginAsyncTypebox = async app => {
  for (const schema of sharedOfImports) app.addSchema(schema)
  const importer = taskImporter(app.database, app.quotas)
  const { store } = importer
  const path = '/tasks/imports'
  const common = { tags: ['tasks'], security: signedIn }

  await app.register(async app => {
    acceptFiles(app)

    app.post<{ Body: undefined; Querystring: Static<typeof ImportQuery> }>(
      '/tasks/import',
      {
        onRequest: app.requires('tasks:write'),
        bodyLimit: maxFileBytes,
        schema: {
          ...common,
          querystring: ImportQuery,
          body: ImportFile,
          operationId: 'importTasks',
          summary: 'Import a file of tasks',
          description:
            "Todoist's CSV or a file of `GET /tasks/export` (CSV or JSON), as the raw body or as the only file of a form; up to 20 MiB. Responds when the import is done. Importing a file again creates nothing.",
          response: importAnswers(OneImport, ImportOrReceipt),
        },
      },
      (request, reply) =>
        receive(request, reply, { path, scope: 'tasks:read', run: (id, dryRun) => run(request, id, dryRun) }),
    )
  })

  app.get(
    '/tasks/imports',
    {
      onRequest: app.requires('tasks:read'),
      schema: {
        ...common,
        querystring: ImportListQuery,
        operationId: 'listTaskImports',
        summary: 'List your imports of tasks',
        description: 'Latest first; the last 100 are kept.',
        response: { 200: sends(ref(ImportList, 'A page of imports.'), 'Link'), ...problems(...guarded) },
      },
    },
    async ({ principal, query }, reply) => {
      const { rows, total } = await store.page(principal.user.id, rowsOf(query), app.now())
      return { imports: rows.map(describe), ...describePage(reply, path, query, total) }
    },
  )

  app.get(
    '/tasks/imports/:id',
    {
      onRequest: app.requires('tasks:read'),
      schema: {
        ...common,
        params: ById,
        operationId: 'getTaskImport',
        summary: 'Get an import of tasks',
        description: 'Also while it is running.',
        response: { 200: ref(OneImport, 'The import.'), ...problems(...guarded, 'not_found') },
      },
    },
    async request => ({ import: describe(await find(request)) }),
  )

  app.delete(
    '/tasks/imports/:id',
    {
      onRequest: app.requires('tasks:write'),
      schema: {
        ...common,
        params: ById,
        operationId: 'undoTaskImport',
        summary: 'Undo an import of tasks',
        description:
          'Deletes for good what it created and you have not edited since. Undoing it again changes nothing.',
        response: {
          200: withReceipt(ref(OneImport, 'The import.'), ImportOrReceipt),
          ...problems(...guarded, ...withBody, 'not_found', 'import_running', 'edit_conflict', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const { undone } = await undoImport(importer, request.commit, await find(request), {}, app.now)
      return reply.resourceOrReceipt(
        'tasks:read',
        () => ({ import: describe(undone) }),
        () => ({ import: { id: undone.id } }),
      )
    },
  )

  async function run(request: ImportRequest, id: ImportId, dryRun: boolean) {
    const { format, open } = await openFile(request, { ...formats, wanted: request.query.format })
    const createdAt = new Date(app.now())
    const { summary } = await importer.run({ ...runOptions(request), id, format, dryRun, open })
    return describeImport({ id, format, state: 'done', summary, createdAt, undoneAt: null })
  }

  /** The import that the path names. */
  const find = async ({ principal, params }: FastifyRequest<{ Params: { id: string } }>) =>
    existingImport(await store.find(principal.user.id, idFrom<ImportId>(params.id), app.now()))
}
export default imports

const describe = (found: StoredImport) => describeImport({ ...found, format: found.format as TaskFormat })
