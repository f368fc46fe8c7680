import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { yearInPixels } from '../../src/insight/year-in-pixels.ts'
import { reportCache } from '../../src/metrics/reading.ts'
import { type DayNumber, dayOf, formatDay } from '../../src/moods/calendar.ts'
import { defaultTimezone } from '../../src/moods/dating.ts'
import type { Outline } from '../../src/moods/outline.ts'
import { lengthOf, type Run, runAt, streakOn } from '../../src/moods/streak.ts'
import { describeStreak, type Viewpoint } from '../../src/moods/streak-details.ts'
import { maxCalendarDays, statisticsStore } from '../../src/statistics/person.ts'
import { abandonedBy } from '../../src/streaming/abandoned.ts'
import { slots } from '../../src/streaming/slots.ts'
import { turnTaker } from '../../src/streaming/turns.ts'
import { isUnchanged, sendUnchanged, strongEtag } from '../etag.ts'
import { refuseReversed } from '../paging.ts'
import { renderedAnswers } from '../rendered.ts'
import { guarded, NotModified, problems, sends, signedIn } from '../wire.ts'
import { dayIn, type MoodContext, partsOf, userHistory, viewOf } from './context.ts'
import {
  CalendarPicture,
  CalendarPictureQuery,
  CalendarQuery,
  MoodCalendar,
  MoodStats,
  StatsQuery,
} from './insight-schemas.ts'
import { TimezoneHeader } from './schemas.ts'

/** One person's statistics are computed at a time, and two in total; others wait. */
const limits = { of: 'statistics', concurrency: 2, maxQueued: 32, maxQueuedPerAccount: 8, maxWaitMs: 45_000 }
const maxCachedBytes = 4 * 1024 * 1024
/** 3 700 days, the longest calendar. */
const maxAnswerBytes = 512 * 1024
/** Times that an answer is computed when writes overtake it. */
const maxAttempts = 4
/** Without `from`, a calendar has so many days. */
const defaultCalendarDays = 366

const svg = 'image/svg+xml; charset=utf-8'

/** What moods show: the calendar, as a picture too, and the statistics. */
const statistics: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const store = statisticsStore(app.database, turnTaker())
  const queue = slots(limits)
  const answers = renderedAnswers(maxCachedBytes, maxAnswerBytes)
  const pictures = renderedAnswers(maxCachedBytes, maxAnswerBytes, svg)
  reportCache(app.reportMetric, 'rendered_statistics', answers)
  reportCache(app.reportMetric, 'rendered_calendars', pictures)
  app.addHook('preClose', async () => queue.refuseWaiting())
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
      return derived(request, reply, view, answers, async history => {
        const { runs } = history
        const days = await store.calendar(request.principal.user.id, { from, to })
        return () =>
          json(reply, MoodCalendar, {
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
      })
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
      return derived(request, reply, view, pictures, async () => {
        const [from, to] = [dayOf(`${year}-01-01`), dayOf(`${year}-12-31`)]
        const days = await store.calendar(request.principal.user.id, { from, to })
        return () => yearInPixels(year, new Map(days.map(day => [day.day, day])), { theme, today: view.today })
      })
    },
  )

  app.get(
    '/mood/stats',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
      schema: {
        ...common,
        querystring: StatsQuery,
        operationId: 'getMoodStatistics',
        summary: 'Get statistics',
        description:
          'From the first entry to today, or between `from` and `to`. Includes how days with a tag, a completed task or a practice differ from the others, and whether that can be chance: docs/insight.md explains how to read it. A token needs `tasks:read` and `practices:read` for its tasks and practices.',
        response: { 200: sends(ref(MoodStats, 'The statistics.'), 'ETag'), 304: NotModified, ...errors },
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
      return derived(
        request,
        reply,
        view,
        answers,
        async ({ runs }) => {
          const to = dayIn(request.query.to) ?? Math.max(view.today, runs.at(-1)?.to ?? view.today)
          const from = dayIn(request.query.from) ?? Math.min(runs[0]?.from ?? to, to)
          const { timezone, dayStartsAt } = settings
          const period = { from, to, timezone: timezone ?? defaultTimezone, dayStartsAt }
          const found = await store.of(user.id, period, may)
          return () => json(reply, MoodStats, { ...periodOf(period, view), ...found })
        },
        [may, settings.timezone],
      )
    },
  )

  /**
   * Answers with what is computed from the person's rows, computed once for each version of them.
   * @param compute reads them; what it returns renders the answer, when nothing was written meanwhile.
   * @param others what else the answer depends on.
   */
  async function derived(
    request: FastifyRequest,
    reply: FastifyReply,
    view: Viewpoint,
    cache: ReturnType<typeof renderedAnswers>,
    compute: (history: Outline) => Promise<() => string>,
    others: readonly unknown[] = [],
  ) {
    const { user } = request.principal
    const slot = await queue.enter({ account: user.id, network: request.network }, abandonedBy(reply.raw))
    try {
      let before = await versionsOf(request)
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const parts = partsOf(request, before.moods, view, request.url)
        const etag = strongEtag([...parts, before.tasks, before.practices, ...others])
        if (isUnchanged(request, reply, etag)) return sendUnchanged(reply)
        const kept = cache.find(reply, etag)
        if (kept) return cache.send(reply, etag, kept)
        const history = await userHistory(context, request, before.moods)
        const render = await compute(history)
        const after = await versionsOf(request)
        if (JSON.stringify(after) === JSON.stringify(before) && history.version === before.moods)
          return sendAndKeep(reply, cache, etag, render())
        before = after
      }
    } finally {
      slot.release()
    }
    throw new ApiError('unavailable', 'Your moods are changing too fast to be read. Try again in a moment.', {
      retryAfterMs: 1_000,
    })
  }

  function sendAndKeep(reply: FastifyReply, cache: ReturnType<typeof renderedAnswers>, etag: string, text: string) {
    const made = { bytes: Buffer.from(text), link: undefined }
    cache.keep(etag, made)
    return cache.send(reply, etag, made)
  }

  /** @throws {ApiError} when the account was deleted since the request was let in. */
  async function versionsOf({ principal }: FastifyRequest) {
    const versions = await store.versions(principal.user.id)
    if (!versions) throw new ApiError('authentication_required')
    return versions
  }
}
export default statistics

const periodOf = ({ from, to }: { from: DayNumber; to: DayNumber }, { timezone }: Viewpoint) => ({
  from: formatDay(from),
  to: formatDay(to),
  timezone,
})

const rounded = (valence: number) => Math.round(valence * 10_000) / 10_000 + 0

const json = (reply: FastifyReply, schema: TSchema, value: Record<string, unknown>) =>
  reply.compileSerializationSchema(schema)(value)
