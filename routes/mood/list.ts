import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { bytesOf } from '../../src/http/text-bytes.ts'
import { ref } from '../../src/http/typebox.ts'
import { reportCache } from '../../src/metrics/reading.ts'
import { dayOf } from '../../src/moods/calendar.ts'
import type { EntryRow } from '../../src/moods/entry-list.ts'
import type { VersionedOutline } from '../../src/moods/outline.ts'
import { streakOn } from '../../src/moods/streak.ts'
import { describeStreak, type Viewpoint } from '../../src/moods/streak-details.ts'
import { inPieces } from '../../src/streaming/in-pieces.ts'
import { Overtaken } from '../../src/streaming/read-ahead.ts'
import { isUnchanged, sendUnchanged, strongEtag } from '../etag.ts'
import { refuseReversed } from '../paging.ts'
import { renderedAnswers } from '../rendered.ts'
import { guarded, NotModified, problems, sends, signedIn } from '../wire.ts'
import { dayIn, type MoodContext, partsOf, viewOf } from './context.ts'
import { type Asked, askedBy, chunkSize, linkOf, pagingOf } from './list-query.ts'
import { isLong, type ListRequest, listingReader } from './listing.ts'
import { ListQuery, MoodList, TimezoneHeader } from './schemas.ts'
import { userHistory } from './user-history.ts'

/** The largest answer that is cached, in bytes: ten years of days. */
const maxRenderedAnswer = 2 * 1024 * 1024
/** Bytes of a list that are read before it is sent: more than 100 000 entries as people write them. */
const maxReadAheadBytes = 32 * 1024 * 1024
/** Times that a list is read when writes overtake it; the last time it is taken as it comes. */
const maxReads = 4

/** `GET /mood`: all entries, or a page of them, each with its streak. */
const list: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const readListing = listingReader(context)
  const rendered = renderedAnswers(app.cacheSizes.renderedMoods, maxRenderedAnswer)
  reportCache(app.reportMetric, 'rendered_moods', rendered)

  app.get(
    '/mood',
    {
      onRequest: app.requires('mood:read'),
      config: { compress: 'private' },
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
          ...problems(...guarded, 'too_busy'),
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

      const kept = rendered.find(reply, etag)
      if (kept) return rendered.send(reply, etag, kept)

      const { history, value } = await readListing(request, asked, 'unless long')
      if (isLong(request, value)) return reply.sendPieces(...wholeList(request, reply, asked, view, history.version))

      const exactEtag = history.version === moodVersion ? etag : etagOf(request, history.version, view)
      reply.header('ETag', exactEtag)
      const head = {
        ...describeStreak(history, view),
        ...pagingOf(request.query, value.total),
        total: value.total,
      }
      const bytes = bytesOf(['{"moods":[', ...entriesOf(value.rows, history), `],${fieldsOf(reply, head)}}`])
      return rendered.sendFresh(reply, exactEtag, bytes, linkOf(request.query, value.total))
    },
  )

  /**
   * The whole list in pieces. It is read at one version before the first byte is sent: when a write overtakes it, it is
   * read again. Where that cannot be (it is too long, or the writes do not end), it is what the pages are that are read
   * one after the other: each entry is as it was then (docs/decisions/large-answers.md).
   */
  function wholeList(request: ListRequest, reply: FastifyReply, asked: Asked, view: Viewpoint, version: number) {
    let attempts = 0
    let begun = false
    let mixed = false

    /** @param resent for a reader that has part of it already. */
    async function* pieces(resent = false) {
      attempts++
      let { history, value } = await readListing(request, asked, 'always')
      const { total, following } = value
      const overtaken = () => {
        if (resent) throw new Error('the list has changed while a slow reader took it')
        if (!begun && attempts < maxReads) throw new Overtaken()
        mixed = true
      }
      if (resent && (mixed || history.version !== version)) overtaken()
      version = history.version
      let sent = 0
      let separator = ''
      yield '{"moods":['
      for (let { rows } = value; rows.length > 0; ) {
        yield* inPieces(
          rows.values().map(row => entryOf(row, history)),
          separator,
        )
        sent += rows.length
        separator = ','
        if (rows.length < chunkSize) break
        rows = await following(rows.at(-1) as EntryRow)
        const newest = rows[0]?.version ?? history.version
        if (newest === history.version) continue
        overtaken()
        history = await userHistory(context, request, newest)
      }
      if (sent !== total) overtaken()
      yield `],${fieldsOf(reply, { ...describeStreak(history, view), total: sent })}}`
    }

    const begin = (whole: readonly Buffer[] | undefined) => {
      begun = true
      if (mixed) return void reply.removeHeader('ETag')
      const etag = etagOf(request, version, view)
      reply.header('ETag', etag)
      if (whole) remember(etag, whole)
    }
    const reopen = () => pieces(true)
    return [pieces, { readAheadBytes: maxReadAheadBytes, begin, reopen }] as const
  }

  /** Caches a whole list, unless it is too large for that. */
  function remember(etag: string, whole: readonly Buffer[]) {
    const length = whole.reduce((sum, piece) => sum + piece.length, 0)
    if (length <= maxRenderedAnswer) rendered.keep(etag, { bytes: Buffer.concat(whole), link: undefined })
  }
}
export default list

/** The answer but for the entries. */
const Head = Type.Omit(MoodList, ['moods'])

/** The fields of the answer besides the entries, as JSON without braces. */
function fieldsOf(reply: FastifyReply, fields: Static<typeof Head>): string {
  return reply.compileSerializationSchema(Head)(fields).slice(1, -1)
}

function etagOf(request: FastifyRequest, version: number, view: Viewpoint): string {
  return strongEtag(partsOf(request, version, view, request.url))
}

/** The entries as JSON with commas between them, each with its streak. */
function entriesOf(rows: readonly EntryRow[], history: VersionedOutline): string[] {
  return rows.map((row, i) => `${i === 0 ? '' : ','}${entryOf(row, history)}`)
}

function entryOf({ entry, date }: EntryRow, { runs }: VersionedOutline): string {
  return `${entry},"streak":${streakOn(runs, dayOf(date))}}`
}
