import type { Static } from '@sinclair/typebox'
import { dayOf, formatDay } from '../../src/moods/calendar.ts'
import { afterDay, beforeDay, type Cursor, type Stretch } from '../../src/moods/list-store.ts'
import { type History, locate, type Order, type Span } from '../../src/moods/streak.ts'
import type { ListQuery } from './schemas.ts'

/** Which entries a query of `GET /mood` means, and what it says of the pages around them. */

export type Query = Static<typeof ListQuery>

/** How many entries are read at once: what is longer is streamed in such chunks, so that nobody waits for one list. */
export const chunkSize = 500

export const firstDate = '0000-01-01'
export const lastDate = '9999-12-31'
/** A stretch without entries. */
export const nothing: Stretch = { order: 'desc', start: afterDay(lastDate), until: lastDate, offset: 0, limit: 0 }

/** Whether a page is asked for, and not everything. */
export function isPaged({ page, per_page: perPage }: Query): boolean {
  return page !== undefined || perPage !== undefined
}

function pageOf({ page = 1, per_page: perPage = 20 }: Query) {
  return { page, perPage }
}

/** What the answer says of its page. */
export function pagingOf(query: Query, total: number): { page?: number; per_page?: number; total_pages?: number } {
  const { page, perPage } = pageOf(query)
  return isPaged(query) ? { page, per_page: perPage, total_pages: Math.ceil(total / perPage) } : {}
}

/** The days that the query's filters leave. */
export function spanOf({ from, to, order = 'desc' }: Query): Span {
  return { from: from === undefined ? undefined : dayOf(from), to: to === undefined ? undefined : dayOf(to), order }
}

/**
 * What to read for a query. Without a tag the history tells on which day a page begins, so that no page costs more
 * than another; a tag's entries are counted off. Undefined when there is nothing to read.
 */
export function stretchOf(query: Query, history: History): Stretch | undefined {
  const { order = 'desc', tag, from = firstDate, to = lastDate } = query
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
function edgeOf(date: string, order: Order): Cursor {
  return order === 'asc' ? beforeDay(date) : afterDay(date)
}

/** RFC 8288: the addresses of the neighbouring pages, with the same filters. */
export function linkOf(query: Query, total: number): string | undefined {
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
