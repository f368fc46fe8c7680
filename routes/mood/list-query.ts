import type { Static } from '@sinclair/typebox'
import { type DayNumber, dayOf } from '../../src/moods/calendar.ts'
import { afterDay, beforeDay, type Cursor, type Stretch } from '../../src/moods/list-store.ts'
import { type History, locate, type Order, type Span } from '../../src/moods/streak.ts'
import { linkOf as linkTo, pagingOf as pageOf, rowsOf } from '../paging.ts'
import { dayIn } from './context.ts'
import type { ListQuery } from './schemas.ts'

/** Which entries a query of `GET /mood` means, and what it says of the pages around them. */

export type Query = Static<typeof ListQuery>

/** How many entries are read at once: what is longer is streamed in such chunks, so that nobody waits for one list. */
export const chunkSize = 500

/** Before and after every day that an entry can have. */
const [firstDay, lastDay] = [dayOf('1800-01-01'), dayOf('9999-12-31')]
/** A stretch without entries. */
export const nothing: Stretch = { order: 'desc', start: afterDay(lastDay), until: lastDay, offset: 0, limit: 0 }

/** What a query asks for, read. */
export interface Asked {
  order: Order
  tag: string | undefined
  /** Both included; undefined where there is no limit. */
  from: DayNumber | undefined
  to: DayNumber | undefined
  offset: number
  limit: number
}

/** What a query asks for: a page, or all of it in chunks. */
export function askedBy(query: Query): Asked {
  const { order = 'desc', tag, from, to } = query
  const rows = isPaged(query) ? rowsOf(query) : { limit: chunkSize, offset: 0 }
  return { order, tag, from: dayIn(from), to: dayIn(to), ...rows }
}

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

/** The days that the filters leave. */
export function spanOf({ from, to, order }: Asked): Span {
  return { from, to, order }
}

/** The same days, with an end where there is no limit. */
export function boundsOf({ from = firstDay, to = lastDay }: Asked): [DayNumber, DayNumber] {
  return [from, to]
}

/**
 * What to read. Without a tag the history tells on which day a page begins, so that no page costs more than another; a
 * tag's entries are counted off. Undefined when there is nothing to read.
 */
export function stretchOf(asked: Asked, history: History): Stretch | undefined {
  const { order, tag, offset, limit } = asked
  const [from, to] = boundsOf(asked)
  const [near, far] = order === 'asc' ? [from, to] : [to, from]
  if (tag !== undefined)
    return offset > history.total ? undefined : { order, tag, start: edgeOf(near, order), until: far, offset, limit }
  const place = locate(history, spanOf(asked), offset)
  return place && { order, start: edgeOf(place.day, order), until: far, offset: place.skip, limit }
}

/** The place from which a walk meets all of a day's entries. */
function edgeOf(day: DayNumber, order: Order): Cursor {
  return order === 'asc' ? beforeDay(day) : afterDay(day)
}
