import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { reportCache } from '../../src/metrics/reading.ts'
import { moodStore } from '../../src/moods/mood-store.ts'
import sync from '../sync/index.ts'
import calendar from './calendar.ts'
import changes from './changes.ts'
import { moodContext } from './context.ts'
import { derivedAnswers } from './derived-answers.ts'
import entries from './entries.ts'
import moodExport from './export.ts'
import imports from './imports.ts'
import { insightSchemas } from './insight-schemas.ts'
import list from './list.ts'
import onThisDay from './on-this-day.ts'
import revisions from './revisions.ts'
import { shared } from './schemas.ts'
import statistics from './statistics.ts'
import streak from './streak.ts'
import trash from './trash.ts'

/** Entries and their streaks, for the signed-in user only. */
const mood: FastifyPluginAsyncTypebox = async app => {
  for (const schema of [...shared, ...insightSchemas]) app.addSchema(schema)
  // Every answer here depends on the credential and on `X-Timezone`.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('Vary', 'Origin, Authorization, Cookie, X-Timezone')
    done()
  })
  const context = moodContext(moodStore(app.database, app.quotas), app.commitUnguarded, app.cacheSizes.histories)
  reportCache(app.reportMetric, 'histories', context.histories)

  // The order of the document: POST /mood before GET /mood.
  await app.register(entries, context)
  await app.register(changes, context)
  await app.register(list, context)
  await app.register(streak, context)
  await app.register(trash, context)
  // Here, as it shares the histories.
  await app.register(sync, context)
  const deriving = { ...context, ...derivedAnswers(app, context) }
  await app.register(calendar, deriving)
  await app.register(statistics, deriving)
  await app.register(onThisDay, context)
  await app.register(revisions, context)
  await app.register(imports, context)
  await app.register(moodExport, context)
}
export default mood
