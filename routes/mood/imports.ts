import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ref } from '../../src/http/typebox.ts'
import { moodImporter } from '../../src/imports/mood-imports.ts'
import { undoImport } from '../../src/imports/undo-import.ts'
import { describeStreak } from '../../src/moods/streak-details.ts'
import type { MoodFormat, MoodImportSummary } from '../../src/vocabulary.ts'
import { readImports } from '../import-export/import-reads.ts'
import { ById, guarded, problems, signedIn, withBody, withReceipt } from '../wire.ts'
import { type MoodContext, viewOf } from './context.ts'
import moodImport from './import.ts'
import { moodImports, sharedOfImports, UndoneImport, UndoneOrReceipt } from './import-schemas.ts'
import { TimezoneHeader } from './schemas.ts'
import { userHistory } from './user-history.ts'

/** Imports of moods: made, looked at, undone. */
const imports: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  for (const schema of sharedOfImports) app.addSchema(schema)
  const importer = moodImporter(app.database, app.quotas)
  const common = { tags: ['mood'], security: signedIn }

  await app.register(moodImport, { ...context, importer })

  const { find, describe } = readImports<MoodImportSummary, MoodFormat>(app, {
    store: importer.store,
    path: '/mood/imports',
    tag: 'mood',
    scope: 'mood:read',
    name: 'Mood',
    things: 'moods',
    schemas: moodImports,
  })

  app.delete(
    '/mood/imports/:id',
    {
      onRequest: app.requires('mood:write'),
      schema: {
        ...common,
        params: ById,
        headers: TimezoneHeader,
        operationId: 'undoMoodImport',
        summary: 'Undo an import of moods',
        description:
          'Deletes for good what it created and you have not edited since. Undoing it again changes nothing.',
        response: {
          200: withReceipt(ref(UndoneImport, 'The import and the streak.'), UndoneOrReceipt),
          ...problems(...guarded, ...withBody, 'not_found', 'import_running', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const { settings } = request.principal
      const view = viewOf(request)
      const before = describeStreak(await userHistory(context, request, settings.moodVersion), view).streak
      const found = await find(request)
      const { undone, version } = await undoImport(importer, request.commit, found, { undone_streak: before }, app.now)
      const streak = describeStreak(await userHistory(context, request, version), view)
      const streakBefore = undone.summary.undone_streak as number
      return reply.resourceOrReceipt(
        'mood:read',
        () => ({ import: describe(undone), streak_before: streakBefore, ...streak }),
        () => ({ import: { id: undone.id }, streak_before: streakBefore, ...streak }),
      )
    },
  )
}
export default imports
