import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ref } from '../../src/http/typebox.ts'
import type { UserId } from '../../src/ids.ts'
import { type DayNumber, formatDay, parseDay } from '../../src/moods/calendar.ts'
import { beforeDay } from '../../src/moods/entry-list.ts'
import { type Run, streakOn } from '../../src/moods/streak.ts'
import { describeStreak } from '../../src/moods/streak-details.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import { dayIn, type MoodContext, viewOf } from './context.ts'
import { OnThisDay, OnThisDayQuery } from './insight-schemas.ts'
import { TimezoneHeader } from './schemas.ts'
import { readWithHistory, userHistory } from './user-history.ts'

/** Entries of one year's day that are shown. */
const maxEntries = 100

/** `GET /mood/on-this-day`. */
const onThisDay: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const { moods } = context

  app.get(
    '/mood/on-this-day',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
      schema: {
        tags: ['mood'],
        security: signedIn,
        headers: TimezoneHeader,
        querystring: OnThisDayQuery,
        operationId: 'getOnThisDay',
        summary: 'Get entries on this day in earlier years',
        description: 'Latest year first. For 29 February, leap years only.',
        response: { 200: ref(OnThisDay, 'The years with an entry, and the streak.'), ...problems(...guarded) },
      },
    },
    async request => {
      const view = viewOf(request)
      const date = formatDay(dayIn(request.query.date) ?? view.today)
      const { user } = request.principal
      const { history, value } = await readWithHistory(context, request, userHistory, async ({ runs }) => {
        const years = []
        for (const { year, day } of sameDays(date, runs)) years.push({ year, day, rows: await entriesOn(user.id, day) })
        return { value: years, version: years[0]?.rows[0]?.version }
      })
      return {
        date,
        years: value.map(({ year, day, rows }) => ({
          year,
          moods: rows.map(({ entry }) => ({ ...JSON.parse(`${entry}}`), streak: streakOn(history.runs, day) })),
        })),
        ...describeStreak(history, view),
      }
    },
  )

  function entriesOn(user: UserId, day: DayNumber) {
    return moods.list(user, { order: 'asc', start: beforeDay(day), until: day, offset: 0, limit: maxEntries })
  }
}
export default onThisDay

/** The same day of earlier years, where something was logged; the latest first. */
function sameDays(date: string, runs: readonly Run[]): { year: number; day: DayNumber }[] {
  const first = runs[0]
  if (!first) return []
  const [oldest, year] = [Number(formatDay(first.from).slice(0, 4)), Number(date.slice(0, 4))]
  return Array.from({ length: Math.max(0, year - oldest) }, (_, i) => year - 1 - i).flatMap(earlier => {
    const day = parseDay(`${earlier}${date.slice(4)}`)
    return day !== undefined && streakOn(runs, day) > 0 ? [{ year: earlier, day }] : []
  })
}
