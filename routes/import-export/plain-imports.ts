import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Database } from '../../src/db/database.ts'
import { ref } from '../../src/http/typebox.ts'
import type { ImportId } from '../../src/ids.ts'
import type { Formats } from '../../src/imports/formats.ts'
import { maxFileBytes } from '../../src/imports/limits.ts'
import type { PlainImporter } from '../../src/imports/plain-importer.ts'
import { undoImport } from '../../src/imports/undo-import.ts'
import type { Quotas } from '../../src/quotas/quotas.ts'
import type { ImportFormat } from '../../src/vocabulary.ts'
import { ById, guarded, problems, signedIn, withBody, withReceipt } from '../wire.ts'
import { fileSchema, importQuery, type importSchemas } from './import-fields.ts'
import { readImports } from './import-reads.ts'
import { acceptFiles, describeImport, importAnswers, openFile, receive, runOptions } from './importing.ts'

/** A kind of things without streaks, as the routes of its imports need it. */
interface Kind<Format extends ImportFormat, F, New> {
  /** As paths, tags and scopes have it. */
  name: 'tasks' | 'practices'
  /** As names of operations have it. */
  title: 'Task' | 'Practice'
  /** What the files can be, in a sentence. */
  files: string
  schemas: ReturnType<typeof importSchemas>
  formats: Formats<Format, F>
  importer(database: Database, quotas: Quotas): PlainImporter<Format, F, New>
}

/** The routes of imports that become tasks, or practices: made, looked at, undone. */
export const plainImports = <Format extends ImportFormat, F, New>({
  name,
  title,
  files,
  schemas,
  formats,
  importer: importerOf,
}: Kind<Format, F, New>): FastifyPluginAsyncTypebox =>
  async function imports(app) {
    const ImportQuery = Type.Object(importQuery(formats.names), { additionalProperties: false })
    type ImportRequest = FastifyRequest<{ Querystring: Static<typeof ImportQuery> }>
    for (const schema of schemas.shared) app.addSchema(schema)
    const importer = importerOf(app.database, app.quotas)
    const path = `/${name}/imports`
    const [reading, writing] = [`${name}:read`, `${name}:write`] as const
    const common = { tags: [name], security: signedIn }

    await app.register(async app => {
      acceptFiles(app)

      app.post<{ Body: undefined; Querystring: Static<typeof ImportQuery> }>(
        `/${name}/import`,
        {
          onRequest: app.requires(writing),
          bodyLimit: maxFileBytes,
          schema: {
            ...common,
            querystring: ImportQuery,
            // Any content type will do.
            body: fileSchema(maxFileBytes),
            operationId: `import${title}s`,
            summary: `Import a file of ${name}`,
            description: `${files}, as the raw body or as the only file of a form; up to 20 MiB. Responds when the import is done. Importing a file again creates nothing.`,
            response: importAnswers(schemas.OneImport, schemas.ImportOrReceipt),
          },
        },
        (request, reply) =>
          receive(request, reply, { path, scope: reading, run: (id, dryRun) => run(request, id, dryRun) }),
      )
    })

    const { find, describe } = readImports(app, {
      store: importer.store,
      path,
      tag: name,
      scope: reading,
      name: title,
      things: name,
      schemas,
    })

    app.delete(
      `${path}/:id`,
      {
        onRequest: app.requires(writing),
        schema: {
          ...common,
          params: ById,
          operationId: `undo${title}Import`,
          summary: `Undo an import of ${name}`,
          description:
            'Deletes for good what it created and you have not edited since. Undoing it again changes nothing.',
          response: {
            200: withReceipt(ref(schemas.OneImport, 'The import.'), schemas.ImportOrReceipt),
            ...problems(...guarded, ...withBody, 'not_found', 'import_running', 'cross_site_request'),
          },
        },
      },
      async (request, reply) => {
        const { undone } = await undoImport(importer, request.commit, await find(request), {}, app.now)
        return reply.resourceOrReceipt(
          reading,
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
  }
