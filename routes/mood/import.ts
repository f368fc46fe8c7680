import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { type ImportId, idFrom, newId } from '../../src/ids.ts'
import { ByteReader } from '../../src/imports/bytes.ts'
import { readMap } from '../../src/imports/entries.ts'
import { maxBytesOf, readerOf, recognize } from '../../src/imports/formats.ts'
import { importRunning, type StoredImport } from '../../src/imports/import-store.ts'
import { maxArchiveBytes } from '../../src/imports/limits.ts'
import { importRunner } from '../../src/imports/run-import.ts'
import type { Streaks } from '../../src/imports/tally.ts'
import { undoImport } from '../../src/imports/undo-import.ts'
import type { DayNumber } from '../../src/moods/calendar.ts'
import { withDays } from '../../src/moods/outline.ts'
import { describeStreak } from '../../src/moods/streak-details.ts'
import { newTimezone } from '../../src/moods/zones.ts'
import { abandonedBy } from '../../src/streaming/abandoned.ts'
import { slots } from '../../src/streaming/slots.ts'
import { describePage, rowsOf } from '../paging.ts'
import { ById, guarded, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { historyWithDays, type MoodContext, submitterOf, userHistory, viewOf } from './context.ts'
import { drain, openUpload } from './import-body.ts'
import {
  ImportFile,
  ImportList,
  ImportListQuery,
  ImportOrReceipt,
  ImportQuery,
  OneImport,
  sharedOfImports,
  UndoneImport,
  UndoneOrReceipt,
} from './import-schemas.ts'
import { TimezoneHeader } from './schemas.ts'

/** Imports that are read at once: each holds some megabytes, and takes as long as its sender. */
const limits = { of: 'imports', concurrency: 4, maxQueued: 32, maxQueuedPerAccount: 1, maxWaitMs: 45_000 }

/** The history of other apps: files that are read to entries. */
const imports: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  for (const schema of sharedOfImports) app.addSchema(schema)
  const runner = importRunner(app.database, app.quotas)
  const { store } = runner
  const queue = slots(limits)
  const common = { tags: ['mood'], security: signedIn }
  app.addHook('preClose', async () => queue.refuseWaiting())

  // In a plugin of its own, because parsers of content types apply to a whole plugin.
  await app.register(async app => {
    app.removeAllContentTypeParsers()
    // The handler reads the body as it comes.
    app.addContentTypeParser('*', (_request, _body, done) => done(null, undefined))

    app.post<{ Body: undefined; Querystring: Static<typeof ImportQuery> }>(
      '/mood/import',
      {
        onRequest: app.requires('mood:write'),
        bodyLimit: maxArchiveBytes,
        schema: {
          ...common,
          headers: TimezoneHeader,
          querystring: ImportQuery,
          body: ImportFile,
          operationId: 'importMoods',
          summary: 'Import a file',
          description:
            'A file of Daylio (CSV or backup), Pixels, How We Feel, Apple Health, Health Auto Export or `GET /mood/export` (CSV or JSON), as the raw body or as the only file of a form; up to 20 MiB, archives and `export.xml` up to 256 MiB. Responds when the import is done. Ambiguous rows are refused, by line. Importing a file again creates nothing.',
          response: {
            201: withReceipt(ref(OneImport, 'The import.'), ImportOrReceipt),
            200: withReceipt(ref(OneImport, 'Dry run: the import as it would be.'), ImportOrReceipt),
            ...problems(
              ...guarded,
              ...withBody,
              'unreadable_file',
              'import_running',
              'id_taken',
              'edit_conflict',
              'too_busy',
              'cross_site_request',
            ),
          },
        },
      },
      async (request, reply) => {
        const { user } = request.principal
        const { query } = request
        if (queue.has(user.id)) throw importRunning()
        const slot = await queue.enter({ account: user.id, network: request.network }, abandonedBy(reply.raw))
        const { dry_run: dryRun = false } = query
        const id = query.id === undefined ? newId<ImportId>() : idFrom<ImportId>(query.id)
        const made = await run(request, id, dryRun)
          .catch(async error => {
            await drain(request, reply)
            throw error
          })
          .finally(slot.release)
        if (!dryRun) reply.code(201).header('Location', `/mood/imports/${id}`)
        else reply.code(200)
        return reply.resourceOrReceipt(
          'mood:read',
          () => ({ import: made }),
          () => ({ import: { id } }),
        )
      },
    )
  })

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
        runner,
        request.commit,
        found,
        before,
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
  async function find({ principal, params }: FastifyRequest<{ Params: { id: string } }>): Promise<StoredImport> {
    const found = await store.find(principal.user.id, idFrom<ImportId>(params.id), app.now())
    if (!found) throw new ApiError('not_found', 'No such import.')
    return found
  }

  async function run(
    request: FastifyRequest<{ Querystring: Static<typeof ImportQuery> }>,
    id: ImportId,
    dryRun: boolean,
  ) {
    const { principal, query, commit } = request
    const { user, settings } = principal
    const timezone = newTimezone(query.timezone)
    const submitter = submitterOf(request)
    const upload = await openUpload(request)
    const map = readMap(upload.map, submitter.settings.scale)
    let tick = async () => {}
    const file = new ByteReader(ticking(upload.bytes, () => tick()))
    const { format: wanted = 'auto' } = query
    const format = wanted === 'auto' ? await recognize(file) : wanted
    upload.limit(maxBytesOf(format))
    const view = viewOf(request)
    const streaksOf = (history: Parameters<typeof describeStreak>[0]): Streaks => {
      const { streak, streak_details: details } = describeStreak(history, view)
      return { streak, longest: details.longest.length }
    }
    const before = await userHistory(context, request, settings.moodVersion)
    const createdAt = new Date(app.now())
    const { summary } = await runner.run({
      id,
      userId: user.id,
      format,
      // The device's zone says nothing of a file.
      context: { submitter: { settings: submitter.settings, now: submitter.now }, timezone, map },
      commit,
      commitUnguarded: app.commitUnguarded,
      dryRun,
      now: app.now,
      stopping: app.stopping,
      before: streaksOf(before),
      async after(version, days: ReadonlySet<DayNumber>) {
        if (!dryRun) return streaksOf(await userHistory(context, request, version ?? settings.moodVersion))
        const { days: known, skipped } = await historyWithDays(context, request, settings.moodVersion)
        const runs = withDays(known, days, skipped)
        return streaksOf({ runs, onTimeRuns: runs })
      },
      open(told, ignored) {
        tick = told
        return readerOf(format)({ bytes: file.rest(), ignored })
      },
    })
    return describe({ id, format, state: 'done', summary, createdAt, undoneAt: null })
  }
}
export default imports

async function* ticking(bytes: AsyncIterable<Buffer>, tick: () => Promise<void>) {
  for await (const chunk of bytes) {
    await tick()
    yield chunk
  }
}

function describe({
  id,
  format,
  state,
  summary,
  createdAt,
  undoneAt,
}: Pick<StoredImport, 'id' | 'format' | 'state' | 'summary' | 'createdAt' | 'undoneAt'>) {
  const { undone_streak: _, ...shown } = summary
  return { id, format, status: state, ...shown, created_at: createdAt, undone_at: undoneAt }
}
