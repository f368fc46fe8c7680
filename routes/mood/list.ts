import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { ApiError } from '../../src/errors.ts'
import { dayOf, formatDay } from '../../src/moods/calendar.ts'
import {
  afterDay,
  beforeDay,
  type Cursor,
  type EntryRow,
  type Stretch,
  type VersionedHistory,
} from '../../src/moods/moods.ts'
import { countIn, locate, streakOn } from '../../src/moods/streak.ts'
import { describeStreak, type Viewpoint } from '../../src/moods/streak-details.ts'
import { ref } from '../../src/typebox.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import { digestOf, historyOf, isUnchanged, type MoodContext, viewOf } from './context.ts'
import { Entry, ListQuery, MoodList, TimezoneHeader } from './schemas.ts'

/** How many entries are read at once: what is longer is streamed in such chunks, so that nobody waits for one list. */
export const chunkSize = 500
/** The rendered answers that are kept, in bytes. */
const maxRenderedBytes = 64 * 1024 * 1024

type Query = Static<typeof ListQuery>
type ListRequest = FastifyRequest<{ Querystring: Query; Headers: Static<typeof TimezoneHeader> }>

/** What of a user's entries is asked for, and what it was found to be. */
interface Listing {
  history: VersionedHistory
  rows: EntryRow[]
  total: number
  stretch: Stretch
}

/** `GET /mood`: all entries, or a page of them, each with its streak. */
const list: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const { moods } = context
  /** By ETag: whatever changes an answer changes its ETag, so nothing here is ever stale. */
  const rendered = new LRUCache<string, Rendered>({
    maxSize: maxRenderedBytes,
    sizeCalculation: ({ bytes }) => bytes.length + 1_000,
  })

  app.get(
    '/mood',
    {
      schema: {
        tags: ['mood'],
        summary: 'The own moods and the streak',
        description:
          'Newest first; all of them, unless `page` or `per_page` asks for a page (then `Link` names its neighbours). The streak is always over all entries. Answers 304 to an `If-None-Match` that still holds: until something changes, or the day does.',
        security: signedIn,
        headers: TimezoneHeader,
        querystring: ListQuery,
        response: {
          200: ref(MoodList, 'The entries and the streak.'),
          304: Type.Null({ description: 'Nothing has changed.' }),
          ...problems(...guarded),
        },
      },
    },
    async (request, reply) => {
      const { from, to, as_of: asOf } = request.query
      if (from !== undefined && to !== undefined && from > to)
        throw new ApiError('invalid_request', 'from must not be after to')
      const view = viewOf(request, asOf)
      const { moodVersion } = request.principal.settings
      const etag = etagOf(request, moodVersion, view)
      if (isUnchanged(request, reply, etag)) return reply.code(304).send(null)

      const kept = rendered.get(etag)
      if (kept) return sendRendered(reply, kept)

      const listing = await read(request, moodVersion)
      const { history, rows, total, stretch } = listing
      const exactEtag = etagOf(request, history.version, view)
      reply.header('ETag', exactEtag)
      const head = { ...describeStreak(history.runs, view), ...pagingOf(request.query, total), total }
      if (stretch.limit < total && !isPaged(request.query)) {
        const empty = reply.serialize({ moods: [], ...head }) as string
        return sendText(reply, Readable.from(streamed(request, reply, listing, empty), { highWaterMark: 1 }))
      }
      const text = reply.serialize({ moods: rows.map(row => withStreak(row, history)), ...head }) as string
      const fresh = { bytes: Buffer.from(text), link: linkOf(request.query, total) }
      rendered.set(exactEtag, fresh)
      return sendRendered(reply, fresh)
    },
  )

  /** The asked-for entries and the history they agree with: both of one version, read again until they are. */
  async function read(request: ListRequest, version: number): Promise<Listing> {
    const { user } = request.principal
    const { tag, from = firstDate, to = lastDate } = request.query
    for (let wanted = version; ; ) {
      const history = await historyOf(context, request, wanted)
      const stretch = stretchOf(request.query, history)
      const total =
        tag === undefined ? countIn(history, spanOf(request.query)) : await moods.countByTag(user.id, tag, from, to)
      const rows = stretch ? await moods.list(user.id, stretch) : []
      wanted = rows[0]?.version ?? history.version
      if (wanted === history.version) return { history, rows, total, stretch: stretch ?? nothing }
    }
  }

  /** The whole list as JSON text, chunk by chunk. `empty` is the same answer without entries. */
  async function* streamed(
    request: ListRequest,
    reply: FastifyReply,
    { history, rows, stretch, total }: Listing,
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
      // What changed meanwhile would not agree with the streaks already sent: cut, and let the client ask again.
      if (chunk.some(({ version }) => version !== history.version)) throw changed()
    }
    if (sent !== total) throw changed()
    yield empty.slice(start)
  }
}
export default list

const firstDate = '0000-01-01'
const lastDate = '9999-12-31'
const nothing: Stretch = { order: 'desc', start: afterDay(lastDate), until: lastDate, offset: 0, limit: 0 }

const changed = () => new Error('the moods changed while they were listed')

interface Rendered {
  bytes: Buffer
  link: string | undefined
}

function sendRendered(reply: FastifyReply, { bytes, link }: Rendered) {
  if (link !== undefined) reply.header('Link', link)
  return sendText(reply, bytes)
}

/** Sends JSON that is text already; a serializer would only see bytes. */
function sendText(reply: FastifyReply, text: Buffer | Readable) {
  return reply.type('application/json; charset=utf-8').send(text)
}

/** RFC 8288: the addresses of the neighbouring pages, with the same filters. */
function linkOf(query: Query, total: number): string | undefined {
  if (!isPaged(query)) return undefined
  const { page, perPage } = pageOf(query)
  const lastPage = Math.max(1, Math.ceil(total / perPage))
  const link = (rel: string, target: number) => {
    const params = new URLSearchParams(
      Object.entries({ ...query, page: target, per_page: perPage }).map(([key, value]): [string, string] => [
        key,
        String(value),
      ]),
    )
    return `</mood?${params}>; rel="${rel}"`
  }
  const links = [link('first', 1), link('last', lastPage)]
  if (page > 1) links.push(link('prev', Math.min(page - 1, lastPage)))
  if (page < lastPage) links.push(link('next', page + 1))
  return links.join(', ')
}

function etagOf(request: FastifyRequest, version: number, view: Viewpoint): string {
  return `"${digestOf(request, version, view, request.url)}"`
}

function isPaged({ page, per_page: perPage }: Query): boolean {
  return page !== undefined || perPage !== undefined
}

function pageOf({ page = 1, per_page: perPage = 20 }: Query) {
  return { page, perPage }
}

function pagingOf(query: Query, total: number) {
  const { page, perPage } = pageOf(query)
  return isPaged(query) ? { page, per_page: perPage, total_pages: Math.ceil(total / perPage) } : {}
}

/** The days that the query's filters leave. */
function spanOf({ from, to, order }: Query) {
  return { from: from === undefined ? undefined : dayOf(from), to: to === undefined ? undefined : dayOf(to), order }
}

/**
 * What to read for a query. Without a tag the history tells on which day a page begins, so that no page costs more
 * than another; a tag's entries are counted off. Undefined when there is nothing to read.
 */
function stretchOf(query: Query, history: VersionedHistory): Stretch | undefined {
  const { order, tag, from = firstDate, to = lastDate } = query
  const { page, perPage } = pageOf(query)
  const limit = isPaged(query) ? perPage : chunkSize
  const offset = isPaged(query) ? (page - 1) * perPage : 0
  const [near, far] = order === 'asc' ? [from, to] : [to, from]
  if (tag !== undefined)
    return offset > history.total ? undefined : { order, tag, start: edgeOf(near, order), until: far, offset, limit }
  const place = locate(history, spanOf(query), offset)
  return place && { order, start: edgeOf(formatDay(place.day), order), until: far, offset: place.skip, limit }
}

/** The place from which a walk meets all of a day's entries. */
function edgeOf(date: string, order: Query['order']): Cursor {
  return order === 'asc' ? beforeDay(date) : afterDay(date)
}

function placeOf({ entry }: EntryRow): Cursor {
  return { date: entry.date, at: entry.occurred_at, id: entry.id }
}

function withStreak({ entry }: EntryRow, { runs }: VersionedHistory) {
  return { ...entry, streak: streakOn(runs, dayOf(entry.date)) }
}
