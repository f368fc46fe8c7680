import type { Static } from '@sinclair/typebox'
import { dayOf, formatDay } from '../../src/moods/calendar.ts'
import { afterDay, beforeDay, type Cursor, type Stretch } from '../../src/moods/list-store.ts'
import { type History, locate, type Order, type Span } from '../../src/moods/streak.ts'
import { linkOf as linkTo, pagingOf as pageOf, rowsOf } from '../paging.ts'
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

/** What the answer says of its page. */
export function pagingOf(query: Query, total: number): Partial<ReturnType<typeof pageOf>> {
  return isPaged(query) ? pageOf(query, total) : {}
}

/** The addresses of the pages around this one. */
export function linkOf(query: Query, total: number): string | undefined {
  return isPaged(query) ? linkTo('/mood', query, total) : undefined
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
  const { limit, offset } = isPaged(query) ? rowsOf(query) : { limit: chunkSize, offset: 0 }
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
