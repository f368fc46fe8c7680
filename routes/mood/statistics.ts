import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ref } from '../../src/http/typebox.ts'
import { defaultTimezone } from '../../src/moods/dating.ts'
import type { Outline } from '../../src/moods/outline.ts'
import { refuseReversed } from '../paging.ts'
import { guarded, NotModified, problems, sends, signedIn } from '../wire.ts'
import { dayIn, viewOf } from './context.ts'
import { asJson, type DerivingContext, periodOf } from './derived-answers.ts'
import { MoodStats, StatsQuery } from './insight-schemas.ts'
import { TimezoneHeader } from './schemas.ts'

/** `GET /mood/stats`: what moods show about a person. */
const stats: FastifyPluginAsyncTypebox<DerivingContext> = async (app, { statistics, sendDerived }) => {
  app.get(
    '/mood/stats',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
      schema: {
        tags: ['mood'],
        security: signedIn,
        headers: TimezoneHeader,
        querystring: StatsQuery,
        operationId: 'getMoodStatistics',
        summary: 'Get statistics',
        description:
          'From the first entry to today, or between `from` and `to`. Includes how days with a tag, a completed task or a practice differ from the others, and whether that can be chance: docs/insight.md explains how to read it. A token needs `tasks:read` and `practices:read` for its tasks and practices.',
        response: {
          200: sends(ref(MoodStats, 'The statistics.'), 'ETag'),
          304: NotModified,
          ...problems(...guarded, 'too_busy'),
        },
      },
    },
    async (request, reply) => {
      refuseReversed(request.query)
      const { user, settings, scopes } = request.principal
      const view = viewOf(request)
      const may = {
        tasks: scopes?.includes('tasks:read') ?? true,
        practices: scopes?.includes('practices:read') ?? true,
      }
      const compute = async ({ runs }: Outline) => {
        const to = dayIn(request.query.to) ?? Math.max(view.today, runs.at(-1)?.to ?? view.today)
        const from = dayIn(request.query.from) ?? Math.min(runs[0]?.from ?? to, to)
        const { timezone, dayStartsAt } = settings
        const period = { from, to, timezone: timezone ?? defaultTimezone, dayStartsAt }
        const found = await statistics.of(user.id, period, may)
        return () => asJson(reply, MoodStats, { ...periodOf(period, view), ...found })
      }
      return sendDerived(request, reply, { view, compute, others: [may, settings.timezone], mayMix: true })
    },
  )
}
export default stats
