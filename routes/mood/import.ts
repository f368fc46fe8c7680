import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { ImportId } from '../../src/ids.ts'
import { readMap } from '../../src/imports/entries.ts'
import { maxBytesOf, readerOf, recognize } from '../../src/imports/formats.ts'
import { maxArchiveBytes } from '../../src/imports/limits.ts'
import type { MoodImporter } from '../../src/imports/mood-imports.ts'
import type { Streaks } from '../../src/imports/tally.ts'
import { withDays } from '../../src/moods/outline.ts'
import { describeStreak } from '../../src/moods/streak-details.ts'
import { newTimezone } from '../../src/moods/zones.ts'
import {
  acceptFiles,
  describeImport,
  importAnswers,
  openFile,
  receive,
  runOptions,
} from '../import-export/importing.ts'
import { signedIn } from '../wire.ts'
import { type MoodContext, submitterOf, viewOf } from './context.ts'
import { ImportFile, ImportQuery, moodImports } from './import-schemas.ts'
import { TimezoneHeader } from './schemas.ts'
import { historyWithDays, userHistory } from './user-history.ts'

type ImportRequest = FastifyRequest<{ Querystring: Static<typeof ImportQuery> }>

/** `POST /mood/import`: the history of other apps, files that are read to entries. */
const moodImport: FastifyPluginAsyncTypebox<MoodContext & { importer: MoodImporter }> = async (app, context) => {
  acceptFiles(app)

  app.post<{ Body: undefined; Querystring: Static<typeof ImportQuery> }>(
    '/mood/import',
    {
      onRequest: app.requires('mood:write'),
      bodyLimit: maxArchiveBytes,
      schema: {
        tags: ['mood'],
        security: signedIn,
        headers: TimezoneHeader,
        querystring: ImportQuery,
        body: ImportFile,
        operationId: 'importMoods',
        summary: 'Import a file',
        description:
          'A file of Daylio (CSV or backup), Pixels, How We Feel, Apple Health, Health Auto Export or `GET /mood/export` (CSV or JSON), as the raw body or as the only file of a form; up to 20 MiB, archives and `export.xml` up to 256 MiB. Responds when the import is done. Ambiguous rows are refused, by line. Importing a file again creates nothing.',
        response: importAnswers(moodImports.OneImport, moodImports.ImportOrReceipt),
      },
    },
    (request, reply) =>
      receive(request, reply, {
        path: '/mood/imports',
        scope: 'mood:read',
        run: (id, dryRun) => run(request, id, dryRun),
      }),
  )

  async function run(request: ImportRequest, id: ImportId, dryRun: boolean) {
    const { query } = request
    const { moodVersion } = request.principal.settings
    const timezone = newTimezone(query.timezone)
    // The device's zone says nothing of a file.
    const { settings, now } = submitterOf(request)
    let map: ReadonlyMap<string, number> = new Map()
    const { format, open } = await openFile(
      request,
      { wanted: query.format, recognize, readerOf, maxBytesOf },
      words => {
        map = readMap(words, settings.scale)
      },
    )
    const view = viewOf(request)
    const streaksOf = (history: Parameters<typeof describeStreak>[0]): Streaks => {
      const { streak, streak_details: details } = describeStreak(history, view)
      return { streak, longest: details.longest.length }
    }
    const createdAt = new Date(app.now())
    const { summary } = await context.importer.run({
      ...runOptions(request),
      id,
      format,
      context: { submitter: { settings, now }, timezone, map },
      dryRun,
      before: streaksOf(await userHistory(context, request, moodVersion)),
      async after(version, days) {
        if (!dryRun) return streaksOf(await userHistory(context, request, version ?? moodVersion))
        const { days: known, skipped } = await historyWithDays(context, request, moodVersion)
        const runs = withDays(known, days, skipped)
        return streaksOf({ runs, onTimeRuns: runs })
      },
      open,
    })
    return describeImport({ id, format, state: 'done', summary, createdAt, undoneAt: null })
  }
}
export default moodImport
