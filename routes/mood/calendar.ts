import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { yearInPixels } from '../../src/insight/year-in-pixels.ts'
import { reportCache } from '../../src/metrics/reading.ts'
import { dayOf, formatDay } from '../../src/moods/calendar.ts'
import type { Outline } from '../../src/moods/outline.ts'
import { lengthOf, type Run, runAt, streakOn } from '../../src/moods/streak.ts'
import { describeStreak } from '../../src/moods/streak-details.ts'
import { maxCalendarDays } from '../../src/statistics/person.ts'
import { refuseReversed } from '../paging.ts'
import { guarded, NotModified, problems, sends, signedIn } from '../wire.ts'
import { dayIn, viewOf } from './context.ts'
import { asJson, type DerivingContext, derivedCache, periodOf } from './derived-answers.ts'
import { CalendarPicture, CalendarPictureQuery, CalendarQuery, MoodCalendar } from './insight-schemas.ts'
import { TimezoneHeader } from './schemas.ts'

/** Without `from`, a calendar has so many days. */
const defaultCalendarDays = 366

/** The calendar of days with their mean mood, also as a picture. */
const calendar: FastifyPluginAsyncTypebox<DerivingContext> = async (app, { statistics, sendDerived }) => {
  const pictures = derivedCache('image/svg+xml; charset=utf-8')
  reportCache(app.reportMetric, 'rendered_calendars', pictures)
  const common = { tags: ['mood'], security: signedIn, headers: TimezoneHeader }
  const errors = problems(...guarded, 'too_busy')

  app.get(
    '/mood/calendar',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
      schema: {
        ...common,
        querystring: CalendarQuery,
        operationId: 'getMoodCalendar',
        summary: 'Get days with their mean mood',
        description: `The last ${defaultCalendarDays} days, or those between \`from\` and \`to\`: at most ${maxCalendarDays}. Streaks and runs count all entries.`,
        response: {
          200: sends(ref(MoodCalendar, 'The days with an entry, and the streak.'), 'ETag'),
          304: NotModified,
          ...errors,
        },
      },
    },
    async (request, reply) => {
      refuseReversed(request.query)
      const view = viewOf(request)
      const to = dayIn(request.query.to) ?? view.today
      const from = dayIn(request.query.from) ?? to - defaultCalendarDays + 1
      if (to - from >= maxCalendarDays)
        throw new ApiError('invalid_request', `from and to must be at most ${maxCalendarDays} days apart`)
      const compute = async (history: Outline) => {
        const { runs } = history
        const days = await statistics.calendar(request.principal.user.id, { from, to })
        return () =>
          asJson(reply, MoodCalendar, {
            ...periodOf({ from, to }, view),
            days: days.map(({ day, entries, valence }) => ({
              date: formatDay(day),
              entries,
              valence: valence === null ? null : rounded(valence),
              streak: streakOn(runs, day),
              run: lengthOf(runAt(runs, day) as Run),
            })),
            ...describeStreak(history, view),
          })
      }
      return sendDerived(request, reply, { view, compute })
    },
  )

  app.get(
    '/mood/calendar.svg',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
      schema: {
        ...common,
        querystring: CalendarPictureQuery,
        operationId: 'getMoodCalendarPicture',
        summary: 'Get a year in pixels',
        description:
          'An SVG with a square for each day, from orange (worst) to blue (best), each with a title: `2026-03-01: 2 entries, valence 0.35`.',
        response: { 200: sends(CalendarPicture, 'ETag'), 304: NotModified, ...errors },
      },
    },
    async (request, reply) => {
      const view = viewOf(request)
      const { year = Number(formatDay(view.today).slice(0, 4)), theme = 'light' } = request.query
      const compute = async () => {
        const [from, to] = [dayOf(`${year}-01-01`), dayOf(`${year}-12-31`)]
        const days = await statistics.calendar(request.principal.user.id, { from, to })
        return () => yearInPixels(year, new Map(days.map(day => [day.day, day])), { theme, today: view.today })
      }
      return sendDerived(request, reply, { view, cache: pictures, compute })
    },
  )
}
export default calendar

const rounded = (valence: number) => Math.round(valence * 10_000) / 10_000 + 0
