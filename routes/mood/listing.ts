import type { Static } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { type EntryRow, placeOf } from '../../src/moods/entry-list.ts'
import type { VersionedOutline } from '../../src/moods/outline.ts'
import type { MoodContext } from './context.ts'
import {
  type Asked,
  boundsOf,
  isPaged,
  nothing,
  type Query,
  stretchOf,
  takesDays,
  totalOf,
  walkOf,
} from './list-query.ts'
import type { TimezoneHeader } from './schemas.ts'
import { historyWithDays, type Read, readWithHistory, userHistory } from './user-history.ts'

export type ListRequest = FastifyRequest<{ Querystring: Query; Headers: Static<typeof TimezoneHeader> }>

/** The requested part of a user's entries, and the result. */
export interface Listing {
  rows: EntryRow[]
  total: number
  /** Rows that are read at once. */
  limit: number
  /** The rows after one that was read. */
  following(last: EntryRow): Promise<EntryRow[]>
}

/** Whether the first rows of a long list are read too: some hundred requests that wait would hold megabytes each. */
type Reads = 'always' | 'unless long'

/** Reads what a query of `GET /mood` selects, and the history of the same version. */
export function listingReader(context: MoodContext) {
  const { moods } = context

  return function readListing(request: ListRequest, asked: Asked, reads: Reads) {
    return readWithHistory<Listing, VersionedOutline>(
      context,
      request,
      takesDays(asked) ? historyWithDays : userHistory,
      history => read(request, asked, history, reads),
    )
  }

  /** The requested entries, located by the history. */
  async function read(
    request: ListRequest,
    asked: Asked,
    history: VersionedOutline,
    reads: Reads,
  ): Promise<Read<Listing>> {
    if (asked.words.length > 0) return search(request, asked, history, reads)
    const { user } = request.principal
    const counted =
      asked.tag === undefined
        ? { total: totalOf(asked, history), version: history.version }
        : await moods.countByTag(user.id, asked.tag, ...boundsOf(asked))
    const located = stretchOf(asked, history)
    const stretch = located ?? nothing
    const { total } = counted
    const { limit } = stretch
    const isRead = located && (reads === 'always' || !isLong(request, { total, limit }))
    const rows = isRead ? await moods.list(user.id, stretch) : []
    const following = (last: EntryRow) => moods.list(user.id, { ...stretch, offset: 0, start: placeOf(last) })
    const value = { rows, total, limit, following }
    return { value, version: counted.version === history.version ? rows[0]?.version : counted.version }
  }

  /** The requested entries among those that have what is looked for; of a long list, only that it is long. */
  async function search(
    { principal: { user }, raw, query }: ListRequest,
    asked: Asked,
    history: VersionedOutline,
    reads: Reads,
  ): Promise<Read<Listing>> {
    const { words, offset, limit } = asked
    const enough = reads === 'always' || isPaged(query) ? Number.POSITIVE_INFINITY : limit
    const isWanted = (found: number) => found <= enough && !raw.socket.destroyed
    const { ids, version } = await moods.search(user.id, words, walkOf(asked), isWanted)
    let end = offset + limit
    const rows = ids.length > enough ? [] : await moods.listByIds(user.id, ids.slice(offset, end))
    const following = () => {
      const start = end
      end += limit
      return moods.listByIds(user.id, ids.slice(start, end))
    }
    const value = { rows, total: ids.length, limit, following }
    return { value, version: version === history.version ? rows[0]?.version : version }
  }
}

/** Whether it is a list that is read in more than one piece. */
export function isLong({ query }: ListRequest, { limit, total }: Pick<Listing, 'limit' | 'total'>): boolean {
  return limit < total && !isPaged(query)
}
