import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { ref } from '../../src/http/typebox.ts'
import { type ImportId, idFrom } from '../../src/ids.ts'
import type { StoredImport } from '../../src/imports/import-store.ts'
import { moodImporter } from '../../src/imports/mood-imports.ts'
import { undoImport } from '../../src/imports/undo-import.ts'
import { describeStreak } from '../../src/moods/streak-details.ts'
import type { MoodFormat, MoodImportSummary } from '../../src/vocabulary.ts'
import { describeImport, existingImport } from '../importing.ts'
import { describePage, rowsOf } from '../paging.ts'
import { ById, guarded, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { type MoodContext, userHistory, viewOf } from './context.ts'
import moodImport from './import.ts'
import {
  ImportList,
  ImportListQuery,
  OneImport,
  sharedOfImports,
  UndoneImport,
  UndoneOrReceipt,
} from './import-schemas.ts'
import { TimezoneHeader } from './schemas.ts'

/** Imports of moods: made, looked at, undone. */
const imports: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  for (const schema of sharedOfImports) app.addSchema(schema)
  const importer = moodImporter(app.database, app.quotas)
  const { store } = importer
  const common = { tags: ['mood'], security: signedIn }

  await app.register(moodImport, { ...context, importer })

  app.get(
    '/mood/imports',
    {
      onRequest: app.requires('mood:read'),
      schema: {
        ...common,
        querystring: ImportListQuery,
        operationId: 'listMoodImports',
        summary: 'List your imports',
        description: 'Latest first; the last 100 are kept.',
        response: { 200: sends(ref(ImportList, 'A page of imports.'), 'Link'), ...problems(...guarded) },
      },
    },
    async ({ principal, query }, reply) => {
      const { rows, total } = await store.page(principal.user.id, rowsOf(query), app.now())
      return { imports: rows.map(describe), ...describePage(reply, '/mood/imports', query, total) }
    },
  )

  app.get(
    '/mood/imports/:id',
    {
      onRequest: app.requires('mood:read'),
      schema: {
        ...common,
        params: ById,
        operationId: 'getMoodImport',
        summary: 'Get an import',
        description: 'Also while it is running.',
        response: { 200: ref(OneImport, 'The import.'), ...problems(...guarded, 'not_found') },
      },
    },
    async request => ({ import: describe(await find(request)) }),
  )

  app.delete(
    '/mood/imports/:id',
    {
      onRequest: app.requires('mood:write'),
      schema: {
        ...common,
        params: ById,
        headers: TimezoneHeader,
        operationId: 'undoMoodImport',
        summary: 'Undo an import',
        description:
          'Deletes for good what it created and you have not edited since. Undoing it again changes nothing.',
        response: {
          200: withReceipt(ref(UndoneImport, 'The import and the streak.'), UndoneOrReceipt),
          ...problems(...guarded, ...withBody, 'not_found', 'import_running', 'edit_conflict', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const { settings } = request.principal
      const view = viewOf(request)
      const before = describeStreak(await userHistory(context, request, settings.moodVersion), view).streak
      const found = await find(request)
      const { undone, version = settings.moodVersion } = await undoImport(
        importer,
        request.commit,
        found,
        { undone_streak: before },
        app.now,
      )
      const streak = describeStreak(await userHistory(context, request, version), view)
      const streakBefore = undone.summary.undone_streak as number
      return reply.resourceOrReceipt(
        'mood:read',
        () => ({ import: describe(undone), streak_before: streakBefore, ...streak }),
        () => ({ import: { id: undone.id }, streak_before: streakBefore, ...streak }),
      )
    },
  )

  /** The import that the path names. */
  const find = async ({ principal, params }: FastifyRequest<{ Params: { id: string } }>) =>
    existingImport(await store.find(principal.user.id, idFrom<ImportId>(params.id), app.now()))
}
export default imports

const describe = (found: StoredImport<MoodImportSummary>) =>
  describeImport({ ...found, format: found.format as MoodFormat })
