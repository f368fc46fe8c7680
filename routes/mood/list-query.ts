import type { Static } from '@sinclair/typebox'
import { type DayNumber, dayOf } from '../../src/moods/calendar.ts'
import { afterDay, beforeDay, type Cursor, type Stretch } from '../../src/moods/entry-list.ts'
import { wordsIn } from '../../src/moods/entry-search.ts'
import { hasDays, type Outline } from '../../src/moods/outline.ts'
import { countIn, locate, type Order, type Span } from '../../src/moods/streak.ts'
import { linkOf as linkTo, pagingOf as pageOf, rowsOf } from '../paging.ts'
import { dayIn } from './context.ts'
import type { ListQuery } from './schemas.ts'

/** The entries that a query of `GET /mood` selects, and the links to neighbouring pages. */

export type Query = Static<typeof ListQuery>

/**
 * Entries read at once: longer lists are streamed in chunks of this size, so that one list does not block other
 * requests.
 */
export const chunkSize = 100

/** Before and after every day that an entry can have. */
const [firstDay, lastDay] = [dayOf('1800-01-01'), dayOf('9999-12-31')]
/** A stretch without entries. */
export const nothing: Stretch = { order: 'desc', start: afterDay(lastDay), until: lastDay, offset: 0, limit: 0 }

/** The parsed query. */
export interface Asked {
  order: Order
  tag: string | undefined
  /** Folded; empty where nothing is looked for. */
  words: readonly string[]
  /** Inclusive; undefined where there is no limit. */
  from: DayNumber | undefined
  to: DayNumber | undefined
  offset: number
  limit: number
}

/** The requested part: a page, or everything in chunks. */
export function askedBy(query: Query): Asked {
  const { order = 'desc', tag, q, from, to } = query
  const rows = isPaged(query) ? rowsOf(query) : { limit: chunkSize, offset: 0 }
  return { order, tag, words: q === undefined ? [] : wordsIn(q), from: dayIn(from), to: dayIn(to), ...rows }
}

/** Whether a page is requested. */
export function isPaged({ page, per_page: perPage }: Query): boolean {
  return page !== undefined || perPage !== undefined
}

/** The page fields of the answer. */
export function pagingOf(query: Query, total: number): Partial<ReturnType<typeof pageOf>> {
  return isPaged(query) ? pageOf(query, total) : {}
}

/** The links to the neighbouring pages. */
export function linkOf(query: Query, total: number): string | undefined {
  return isPaged(query) ? linkTo('/mood', query, total) : undefined
}

/** The days that match the filters. */
function spanOf({ from, to, order }: Asked): Span {
  return { from, to, order }
}

/** The same days, with an end where there is no limit. */
export function boundsOf({ from = firstDay, to = lastDay }: Asked): [DayNumber, DayNumber] {
  return [from, to]
}

/** Entries that a page may skip one by one: that takes less than reading the days of a long history. */
const maxSkippedEntries = 500

/** Whether it takes the days of the history to tell which rows to read, and how many there are. */
export function takesDays({ tag, words, from, to, offset }: Asked): boolean {
  return (
    tag === undefined && words.length === 0 && (from !== undefined || to !== undefined || offset > maxSkippedEntries)
  )
}

/** The number of entries that match filters without a tag. */
export function totalOf(asked: Asked, history: Outline): number {
  return hasDays(history) ? countIn(history, spanOf(asked)) : history.total
}

/**
 * The rows to read. Without a tag the history tells on which day a page begins, so that no page costs more than
 * another; with a tag, and near the beginning, entries are skipped by offset. Undefined when there is nothing to read.
 */
export function stretchOf(asked: Asked, history: Outline): Stretch | undefined {
  const { order, tag, offset, limit } = asked
  const [from, to] = boundsOf(asked)
  const [near, far] = order === 'asc' ? [from, to] : [to, from]
  if (tag !== undefined || !hasDays(history))
    return offset >= history.total ? undefined : { order, tag, start: edgeOf(near, order), until: far, offset, limit }
  const place = locate(history, spanOf(asked), offset)
  return place && { order, start: edgeOf(place.day, order), until: far, offset: place.skip, limit }
}

/** The whole walk in which a search looks. */
export function walkOf({ order, tag, ...asked }: Asked) {
  const [from, to] = boundsOf({ order, tag, ...asked })
  const [near, far] = order === 'asc' ? [from, to] : [to, from]
  return { order, tag, start: edgeOf(near, order), until: far }
}

/** The cursor before all of a day's entries. */
function edgeOf(day: DayNumber, order: Order): Cursor {
  return order === 'asc' ? beforeDay(day) : afterDay(day)
}
