import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { ref } from '../../src/http/typebox.ts'
import { formatDay } from '../../src/moods/calendar.ts'
import { datesOf, explain, explainDays } from '../../src/moods/explain.ts'
import { knownLabels } from '../../src/moods/mood-value.ts'
import { lengthOf, type Run } from '../../src/moods/streak.ts'
import { describeRun, describeStreak } from '../../src/moods/streak-details.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import { dayIn, type MoodContext, viewOf } from './context.ts'
import { AsOf, Explanation, MoodLabels, Streak, TimezoneHeader } from './schemas.ts'
import { readWithHistory, userHistory } from './user-history.ts'

/** Labels never change while the server runs. */
const labels = { labels: knownLabels() }

/** Maximum number of listed dates of a gap: no one back-fills more than a month by hand. */
const listedDates = 31

/** The streak without entries, and its explanation. */
const streak: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const request = { tags: ['mood'], security: signedIn, headers: TimezoneHeader, querystring: AsOf }

  app.get(
    '/mood/streak',
    {
      onRequest: app.requires('mood:read'),
      schema: {
        ...request,
        operationId: 'getStreak',
        summary: 'Get the streak',
        description: 'As of today, or as of the day given by `as_of`.',
        response: { 200: ref(Streak, 'The streak.'), ...problems(...guarded) },
      },
    },
    async request => {
      const history = await userHistory(context, request, request.principal.settings.moodVersion)
      return describeStreak(history, viewOf(request, dayIn(request.query.as_of)))
    },
  )

  app.get(
    '/mood/streak/explain',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
      schema: {
        ...request,
        operationId: 'explainStreak',
        summary: 'Explain the streak',
        description:
          'The days of the run and what decided the date of each, the gap that ended the streak or came before it, and which days would heal it.',
        response: { 200: ref(Explanation, 'The streak and its explanation.'), ...problems(...guarded) },
      },
    },
    async request => {
      const view = viewOf(request, dayIn(request.query.as_of))
      const { history, value } = await readWithHistory(context, request, userHistory, async ({ runs }) => {
        const explained = explain(runs, view)
        const days = explained.run ? await daysOf(request, explained.run) : []
        return { value: { ...explained, days }, version: days[0]?.version }
      })
      const { run, gap, healed, skipped, message, days } = value
      return {
        ...describeStreak(history, view),
        run: describeRun(run),
        days: explainDays(days),
        gap: gap ? { from: formatDay(gap.from), to: formatDay(gap.to), length: lengthOf(gap) } : null,
        heal: gap ? datesOf(gap, listedDates) : [],
        healed,
        skipped: skipped.map(formatDay),
        message,
      }
    },
  )

  app.get(
    '/mood/labels',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
      schema: {
        tags: ['mood'],
        operationId: 'listMoodLabels',
        summary: 'List the known mood labels',
        description: 'Labels that have a valence, best first. Any other label can be logged too; its valence is null.',
        security: signedIn,
        response: { 200: ref(MoodLabels, 'The labels and their valence.'), ...problems(...guarded) },
      },
    },
    async () => labels,
  )

  function daysOf({ principal: { user } }: FastifyRequest, { from, to }: Run) {
    return context.moods.dateSources(user.id, from, to)
  }
}
export default streak
