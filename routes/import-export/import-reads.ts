import type { Static } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ref } from '../../src/http/typebox.ts'
import { type ImportId, idFrom } from '../../src/ids.ts'
import type { ImportStore, StoredImport } from '../../src/imports/import-store.ts'
import type { ImportFormat, ImportSummary, Scope } from '../../src/vocabulary.ts'
import { describePage, rowsOf } from '../paging.ts'
import { ById, guarded, problems, sends, signedIn } from '../wire.ts'
import { ImportListQuery, type importSchemas } from './import-fields.ts'
import { describeImport, existingImport } from './importing.ts'

interface Reading<S extends ImportSummary> {
  store: ImportStore<S>
  /** Of the list. */
  path: string
  tag: string
  scope: Scope
  /** The names of operations end with it, after `list` and `get`. */
  name: string
  /** What they are of, in a sentence. */
  things: string
  schemas: Pick<ReturnType<typeof importSchemas>, 'OneImport' | 'ImportList'>
}

/**
 * The routes that show imports, whatever these become.
 * @returns what finds the import that the path of a request names, and describes it.
 */
export function readImports<S extends ImportSummary, F extends ImportFormat>(
  app: FastifyInstance,
  { store, path, tag, scope, name, things, schemas }: Reading<S>,
) {
  const common = { tags: [tag], security: signedIn }
  const describe = (found: StoredImport<S>) => describeImport({ ...found, format: found.format as F })
  const find = async ({ principal, params }: FastifyRequest<{ Params: Static<typeof ById> }>) =>
    existingImport(await store.find(principal.user.id, idFrom<ImportId>(params.id), app.now()))

  app.get<{ Querystring: Static<typeof ImportListQuery> }>(
    path,
    {
      onRequest: app.requires(scope),
      schema: {
        ...common,
        querystring: ImportListQuery,
        operationId: `list${name}Imports`,
        summary: `List your imports of ${things}`,
        description: 'Latest first; the last 100 are kept.',
        response: { 200: sends(ref(schemas.ImportList, 'A page of imports.'), 'Link'), ...problems(...guarded) },
      },
    },
    async ({ principal, query }, reply) => {
      const { rows, total } = await store.page(principal.user.id, rowsOf(query), app.now())
      return { imports: rows.map(describe), ...describePage(reply, path, query, total) }
    },
  )

  app.get<{ Params: Static<typeof ById> }>(
    `${path}/:id`,
    {
      onRequest: app.requires(scope),
      schema: {
        ...common,
        params: ById,
        operationId: `get${name}Import`,
        summary: `Get an import of ${things}`,
        description: 'Also while it is running.',
        response: { 200: ref(schemas.OneImport, 'The import.'), ...problems(...guarded, 'not_found') },
      },
    },
    async request => ({ import: describe(await find(request)) }),
  )

  return { find, describe }
}
