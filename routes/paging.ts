import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import { ApiError } from '../src/errors.ts'
import { Count, maxInt32 } from './wire.ts'

/** Pages of lists: the query parameters, and the links to neighbouring pages. */

export const PageQuery = {
  page: Type.Optional(
    Type.Integer({ minimum: 1, maximum: maxInt32, description: 'From 1. Past the end the list is empty.' }),
  ),
  per_page: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Defaults to 20.' })),
}

/** The fields of an answer besides the page itself. */
export const pageFields = {
  page: Count({ examples: [1] }),
  per_page: Count({ examples: [20] }),
  total: Count({ description: 'Number of items that match the filters.', examples: [3] }),
  total_pages: Count({ examples: [1] }),
}

interface Paged {
  page?: number | undefined
  per_page?: number | undefined
}

/** The rows that a query selects. */
export function rowsOf({ page = 1, per_page: limit = 20 }: Paged): { limit: number; offset: number } {
  return { limit, offset: Math.min((page - 1) * limit, maxInt32) }
}

/** The page fields of the answer. */
export function pagingOf({ page = 1, per_page: perPage = 20 }: Paged, total: number) {
  return { page, per_page: perPage, total_pages: Math.ceil(total / perPage) }
}

/** RFC 8288: the addresses of the neighbouring pages of a list, with the same filters. */
export function linkOf(path: string, query: Paged, total: number): string {
  const { page, per_page: perPage } = pagingOf(query, total)
  const lastPage = Math.max(1, Math.ceil(total / perPage))
  // Encoded once: the addresses differ by the number of the page, which stays in its place.
  let [before, after, isPast] = [`<${path}?`, '', false]
  for (const [key, value] of Object.entries({ ...query, page: '', per_page: perPage })) {
    const parameter = `${key}=${encoded(String(value))}`
    if (key === 'page') {
      before += parameter
      isPast = true
    } else if (isPast) after += `&${parameter}`
    else before += `${parameter}&`
  }
  const link = (rel: string, target: number) => `${before}${target}${after}>; rel="${rel}"`
  let links = `${link('first', 1)}, ${link('last', lastPage)}`
  if (page > 1) links += `, ${link('prev', Math.min(page - 1, lastPage))}`
  if (page < lastPage) links += `, ${link('next', page + 1)}`
  return links
}

/** A value of a query as `URLSearchParams` writes it, which is asked only where that differs. */
function encoded(value: string): string {
  return /^[\w.*-]*$/.test(value) ? value : new URLSearchParams({ '': value }).toString().slice(1)
}

/** The page fields of a list's answer; sets its `Link`. */
export function describePage(reply: FastifyReply, path: string, query: Paged, total: number) {
  reply.header('Link', linkOf(path, query, total))
  return { ...pagingOf(query, total), total }
}

/**
 * Refuses a span that ends before it begins.
 * @param span its beginning and its end, by the names of their parameters; both of one form, either may be absent.
 * @throws {ApiError} `invalid_request`
 */
export function refuseReversed(span: Readonly<Record<string, string | undefined>>) {
  const [[first, from] = [], [last, to] = []] = Object.entries(span)
  if (from !== undefined && to !== undefined && from > to)
    throw new ApiError('invalid_request', `${first} must not be after ${last}`)
}
