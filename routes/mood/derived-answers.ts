import type { TSchema } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { reportCache } from '../../src/metrics/reading.ts'
import { type DayNumber, formatDay } from '../../src/moods/calendar.ts'
import type { Outline } from '../../src/moods/outline.ts'
import type { Viewpoint } from '../../src/moods/streak-details.ts'
import { statisticsStore } from '../../src/statistics/person.ts'
import { abandonedBy } from '../../src/streaming/abandoned.ts'
import { slots } from '../../src/streaming/slots.ts'
import { turnTaker } from '../../src/streaming/turns.ts'
import { isUnchanged, sendUnchanged, strongEtag } from '../etag.ts'
import { renderedAnswers } from '../rendered.ts'
import { type MoodContext, partsOf } from './context.ts'
import { changingTooFast, userHistory } from './user-history.ts'

/** One person's statistics are computed at a time, and two in total; others wait. */
const limits = { of: 'statistics', concurrency: 2, maxQueued: 32, maxQueuedPerAccount: 8, maxWaitMs: 45_000 }
/** Times that an answer is computed when writes overtake it. */
const maxAttempts = 4
const maxCachedBytes = 4 * 1024 * 1024
/** 3 700 days, the longest calendar. */
const maxAnswerBytes = 512 * 1024

/** Derived answers that are kept. */
export const derivedCache = (contentType?: string) => renderedAnswers(maxCachedBytes, maxAnswerBytes, contentType)

/** How an answer is derived. */
interface Derivation {
  view: Viewpoint
  /** Of answers in another format than JSON. */
  cache?: ReturnType<typeof renderedAnswers>
  /** Reads the rows; what it returns renders the answer, when nothing was written meanwhile. */
  compute(history: Outline): Promise<() => string>
  /** What else the answer depends on. */
  others?: readonly unknown[]
  /** Whether it may be of several moments where writes overtake it again and again: it tells no runs of days. */
  mayMix?: boolean
}

/** The mood routes whose answers are computed from many rows. */
export interface DerivingContext extends MoodContext, ReturnType<typeof derivedAnswers> {}

/** Answers that are computed from a person's rows: once for each version of them, and a few at a time. */
export function derivedAnswers(app: FastifyInstance, context: MoodContext) {
  const store = statisticsStore(app.database, turnTaker())
  const queue = slots(limits)
  const jsonAnswers = derivedCache()
  reportCache(app.reportMetric, 'rendered_statistics', jsonAnswers)
  app.addHook('preClose', async () => queue.refuseWaiting())

  /** Answers with what is computed, or with what was for the same versions. */
  async function sendDerived(
    request: FastifyRequest,
    reply: FastifyReply,
    { view, cache = jsonAnswers, compute, others = [], mayMix = false }: Derivation,
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
        // Its ETag is of versions that are past already: nobody is told later that it is still right.
        if (mayMix && attempt === maxAttempts - 1) return reply.type('application/json; charset=utf-8').send(render())
        before = after
      }
    } finally {
      slot.release()
    }
    throw changingTooFast()
  }

  function sendAndKeep(reply: FastifyReply, cache: ReturnType<typeof renderedAnswers>, etag: string, text: string) {
    const made = { bytes: Buffer.from(text), link: undefined }
    cache.keep(etag, made)
    return cache.send(reply, etag, made)
  }

  /** @throws {ApiError} `authentication_required` when the account was deleted since the request was let in. */
  async function versionsOf({ principal }: FastifyRequest) {
    const versions = await store.versions(principal.user.id)
    if (!versions) throw new ApiError('authentication_required')
    return versions
  }

  return { statistics: store, sendDerived }
}

/** The days that an answer covers, as it shows them. */
export const periodOf = ({ from, to }: { from: DayNumber; to: DayNumber }, { timezone }: Viewpoint) => ({
  from: formatDay(from),
  to: formatDay(to),
  timezone,
})

/** An answer as its schema has it. */
export const asJson = (reply: FastifyReply, schema: TSchema, value: Record<string, unknown>) =>
  reply.compileSerializationSchema(schema)(value)
