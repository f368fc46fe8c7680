import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ref } from '../../src/http/typebox.ts'
import { dayOf } from '../../src/moods/calendar.ts'
import type { Cursor, EntryRow, Stretch, VersionedHistory } from '../../src/moods/entry-list.ts'
import { sortAtOf } from '../../src/moods/entry-store.ts'
import { countIn, streakOn } from '../../src/moods/streak.ts'
import { describeStreak, type Viewpoint } from '../../src/moods/streak-details.ts'
import { isUnchanged, sendUnchanged, strongEtag } from '../etag.ts'
import { refuseReversed } from '../paging.ts'
import { renderedAnswers, sendRendered, sendText } from '../rendered.ts'
import { guarded, NotModified, problems, sends, signedIn } from '../wire.ts'
import { dayIn, type MoodContext, partsOf, type Read, readWithHistory, viewOf } from './context.ts'
import {
  type Asked,
  askedBy,
  boundsOf,
  isPaged,
  linkOf,
  nothing,
  pagingOf,
  type Query,
  spanOf,
  stretchOf,
} from './list-query.ts'
import { Entry, ListQuery, MoodList, TimezoneHeader } from './schemas.ts'

/** Limits of the cache of rendered answers, in bytes: in total, and per answer (ten years of days). */
const maxRenderedBytes = 64 * 1024 * 1024
const maxRenderedAnswer = 2 * 1024 * 1024

type ListRequest = FastifyRequest<{ Querystring: Query; Headers: Static<typeof TimezoneHeader> }>

/** The requested part of a user's entries, and the result. */
interface Listing {
  rows: EntryRow[]
  total: number
  stretch: Stretch
}

/** `GET /mood`: all entries, or a page of them, each with its streak. */
const list: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const { moods } = context
  const rendered = renderedAnswers(maxRenderedBytes, maxRenderedAnswer)

  app.get(
    '/mood',
    {
      onRequest: app.requires('mood:read'),
      schema: {
        tags: ['mood'],
        operationId: 'listMoods',
        summary: 'List your moods, with the streak',
        description:
          'Newest first. Returns all entries unless `page` or `per_page` is given. The streak always covers all entries, whatever the filters. The `ETag` holds until an entry or the day changes.',
        security: signedIn,
        headers: TimezoneHeader,
        querystring: ListQuery,
        response: {
          200: sends(ref(MoodList, 'The entries and the streak.'), 'ETag', 'Link'),
          304: NotModified,
          ...problems(...guarded),
        },
      },
    },
    async (request, reply) => {
      const { from, to } = request.query
      refuseReversed({ from, to })
      const asked = askedBy(request.query)
      const view = viewOf(request, dayIn(request.query.as_of))
      const { moodVersion } = request.principal.settings
      const etag = etagOf(request, moodVersion, view)
      if (isUnchanged(request, reply, etag)) return sendUnchanged(reply)

      const kept = rendered.get(etag)
      if (kept) return sendRendered(reply, kept)

      const { history, value: listing } = await readWithHistory(context, request, read.bind(null, request, asked))
      const { rows, total, stretch } = listing
      const exactEtag = etagOf(request, history.version, view)
      reply.header('ETag', exactEtag)
      const head = { ...describeStreak(history.runs, view), ...pagingOf(request.query, total), total }
      if (stretch.limit < total && !isPaged(request.query)) {
        const empty = reply.serialize({ moods: [], ...head }) as string
        const keep = (bytes: Buffer) => void rendered.set(exactEtag, { bytes, link: undefined })
        const chunks = remembered(streamed(request, reply, history, listing, empty), keep)
        return sendText(reply, Readable.from(chunks, { highWaterMark: 1 }))
      }
      const text = reply.serialize({ moods: rows.map(row => withStreak(row, history)), ...head }) as string
      const fresh = { bytes: Buffer.from(text), link: linkOf(request.query, total) }
      rendered.set(exactEtag, fresh)
      return sendRendered(reply, fresh)
    },
  )

  /** The requested entries, located by the history. */
  async function read(
    { principal: { user } }: ListRequest,
    asked: Asked,
    history: VersionedHistory,
  ): Promise<Read<Listing>> {
    const counted =
      asked.tag === undefined
        ? { total: countIn(history, spanOf(asked)), version: history.version }
        : await moods.countByTag(user.id, asked.tag, ...boundsOf(asked))
    const stretch = stretchOf(asked, history)
    const rows = stretch ? await moods.list(user.id, stretch) : []
    const value = { rows, total: counted.total, stretch: stretch ?? nothing }
    return { value, version: counted.version === history.version ? rows[0]?.version : counted.version }
  }

  /** The whole list as JSON text, chunk by chunk. `empty` is the same answer without entries. */
  async function* streamed(
    request: ListRequest,
    reply: FastifyReply,
    history: VersionedHistory,
    { rows, stretch, total }: Listing,
    empty: string,
  ) {
    const serialize = reply.compileSerializationSchema(Entry)
    const { user } = request.principal
    const start = empty.indexOf('[') + 1
    let sent = 0
    let text = empty.slice(0, start)
    for (let chunk = rows; chunk.length > 0; ) {
      yield text + chunk.map(row => serialize(withStreak(row, history))).join(',')
      sent += chunk.length
      text = ','
      const last = chunk.at(-1) as EntryRow
      chunk = await moods.list(user.id, { ...stretch, offset: 0, start: placeOf(last) })
      // Changed data would not agree with the streaks already sent: cut the answer, so that the client asks again.
      if (chunk.some(({ version }) => version !== history.version)) throw changed()
    }
    if (sent !== total) throw changed()
    yield empty.slice(start)
  }
}
export default list

const changed = () => new Error('the moods changed while they were listed')

/**
 * Passes a list on and collects it, unless it is too large to cache.
 * @param keep is called with the complete answer, and not when it was cut.
 */
async function* remembered(chunks: AsyncIterable<string>, keep: (bytes: Buffer) => void) {
  const kept: string[] = []
  let length = 0
  for await (const text of chunks) {
    length += text.length
    if (length <= maxRenderedAnswer) kept.push(text)
    yield text
  }
  if (length <= maxRenderedAnswer) keep(Buffer.from(kept.join('')))
}

function etagOf(request: FastifyRequest, version: number, view: Viewpoint): string {
  return strongEtag(partsOf(request, version, view, request.url))
}

function placeOf({ entry }: EntryRow): Cursor {
  return { date: entry.date, at: sortAtOf(entry.occurred_at, entry.created_at), id: entry.id }
}

function withStreak({ entry }: EntryRow, { runs }: VersionedHistory) {
  return { ...entry, streak: streakOn(runs, dayOf(entry.date)) }
}
