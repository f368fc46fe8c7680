import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { formatDay } from '../../src/moods/calendar.ts'
import { datesOf, explain, explainDays } from '../../src/moods/explain.ts'
import { lengthOf } from '../../src/moods/streak.ts'
import { describeRun, describeStreak } from '../../src/moods/streak-details.ts'
import { ref } from '../../src/typebox.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import { historyOf, type MoodContext, viewOf } from './context.ts'
import { AsOf, Explanation, Streak, TimezoneHeader } from './schemas.ts'

/** How many dates of a gap are listed: nobody back-fills more than a month by hand. */
const listedDates = 31

/** The streak without the entries, and why it is what it is. */
const streak: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const request = { tags: ['mood'], security: signedIn, headers: TimezoneHeader, querystring: AsOf }

  app.get(
    '/mood/streak',
    {
      schema: {
        ...request,
        summary: 'The streak alone',
        description: 'Seen from today, or from the day that `as_of` names.',
        response: { 200: ref(Streak, 'The streak.'), ...problems(...guarded) },
      },
    },
    async request => {
      const { runs } = await historyOf(context, request, request.principal.settings.moodVersion)
      return describeStreak(runs, viewOf(request, request.query.as_of))
    },
  )

  app.get(
    '/mood/streak/explain',
    {
      schema: {
        ...request,
        summary: 'Why the streak is what it is',
        description:
          'The days of the run and what decided each, the gap that ended the streak or that it began after, and what would heal it.',
        response: { 200: ref(Explanation, 'The streak and its reasons.'), ...problems(...guarded) },
      },
    },
    async request => {
      const { user, settings } = request.principal
      const { runs } = await historyOf(context, request, settings.moodVersion)
      const view = viewOf(request, request.query.as_of)
      const { run, gap, healed, message } = explain(runs, view)
      const sources = run ? await context.moods.dateSources(user.id, formatDay(run.from), formatDay(run.to)) : []
      return {
        ...describeStreak(runs, view),
        run: describeRun(run),
        days: explainDays(sources),
        gap: gap ? { from: formatDay(gap.from), to: formatDay(gap.to), length: lengthOf(gap) } : null,
        heal: gap ? datesOf(gap, listedDates) : [],
        healed,
        message,
      }
    },
  )
}
export default streak
